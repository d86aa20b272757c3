"""What a product file would change or has changed, what its rows lack, and what an export left out."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from truestock.catalog.load.report import LineProblem
from truestock.core.problems import Problem

KEPT = 1_000
VALUE_MAX = 80


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that a row changes."""

    line: int
    code: str
    field: str
    before: str
    after: str


@dataclass(slots=True)
class ImportReport:
    """The outcome of an import, or in a dry run what it would be. `lines` are data lines; `products` and `variants`
    what they tell of, each created, changed or unchanged; the counts of items and listings are those newly made.

    `differences` has the first changed fields, `fields` how often each changed. A refused line is left out; a noted one
    goes in without what the note names. `ignored` are the stock columns, which are never booked from a product file."""

    format: str
    channel: str
    dry_run: bool
    encoding: str = ""
    lines: int = 0
    products: int = 0
    variants: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    items_created: int = 0
    listings_created: int = 0
    refused: int = 0
    noted: int = 0
    stopped: int | None = None
    ignored: list[str] = field(default_factory=list)
    fields: dict[str, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    problems: list[LineProblem] = field(default_factory=list)
    notes: list[LineProblem] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing was refused and the whole file was read."""
        return not self.refused and self.stopped is None

    @property
    def changes(self) -> int:
        """Products and variants that are not as they were; 0 when the file says nothing new."""
        return self.created + self.changed

    def refuse(self, line: int, problem: Problem, value: str = "") -> None:
        """Count a bad row; past a bound its reason is not kept."""
        self.refused += 1
        if len(self.problems) < KEPT:
            self.problems.append(_told(line, problem, value))

    def note(self, line: int, problem: Problem, value: str = "") -> None:
        """Count something that a row goes in without."""
        self.noted += 1
        if len(self.notes) < KEPT:
            self.notes.append(_told(line, problem, value))

    def differ(self, line: int, code: str, name: str, before: object, after: object) -> None:
        """Count a changed field."""
        self.fields[name] = self.fields.get(name, 0) + 1
        if len(self.differences) < KEPT:
            self.differences.append(Difference(line, code, name, _short(before), _short(after)))

    def count(self, outcome: Literal["created", "changed", "unchanged"]) -> None:
        """Count a product or variant by what became of it."""
        setattr(self, outcome, getattr(self, outcome) + 1)


@dataclass(slots=True)
class ExportReport:
    """What was written. The next export of changed rows goes on from `as_of`, or for stock from `cursor`.

    `whole`: changes since the cursor are no longer known, so all rows were written."""

    format: str
    channel: str
    rows: int = 0
    variants: int = 0
    as_of: datetime | None = None
    cursor: int | None = None
    whole: bool = True
    left_out: int = 0
    notes: list[LineProblem] = field(default_factory=list)

    def leave_out(self, problem: Problem, value: str) -> None:
        """Count a variant that the file cannot have."""
        self.left_out += 1
        self.note(problem, value)

    def note(self, problem: Problem, value: str) -> None:
        """Say something of a variant that was written."""
        if len(self.notes) < KEPT:
            self.notes.append(_told(0, problem, value))


def _told(line: int, problem: Problem, value: str) -> LineProblem:
    return LineProblem(line, problem.field, _short(value), problem.detail)


def _short(value: object) -> str:
    match value:
        case None:
            text = ""
        case tuple():
            text = ", ".join(map(_part, value))
        case dict():
            text = ", ".join(sorted(value))
        case _:
            text = str(value)
    return text if len(text) <= VALUE_MAX else text[: VALUE_MAX - 3] + "..."


def _part(value: object) -> str:
    match value:
        case (name, said):
            return f"{name}: {said}"
        case _:
            return str(getattr(value, "url", value))
