"""One seller: the stock of its locations, its orders, its messages, and what it is told."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, Outcome, Pushed, Shown, Spot
from truestock.connectors.contract.listed import Listings
from truestock.connectors.contract.notices import Notice
from truestock.connectors.contract.orders import Cancelling, Orders, Parcel
from truestock.connectors.contract.traits import Budget, Traits
from truestock.connectors.orders import passes
from truestock.connectors.reserving.http_calls import one_line
from truestock.connectors.vendors.square.listed import listings
from truestock.connectors.vendors.square.orders import notices
from truestock.connectors.vendors.square.orders.reading import OrderReader
from truestock.connectors.vendors.square.orders.telling import Teller
from truestock.connectors.vendors.square.settings import SquareSettings
from truestock.connectors.vendors.square.stock import TillStock
from truestock.connectors.vendors.square.transport import SquareApi

BATCH_MAX: Final = 100  # changes in one call
BURST_S: Final = 2.0
GOES_ON_S: Final = 30.0
# A push looks variations up and reads their counts besides.
CALLS_OF_A_PUSH: Final = 3.0


class SquareConnector:
    """What the hub does with a seller; each part does its own."""

    def __init__(self, api: SquareApi, settings: SquareSettings, signature_key: str) -> None:
        self._api = api
        self._location = settings.location
        self._key = signature_key
        self._stock = TillStock(api, settings)
        self._reader = OrderReader(api, settings)
        self._teller = Teller(api, self._reader)
        rate = settings.calls_per_s
        self._traits = Traits(
            decrements="at_once",
            budget=Budget(per_s=rate, burst=max(rate * BURST_S, CALLS_OF_A_PUSH), a_call=CALLS_OF_A_PUSH),
            compare="value",
            batch_max=BATCH_MAX,
            pending_s=settings.timeout_s + GOES_ON_S,
            by_place=not settings.location,
            orders=Budget(per_s=rate, burst=rate * BURST_S),
            poll_every_s=settings.poll_every_s,
        )

    @property
    def traits(self) -> Traits:
        """What a seller is like."""
        return self._traits

    async def push(self, lines: Sequence[Line]) -> Pushed:
        """Count what is in stock at the lines' locations. Raises ChannelDown and InDoubt."""
        return await self._stock.push(lines)

    async def read_back(self, spots: Sequence[Spot]) -> Shown:
        """What is in stock. Raises ChannelDown."""
        return await self._stock.read_back(spots)

    async def check(self) -> str:
        """The seller's locations, if the token opens them. Raises ChannelDown."""
        names = await self._reader.locations()
        known = ", ".join(f"{name} ({id_})" for id_, name in names.items())
        if self._location and self._location not in names:
            raise ChannelDown(f"the seller has no location {self._location}; it has {known or 'none'}")
        where = f"location {names[self._location]}" if self._location else f"locations {known or 'none'}"
        told = "" if self._key else "; without the signature key no messages are taken, and sales are polled"
        return one_line(f"Square, {where}{told}")

    @property
    def lists(self) -> bool:
        """A seller can always be asked."""
        return True

    async def listings(self, cursor: str) -> Listings:
        """A page of its catalog. Raises ChannelDown."""
        return await listings(self._api, self._location, cursor)

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

    def notice(self, url: str, headers: Mapping[str, str], body: bytes) -> Notice | None:
        """The order that a message is about. Raises NotGenuine."""
        return notices.notice(self._key, url, headers, body)

    async def ship(self, order: str, parcel: Parcel) -> Outcome:
        """Tell Square what has left. Raises ChannelDown and InDoubt."""
        return await self._teller.ship(order, parcel)

    async def cancel(self, order: str, cancelling: Cancelling) -> Outcome:
        """Tell Square what will not leave. Raises ChannelDown and InDoubt."""
        return await self._teller.cancel(order, cancelling)
