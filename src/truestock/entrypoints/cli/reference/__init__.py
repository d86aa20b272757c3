"""The reference, made from the code that it describes: settings, commands, tables, API. `make docs` writes it.

A test compares the pages with what stands in docs/reference, so neither can move without the other."""

from collections.abc import Callable
from pathlib import Path

from truestock.entrypoints.cli.reference.api import api_page
from truestock.entrypoints.cli.reference.pages import commands_page, settings_page, tables_page

PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "cli.md": commands_page,
    "tables.md": tables_page,
    "api.md": api_page,
}


def write(folder: Path) -> None:
    """Write every page into a folder."""
    for name, made in PAGES.items():
        (folder / name).write_text(made(), encoding="utf-8")
