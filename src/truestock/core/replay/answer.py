"""What a seller answers to an event, and what the auditor makes of the answer.

An answer is a claim; whether a unit stood behind it is decided in score.py."""

from dataclasses import dataclass
from typing import NamedTuple


class Sample(NamedTuple):
    """A number a customer saw, the number that was true at that moment, and for how long the shown one was not."""

    shown: int
    true: int
    stale_seconds: float


class LineAnswer(NamedTuple):
    """`qty` units sold of a line of an order, or taken back by a return or cancel.

    `taken` says at which locations (location, units); without it the channel's own order of locations is assumed."""

    qty: int
    taken: tuple[tuple[str, int], ...] | None = None
    sample: Sample | None = None


Answer = tuple[LineAnswer, ...]  # one for each line of the event, in its order


class LineOutcome(NamedTuple):
    """Units of one line. Oversold units are part of the sold; lost ones were refused although a unit was there."""

    sku: str
    asked: int
    sold: int
    oversold: int = 0
    lost: int = 0
    returned: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """The audited result of one event."""

    lines: tuple[LineOutcome, ...]

    @property
    def asked(self) -> int:
        """Units the customer wanted."""
        return sum(line.asked for line in self.lines)

    @property
    def sold(self) -> int:
        """Units the seller said yes to."""
        return sum(line.sold for line in self.lines)

    @property
    def refused(self) -> int:
        """Units the seller said no to."""
        return self.asked - self.sold

    @property
    def oversold(self) -> int:
        """Units sold without a physical unit behind them."""
        return sum(line.oversold for line in self.lines)

    @property
    def lost(self) -> int:
        """Units refused although a physical unit was there."""
        return sum(line.lost for line in self.lines)

    @property
    def returned(self) -> int:
        """Units that came back to the shelf."""
        return sum(line.returned for line in self.lines)
