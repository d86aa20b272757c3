"""One shop: the stock of its sources, its orders, and what it is told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import Outcome, Pushed, Shown, Spot
from truestock.connectors.contract.listed import Listings
from truestock.connectors.contract.orders import Cancelling, Orders, Parcel
from truestock.connectors.contract.traits import Budget, Traits
from truestock.connectors.orders import passes
from truestock.connectors.reserving.http_calls import one_line
from truestock.connectors.vendors.magento.listed import listings
from truestock.connectors.vendors.magento.orders.forms import Found
from truestock.connectors.vendors.magento.orders.reading import OrderReader
from truestock.connectors.vendors.magento.orders.telling import Teller
from truestock.connectors.vendors.magento.search import Search
from truestock.connectors.vendors.magento.settings import MagentoSettings
from truestock.connectors.vendors.magento.stock import SourceStock
from truestock.connectors.vendors.magento.transport import RestApi

BURST_S: Final = 2.0
# A server goes on with a call whose caller has gone.
GOES_ON_S: Final = 30.0


class MagentoConnector:
    """What the hub does with a shop; each part does its own."""

    def __init__(self, api: RestApi, settings: MagentoSettings) -> None:
        self._api = api
        self._barcode = settings.barcode_attribute
        self._stock = SourceStock(api, settings)
        self._reader = OrderReader(api, settings)
        self._teller = Teller(api, self._reader, settings)
        budget = Budget(per_s=settings.calls_per_s, burst=settings.calls_per_s * BURST_S)
        self._traits = Traits(
            decrements="when_shipped",
            budget=budget,
            compare="value",
            batch_max=settings.batch_max,
            pending_s=settings.timeout_s + GOES_ON_S,
            by_place=not settings.source,
            orders=budget,
            poll_every_s=settings.poll_every_s,
        )

    @property
    def traits(self) -> Traits:
        """What a shop is like: a source keeps an order's units until they ship."""
        return self._traits

    async def push(self, lines: Sequence[Line]) -> Pushed:
        """Set the quantities at the lines' sources. Raises ChannelDown and InDoubt."""
        return await self._stock.push(lines)

    async def read_back(self, spots: Sequence[Spot]) -> Shown:
        """What the sources have, and what would be sold beyond that. Raises ChannelDown."""
        return await self._stock.read_back(spots)

    async def check(self) -> str:
        """The sources that sell, if the token opens them and the orders. Raises ChannelDown."""
        sources = await self._stock.check()
        await self._api.find("/orders", Search([], page_size=1), Found[msgspec.Raw])
        return one_line(f"Magento, {sources}; the token reads stock and orders")

    @property
    def lists(self) -> bool:
        """A shop can always be asked."""
        return True

    async def listings(self, cursor: str) -> Listings:
        """A page of what it sells. Raises ChannelDown."""
        return await listings(self._api, self._stock.units, self._barcode, cursor)

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

    async def ship(self, order: str, parcel: Parcel) -> Outcome:
        """Tell the shop what has left. Raises ChannelDown and InDoubt."""
        return await self._teller.ship(order, parcel)

    async def cancel(self, order: str, cancelling: Cancelling) -> Outcome:
        """Tell the shop what will not leave. Raises ChannelDown and InDoubt."""
        return await self._teller.cancel(order, cancelling)
