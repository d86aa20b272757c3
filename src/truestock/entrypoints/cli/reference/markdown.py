"""Tables and pages as Markdown."""

from collections.abc import Sequence

Row = tuple[str, ...]


def table(columns: Row, rows: Sequence[Row]) -> str:
    """A table, its bars escaped."""
    lines = [columns, tuple("---" for _ in columns), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in lines)


def page(title: str, *parts: str) -> str:
    """A page under its title."""
    return "\n".join([f"# {title}\n", *(part.rstrip("\n") + "\n" for part in parts)])
