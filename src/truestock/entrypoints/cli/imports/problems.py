"""Bad lines as they are told: a table of the first ones, and a file of all that were kept."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from truestock.entrypoints.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from truestock.catalog.load.report import LineProblem

SHOWN = 30
COLUMNS = ("file", "line", "field", "value", "reason")
# A spreadsheet would take a cell that starts like this for a formula, and run it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Told:
    """The bad lines of all files of one import."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, int, str, str, str]] = []

    def add(self, file: str, problems: "Sequence[LineProblem]") -> None:
        """Those of one file."""
        self.rows += [(file, p.line, p.field or "", p.value, p.reason) for p in sorted(problems, key=lambda p: p.line)]

    def print(self, refused: int) -> None:
        """Show the first ones, and how many more there are."""
        if not self.rows:
            return
        say("")
        print_table(COLUMNS, self.rows[:SHOWN])
        if refused > SHOWN:
            say(f"{refused} lines were refused; --report FILE has more of them.")

    def write(self, file: Path | None) -> None:
        """All that were kept, as CSV that a spreadsheet may open."""
        if file is None:
            return
        with file.open("w", encoding="utf-8", newline="") as target:
            writer = csv.writer(target)
            writer.writerow(COLUMNS)
            writer.writerows([_inert(cell) for cell in row] for row in self.rows)


def _inert(cell: str | int) -> str | int:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def print_reports(reports: Sequence[object], *, ok: bool) -> None:
    """The same as JSON."""
    print_json({"ok": ok, "files": reports})
