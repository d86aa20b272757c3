"""One shop: its stock, its orders, its messages, and what it is told."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, Outcome, Pushed, Shown, Spot
from truestock.connectors.contract.listed import Listings
from truestock.connectors.contract.notices import Notice
from truestock.connectors.contract.orders import Cancelling, Orders, Parcel, SettledFees
from truestock.connectors.contract.pages import Given, Page, PagesPushed
from truestock.connectors.contract.traits import Budget, Traits
from truestock.connectors.orders import passes
from truestock.connectors.shopify import documents, mapping, settlements
from truestock.connectors.shopify.documents import Answer
from truestock.connectors.shopify.listed import listings
from truestock.connectors.shopify.orders import notices, subscriptions
from truestock.connectors.shopify.orders.reading import CALL_POINTS, OrderReader
from truestock.connectors.shopify.orders.telling import Teller
from truestock.connectors.shopify.pages import FIELDS, FIND_POINTS, PAGE_POINTS, push_pages
from truestock.connectors.shopify.settings import ShopifySettings
from truestock.connectors.shopify.stock import ARRAY_MAX, Stock
from truestock.connectors.shopify.transport import AdminApi

BURST_S = 20.0  # recorded shops held 20 seconds' worth of points
FOR_PAGES = 0.2
FOR_ORDERS = 0.5  # of the one bucket; every answer tells what is really in it


class ShopifyConnector:
    """What the hub does with a shop; each part does its own."""

    def __init__(self, api: AdminApi, settings: ShopifySettings, client_secret: str) -> None:
        self._api = api
        self._shop = settings.shop
        self._location = settings.location_id
        self._settlements = settings.settlements
        self._secret = client_secret
        self._stock = Stock(api, settings)
        self._reader = OrderReader(api, settings)
        self._teller = Teller(api, settings)
        rate = settings.restore_per_s
        self._traits = Traits(
            decrements="at_once",
            budget=Budget(per_s=rate, burst=rate * BURST_S, a_call=mapping.CALL_POINTS),
            compare="value",
            batch_max=ARRAY_MAX,
            by_place=True,
            orders=Budget(rate * FOR_ORDERS, rate * BURST_S * FOR_ORDERS, CALL_POINTS),
            poll_every_s=settings.poll_every_s,
        )
        self._pages_budget = Budget(rate * FOR_PAGES, rate * BURST_S * FOR_PAGES, FIND_POINTS, PAGE_POINTS)

    @property
    def traits(self) -> Traits:
        """What a shop is like."""
        return self._traits

    async def push(self, lines: Sequence[Line]) -> Pushed:
        """Set `available` at each line's location. Raises ChannelDown and InDoubt."""
        return await self._stock.push(lines)

    async def read_back(self, spots: Sequence[Spot]) -> Shown:
        """What is available at each spot's location. Raises ChannelDown."""
        return await self._stock.read_back(spots)

    async def check(self) -> str:
        """The shop's name and the location's, if the app may do what it has to. Raises ChannelDown."""
        about, _throttle = await self._api.read(documents.ABOUT, {}, Answer[documents.AboutData])
        installed = about.current_app_installation
        granted = sorted(scope.handle for scope in installed.access_scopes) if installed else []
        if missing := mapping.lacking(granted):
            has = ", ".join(granted) or "none"
            raise ChannelDown(f"the app lacks the scopes {missing}; it has {has}. Add them, and install the app again.")
        variables: dict[str, object] = {"location": self._location}
        place, _throttle = await self._api.read(documents.PLACE, variables, Answer[documents.PlaceData])
        name, wrong = mapping.place_told(place, self._location)
        if wrong:
            raise ChannelDown(wrong)
        told = "" if self._secret else "; without the client secret its messages are not verified, so none are taken"
        return f"{about.shop.name}, location {name}; scopes: {', '.join(granted)}{told}"

    @property
    def lists(self) -> bool:
        """A shop can always be asked."""
        return True

    async def listings(self, cursor: str) -> Listings:
        """A page of what it sells. Raises ChannelDown."""
        return await listings(self._api, cursor)

    @property
    def page_fields(self) -> frozenset[str]:
        """What products and variants have of pages."""
        return FIELDS

    @property
    def pages_budget(self) -> Budget:
        """A part of the one bucket."""
        return self._pages_budget

    async def push_pages(self, pages: Sequence[Page], given: Given) -> PagesPushed:
        """Write texts, images and prices. Raises ChannelDown and InDoubt."""
        return await push_pages(self._api, pages, given)

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
        """These orders, by their numbers. Raises ChannelDown."""
        return await self._reader.by_id(ids)

    @property
    def tells_fees(self) -> bool:
        """Whether payouts are to be read."""
        return self._settlements

    async def fees_since(self, cursor: str) -> SettledFees:
        """A page of the fees of a payout. Raises ChannelDown."""
        return await settlements.fees_since(self._api, cursor)

    def notice(self, url: str, headers: Mapping[str, str], body: bytes) -> Notice | None:  # noqa: ARG002  of the contract
        """The order that a message is about. Raises NotGenuine."""
        return notices.notice(self._secret, self._shop, headers, body)

    async def subscribe(self, url: str) -> None:
        """Have the shop send its messages about orders to `url`. Raises ChannelDown."""
        if not self._secret:
            raise ChannelDown("store the app's client secret first: without it no message can be verified")
        await subscriptions.subscribe(self._api, url)

    async def ship(self, order: str, parcel: Parcel) -> Outcome:
        """Tell the shop what has left. Raises ChannelDown and InDoubt."""
        return await self._teller.ship(order, parcel)

    async def cancel(self, order: str, cancelling: Cancelling) -> Outcome:
        """Tell the shop what will not leave. Raises ChannelDown and InDoubt."""
        return await self._teller.cancel(order, cancelling)
