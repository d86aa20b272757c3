"""What a channel is like, as data: what its pushes may carry, how often, and what its answers mean."""

from typing import Literal

import msgspec


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Holds `burst` points and gains `per_s` a second; a call takes `a_call`, and `a_line` for each line."""

    per_s: float
    burst: float
    a_call: float = 1.0
    a_line: float = 0.0


class Traits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Declared by each connector.

    `decrements`: whether the channel lowers its own number when it sells: at once, by a reservation until it ships,
    or not at all. `wire`: whether a push carries the number itself or a difference to what the channel has.
    `compare`: whether a push is refused when the channel's number is not what we think, by value or by a sequence
    of ours. `applied`: whether the answer says that the number is in force, or only that it was accepted.
    `batch_max`: lines in one call. `pending_s`: after a call of unknown outcome, how long it may still take effect.
    `by_place`: whether it keeps a number for each of its locations. `daily_per_spot`: how often a day one number
    may be written, 0 for as often as one likes. `restocks`: whether it puts the units of what we cancel back on its
    own number by itself. `orders`: the budget of calls about orders, the stock's own where it is None, and
    `poll_every_s` how often to ask for orders that no message told of."""

    decrements: Literal["at_once", "when_shipped", "never"]
    budget: Budget
    wire: Literal["absolute", "difference"] = "absolute"
    compare: Literal["no", "value", "sequence"] = "no"
    applied: Literal["at_once", "later"] = "at_once"
    batch_max: int = 100
    pending_s: float = 60.0
    by_place: bool = False
    daily_per_spot: int = 0
    restocks: bool = False
    orders: Budget | None = None
    poll_every_s: float = 60.0
