"""Reads a shop's orders: what changed since, what is still open, and some by their IDs."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from truestock.connectors.contract.answers import Throttle
from truestock.connectors.contract.orders import Orders, SeenOrder
from truestock.connectors.orders import passes
from truestock.connectors.orders.keeping import NOT_READABLE, reason_of
from truestock.connectors.shopify.documents import Answer
from truestock.connectors.shopify.orders import documents, mapping
from truestock.connectors.shopify.orders.documents import Order
from truestock.connectors.shopify.orders.rest import Rest, TooLong
from truestock.connectors.shopify.settings import ShopifySettings
from truestock.connectors.shopify.transport import AdminApi, TooDear

PAGE: Final = 10
IDS: Final = 50
CALL_POINTS: Final = 150.0  # an order costs some 15 points
OPEN: Final = "status:open AND NOT fulfillment_status:fulfilled"


class OrderId(msgspec.Struct, frozen=True):
    """What is read of an order that cannot be understood."""

    id: str = "/?"


class OrderReader:
    """Of one shop."""

    def __init__(self, api: AdminApi, settings: ShopifySettings) -> None:
        self._api = api
        self._unpaid_may_leave = settings.unpaid == "send"
        self._page = PAGE

    async def since(self, cursor: str) -> Orders:
        """A page of what changed. Raises ChannelDown."""
        now = passes.read(cursor)
        search = f"updated_at:>='{now.since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}'"
        page, told = await self._asked(search, "UPDATED_AT", now.at)
        seen = await self._seen(page.nodes, told)
        if not page.page_info.has_next_page:
            newest = _newest(page.nodes)
            return msgspec.structs.replace(seen, cursor=passes.ended(now, newest, time.time()).cursor)
        newest = _newest(page.nodes) or now.since
        return msgspec.structs.replace(
            seen, cursor=passes.onward(now, newest, "", page.page_info.end_cursor or "").cursor, more=True
        )

    async def open(self, cursor: str) -> Orders:
        """A page of what is still to leave; the shop's own place in it is the cursor. Raises ChannelDown."""
        page, told = await self._asked(OPEN, "ID", cursor)
        more = page.page_info.has_next_page
        seen = await self._seen(page.nodes, told)
        return msgspec.structs.replace(seen, cursor=(page.page_info.end_cursor or "") if more else "", more=more)

    async def by_id(self, ids: Sequence[str]) -> Orders:
        """These orders. Raises ChannelDown."""
        assert len(ids) <= IDS
        known = [mapping.ORDER + one for one in dict.fromkeys(ids) if one.isdecimal()]
        read = Orders([])
        while known:
            part = known[: self._page]
            try:
                data, told = await self._api.read(documents.BY_ID, {"ids": part}, Answer[documents.ByIdData])
            except TooDear as dear:
                self._smaller(dear)
                continue
            known = known[len(part) :]
            seen = await self._seen([node for node in data.nodes if bytes(node) != b"null"], told)
            points = read.points + seen.points + (CALL_POINTS if read.orders or read.unread else 0.0)
            read = Orders(
                [*read.orders, *seen.orders], throttle=seen.throttle, points=points, unread=read.unread | seen.unread
            )
        return read

    async def _asked(self, search: str, sort: str, after: str) -> tuple[documents.OrdersPage, Throttle]:
        """A page, as large as the shop lets it be."""
        while True:
            given: dict[str, object] = {"search": search, "sort": sort, "first": self._page, "after": after or None}
            try:
                data, told = await self._api.read(documents.SINCE, given, Answer[documents.SinceData])
            except TooDear as dear:
                self._smaller(dear)
            else:
                return data.orders, told

    def _smaller(self, dear: TooDear) -> None:
        """Ask for fewer at once from now on; raises when it is one already."""
        if self._page == 1:
            raise dear
        self._page //= 2

    async def _seen(self, nodes: Sequence[msgspec.Raw], told: Throttle) -> Orders:
        """The orders of a page; one that cannot be read does not hold up the others."""
        seen: list[SeenOrder] = []
        unread: dict[str, str] = {}
        points = 0.0
        for node in nodes:
            try:
                order = msgspec.json.decode(node, type=Order)
                if mapping.is_cut(order, documents.LISTED):
                    rest = Rest(self._api)
                    order = await rest.read(order)
                    points, told = points + rest.calls * CALL_POINTS, rest.told
                seen.append(mapping.order_of(order, unpaid_may_leave=self._unpaid_may_leave))
            except (*NOT_READABLE, TooLong) as error:
                unread[mapping.number_of(_id_of(node))] = f"the shop's answer was not understood: {reason_of(error)}"
        return Orders(seen, throttle=told, points=points, unread=unread)


def _id_of(node: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(node, type=OrderId).id
    except NOT_READABLE:
        return OrderId().id


class _When(msgspec.Struct, frozen=True, rename="camel"):
    """When an order changed, if it says."""

    updated_at: datetime | None = None


def _newest(nodes: Sequence[msgspec.Raw]) -> datetime | None:
    """The newest change of a page; of those that say when."""
    found: list[datetime] = []
    for node in nodes:
        try:
            when = msgspec.json.decode(node, type=_When).updated_at
        except NOT_READABLE:
            continue
        if when:
            found.append(when)
    return max(found, default=None)
