"""What a channel answered, in the hub's words."""

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeVar

import msgspec

V = TypeVar("V")


class Spot(NamedTuple):
    """A number that the channel shows: of a listing, and at `place`, a location in the channel's own words.

    `place` is empty where the channel has one number for a listing, or the connector was told the one place."""

    sku: str
    place: str = ""


def spots(by_sku: Mapping[str, V]) -> dict[Spot, V]:
    """By spot what is known by SKU, for a channel with one number for a listing."""
    return {Spot(sku): value for sku, value in by_sku.items()}


class Outcome(msgspec.Struct, frozen=True):
    """What became of one line.

    applied: it is so. accepted: it will be, ask later with `ticket`. stale: the channel shows another number than we
    thought (`observed`, if it says). rejected: the channel will not have it, for `reason` in its own words; trying the
    same again is no use. later: not this time, for a reason that passes by itself. unknown: it may have had its effect,
    or may yet; only reading back can tell."""

    kind: Literal["applied", "accepted", "stale", "rejected", "later", "unknown"]
    reason: str = ""
    observed: int | None = None
    ticket: str = ""


class Throttle(msgspec.Struct, frozen=True):
    """What the channel said of its own limits: not before `retry_after_s`; and, where it tells its bucket, the points
    left in it, what it holds at most and what it gains a second."""

    retry_after_s: float = 0.0
    left: float | None = None
    burst: float | None = None
    per_s: float | None = None


class Pushed(msgspec.Struct, frozen=True):
    """The answer to one call: an outcome for each spot of it."""

    outcomes: dict[Spot, Outcome]
    throttle: Throttle = Throttle()

    @property
    def by_sku(self) -> dict[str, Outcome]:
        """The outcomes of a channel with one number for a listing."""
        return {spot.sku: outcome for spot, outcome in self.outcomes.items()}


class Shown(msgspec.Struct, frozen=True):
    """What the channel shows; `points` is what reading it has cost of the budget beyond the one call."""

    numbers: dict[Spot, int]
    throttle: Throttle = Throttle()
    points: float = 0.0

    @property
    def by_sku(self) -> dict[str, int]:
        """The numbers of a channel with one for a listing."""
        return {spot.sku: number for spot, number in self.numbers.items()}


class ChannelDown(Exception):
    """The call had no effect: nobody there, not let in, or told to come later. `throttle` as the channel said."""

    def __init__(self, message: str, throttle: Throttle | None = None) -> None:
        super().__init__(message)
        self.throttle = throttle or Throttle()


class InDoubt(Exception):
    """The call may have had its effect, or may yet have it; only reading back can tell."""
