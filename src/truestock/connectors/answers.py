"""What a channel answered, in the hub's words."""

from typing import Literal

import msgspec


class Outcome(msgspec.Struct, frozen=True):
    """What became of one line.

    applied: the number is shown. accepted: it will be, ask later with `ticket`. stale: the channel shows another number
    than we thought (`observed`, if it says). rejected: the channel will not have it, for `reason` in its own words;
    trying the same again is no use. later: not this time, for a reason that passes by itself."""

    kind: Literal["applied", "accepted", "stale", "rejected", "later"]
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
    """The answer to one call: an outcome for each SKU of it."""

    outcomes: dict[str, Outcome]
    throttle: Throttle = Throttle()


class ChannelDown(Exception):
    """The call had no effect: nobody there, not let in, or told to come later. `throttle` as the channel said."""

    def __init__(self, message: str, throttle: Throttle | None = None) -> None:
        super().__init__(message)
        self.throttle = throttle or Throttle()


class InDoubt(Exception):
    """The call may have had its effect, or may yet have it; only reading back can tell."""
