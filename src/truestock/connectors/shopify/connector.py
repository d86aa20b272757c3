"""Pushes stock to a shop and reads it back; which item a SKU means is looked up once and kept."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Pushed, Shown, Spot, Throttle, spots
from truestock.connectors.contract.traits import Budget, Traits
from truestock.connectors.shopify import documents, mapping
from truestock.connectors.shopify.documents import Answer
from truestock.connectors.shopify.mapping import Write
from truestock.connectors.shopify.settings import ShopifySettings
from truestock.connectors.shopify.transport import AdminApi

T = TypeVar("T")
ARRAY_MAX = 250  # Shopify's bound on every array that is sent
SEARCH_SKUS = 50
SEARCH_PAGES_MAX = 20
CALLS_MAX = 20  # of one push: past it the lines not yet decided wait for the next
KEYS_MAX = 5
CALL_POINTS = 13.0  # what recorded calls of this mutation were charged at most, whatever they carried
BURST_S = 20.0  # recorded shops held 20 seconds' worth of points


class ShopifyConnector:
    """One location of one shop."""

    def __init__(self, api: AdminApi, settings: ShopifySettings) -> None:
        self._api = api
        self._location = settings.location_id
        self._items: dict[str, str] = {}
        rate = settings.restore_per_s
        budget = Budget(per_s=rate, burst=rate * BURST_S, a_call=CALL_POINTS)
        self._traits = Traits(decrements="at_once", budget=budget, compare="value", batch_max=ARRAY_MAX)

    @property
    def traits(self) -> Traits:
        """What a shop is like."""
        return self._traits

    async def push(self, lines: Sequence[Line]) -> Pushed:
        """Set `available` of each line's item; lines that the shop refuses do not stop the others."""
        outcomes = {line.sku: outcome for line in lines if (outcome := mapping.misfit(line))}
        items, without = await self._find([line.sku for line in lines if line.sku not in outcomes])
        outcomes |= without
        writes = [Write(line, items[line.sku]) for line in lines if line.sku in items and line.sku not in outcomes]
        return await self._send(writes, outcomes)

    async def read_back(self, asked: Sequence[Spot]) -> Shown:
        """What is available at the location, by SKU."""
        numbers: dict[str, int] = {}
        skus = [spot.sku for spot in asked]
        throttle = Throttle()
        for _ in range(2):  # a second time for those whose item is another one by now
            items, _without = await self._find(skus)
            skus = []
            for part in _parts(list(items), ARRAY_MAX):
                skus_of = {items[sku]: sku for sku in part}
                variables: dict[str, object] = {"ids": list(skus_of), "location": self._location}
                data, throttle = await self._api.read(documents.READ, variables, Answer[documents.ReadData])
                read, moved = mapping.shown(data.nodes, skus_of)
                numbers |= read
                skus += moved
            self._forget(skus)
        return Shown(spots(numbers), throttle)

    async def check(self) -> str:
        """The shop's name and the location's, if the app may do what it has to."""
        about, _throttle = await self._api.read(documents.ABOUT, {}, Answer[documents.AboutData])
        installed = about.current_app_installation
        granted = sorted(scope.handle for scope in installed.access_scopes) if installed else []
        if mapping.NEEDED_SCOPE not in granted:
            has = ", ".join(granted) or "none"
            message = (
                f"the app lacks the scope {mapping.NEEDED_SCOPE}; it has {has}. Add it, and install the app again."
            )
            raise ChannelDown(message)
        variables: dict[str, object] = {"location": self._location}
        place, _throttle = await self._api.read(documents.PLACE, variables, Answer[documents.PlaceData])
        name, wrong = mapping.place_told(place, self._location)
        if wrong:
            raise ChannelDown(wrong)
        return f"{about.shop.name}, location {name}; scopes: {', '.join(granted)}"

    async def _send(self, writes: Sequence[Write], outcomes: dict[str, Outcome]) -> Pushed:
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
                return Pushed(spots(outcomes), down.throttle)
            calls += 1
            verdict = mapping.judged(payload, batch)
            if verdict.in_doubt:
                raise InDoubt(verdict.in_doubt)
            self._forget(verdict.forget)
            outcomes |= verdict.outcomes
            if verdict.again:
                size = (len(verdict.again) + 1) // 2 if verdict.halve else len(verdict.again)
                waiting += [(part, tries + 1 if verdict.new_key else 0) for part in _parts(verdict.again, size)]
        return Pushed(spots(outcomes), throttle)

    async def _set(self, writes: Sequence[Write], tries: int) -> tuple[documents.SetPayload, Throttle]:
        """One call of the mutation."""
        variables = mapping.set_variables(writes, self._location, tries)
        data, throttle = await self._api.write(documents.SET, variables, Answer[documents.SetData])
        if data.inventory_set_quantities is None:
            raise InDoubt("the shop did not say what became of the write")
        return data.inventory_set_quantities, throttle

    async def _find(self, skus: Sequence[str]) -> tuple[dict[str, str], dict[str, Outcome]]:
        """The items of SKUs, and why a SKU has none. Only what was found is kept: the shop may have the rest later."""
        without: dict[str, Outcome] = {}
        for part in _parts([sku for sku in skus if sku not in self._items], SEARCH_SKUS):
            items, lacking = mapping.located(await self._search(part), part)
            self._items |= items
            without |= lacking
        return {sku: self._items[sku] for sku in skus if sku in self._items}, without

    async def _search(self, skus: Sequence[str]) -> list[documents.FoundItem]:
        """Everything the shop finds for these SKUs."""
        found: list[documents.FoundItem] = []
        variables: dict[str, object] = {"search": mapping.search_for(skus), "location": self._location, "after": None}
        for _ in range(SEARCH_PAGES_MAX):
            data, _throttle = await self._api.read(documents.FIND, variables, Answer[documents.FindData])
            found += data.inventory_items.nodes
            if not data.inventory_items.page_info.has_next_page:
                return found
            variables["after"] = data.inventory_items.page_info.end_cursor
        raise ChannelDown(
            f"the search for {len(skus)} SKUs found over {len(found)} items; are there that many doubles?"
        )

    def _forget(self, skus: Sequence[str]) -> None:
        for sku in skus:
            self._items.pop(sku, None)


def _later(writes: Sequence[Write], reason: str) -> dict[str, Outcome]:
    return {write.line.sku: Outcome("later", reason) for write in writes}


def _parts(things: Sequence[T], size: int) -> Iterator[list[T]]:
    return (list(things[start : start + size]) for start in range(0, len(things), size))
