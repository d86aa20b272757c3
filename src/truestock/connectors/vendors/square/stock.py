"""Sets what is in stock at a seller's locations by physical counts, and reads it back.

A count says as of when it was taken, and Square subtracts what is sold after that. So what stands there is read first,
and the count is as of that reading: nothing that a till sells meanwhile is lost."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import Outcome, Pushed, Shown, Spot
from truestock.connectors.reserving.http_calls import one_line
from truestock.connectors.vendors.batches import written
from truestock.connectors.vendors.square.forms import Catalog, Count, Counts, Variation
from truestock.connectors.vendors.square.settings import SquareSettings
from truestock.connectors.vendors.square.transport import SquareApi

IN_STOCK: Final = "IN_STOCK"
AT_ONCE: Final = 250  # of SKUs in one search
COUNTS: Final = 1_000
APPLIED: Final = Outcome("applied")
GRAIN: Final = timedelta(milliseconds=1)
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Where a variation is, by the spot that means it.
Places = Mapping[Spot, tuple[str, str]]


class TillStock:
    """The numbers of one seller."""

    def __init__(self, api: SquareApi, settings: SquareSettings) -> None:
        self._api = api
        self._location = settings.location
        self._counted_at = BEGINNING

    async def push(self, lines: Sequence[Line]) -> Pushed:
        """Read how the lines stand, and count those that are to change; lines that are refused stop no others."""
        places, outcomes, _calls = await self._placed([line.spot for line in lines])
        if not places:
            return Pushed(outcomes)
        counts, read_at, _calls = await self._counts(places)
        # Square tells the second alone, and passes over a count that is older than the one before it.
        at = self._counted_at = max(read_at, self._counted_at + GRAIN)
        writes: list[Line] = []
        for line in lines:
            if line.spot not in places:
                continue
            outcome = decided(line, counts.get(places[line.spot]))
            if outcome is None:
                writes.append(line)
            else:
                outcomes[line.spot] = outcome

        async def write(part: Sequence[Line]) -> Mapping[Spot, Outcome]:
            await self._api.write("POST", "/v2/inventory/changes/batch-create", changes(part, places, at), Counts)
            # What was sold since is subtracted by now, and its orders are on their way to the hub.
            return {line.spot: APPLIED for line in part}

        return await written(writes, outcomes, write)

    async def read_back(self, spots: Sequence[Spot]) -> Shown:
        """What is in stock. Raises ChannelDown."""
        places, _without, calls = await self._placed(spots)
        if not places:
            return Shown({}, points=float(calls - 1))
        counts, _at, more = await self._counts(places)
        numbers = {spot: units_of(counts.get(place)) for spot, place in places.items()}
        return Shown(numbers, points=float(calls + more - 1))

    async def _placed(self, spots: Sequence[Spot]) -> tuple[dict[Spot, tuple[str, str]], dict[Spot, Outcome], int]:
        """Which variation at which location each spot means, or why none and what to do; and the calls that took."""
        skus = sorted({spot.sku for spot in spots})
        found: list[Variation] = []
        calls = 0
        for start in range(0, len(skus), AT_ONCE):
            by_sku = {"attribute_name": "sku", "attribute_values": skus[start : start + AT_ONCE]}
            asked = {"object_types": ["ITEM_VARIATION"], "query": {"set_query": by_sku}}
            async for page, _at in self._api.pages("/v2/catalog/search", asked, Catalog):
                found += page.objects
                calls += 1
        places: dict[Spot, tuple[str, str]] = {}
        without: dict[Spot, Outcome] = {}
        for spot in spots:
            same = [one for one in found if one.item_variation_data.sku == spot.sku]
            place = placed(spot, spot.place or self._location, same)
            if isinstance(place, Outcome):
                without[spot] = place
            else:
                places[spot] = place
        return places, without, calls

    async def _counts(self, places: Places) -> tuple[dict[tuple[str, str], Count], datetime, int]:
        """What is in stock by variation and location, as of an instant by Square's clock; and the calls that took."""
        asked = {
            "catalog_object_ids": sorted({variation for variation, _ in places.values()}),
            "location_ids": sorted({location for _, location in places.values()}),
            "states": [IN_STOCK],
            "limit": COUNTS,
        }
        counts: dict[tuple[str, str], Count] = {}
        times: list[datetime] = []
        async for page, at in self._api.pages("/v2/inventory/counts/batch-retrieve", asked, Counts):
            counts |= {(one.catalog_object_id, one.location_id): one for one in page.counts}
            times.append(at)
        return counts, min(times), len(times)


def placed(spot: Spot, location: str, same: Sequence[Variation]) -> tuple[str, str] | Outcome:
    """Where a spot's number is kept, or why it cannot be set and what to do."""
    if not location:
        return _rejected("it is not said at which location: set one, or give the channel places")
    if not same:
        return _rejected(f"there is no variation with the SKU {spot.sku}; give one that SKU, in the same case")
    if len(same) > 1:
        ids = ", ".join(one.id for one in same)
        return _rejected(f"variations {ids} have the same SKU {spot.sku}; give each one of its own")
    if not same[0].item_variation_data.tracked_at(location):
        return _rejected(f"its stock is not tracked at the location {location}; turn on stock tracking for it there")
    return same[0].id, location


def units_of(count: Count | None) -> int:
    """Whole units; none where it was never counted."""
    return math.floor(count.quantity) if count else 0


def decided(line: Line, count: Count | None) -> Outcome | None:
    """What is known of a line before anything is written; None when it is to be written."""
    there = units_of(count)
    if count is not None and count.quantity == line.quantity:
        return APPLIED
    if line.was is None or there == line.was:
        return None
    return Outcome("stale", f"{there} are in stock, not {line.was}", there)


def changes(lines: Sequence[Line], places: Places, at: datetime) -> dict[str, object]:
    """The body of one write, as of an instant. Its key is of the content: with another instant it is another count."""
    stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    counted = [
        {
            "type": "PHYSICAL_COUNT",
            "physical_count": {
                "reference_id": line.key,
                "catalog_object_id": places[line.spot][0],
                "location_id": places[line.spot][1],
                "state": IN_STOCK,
                "quantity": str(line.quantity),
                "occurred_at": stamp,
            },
        }
        for line in lines
    ]
    digest = hashlib.sha256("\n".join([stamp, *(line.key for line in lines)]).encode())
    return {"idempotency_key": digest.hexdigest(), "changes": counted, "ignore_unchanged_counts": True}


def _rejected(reason: str) -> Outcome:
    return Outcome("rejected", one_line(reason))
