"""Channels that speak our REST and have orders: some can be asked for them, some only send them."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime

import httpx2

from truestock.connectors.contract.answers import Outcome
from truestock.connectors.contract.notices import Notice
from truestock.connectors.contract.orders import Cancelling, Orders, Parcel
from truestock.connectors.contract.traits import Traits
from truestock.connectors.generic import signing
from truestock.connectors.generic.connector import GenericChannel
from truestock.connectors.generic.orders import notices
from truestock.connectors.generic.orders.channel import OrderCalls, cursor_at
from truestock.connectors.generic.settings import GenericSettings, traits_of


class GenericShop(GenericChannel):
    """Has stock, and orders that can be read."""

    def __init__(self, client: httpx2.AsyncClient, settings: GenericSettings, secrets: Mapping[str, str]) -> None:
        """Make no call. Raises ValueError for an address or a secret that cannot be meant."""
        super().__init__(client, settings, secrets)
        self._key = signing.key_of(secrets.get("signing_secret", ""))
        self._orders = OrderCalls(self._calls, settings)

    def cursor_at(self, instant: datetime) -> str:
        """From where to read what has changed since an instant."""
        return cursor_at(instant)

    async def orders_since(self, cursor: str) -> Orders:
        """A page of the orders that changed at or after the cursor. Raises ChannelDown."""
        return await self._orders.since(cursor)

    async def open_orders(self, cursor: str) -> Orders:
        """A page of the orders of which something is still to leave. Raises ChannelDown."""
        return await self._orders.open(cursor)

    async def orders(self, ids: Sequence[str]) -> Orders:
        """These orders. Raises ChannelDown."""
        return await self._orders.by_id(ids)

    async def ship(self, order: str, parcel: Parcel) -> Outcome:
        """Tell what has left. Raises ChannelDown and InDoubt."""
        return await self._orders.ship(order, parcel)

    async def cancel(self, order: str, cancelling: Cancelling) -> Outcome:
        """Tell what will not leave. Raises ChannelDown and InDoubt."""
        return await self._orders.cancel(order, cancelling)

    def notice(self, url: str, headers: Mapping[str, str], body: bytes) -> Notice | None:  # noqa: ARG002  of the contract
        """The order to read. Raises NotGenuine."""
        notices.verify(self._key, headers, body, time.time())
        return notices.notice(body, whole=False)


class GenericSender:
    """Answers nothing, and sends its orders whole: there is nobody to ask."""

    def __init__(self, settings: GenericSettings, secrets: Mapping[str, str]) -> None:
        """Raises ValueError for a secret that cannot be meant."""
        self._key = signing.key_of(secrets.get("signing_secret", ""))
        self._traits = traits_of(settings)

    @property
    def traits(self) -> Traits:
        """What the channel is like, by its settings."""
        return self._traits

    def notice(self, url: str, headers: Mapping[str, str], body: bytes) -> Notice | None:  # noqa: ARG002  of the contract
        """The order that was sent. Raises NotGenuine."""
        notices.verify(self._key, headers, body, time.time())
        return notices.notice(body, whole=True)


class GenericSendingShop(GenericChannel):
    """Has stock, and sends its orders whole."""

    def __init__(self, client: httpx2.AsyncClient, settings: GenericSettings, secrets: Mapping[str, str]) -> None:
        """Make no call. Raises ValueError for an address or a secret that cannot be meant."""
        super().__init__(client, settings, secrets)
        self._sender = GenericSender(settings, secrets)

    def notice(self, url: str, headers: Mapping[str, str], body: bytes) -> Notice | None:
        """The order that was sent. Raises NotGenuine."""
        return self._sender.notice(url, headers, body)
