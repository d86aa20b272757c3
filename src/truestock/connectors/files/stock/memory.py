"""What this process has sent and when, because a report of the other side may be older than that. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from truestock.connectors.contract.answers import Spot


class Doubt(NamedTuple):
    """A file of which nobody knows whether it is there."""

    since: datetime
    path: str


class Memory:
    """Of one channel; `began` when the hub began to remember."""

    def __init__(self, began: datetime) -> None:
        self.began = began
        self._sent: dict[Spot, tuple[int, datetime]] = {}
        self._doubts: dict[Spot, Doubt] = {}

    def sent(self, numbers: Mapping[Spot, int], at: datetime) -> None:
        """These are in force since then."""
        self._sent |= {spot: (quantity, at) for spot, quantity in numbers.items()}
        for spot in numbers:
            self._doubts.pop(spot, None)

    def doubt(self, spots: Iterable[Spot], at: datetime, path: str) -> None:
        """Nobody knows what these show."""
        for spot in spots:
            self._sent.pop(spot, None)
            self._doubts[spot] = Doubt(at, path)

    def refused(self, spots: Iterable[Spot]) -> None:
        """These were not taken after all."""
        for spot in spots:
            self._sent.pop(spot, None)

    def known(self, spot: Spot, taken_at: datetime) -> int | None:
        """The number that was sent after a report's numbers were taken; None where the report is as new."""
        quantity, at = self._sent.get(spot, (None, taken_at))
        return quantity if at > taken_at else None

    def is_doubted(self, spot: Spot, taken_at: datetime) -> bool:
        """Whether a number's fate is unknown, and was decided after the report's numbers were taken."""
        return spot in self._doubts and self._doubts[spot].since >= taken_at

    def settle(self, spots: Iterable[Spot]) -> None:
        """A report has told what these show."""
        for spot in spots:
            self._doubts.pop(spot, None)
