"""One store: its stock, its orders, its messages, and what it is told."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Pushed, Shown, Spot
from truestock.connectors.contract.listed import Listings
from truestock.connectors.contract.notices import Notice
from truestock.connectors.contract.orders import Cancelling, Orders, Parcel
from truestock.connectors.contract.pages import Given, Page, PagesPushed
from truestock.connectors.contract.traits import Budget, Traits
from truestock.connectors.orders import passes
from truestock.connectors.woocommerce import mapping
from truestock.connectors.woocommerce.listed import listings
from truestock.connectors.woocommerce.mapping import NotAsAgreed
from truestock.connectors.woocommerce.orders import messages
from truestock.connectors.woocommerce.orders.reading import OrderReader
from truestock.connectors.woocommerce.orders.telling import Teller
from truestock.connectors.woocommerce.pages import FIELDS, Pages
from truestock.connectors.woocommerce.settings import WooCommerceSettings
from truestock.connectors.woocommerce.stock import Stock
from truestock.connectors.woocommerce.transport import Gone, StoreApi

# A store bounds its callers by nothing but its strength; this keeps the hub from leaning on it, whatever it asks.
CALLS_PER_S: Final = 5.0
CALLS_AT_ONCE: Final = 10.0
# A site goes on with a call whose caller has gone, as long as its own bound lets it.
GOES_ON_S: Final = 60.0
# One call finds 20 pages; of those, each may need half a batch of its own.
FOR_PAGES: Final = Budget(per_s=1.0, burst=12.0, a_call=2.0, a_line=0.5)


class WooCommerceConnector:
    """What the hub does with a store; each part does its own."""

    def __init__(self, api: StoreApi, settings: WooCommerceSettings, webhook_secret: str) -> None:
        self._api = api
        self._plain = settings.plain
        self._site = settings.site_url
        self._secret = webhook_secret
        self._stock = Stock(api)
        self._pages = Pages(api, settings.site_url.rstrip("/"))
        self._reader = OrderReader(api, settings)
        self._teller = Teller(api, self._reader, settings)
        self._traits = Traits(
            decrements="at_once",
            budget=Budget(per_s=CALLS_PER_S, burst=CALLS_AT_ONCE),
            batch_max=settings.batch_max,
            pending_s=settings.timeout_s + GOES_ON_S,
            poll_every_s=settings.poll_every_s,
            restocks=True,
        )

    @property
    def traits(self) -> Traits:
        """What a store is like."""
        return self._traits

    async def push(self, lines: Sequence[Line]) -> Pushed:
        """Set the stock quantities. Raises ChannelDown and InDoubt."""
        return await self._stock.push(lines)

    async def read_back(self, spots: Sequence[Spot]) -> Shown:
        """The stock quantities. Raises ChannelDown."""
        return await self._stock.read_back(spots)

    async def check(self) -> str:
        """The store's address and version, if the key may read and write. Raises ChannelDown."""
        try:
            await self._api.write("/products/batch", mapping.body([]))
        except (InDoubt, Gone) as error:
            raise ChannelDown(str(error)) from error
        await self._api.read("/orders", {"per_page": "1", "_fields": "id"})
        reply = await self._api.read("/system_status", {"_fields": "environment.version,environment.site_url"})
        try:
            store = mapping.decoded(reply.content, mapping.Status).environment
        except NotAsAgreed as error:
            raise ChannelDown(f"the system status cannot be read: {error}") from error
        told = mapping.one_line(f"WooCommerce {store.version} at {store.site_url or self._site}; the key may write")
        return f"{told}; not encrypted, which is for a site on this machine only" if self._plain else told

    @property
    def lists(self) -> bool:
        """A store can always be asked."""
        return True

    async def listings(self, cursor: str) -> Listings:
        """A page of what it sells. Raises ChannelDown."""
        return await listings(self._api, cursor)

    @property
    def page_fields(self) -> frozenset[str]:
        """What products and variations have of pages."""
        return FIELDS

    @property
    def pages_budget(self) -> Budget:
        """A fifth of what the store is asked to bear."""
        return FOR_PAGES

    async def push_pages(self, pages: Sequence[Page], given: Given) -> PagesPushed:
        """Write names, texts, images and prices. Raises ChannelDown and InDoubt."""
        return await self._pages.push(pages, given)

    def cursor_at(self, instant: datetime) -> str:
        """From where to read what has changed since an instant."""
        return passes.begun(instant).cursor

    async def orders_since(self, cursor: str) -> Orders:
        """A page of the orders that changed at or after the cursor. Raises ChannelDown."""
        return await self._reader.since(cursor)

    async def open_orders(self, cursor: str) -> Orders:
        """A page of the orders of which something is still to leave. Raises ChannelDown."""
        return await self._reader.open(cursor)

    async def orders(self, ids: Sequence[str]) -> Orders:
        """These orders. Raises ChannelDown."""
        return await self._reader.by_id(ids)

    def notice(self, url: str, headers: Mapping[str, str], body: bytes) -> Notice | None:  # noqa: ARG002  of the contract
        """The order that a message is about. Raises NotGenuine."""
        return messages.notice(self._secret, headers, body)

    async def subscribe(self, url: str) -> None:
        """Have the store send its messages about orders to `url`. Raises ChannelDown."""
        await messages.subscribe(self._api, self._secret, url)

    async def ship(self, order: str, parcel: Parcel) -> Outcome:
        """Tell the store what has left. Raises ChannelDown and InDoubt."""
        return await self._teller.ship(order, parcel)

    async def cancel(self, order: str, cancelling: Cancelling) -> Outcome:
        """Tell the store what will not leave. Raises ChannelDown and InDoubt."""
        return await self._teller.cancel(order, cancelling)
