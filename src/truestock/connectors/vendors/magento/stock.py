"""Sets the quantities of a shop's sources and reads them back.

A source's quantity is what is physically there: Magento takes an order's units off it only when they ship, and until
then keeps them back by reservations of its own. So the hub sends the units of the channel's open orders as well."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, Outcome, Pushed, Shown, Spot
from truestock.connectors.vendors.batches import Refused, written
from truestock.connectors.vendors.magento import levels
from truestock.connectors.vendors.magento.levels import SourceItem, SourceItems, Sources, Stock, StockLinks
from truestock.connectors.vendors.magento.search import Filter, Search, any_of
from truestock.connectors.vendors.magento.settings import MagentoSettings
from truestock.connectors.vendors.magento.transport import RestApi

SOURCE_ITEMS: Final = "/inventory/source-items"
PAGE: Final = 500
PAGES_MAX: Final = 20


class SourceStock:
    """The quantities of one shop's sources; the stock that sells is looked up once and kept."""

    def __init__(self, api: RestApi, settings: MagentoSettings) -> None:
        self._api = api
        self._source = settings.source
        self._website = settings.website
        self._stock: Stock | None = None
        self._selling: frozenset[str] = frozenset()

    async def push(self, lines: Sequence[Line]) -> Pushed:
        """Read how the lines stand, and write those that are to change; lines that are refused stop no others."""
        items, _calls = await self._items({line.sku for line in lines})
        known = levels.by_sku(items)
        outcomes: dict[Spot, Outcome] = {}
        writes: list[Line] = []
        for line in lines:
            outcome = levels.decided(line, line.place or self._source, known.get(line.sku, {}))
            if outcome is None:
                writes.append(line)
            else:
                outcomes[line.spot] = outcome
        return await written(writes, outcomes, self._write)

    async def read_back(self, spots: Sequence[Spot]) -> Shown:
        """What the sources have, and what Magento would sell beyond that. Raises ChannelDown."""
        skus = sorted({spot.sku for spot in spots})
        items, calls = await self._items(skus)
        known = levels.by_sku(items)
        beyond: dict[str, int] = {}
        selling = await self._selling_sources() if known else frozenset[str]()
        for sku, at in known.items():
            beyond[sku] = levels.beyond(at, selling, await self._salable(sku))
            calls += 1
        numbers: dict[Spot, int] = {}
        for spot in spots:
            item = known.get(spot.sku, {}).get(spot.place or self._source)
            if item is not None:
                numbers[spot] = levels.shown(item, beyond[spot.sku])
        return Shown(numbers, points=float(max(0, calls - 1)))

    async def units(self, skus: Sequence[str]) -> tuple[dict[str, int], int]:
        """What the source has, or all that sell where none is set; and the calls that took. Raises ChannelDown."""
        items, calls = await self._items(skus)
        sources = {self._source} if self._source else await self._selling_sources()
        known = levels.by_sku(items)
        there = {sku: [at[source].units for source in sources if source in at] for sku, at in known.items()}
        return {sku: sum(units) for sku, units in there.items() if units}, calls

    async def check(self) -> str:
        """The sources that sell. Raises ChannelDown."""
        found = await self._api.find("/inventory/sources", Search([], page_size=PAGE), Sources)
        names = {source.source_code: source.name for source in found.items}
        if self._source and self._source not in names:
            known = ", ".join(f"{name} ({code})" for code, name in names.items())
            raise ChannelDown(f"the shop has no source {self._source}; it has {known or 'none'}")
        selling = await self._selling_sources()
        if self._source and self._source not in selling:
            has = ", ".join(sorted(selling)) or "none"
            raise ChannelDown(
                f"the website {self._website} sells from the sources {has}, not from {self._source}: assign it to the "
                "website's stock, or set the website that sells from it"
            )
        where = f"source {self._source}" if self._source else f"sources {', '.join(sorted(selling)) or 'none'}"
        return f"{where} of the website {self._website}"

    async def _write(self, lines: Sequence[Line]) -> dict[Spot, Outcome]:
        """One call. Raises Refused, ChannelDown and InDoubt."""
        await self._api.write(SOURCE_ITEMS, levels.body(lines, self._source))
        return {line.spot: levels.APPLIED for line in lines}

    async def _items(self, skus: Sequence[str] | set[str]) -> tuple[list[SourceItem], int]:
        """All source items of these SKUs, and how many calls that took."""
        found: list[SourceItem] = []
        calls = 0
        for part in any_of("sku", sorted(skus)):
            for page in range(1, PAGES_MAX + 1):
                search = Search([part], ["source_code", "sku"], PAGE, page)
                read = await self._api.find(SOURCE_ITEMS, search, SourceItems)
                found += read.items
                calls += 1
                if page * PAGE >= read.total_count:
                    break
            else:
                raise ChannelDown(f"the shop has over {PAGES_MAX * PAGE} source items for {len(skus)} SKUs")
        return found, calls

    async def _selling_sources(self) -> frozenset[str]:
        """The codes of the sources from which the website sells."""
        if self._stock is None:
            self._stock = await self._api.read(f"/inventory/stock-resolver/website/{self._website}", Stock)
            by_stock = Search([Filter("stock_id", "eq", str(self._stock.stock_id))], page_size=PAGE)
            links = await self._api.find("/inventory/stock-source-links", by_stock, StockLinks)
            self._selling = frozenset(link.source_code for link in links.items)
        return self._selling

    async def _salable(self, sku: str) -> float | None:
        """What Magento would sell of a SKU; None where it is not assigned to the stock."""
        assert self._stock is not None, "the stock is looked up first"
        path = f"/inventory/get-product-salable-quantity/{quote(sku, safe='')}/{self._stock.stock_id}"
        try:
            return await self._api.look(path, float)
        except Refused:
            return None
