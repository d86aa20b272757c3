"""Which inventory item and location a spot means, what to write there, and what the answer makes of it."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR
from typing import Final

import msgspec

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import Outcome, Spot
from truestock.connectors.medusa.answers import Batched, InventoryItem, LocationLevel
from truestock.connectors.reserving.http_calls import one_line
from truestock.connectors.reserving.levels import Level, judged

FIELDS: Final = ",".join(
    [
        "id",
        "sku",
        "location_levels.location_id",
        "location_levels.stocked_quantity",
        "location_levels.reserved_quantity",
    ]
)


class Place(msgspec.Struct, frozen=True):
    """Where a spot's number is kept, and how it stands there; None where the item was never stocked."""

    item: str
    location: str
    stood: Level | None

    @property
    def level(self) -> Level:
        """Nothing, where it was never stocked."""
        return self.stood or Level(0, 0)


class Write(msgspec.Struct, frozen=True):
    """A line that is to be written, and where."""

    line: Line
    place: Place


def level_of(level: LocationLevel) -> Level:
    """In whole units: a part of one on hand cannot be sold, a part of one reserved takes it."""
    on_hand = level.stocked_quantity.to_integral_value(ROUND_FLOOR)
    return Level(int(on_hand), int(level.reserved_quantity.to_integral_value(ROUND_CEILING)))


def placed(
    spots: Sequence[Spot], items: Iterable[InventoryItem], names: Mapping[str, str], location: str
) -> dict[Spot, Place | Outcome]:
    """Where each spot's number is kept, or why it cannot be set and what to do.

    `names` are those of the shop's locations by id; `location` is meant by spots that name no place."""
    by_sku = {item.sku: item for item in items}
    return {spot: _placed(spot, by_sku.get(spot.sku), spot.place or location, names) for spot in spots}


def everywhere(
    skus: Iterable[str], items: Sequence[InventoryItem], names: Mapping[str, str], location: str
) -> dict[Spot, Place]:
    """Where SKUs are kept: at the one location, or at all where they are stocked."""
    places = [location] if location else list(names)
    found = placed([Spot(sku, place) for sku in skus for place in places], items, names, location)
    return {spot: place for spot, place in found.items() if isinstance(place, Place) and place.stood}


def _placed(spot: Spot, item: InventoryItem | None, location: str, names: Mapping[str, str]) -> Place | Outcome:
    known = ", ".join(f"{name} ({id_})" for id_, name in names.items())
    if not location:
        return _rejected(
            f"it is not said at which stock location; the shop has {known}: set one, or give the channel places"
        )
    if location not in names:
        return _rejected(f"the shop has no stock location {location}; it has {known}")
    if item is None:
        return _rejected(
            f"the shop keeps no stock of the SKU {spot.sku}; give a variant that SKU, in the same case, and turn on "
            "Manage inventory"
        )
    levels = [level for level in item.location_levels or [] if level and level.location_id == location]
    return Place(item.id, location, level_of(levels[0]) if levels else None)


def body(writes: Sequence[Write]) -> dict[str, object]:
    """The body of one batch; an item that was never stocked at a location is stocked there."""
    lists: dict[str, list[dict[str, object]]] = {"create": [], "update": []}
    for write in writes:
        entry: dict[str, object] = {
            "inventory_item_id": write.place.item,
            "location_id": write.place.location,
            "stocked_quantity": write.line.quantity + write.place.level.reserved,
        }
        lists["update" if write.place.stood else "create"].append(entry)
    return {name: entries for name, entries in lists.items() if entries}


def outcomes(answer: Batched, writes: Sequence[Write]) -> dict[Spot, Outcome]:
    """What became of each line; one that is not in the answer waits, and is looked at again."""
    levels = {(level.inventory_item_id, level.location_id): level for level in [*answer.created, *answer.updated]}
    told: dict[Spot, Outcome] = {}
    for write in writes:
        level = levels.get((write.place.item, write.place.location))
        if level is None:
            told[write.line.spot] = Outcome("later", "the shop did not say what became of it; it is looked at again")
        else:
            told[write.line.spot] = judged(write.line, write.place.level, level_of(level))
    return told


def _rejected(reason: str) -> Outcome:
    return Outcome("rejected", one_line(reason))
