"""One seller: the offers' quantities, the orders, the messages, and what eBay is told."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import Outcome, Pushed, Shown, Spot
from truestock.connectors.contract.listed import Listings
from truestock.connectors.contract.notices import NotGenuine, Notice
from truestock.connectors.contract.orders import Cancelling, Orders, Parcel
from truestock.connectors.contract.traits import Budget, Traits
from truestock.connectors.vendors.ebay.calls.keys import Keys
from truestock.connectors.vendors.ebay.calls.transport import EbayApi
from truestock.connectors.vendors.ebay.listed import listings
from truestock.connectors.vendors.ebay.orders import notices, windows
from truestock.connectors.vendors.ebay.orders.forms import Page
from truestock.connectors.vendors.ebay.orders.reading import FULFILLMENT, OrderReader
from truestock.connectors.vendors.ebay.orders.telling import Teller
from truestock.connectors.vendors.ebay.settings import EbaySettings
from truestock.connectors.vendors.ebay.stock import INVENTORY, Offers, OfferStock

# eBay's own bound on changes of one listing in a calendar day.
REVISIONS_A_DAY: Final = 250
BATCH_MAX: Final = 25
# An offer is looked up and written for each line.
CALLS_A_LINE: Final = 2.0
BURST_S: Final = 20.0
GOES_ON_S: Final = 60.0


class EbayConnector:
    """What the hub does with a seller; each part does its own."""

    def __init__(self, api: EbayApi, settings: EbaySettings, verification_token: str) -> None:
        self._api = api
        self._token = verification_token
        self._keys = Keys(api)
        self._stock = OfferStock(api, settings)
        self._reader = OrderReader(api)
        self._teller = Teller(api, self._reader, settings)
        rate = settings.calls_per_s
        self._traits = Traits(
            decrements="at_once",
            budget=Budget(per_s=rate, burst=rate * BURST_S, a_line=CALLS_A_LINE),
            compare="value",
            batch_max=BATCH_MAX,
            pending_s=settings.timeout_s + GOES_ON_S,
            daily_per_spot=REVISIONS_A_DAY,
            orders=Budget(per_s=rate, burst=rate * BURST_S),
            poll_every_s=settings.poll_every_s,
        )

    @property
    def traits(self) -> Traits:
        """What a seller is like."""
        return self._traits

    async def push(self, lines: Sequence[Line]) -> Pushed:
        """Set the quantities of the lines' offers. Raises ChannelDown and InDoubt."""
        return await self._stock.push(lines)

    async def read_back(self, spots: Sequence[Spot]) -> Shown:
        """What the offers have. Raises ChannelDown."""
        return await self._stock.read_back(spots)

    async def check(self) -> str:
        """Whether the seller's consent opens inventory and orders. Raises ChannelDown."""
        await self._api.read(f"{INVENTORY}/inventory_item?limit=1", Offers)
        await self._api.read(f"{FULFILLMENT}/order?limit=1", Page)
        told = "" if self._token else "; without the verification token no messages are taken, and orders are polled"
        return f"eBay; the seller's consent opens inventory and orders{told}"

    @property
    def lists(self) -> bool:
        """A seller can always be asked."""
        return True

    async def listings(self, cursor: str) -> Listings:
        """A page of its inventory. Raises ChannelDown."""
        return await listings(self._api, cursor)

    def cursor_at(self, instant: datetime) -> str:
        """From where to read what has changed since an instant."""
        return windows.begun(instant).cursor

    async def orders_since(self, cursor: str) -> Orders:
        """A page of the orders that changed at or after the cursor. Raises ChannelDown."""
        return await self._reader.since(cursor)

    async def open_orders(self, cursor: str) -> Orders:
        """A page of the orders of which something is still to leave. Raises ChannelDown."""
        return await self._reader.open(cursor)

    async def orders(self, ids: Sequence[str]) -> Orders:
        """These orders. Raises ChannelDown."""
        return await self._reader.by_id(ids)

    def challenged(self, url: str, query: Mapping[str, str]) -> Mapping[str, str]:
        """Proves to eBay that an address is ours. Raises NotGenuine."""
        return notices.challenge_answer(self._token, url, query)

    async def fetch_key(self, headers: Mapping[str, str]) -> None:
        """See to it that the key of a message is at hand. Raises NotGenuine."""
        if self._token:
            await self._keys.fetch(headers)

    def notice(self, url: str, headers: Mapping[str, str], body: bytes) -> Notice | None:  # noqa: ARG002  of the contract
        """The order that a message is about. Raises NotGenuine."""
        if not self._token:
            raise NotGenuine("store the verification token first: without it this is no endpoint of eBay's")
        self._keys.verify(headers, body)
        return notices.notice_of(body)

    async def ship(self, order: str, parcel: Parcel) -> Outcome:
        """Tell eBay what has left. Raises ChannelDown and InDoubt."""
        return await self._teller.ship(order, parcel)

    async def cancel(self, order: str, cancelling: Cancelling) -> Outcome:
        """What becomes of a cancellation. Raises ChannelDown."""
        return await self._teller.cancel(order, cancelling)
