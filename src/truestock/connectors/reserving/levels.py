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


def decided(line: Line, level: Level) -> Outcome | None:
    """What is known of a line before anything is written; None when it is to be written.

    A number that is not what the hub thinks is left as it is: it may have fallen by orders that have yet to come."""
    if level.shown == line.quantity:
        return APPLIED
    if line.was is None or level.shown == line.was:
        return None
    return Outcome("stale", f"it shows {level.shown}, not {line.was}", level.shown)


def judged(line: Line, before: Level, after: Level) -> Outcome:
    """What became of a write, by the level that the shop answers with.

    More reserved than before it: an order has just come, and is subtracted from the number, as it should be."""
    if after.on_hand == line.quantity + before.reserved and after.reserved >= before.reserved:
        return APPLIED
    return Outcome("stale", f"told {line.quantity}, it shows {after.shown}", after.shown)


def still_shown(
    before: Mapping[Spot, Level], after: Mapping[Spot, Level], given_back: Mapping[str, int]
) -> dict[Spot, int]:
    """What to show once the hub has had units cancelled, by SKU: no more than before, for the hub says what is free.

    Whether its last number had these units in it already, only the hub knows; its next number has. They are taken from
    the spot where most are no longer reserved. What is on hand cancelling does not raise, whatever the shop says."""
    numbers: dict[Spot, int] = {}
    for sku, units in given_back.items():
        spots = [spot for spot in before if spot.sku == sku and spot in after]
        freed = {spot: before[spot].reserved - after[spot].reserved for spot in spots}
        if freed:
            spot = max(sorted(freed), key=lambda each: freed[each])
            on_hand = min(before[spot].on_hand, after[spot].on_hand) - units
            numbers[spot] = max(0, on_hand - after[spot].reserved)
    return numbers
