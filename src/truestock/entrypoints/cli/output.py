"""How answers are printed: tables for people, JSON of a stable shape for programs; both on standard output."""

import sys
from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from truestock.catalog.changes import Fielded
    from truestock.store.paging import Page

WIDE = 400
READ_WIDTH = 100


def print_json(value: object) -> None:
    """One JSON document, as structs and dataclasses have it."""
    import msgspec

    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode() + "\n")


@cache
def _console_of(stream: Any) -> "Console":
    from rich.console import Console

    # What is piped on is not folded to a width that nobody has.
    width = None if stream.isatty() else WIDE
    return Console(file=stream, markup=False, emoji=False, highlight=False, width=width)


def console() -> "Console":
    """Standard output; what is printed is taken literally."""
    return _console_of(sys.stdout)


def say(*lines: str) -> None:
    """Plain lines on standard output."""
    for line in lines:
        sys.stdout.write(line + "\n")


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None, right: Collection[int] = ()
) -> "Table":
    """A table; columns of numbers stand to the right, and those that `right` names by their place."""
    from rich import box
    from rich.table import Table

    found = [list(row) for row in rows]
    made = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for n, column in enumerate(columns):
        numbers = all(isinstance(row[n], int | float | Decimal | None) and row[n] is not True for row in found)
        made.add_column(column, justify="right" if n in right or (found and numbers) else "left", overflow="fold")
    for row in found:
        made.add_row(*map(cell, row))
    return made


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    title: str | None = None,
    right: Collection[int] = (),
    *,
    folded: bool = False,
) -> None:
    """Print a table, or that there is nothing; `folded` to a width that is read, where there is long text in it."""
    made = table(columns, rows, title, right)
    if made.row_count:
        console().print(made, width=min(console().width, READ_WIDTH) if folded else None)
    else:
        say("Nothing there.")


def cell(value: object) -> str:
    """A value as a person reads it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}"
        case Decimal() if value == (cents := round(value, 2)) and len(f"{value:f}") > len(f"{cents:f}"):
            return f"{cents:f}"
        case tuple() | list():
            return ", ".join(map(cell, value))
        case _ if hasattr(value, "item") and hasattr(value, "units"):
            return f"{value.units} x {value.item}"
        case _:
            return str(value)


def print_page(page: "Page[Any]", columns: Sequence[str], *, as_json: bool) -> None:
    """A page of a list, with where the next one starts."""
    if as_json:
        print_json(page)
        return
    print_table(columns, [[getattr(row, column) for column in columns] for row in page.rows])
    if page.next:
        say(f"More: --after {page.next}")


def print_record(row: "Fielded", *, as_json: bool) -> None:
    """One stored row with all its fields."""
    if as_json:
        print_json(row)
        return
    names = [field.name for field in fields(row)]
    print_table(("field", "value"), [(name, cell(getattr(row, name))) for name in names])
