"""What the live page shows besides the hub's own numbers, and who may stand beside the hub on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

_POINTS_MAX = 1_200


class Standing(NamedTuple):
    """What one seller has come to: units, but for `orders` and `apologies`, which are orders."""

    sold: int
    orders: int
    oversold: int
    apologies: int
    lost: int
    rate_per_s: float
    stale_p95_seconds: float


class Sale(NamedTuple):
    """An order as the list of recent ones shows it; units asked for and units sold."""

    at: datetime
    channel: str
    ref: str
    asked: int
    sold: int


@dataclass(slots=True)
class Curve:
    """Oversold units over time: times in seconds, the hub's, and each old way's by name."""

    names: Sequence[str]
    at: list[int] = field(default_factory=list)
    ours: list[int] = field(default_factory=list)
    old: dict[str, list[int]] = field(default_factory=dict)

    def add(self, at: int, ours: int, old: Mapping[str, int]) -> None:
        """A point; of too many every other one goes, so that the whole day stays in sight."""
        self.at.append(at)
        self.ours.append(ours)
        for name in self.names:
            self.old.setdefault(name, []).append(old[name])
        if len(self.at) > _POINTS_MAX:
            for line in (self.at, self.ours, *self.old.values()):
                del line[1::2]

    def by_name(self) -> dict[str, list[list[int]]]:
        """Three rows of numbers for each old way: times, its own, the hub's."""
        return {name: [self.at, line, self.ours] for name, line in self.old.items()}


class Beside(Protocol):
    """The old ways that a demo runs beside the hub."""

    @property
    def syncs(self) -> Mapping[str, str]:
        """What a page may choose from: name and words, the first one first."""

    def standing(self) -> tuple[Standing, Mapping[str, Standing]]:
        """The hub's figures, and each old way's."""

    def clock(self) -> datetime | None:
        """What time it is in the demo's world."""

    def curve(self) -> Curve:
        """Oversold units over time."""

    def oversold(self, sku: str) -> Mapping[str, int]:
        """Units of an item that each old way has oversold."""

    def take_sales(self) -> Sequence[Sale]:
        """The orders since the last time this was asked."""
