"""What to write to a shop that reserves units when it sells and takes them off the shelf when it ships. Pure.

Such a shop shows `on_hand - reserved`. The hub's number is what it shall show, so on hand becomes that number and what
the shop has reserved: an order that arrives between reading and writing raises `reserved`, and stays subtracted."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import Outcome, Spot

APPLIED: Final = Outcome("applied")


class Level(NamedTuple):
    """Units at one location as the shop counts them."""

    on_hand: int
    reserved: int

    @property
    def shown(self) -> int:
        """What it sells at most."""
        return self.on_hand - self.reserved


class Fallen:
    """Since when spots show less than the hub knew of: orders that have not come, or somebody's edit.

    Writing over such a number would sell units twice, so it waits `lag_s` for the orders; then it is an edit."""

    def __init__(self, lag_s: float) -> None:
        self._lag_s = lag_s
        self._since: dict[Spot, float] = {}

    def has_waited(self, spot: Spot, now_s: float) -> bool:
        """Whether orders would have come by now; the wait begins with the first time of asking."""
        return now_s - self._since.setdefault(spot, now_s) >= self._lag_s

    def forget(self, spot: Spot) -> None:
        """It shows what the hub knows of."""
        self._since.pop(spot, None)


def decided(line: Line, level: Level, fallen: Fallen, now_s: float) -> Outcome | None:
    """What is known of a line before anything is written; None when it is to be written."""
    spot = line.spot
    if level.shown == line.quantity:
        fallen.forget(spot)
        return APPLIED
    if line.was is None or level.shown == line.was:
        fallen.forget(spot)
        return None
    if level.shown < min(line.was, line.quantity) and not fallen.has_waited(spot, now_s):
        missing = min(line.was, line.quantity) - level.shown
        return Outcome("later", f"it has sold {missing} more than the hub knows of; their orders are waited for")
    fallen.forget(spot)
    return Outcome("stale", f"it shows {level.shown}, not {line.was}", level.shown)


def judged(line: Line, before: Level, after: Level) -> Outcome:
    """What became of a write, by the level that the shop answers with.

    More reserved than before it: an order has just come, and is subtracted from the number, as it should be."""
    if after.on_hand == line.quantity + before.reserved and after.reserved >= before.reserved:
        return APPLIED
    return Outcome("stale", f"told {line.quantity}, it shows {after.shown}", after.shown)


def told(levels: Mapping[Spot, Level]) -> dict[Spot, int]:
    """The numbers shown."""
    return {spot: level.shown for spot, level in levels.items()}
