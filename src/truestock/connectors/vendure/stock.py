"""Which variant and location a spot means, what to write there, and what the answer makes of it; it calls nobody."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import Outcome, Spot
from truestock.connectors.reserving.http_calls import one_line
from truestock.connectors.reserving.levels import Level, judged
from truestock.connectors.vendure.answers import GlobalSettings, Levels, Variant

NO_STOCK: Final = Level(0, 0)


class Place(msgspec.Struct, frozen=True):
    """Where a spot's number is kept, and how it stands there."""

    variant: str
    location: str
    level: Level


class Write(msgspec.Struct, frozen=True):
    """A line that is to be written, and where."""

    line: Line
    place: Place


def by_sku(variants: Iterable[Variant], skus: Iterable[str]) -> dict[str, list[Variant]]:
    """The variants with exactly these SKUs; the server's database may find them in any case."""
    found: dict[str, list[Variant]] = {sku: [] for sku in skus}
    for variant in variants:
        if variant.sku in found:
            found[variant.sku].append(variant)
    return found


def level_at(variant: Variant, location: str) -> Level:
    """How a variant stands at a location; nothing where it was never stocked."""
    for level in variant.stock_levels:
        if level.stock_location_id == location:
            return Level(level.stock_on_hand, level.stock_allocated)
    return NO_STOCK


def placed(spots: Sequence[Spot], levels: Levels, location: str) -> dict[Spot, Place | Outcome]:
    """Where each spot's number is kept, or why it cannot be set and what to do.

    `location` is meant by spots that name no place."""
    variants = by_sku(levels.product_variants.items, {spot.sku for spot in spots})
    names = {place.id: place.name for place in levels.stock_locations.items}
    return {spot: _placed(spot, variants[spot.sku], spot.place or location, names, levels) for spot in spots}


def everywhere(skus: Iterable[str], levels: Levels, location: str) -> dict[Spot, Place]:
    """Where SKUs are kept: at the one location, or at all there are."""
    places = [location] if location else [place.id for place in levels.stock_locations.items]
    found = placed([Spot(sku, place) for sku in skus for place in places], levels, location)
    return {spot: place for spot, place in found.items() if isinstance(place, Place)}


def _placed(
    spot: Spot, same: Sequence[Variant], location: str, names: Mapping[str, str], levels: Levels
) -> Place | Outcome:
    known = ", ".join(f"{name} ({id_})" for id_, name in names.items())
    if not location:
        return _rejected(
            f"it is not said at which stock location; the shop has {known}: set one, or give the channel places"
        )
    if location not in names:
        return _rejected(f"the shop has no stock location {location}; it has {known}")
    if not same:
        return _rejected(f"the shop has no variant with the SKU {spot.sku}; give one that SKU, in the same case")
    if len(same) > 1:
        ids = ", ".join(variant.id for variant in same)
        return _rejected(f"variants {ids} have the same SKU {spot.sku}; give each one of its own")
    return unfit(same[0], levels.global_settings) or Place(same[0].id, location, level_at(same[0], location))


def unfit(variant: Variant, everywhere: GlobalSettings) -> Outcome | None:
    """Why the shop would sell a variant whatever its number says; None when it keeps to it."""
    tracked = everywhere.track_inventory if variant.track_inventory == "INHERIT" else variant.track_inventory == "TRUE"
    if not tracked:
        return _rejected("its stock is not tracked, so the shop sells without end; turn on Track inventory")
    threshold = variant.out_of_stock_threshold
    if variant.use_global_out_of_stock_threshold:
        threshold = everywhere.out_of_stock_threshold
    if threshold < 0:
        return _rejected(
            f"its out-of-stock threshold is {threshold}, so the shop sells what is not there; raise it to 0"
        )
    return None


def body(writes: Sequence[Write]) -> list[dict[str, object]]:
    """The input of one mutation: each variant once, with all its locations."""
    by_variant: dict[str, list[dict[str, object]]] = {}
    for write in writes:
        on_hand = write.line.quantity + write.place.level.reserved
        entry: dict[str, object] = {"stockLocationId": write.place.location, "stockOnHand": on_hand}
        by_variant.setdefault(write.place.variant, []).append(entry)
    return [{"id": variant, "stockLevels": levels} for variant, levels in by_variant.items()]


def outcomes(answer: Iterable[Variant | None], writes: Sequence[Write]) -> dict[Spot, Outcome]:
    """What became of each line; one whose variant is not in the answer waits, and is looked up anew."""
    found = {variant.id: variant for variant in answer if variant is not None}
    told: dict[Spot, Outcome] = {}
    for write in writes:
        variant = found.get(write.place.variant)
        if variant is None:
            told[write.line.spot] = Outcome("later", "the shop did not say what became of it; it is looked at again")
        else:
            told[write.line.spot] = judged(write.line, write.place.level, level_at(variant, write.place.location))
    return told


def _rejected(reason: str) -> Outcome:
    return Outcome("rejected", one_line(reason))
