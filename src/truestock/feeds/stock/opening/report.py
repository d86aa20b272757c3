"""What became of a stock file, to be signed off: lines and units, and every refused line with its reason."""

from collections import Counter
from dataclasses import dataclass, field

from truestock.catalog.load.report import LineProblem
from truestock.core.problems import Problem

PROBLEMS_KEPT = 1_000


@dataclass(slots=True)
class FileReport:
    """One file. `lines` are data lines, each booked (in a dry run: to be booked), known from an earlier time, empty
    (of zero units), or refused. `units_at` has the booked units by location.

    `digest` tells the file from any other, whatever its name; movements refer to it. `stopped` is the line from which
    on the file could not be read; `ignored` are the columns that mean nothing here."""

    file: str
    source: str
    dry_run: bool
    digest: str = ""
    lines: int = 0
    booked: int = 0
    booked_units: int = 0
    known: int = 0
    known_units: int = 0
    empty: int = 0
    refused: int = 0
    stopped: int | None = None
    units_at: Counter[str] = field(default_factory=Counter)
    ignored: set[str] = field(default_factory=set)
    problems: list[LineProblem] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing was refused and the whole file was read."""
        return not self.refused and self.stopped is None

    def refuse(self, line: int, problem: Problem, value: str = "") -> None:
        """Count a bad line; past a bound its reason is not kept."""
        self.refused += 1
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(LineProblem(line, problem.field, value, problem.detail))

    def book(self, location: str, units: int) -> None:
        """Count a line that is booked, or would be."""
        self.booked += 1
        self.booked_units += units
        self.units_at[location] += units

    def recognise(self, units: int) -> None:
        """Count a line that an earlier import of this very file has booked."""
        self.known += 1
        self.known_units += units
