"""A seller's account: one connector for what the merchant fulfils, another for what Amazon does."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from truestock.connectors.amazon.calls import operations as op
from truestock.connectors.amazon.calls.transport import SellingPartnerApi
from truestock.connectors.amazon.ears import Ears
from truestock.connectors.amazon.listed import Listed
from truestock.connectors.amazon.mapping.cursors import OVERLAP, Cursor
from truestock.connectors.amazon.mapping.orders import AMAZON_CENTRES
from truestock.connectors.amazon.order_book import OrderBook
from truestock.connectors.amazon.queue import Queue
from truestock.connectors.amazon.settings import AmazonSettings
from truestock.connectors.amazon.settlements.reports import Settlements
from truestock.connectors.amazon.stock import StockOut
from truestock.connectors.amazon.stock_in import StockIn
from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import Outcome, Pushed, Shown, Spot, spots
from truestock.connectors.contract.listed import Listings
from truestock.connectors.contract.listening import Heard
from truestock.connectors.contract.orders import Cancelling, Orders, Parcel, SettledFees
from truestock.connectors.contract.stock_read import KeptStock
from truestock.connectors.contract.traits import Budget, Traits

# Above the rate of searchOrders by a third, so that pages and the search for open orders find something left.
POLL_EVERY_S: Final = 240.0
# A call that nobody answered is over by then; what it may have set off is bound to its way in `StockOut`.
GOES_ON_S: Final = 60.0


class Seller:
    """What both kinds of fulfilment have: orders, and notifications of them."""

    def __init__(self, api: SellingPartnerApi, settings: AmazonSettings, queue: Queue | None) -> None:
        self._settings = settings
        self._orders = OrderBook(api, settings)
        self._ears = Ears(api, settings, queue)
        self._listed = Listed(api, settings)
        self._settlements = Settlements(api, settings)
        self._traits = Traits(
            decrements="at_once",
            # Each operation keeps its own rate; these are those of the ones that are called most.
            budget=Budget(per_s=op.PATCH_ITEM.per_s, burst=op.PATCH_ITEM.burst),
            orders=Budget(per_s=op.CONFIRM_SHIPMENT.per_s, burst=op.CONFIRM_SHIPMENT.burst),
            poll_every_s=POLL_EVERY_S,
            applied="later",
            batch_max=settings.batch_max,
            pending_s=settings.timeout_s + GOES_ON_S,
        )

    @property
    def traits(self) -> Traits:
        """What Amazon is like."""
        return self._traits

    @property
    def queue(self) -> str:
        """The queue's URL, empty where there is none."""
        return self._settings.queue_url

    async def listen(self) -> None:
        """See to it that changes of orders are laid into the queue. Raises ChannelDown."""
        await self._ears.listen()

    async def heard(self) -> Heard:
        """What waits in the queue. Raises ChannelDown."""
        return await self._ears.heard()

    async def forget(self, receipts: Sequence[str]) -> None:
        """Let the queue forget messages. Raises ChannelDown."""
        await self._ears.forget(receipts)

    @property
    def lists(self) -> bool:
        """A seller can always be asked."""
        return True

    async def listings(self, cursor: str) -> Listings:
        """A page of the listings that are fulfilled as this channel is. Raises ChannelDown."""
        return await self._listed.page(cursor)

    def cursor_at(self, instant: datetime) -> str:
        """From where to read what has changed since an instant."""
        return Cursor.at(instant.astimezone(UTC) - OVERLAP).text()

    async def orders_since(self, cursor: str) -> Orders:
        """A page of the orders that changed at or after the cursor. Raises ChannelDown."""
        return await self._orders.since(cursor)

    async def open_orders(self, cursor: str) -> Orders:
        """A page of the orders of which something is still to leave. Raises ChannelDown."""
        return await self._orders.open_ones(cursor)

    async def orders(self, ids: Sequence[str]) -> Orders:
        """These orders, as far as they are this channel's. Raises ChannelDown."""
        return await self._orders.some(ids)

    @property
    def tells_fees(self) -> bool:
        """Whether settlements are to be read."""
        return self._settlements.read

    async def fees_since(self, cursor: str) -> SettledFees:
        """The fees of the next settlement. Raises ChannelDown."""
        return await self._settlements.since(cursor)

    async def _checked(self, what: str) -> str:
        """One line: what the kind found, and that orders, queue and settlements answer. Raises ChannelDown."""
        await self._orders.check()
        settings = self._settings
        more = await self._ears.check() + await self._settlements.check()
        return f"seller {settings.seller_id} in marketplace {settings.marketplace}: {what}; orders may be read{more}"


class Merchant(Seller):
    """Listings and orders that the merchant fulfils."""

    def __init__(self, api: SellingPartnerApi, settings: AmazonSettings, queue: Queue | None) -> None:
        super().__init__(api, settings, queue)
        self._stock = StockOut(api, settings, self._orders.sales)

    async def push(self, lines: Sequence[Line]) -> Pushed:
        """Set the quantities of listings. Raises ChannelDown and InDoubt."""
        return await self._stock.push(lines)

    async def settle(self, tickets: Mapping[Spot, str]) -> Mapping[Spot, Outcome]:
        """What became of numbers that Amazon has accepted. Raises ChannelDown."""
        return await self._stock.settle(tickets)

    async def read_back(self, asked: Sequence[Spot]) -> Shown:
        """The quantities shown; a listing that Amazon fulfils has none of the merchant's. Raises ChannelDown."""
        return Shown(spots(await self._stock.read_back([spot.sku for spot in asked])))

    async def ship(self, order: str, parcel: Parcel) -> Outcome:
        """Confirm a shipment. Raises ChannelDown and InDoubt."""
        return await self._orders.ship(order, parcel)

    async def cancel(self, order: str, cancelling: Cancelling) -> Outcome:
        """Whether it is cancelled there already; else where a person does it. Raises ChannelDown."""
        return await self._orders.cancel(order, cancelling)

    async def check(self) -> str:
        """Who sells where, and how many listings there are. Raises ChannelDown."""
        return await self._checked(f"{await self._stock.count()} listings")


class Centres(Seller):
    """Stock in Amazon's fulfilment centres, and the orders that Amazon fulfils from it."""

    def __init__(self, api: SellingPartnerApi, settings: AmazonSettings, queue: Queue | None) -> None:
        super().__init__(api, settings, queue)
        self._stock = StockIn(api, settings.marketplace)

    @property
    def place(self) -> str:
        """Amazon's own name for its fulfilment network."""
        return AMAZON_CENTRES

    async def stock(self) -> KeptStock:
        """All that Amazon keeps for the seller. Raises ChannelDown."""
        return await self._stock.all()

    async def check(self) -> str:
        """Who sells where, and that the stock may be read. Raises ChannelDown."""
        return await self._checked(f"{await self._stock.first()} SKUs or more in Amazon's centres")
