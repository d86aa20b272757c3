"""An order file as its readers give it out: a stream that can be read again, with an account of what was left out."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from truestock.core.replay.events import Line, OrderEvent

_BAD_ROWS_KEPT = 1000


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be used: where it is, what is wrong with which field, and what would mend it."""

    line: int
    field: str
    reason: str
    fix: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.field}: {self.reason}; {self.fix}"


class OrderFileError(Exception):
    """The file as a whole cannot be read; says where, why and what to do."""


class MissingExtraError(OrderFileError):
    """A library that reads this kind of file is not installed."""


@dataclass(slots=True)
class ReadReport:
    """What the latest reading did: rows seen, rows left out on purpose by reason, bad rows (the first 1,000)."""

    rows: int = 0
    orders: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    bad_rows: list[BadRow] = field(default_factory=list)
    bad_rows_count: int = 0
    notes: list[str] = field(default_factory=list)

    def bad(self, row: BadRow) -> None:
        """Count a bad row, and keep it while there is room."""
        self.bad_rows_count += 1
        if len(self.bad_rows) < _BAD_ROWS_KEPT:
            self.bad_rows.append(row)


class OrderFile:
    """Iterate to read; each iteration reads from the start and begins a new `report`."""

    def __init__(self, read: Callable[[ReadReport], Iterator[OrderEvent]]) -> None:
        self._read = read
        self.report = ReadReport()

    def __iter__(self) -> Iterator[OrderEvent]:
        report = self.report = ReadReport()
        for event in self._read(report):
            report.orders += 1
            yield event


def merged(lines: Iterable[tuple[str, int]]) -> tuple[Line, ...]:
    """One line for each item, in the order of first mention."""
    wanted: dict[str, int] = {}
    for sku, qty in lines:
        wanted[sku] = wanted.get(sku, 0) + qty
    return tuple(Line(sku, qty) for sku, qty in wanted.items())
