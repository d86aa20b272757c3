"""Pushes stock to a store and reads it back; where a SKU's stock is kept is looked up once and kept."""

from collections.abc import Sequence
from typing import Final

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Pushed, Shown, Spot, spots
from truestock.connectors.woocommerce import mapping
from truestock.connectors.woocommerce.mapping import NotAsAgreed, Place, Product, Verdict, Write
from truestock.connectors.woocommerce.transport import Gone, StoreApi

PER_PAGE: Final = 100
PAGES_MAX: Final = 20


class Stock:
    """The numbers that one store shows."""

    def __init__(self, api: StoreApi) -> None:
        self._api = api
        self._places: dict[str, Place] = {}

    async def push(self, lines: Sequence[Line]) -> Pushed:
        """Set the stock quantity of each line's product or variation, one batch after the other.

        Raises InDoubt for all lines when one batch is in doubt: what the earlier ones did is read back with it."""
        outcomes = await self._look_up([line.sku for line in lines if line.sku not in self._places])
        writes = [Write(line, self._places[line.sku]) for line in lines if line.sku in self._places]
        return await self._send(mapping.calls(writes), outcomes)

    async def read_back(self, asked: Sequence[Spot]) -> Shown:
        """The stock quantities. Raises ChannelDown."""
        found = await self._products([spot.sku for spot in asked])
        return Shown({Spot(sku): number for sku, same in found.items() if (number := mapping.shown(same)) is not None})

    async def _send(self, batches: Sequence[tuple[str, list[Write]]], outcomes: dict[str, Outcome]) -> Pushed:
        for number, (path, writes) in enumerate(batches):
            try:
                verdict = await self._batch(path, writes)
            except ChannelDown as down:
                if not number:
                    raise
                unsent = [write for _, left in batches[number:] for write in left]
                later = {write.line.sku: Outcome("later", str(down)) for write in unsent}
                return Pushed(spots(outcomes | later), down.throttle)
            outcomes |= verdict.outcomes
            for sku in verdict.forget:
                del self._places[sku]
        return Pushed(spots(outcomes))

    async def _batch(self, path: str, writes: Sequence[Write]) -> Verdict:
        """One call. Raises ChannelDown and InDoubt."""
        try:
            return mapping.judged(
                mapping.decoded(await self._api.write(path, mapping.body(writes)), mapping.Batch), writes
            )
        except Gone as error:
            skus = [write.line.sku for write in writes]
            return Verdict(dict.fromkeys(skus, mapping.gone(str(error))), skus)
        except NotAsAgreed as error:
            raise InDoubt(f"the store's answer cannot be read: {error}") from error

    async def _look_up(self, skus: Sequence[str]) -> dict[str, Outcome]:
        """Find the places of SKUs, and why a SKU has none. Only what was found is kept: the rest may come later."""
        without: dict[str, Outcome] = {}
        for sku, same in (await self._products(skus)).items():
            place = mapping.placed(sku, same)
            if isinstance(place, Outcome):
                without[sku] = place
            else:
                self._places[sku] = place
        return without

    async def _products(self, skus: Sequence[str]) -> dict[str, list[Product]]:
        """The products and variations with these SKUs."""
        found: list[Product] = []
        for part in mapping.lookups(skus):
            found += await self._pages(part)
        return mapping.by_sku(found, skus)

    async def _pages(self, skus: Sequence[str]) -> list[Product]:
        found: list[Product] = []
        query = {"sku": ",".join(skus), "per_page": str(PER_PAGE), "_fields": mapping.FIELDS}
        for page in range(1, PAGES_MAX + 1):
            reply = await self._api.read("/products", {**query, "page": str(page)})
            try:
                found += mapping.decoded(reply.content, list[Product])
            except NotAsAgreed as error:
                raise ChannelDown(f"the store's products cannot be read: {error}") from error
            pages = reply.headers.get("x-wp-totalpages", "1")
            if not pages.isdecimal() or page >= int(pages):
                return found
        raise ChannelDown(
            f"the store has over {len(found)} products for {len(skus)} SKUs; are there that many doubles?"
        )
