"""What a load tells: how many lines became what, and every problem with its line."""

from dataclasses import dataclass, field

from truestock.catalog.changes import Result
from truestock.core.problems import Problem

PROBLEMS_SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class LineProblem:
    """One bad line of the file, counted from 1 with the header; `reason` says what to do."""

    line: int
    field: str | None
    value: str
    reason: str


@dataclass(slots=True)
class Report:
    """The outcome of a load. `lines` are data lines; the other counts are of rows made of them.

    `stopped` is the line at which the file could not be read on; what came before it stays counted."""

    noun: str
    dry_run: bool = False
    written: bool = True
    lines: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    stopped: int | None = None
    problems: list[LineProblem] = field(default_factory=list)
    _last: int = 0

    def refuse(self, line: int, problem: Problem, value: str = "") -> None:
        """Note a problem; past a bound they are only counted, so that a hopeless file costs no memory."""
        self.refused += line != self._last
        self._last = line
        if len(self.problems) < PROBLEMS_SHOWN:
            self.problems.append(LineProblem(line, problem.field, value, problem.detail))

    def count(self, result: Result) -> None:
        """Count a row that was written."""
        if not isinstance(result, Problem):
            self.created += result.outcome == "created"
            self.changed += result.outcome == "changed"
            self.unchanged += result.outcome == "unchanged"
