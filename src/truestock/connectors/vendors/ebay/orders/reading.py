"""Reads a seller's orders: what changed since, what is still open, and some by their ids; each with its packages."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

import httpx2
import msgspec

from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.orders import Orders, SeenOrder
from truestock.connectors.orders.keeping import NOT_READABLE, reason_of
from truestock.connectors.reserving.http_calls import one_line
from truestock.connectors.vendors.batches import Refused
from truestock.connectors.vendors.ebay.calls.transport import EbayApi
from truestock.connectors.vendors.ebay.orders import mapping, windows
from truestock.connectors.vendors.ebay.orders.forms import Fulfillment, Fulfillments, Named, Order, Page
from truestock.connectors.vendors.ebay.orders.mapping import Account
from truestock.connectors.vendors.ebay.orders.windows import Window

FULFILLMENT: Final = "/sell/fulfillment/v1"
PAGE: Final = 200
# Pages of one window that cannot be made narrower.
PAGES_MAX: Final = 10
# How long an order may be open; eBay itself looks back 90 days where it is not told.
OPEN_DAYS: Final = timedelta(days=180)
STILL_OPEN: Final = ",orderfulfillmentstatus:{NOT_STARTED|IN_PROGRESS}"


class OrderReader:
    """Of one seller."""

    def __init__(self, api: EbayApi) -> None:
        self._api = api

    async def since(self, cursor: str) -> Orders:
        """What changed in the next window. Raises ChannelDown."""
        return await self._window(windows.read(cursor), "lastmodifieddate", "")

    async def open(self, cursor: str) -> Orders:
        """What of the next window, by when it was made, is still to leave. Raises ChannelDown."""
        window = windows.read(cursor) if cursor else windows.begun(datetime.now(UTC) - OPEN_DAYS)
        return await self._window(window, "creationdate", STILL_OPEN)

    async def by_id(self, ids: Sequence[str]) -> Orders:
        """These orders. Raises ChannelDown."""
        if not ids:
            return Orders([])
        query = httpx2.QueryParams({"orderIds": ",".join(sorted(set(ids)))})
        try:
            found = await self._api.look(f"{FULFILLMENT}/order?{query}", Page)
        except Refused:
            return await self._one_by_one(ids)
        return await self._seen(found.orders)

    async def one(self, order: str) -> tuple[Order, Account, list[Fulfillment]] | None:
        """An order with what became of it, None when there is none. Raises ChannelDown."""
        try:
            found = await self._api.look(f"{FULFILLMENT}/order/{quote(order, safe='')}", Order)
        except Refused:
            return None
        sent = await self._sent(found)
        return found, mapping.account_of(found, sent), sent

    async def _one_by_one(self, ids: Sequence[str]) -> Orders:
        """eBay refuses the whole question for one order that it does not have."""
        seen = []
        for order in sorted(set(ids)):
            found = await self.one(order)
            if found:
                seen.append(mapping.order_of(found[0], found[1]))
        return Orders(seen, points=float(len(ids)))

    async def _window(self, window: Window, field: str, more: str) -> Orders:
        now = datetime.now(UTC)
        end = windows.ends(window, now)
        asked = f"{field}:[{windows.written(window.since)}..{windows.written(end)}]{more}"
        found = await self._page(asked, 0)
        if found.total > len(found.orders):
            narrower = windows.halved(window, end)
            if narrower is not None:
                return Orders([], cursor=narrower.cursor, more=True)
            found = await self._whole(asked, found)
        seen = await self._seen(found.orders)
        onward, at_once = windows.following(window, end, now)
        return msgspec.structs.replace(seen, cursor=onward.cursor, more=at_once)

    async def _whole(self, asked: str, first: Page) -> Page:
        """All pages, if nothing changed meanwhile. Raises ChannelDown."""
        orders = list(first.orders)
        for _ in range(PAGES_MAX):
            if len(orders) >= first.total:
                return Page(orders, first.total)
            page = await self._page(asked, len(orders))
            if page.total != first.total or not page.orders:
                raise ChannelDown("orders of one instant changed while they were read; they are read again")
            orders += page.orders
        raise ChannelDown(f"over {PAGE * PAGES_MAX} orders changed at one instant")

    async def _page(self, asked: str, offset: int) -> Page:
        query = httpx2.QueryParams({"filter": asked, "limit": str(PAGE), "offset": str(offset)})
        return await self._api.read(f"{FULFILLMENT}/order?{query}", Page)

    async def _seen(self, raws: Sequence[msgspec.Raw]) -> Orders:
        """The orders of a page; one that cannot be read does not hold up the others."""
        seen: list[SeenOrder] = []
        unread: dict[str, str] = {}
        calls = 0
        for raw in raws:
            try:
                order = msgspec.json.decode(raw, type=Order, strict=False)
                calls += bool(order.fulfillment_hrefs)
                account = mapping.account_of(order, await self._sent(order))
                seen.append(mapping.order_of(order, account))
            except NOT_READABLE as error:
                unread[_name(raw)] = one_line(f"not understood: {reason_of(error)}")
        return Orders(seen, points=float(calls), unread=unread)

    async def _sent(self, order: Order) -> list[Fulfillment]:
        """The packages of an order, if there are any."""
        if not order.fulfillment_hrefs:
            return []
        path = f"{FULFILLMENT}/order/{quote(order.order_id, safe='')}/shipping_fulfillment"
        return (await self._api.read(path, Fulfillments)).fulfillments


def _name(raw: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(raw, type=Named).order_id
    except NOT_READABLE as error:
        raise ChannelDown(f"eBay's orders cannot be read: {one_line(reason_of(error))}") from error
