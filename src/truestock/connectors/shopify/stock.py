"""Pushes stock to a shop's locations and reads it back; which item a SKU means is looked up once and kept."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Pushed, Shown, Spot, Throttle
from truestock.connectors.shopify import documents, mapping
from truestock.connectors.shopify.documents import Answer
from truestock.connectors.shopify.mapping import Write
from truestock.connectors.shopify.settings import ShopifySettings, location_id
from truestock.connectors.shopify.transport import AdminApi

T = TypeVar("T")
ARRAY_MAX = 250  # Shopify's bound on every array that is sent
SEARCH_SKUS = 50
SEARCH_PAGES_MAX = 20
CALLS_MAX = 20  # of one push: past it the lines not yet decided wait for the next
KEYS_MAX = 5


class Stock:
    """The numbers that one shop shows."""

    def __init__(self, api: AdminApi, settings: ShopifySettings) -> None:
        self._api = api
        self._location = settings.location_id
        self._items: dict[Spot, str] = {}

    async def push(self, lines: Sequence[Line]) -> Pushed:
        """Set `available` of each line's item; lines that the shop refuses do not stop the others."""
        outcomes = {line.spot: outcome for line in lines if (outcome := mapping.misfit(line))}
        items, without = await self._find([line.spot for line in lines if line.spot not in outcomes])
        outcomes |= without
        writes = [
            Write(line, items[line.spot], self._at(line.place))
            for line in lines
            if line.spot in items and line.spot not in outcomes
        ]
        return await self._send(writes, outcomes)

    async def read_back(self, asked: Sequence[Spot]) -> Shown:
        """What is available at each spot's location."""
        numbers: dict[Spot, int] = {}
        left = list(asked)
        throttle = Throttle()
        calls = 0
        for _ in range(2):  # a second time for those whose item is another one by now
            items, _without = await self._find(left)
            left = []
            for place, spots in _by_place(items).items():
                for part in _parts(spots, ARRAY_MAX):
                    skus = {items[spot]: spot.sku for spot in part}
                    variables: dict[str, object] = {"ids": list(skus), "location": self._at(place)}
                    data, throttle = await self._api.read(documents.READ, variables, Answer[documents.ReadData])
                    calls += 1
                    read, moved = mapping.shown(data.nodes, skus)
                    numbers |= {Spot(sku, place): number for sku, number in read.items()}
                    left += [Spot(sku, place) for sku in moved]
            self._forget(left)
        return Shown(numbers, throttle, points=max(0, calls - 1) * mapping.CALL_POINTS)

    async def _send(self, writes: Sequence[Write], outcomes: dict[Spot, Outcome]) -> Pushed:
        """Send until each line has its outcome. A call either does all it carries or, mostly, nothing at all."""
        throttle = Throttle()
        waiting = [(list(writes), 0)] if writes else []
        calls = 0
        while waiting:
            batch, tries = waiting.pop()
            if calls == CALLS_MAX or tries == KEYS_MAX:
                outcomes |= _later(
                    batch, "the shop refused it with other lines, and which is at fault is not yet known"
                )
                continue
            try:
                payload, throttle = await self._set(batch, tries)
            except ChannelDown as down:
                if not calls:
                    raise
                for left, _ in [*waiting, (batch, tries)]:
                    outcomes |= _later(left, str(down))
                return Pushed(outcomes, down.throttle)
            calls += 1
            verdict = mapping.judged(payload, batch)
            if verdict.in_doubt:
                raise InDoubt(verdict.in_doubt)
            self._forget(verdict.forget)
            outcomes |= verdict.outcomes
            if verdict.again:
                size = (len(verdict.again) + 1) // 2 if verdict.halve else len(verdict.again)
                waiting += [(part, tries + 1 if verdict.new_key else 0) for part in _parts(verdict.again, size)]
        return Pushed(outcomes, throttle)

    async def _set(self, writes: Sequence[Write], tries: int) -> tuple[documents.SetPayload, Throttle]:
        """One call of the mutation, for any number of locations."""
        variables = mapping.set_variables(writes, tries)
        data, throttle = await self._api.write(documents.SET, variables, Answer[documents.SetData])
        if data.inventory_set_quantities is None:
            raise InDoubt("the shop did not say what became of the write")
        return data.inventory_set_quantities, throttle

    async def _find(self, spots: Sequence[Spot]) -> tuple[dict[Spot, str], dict[Spot, Outcome]]:
        """The items of spots, and why a spot has none. Only what was found is kept: the rest may come."""
        without: dict[Spot, Outcome] = {}
        for place, unknown in _by_place(spot for spot in spots if spot not in self._items).items():
            for part in _parts([spot.sku for spot in unknown], SEARCH_SKUS):
                items, lacking = mapping.located(await self._search(part, self._at(place)), part)
                self._items |= {Spot(sku, place): item for sku, item in items.items()}
                without |= {Spot(sku, place): outcome for sku, outcome in lacking.items()}
        return {spot: self._items[spot] for spot in spots if spot in self._items}, without

    async def _search(self, skus: Sequence[str], location: str) -> list[documents.FoundItem]:
        """Everything the shop finds for these SKUs."""
        found: list[documents.FoundItem] = []
        variables: dict[str, object] = {"search": mapping.search_for(skus), "location": location, "after": None}
        for _ in range(SEARCH_PAGES_MAX):
            data, _throttle = await self._api.read(documents.FIND, variables, Answer[documents.FindData])
            found += data.inventory_items.nodes
            if not data.inventory_items.page_info.has_next_page:
                return found
            variables["after"] = data.inventory_items.page_info.end_cursor
        raise ChannelDown(
            f"the search for {len(skus)} SKUs found over {len(found)} items; are there that many doubles?"
        )

    def _at(self, place: str) -> str:
        """The location of a place; where none is named, the channel's own."""
        return location_id(place) if place else self._location

    def _forget(self, spots: Sequence[Spot]) -> None:
        for spot in spots:
            self._items.pop(spot, None)


def _later(writes: Sequence[Write], reason: str) -> dict[Spot, Outcome]:
    return {write.line.spot: Outcome("later", reason) for write in writes}


def _by_place(spots: Iterable[Spot]) -> dict[str, list[Spot]]:
    found: dict[str, list[Spot]] = {}
    for spot in spots:
        found.setdefault(spot.place, []).append(spot)
    return found


def _parts(things: Sequence[T], size: int) -> Iterator[list[T]]:
    return (list(things[start : start + size]) for start in range(0, len(things), size))
