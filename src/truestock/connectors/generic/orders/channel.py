"""Asks the other side for its orders, and tells it of parcels and cancellations."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlencode

from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome
from truestock.connectors.contract.orders import Cancelling, Orders, Parcel
from truestock.connectors.generic import mapping, refusals
from truestock.connectors.generic.orders.forms import RawPage, Telling
from truestock.connectors.generic.orders.mapping import cancelling_told, orders_of, outcome_of, parcel_told
from truestock.connectors.generic.settings import GenericSettings
from truestock.connectors.generic.transport import SignedCalls, whole

SINCE: Final = "since="
CURSOR: Final = "cursor="


class OrderCalls:
    """Of one channel."""

    def __init__(self, calls: SignedCalls, settings: GenericSettings) -> None:
        self._calls = calls
        self._path = settings.orders_path
        self._most = settings.batch_max

    async def since(self, cursor: str) -> Orders:
        """A page of what changed: since an instant at first, then from the other side's cursor. Raises ChannelDown."""
        if not cursor.startswith((SINCE, CURSOR)):
            raise ChannelDown("the orders' cursor is none of this connector's: reset the channel")
        name, _, value = cursor.partition("=")
        page = await self._calls.get(f"{self._path}?{urlencode({name: value})}", RawPage)
        return self._paged(page, cursor, CURSOR)

    async def open(self, cursor: str) -> Orders:
        """A page of what is still to leave. Raises ChannelDown."""
        query = f"?{urlencode({'cursor': cursor})}" if cursor else ""
        page = await self._calls.get(f"{self._path}/open{query}", RawPage)
        return self._paged(page, cursor, "")

    async def by_id(self, ids: Sequence[str]) -> Orders:
        """These orders. Raises ChannelDown."""
        read = Orders([])
        for call, query in enumerate(mapping.queries("id", dict.fromkeys(ids), self._most)):
            page = orders_of(await self._calls.get(f"{self._path}?{query}", RawPage))
            asked = [order for order in page.orders if order.id in ids]
            read = Orders([*read.orders, *asked], points=float(call), unread=read.unread | page.unread)
        return read

    async def ship(self, order: str, parcel: Parcel) -> Outcome:
        """Tell of a parcel; the other side knows it by its id. Raises ChannelDown and InDoubt."""
        return await self._tell(f"{self._path}/{quote(order, safe='')}/parcels", parcel.id, parcel_told(parcel))

    async def cancel(self, order: str, cancelling: Cancelling) -> Outcome:
        """Tell of a cancellation; the other side knows it by its key. Raises ChannelDown and InDoubt."""
        path = f"{self._path}/{quote(order, safe='')}/cancellations"
        return await self._tell(path, cancelling.key, cancelling_told(cancelling))

    async def _tell(self, path: str, name: str, body: bytes) -> Outcome:
        """The same thing told again has the same key, and its answer may be remembered by it."""
        reply = await self._calls.call("POST", path, mapping.call_key(f"{path} {name}".encode()), body)
        refusals.raise_for(reply, time.time())
        if reply.status >= 400:
            return Outcome("rejected", refusals.words(reply))
        try:
            return outcome_of(whole(reply, Telling))
        except mapping.NotAsAgreed as error:
            raise InDoubt(f"the answer cannot be read: {error}") from error

    @staticmethod
    def _paged(page: RawPage, cursor: str, prefix: str) -> Orders:
        """The page with the cursor after it; without one it is asked for again. Raises ChannelDown."""
        after = prefix + page.cursor if page.cursor else cursor
        if page.more and after == cursor:
            raise ChannelDown("it says that there are more orders, and gives no cursor to go on with")
        read = orders_of(page)
        return Orders(read.orders, after, page.more, unread=read.unread)


def cursor_at(instant: datetime) -> str:
    """From where to read what has changed since an instant."""
    return f"{SINCE}{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
