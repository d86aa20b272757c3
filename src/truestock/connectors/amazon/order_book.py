"""Orders in, and parcels out."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from truestock.connectors.amazon.calls import operations as op
from truestock.connectors.amazon.calls.transport import NOT_FOUND, PATIENCE_S, Refused, SellingPartnerApi
from truestock.connectors.amazon.mapping import orders, parcels
from truestock.connectors.amazon.mapping.cursors import Cursor
from truestock.connectors.amazon.mapping.orders import Order
from truestock.connectors.amazon.mapping.reading import NotAsAgreed, decoded
from truestock.connectors.amazon.mapping.tickets import Sales
from truestock.connectors.amazon.settings import AmazonSettings
from truestock.connectors.contract.answers import ChannelDown, Outcome
from truestock.connectors.contract.orders import Cancelling, Orders, Parcel

PAGE: Final = 100
OPEN_STATUSES: Final = "PENDING_AVAILABILITY,PENDING,UNSHIPPED,PARTIALLY_SHIPPED"
# How old an order may be that is still looked for among the open ones.
OPEN_FOR: Final = timedelta(days=180)
BAD_REQUEST: Final = 400
NO_CURSOR: Final = Cursor("")


class OrderBook:
    """The orders of one seller in one marketplace that one of the two fulfils; `sales`: what they moved."""

    def __init__(self, api: SellingPartnerApi, settings: AmazonSettings) -> None:
        self._api = api
        self._settings = settings
        self.sales = Sales(timedelta(seconds=settings.applied_s))
        self._ours = settings.marketplace, settings.fulfilled_by.upper()

    async def since(self, cursor: str) -> Orders:
        """A page of what changed at or after the cursor; none while searches are spent. Raises ChannelDown.

        To raise it then would keep the orders that a message told of from being read, for which there are calls."""
        if self._api.wait(op.SEARCH_ORDERS) > PATIENCE_S:
            return Orders([], cursor)
        at, page = await self._walk(Cursor.read(cursor), "lastUpdatedAfter", {})
        until = page.last_updated_before or datetime.now(UTC)
        return self._told(page.orders, at.following(page.pagination.next_token, until))

    async def open_ones(self, cursor: str) -> Orders:
        """A page of the orders of which something is still to leave. Raises ChannelDown."""
        begun = Cursor.read(cursor) if cursor else Cursor.at(datetime.now(UTC) - OPEN_FOR)
        at, page = await self._walk(begun, "createdAfter", {"fulfillmentStatuses": OPEN_STATUSES})
        return self._told(page.orders, at.next_page(page.pagination.next_token))

    async def some(self, ids: Sequence[str]) -> Orders:
        """These orders, each by a call of its own. Raises ChannelDown."""
        raws: list[msgspec.Raw] = []
        refused: dict[str, str] = {}
        for id_ in ids:
            try:
                raw = await self._raw(id_)
            except Refused as error:
                refused[id_] = str(error)
            else:
                raws += [raw] if raw is not None else []
        told = self._told(raws)
        return msgspec.structs.replace(told, unread=told.unread | refused)

    async def ship(self, order: str, parcel: Parcel) -> Outcome:
        """Tell of a parcel. Raises ChannelDown and InDoubt."""
        settings = self._settings
        body = parcels.confirmation(
            parcel, settings.marketplace, settings.shipping_method, settings.carrier_codes, datetime.now(UTC)
        )
        try:
            await self._api.tell(op.CONFIRM_SHIPMENT, {"orderId": order}, {}, body)
        except Refused as refused:
            return parcels.refused(parcel, await self._order(order), str(refused))
        return Outcome("applied")

    async def cancel(self, order: str, cancelling: Cancelling) -> Outcome:
        """Whether it is cancelled there. Raises ChannelDown."""
        return parcels.cancelling(cancelling, await self._order(order))

    async def check(self) -> None:
        """Ask for no more than one order. Raises ChannelDown."""
        await self._page({"createdAfter": Cursor.at(datetime.now(UTC) - timedelta(hours=1)).after}, "", size=1)

    def _told(self, raws: Sequence[msgspec.Raw], cursor: Cursor = NO_CURSOR) -> Orders:
        try:
            found, unread = orders.read(raws, self._ours)
        except NotAsAgreed as error:
            raise ChannelDown(f"Amazon's orders cannot be read: {error}") from error
        self.sales.note(found)
        return Orders(found, cursor.text(), more=bool(cursor.token), unread=unread)

    async def _walk(self, at: Cursor, opens: str, more: dict[str, str]) -> tuple[Cursor, orders.Page]:
        """A page of a window; from its first one where the token has ended, so that nothing is passed over.

        Raises ChannelDown."""
        page = await self._page({opens: at.after, **more}, at.token)
        if page is None:
            at = at.anew()
            page = await self._page({opens: at.after, **more}, "")
        if page is None:
            raise ChannelDown(f"Amazon takes no search for orders with {opens} {at.after}")
        return at, page

    async def _page(self, window: dict[str, str], token: str, size: int = PAGE) -> orders.Page | None:
        """A page, None where Amazon does not take the token any more. Raises ChannelDown."""
        marketplace, fulfilled_by = self._ours
        query = {
            **window,
            "marketplaceIds": marketplace,
            "fulfilledBy": fulfilled_by,
            "includedData": orders.INCLUDED,
            "maxResultsPerPage": str(size),
            **({"paginationToken": token} if token else {}),
        }
        try:
            return decoded(await self._api.ask(op.SEARCH_ORDERS, {}, query), orders.Page)
        except Refused as refused:
            if token and refused.status == BAD_REQUEST:
                return None
            raise ChannelDown(str(refused)) from refused
        except NotAsAgreed as error:
            raise ChannelDown(f"Amazon's orders cannot be read: {error}") from error

    async def _order(self, id_: str) -> Order | None:
        """An order, None where Amazon has none. Raises ChannelDown."""
        try:
            raw = await self._raw(id_)
            return decoded(bytes(raw), Order) if raw is not None else None
        except (Refused, NotAsAgreed) as error:
            raise ChannelDown(f"the order {id_} cannot be read: {error}") from error

    async def _raw(self, id_: str) -> msgspec.Raw | None:
        """An order as it came, None where Amazon has none. Raises ChannelDown, and Refused for what is no id."""
        try:
            answer = await self._api.ask(op.GET_ORDER, {"orderId": id_}, {"includedData": orders.INCLUDED})
            return decoded(answer, orders.One).order
        except Refused as refused:
            if refused.status == NOT_FOUND:
                return None
            raise
        except NotAsAgreed as error:
            raise ChannelDown(f"the order {id_} cannot be read: {error}") from error
