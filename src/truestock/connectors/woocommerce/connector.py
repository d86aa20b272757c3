"""Pushes stock to a store and reads it back; where a SKU's stock is kept is looked up once and kept."""

from collections.abc import Sequence
from typing import Final

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Pushed, Shown, Spot, spots
from truestock.connectors.contract.traits import Budget, Traits
from truestock.connectors.woocommerce import mapping
from truestock.connectors.woocommerce.mapping import NotAsAgreed, Place, Product, Verdict, Write
from truestock.connectors.woocommerce.settings import WooCommerceSettings
from truestock.connectors.woocommerce.transport import Gone, StoreApi

PER_PAGE: Final = 100
PAGES_MAX: Final = 20
# A store bounds its callers by nothing but its strength; this keeps the hub from leaning on it.
CALLS_PER_S: Final = 5.0
CALLS_AT_ONCE: Final = 10.0
# A site goes on with a call whose caller has gone, as long as its own bound lets it.
GOES_ON_S: Final = 60.0


class WooCommerceConnector:
    """One store."""

    def __init__(self, api: StoreApi, settings: WooCommerceSettings) -> None:
        self._api = api
        self._plain = settings.plain
        self._site = settings.site_url
        self._places: dict[str, Place] = {}
        self._traits = Traits(
            decrements="at_once",
            budget=Budget(per_s=CALLS_PER_S, burst=CALLS_AT_ONCE),
            batch_max=settings.batch_max,
            pending_s=settings.timeout_s + GOES_ON_S,
        )

    @property
    def traits(self) -> Traits:
        """What a store is like."""
        return self._traits

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

    async def check(self) -> str:
        """The store's address and version, if the key may read and write. Raises ChannelDown."""
        try:
            await self._api.write("/products/batch", mapping.body([]))
        except (InDoubt, Gone) as error:
            raise ChannelDown(str(error)) from error
        reply = await self._api.read("/system_status", {"_fields": "environment.version,environment.site_url"})
        try:
            store = mapping.decoded(reply.content, mapping.Status).environment
        except NotAsAgreed as error:
            raise ChannelDown(f"the system status cannot be read: {error}") from error
        told = mapping.one_line(f"WooCommerce {store.version} at {store.site_url or self._site}; the key may write")
        return f"{told}; not encrypted, which is for a site on this machine only" if self._plain else told

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
