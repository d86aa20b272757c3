"""Reads a store's orders: what changed since, what is still open, and some by their ids; each with its refunds."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import httpx2
import msgspec

from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.orders import Orders, SeenOrder
from truestock.connectors.orders import passes
from truestock.connectors.orders.keeping import NOT_READABLE, reason_of
from truestock.connectors.orders.passes import SECOND, Pass
from truestock.connectors.woocommerce.mapping import NotAsAgreed, decoded, one_line
from truestock.connectors.woocommerce.orders import mapping
from truestock.connectors.woocommerce.orders.forms import FIELDS, Order, Refund
from truestock.connectors.woocommerce.orders.mapping import COMPLETED, NotUnderstood
from truestock.connectors.woocommerce.settings import WooCommerceSettings
from truestock.connectors.woocommerce.transport import Gone, StoreApi

PAGE: Final = 50
REFUNDS_PAGE: Final = 100
# Ids left out of one question: an address has to fit a server.
SAME_SECOND_MAX: Final = 600
# What was put into the bin is in no list that does not ask for it.
PHASES: Final = ("any", "trash")
ALWAYS: Final = datetime(2000, 1, 1, tzinfo=UTC)


class _Times(msgspec.Struct, frozen=True):
    """What has to be known of an order to read on after it."""

    id: int
    date_created_gmt: datetime | None = None
    date_modified_gmt: datetime | None = None


class OrderReader:
    """Of one store."""

    def __init__(self, api: StoreApi, settings: WooCommerceSettings) -> None:
        self._api = api
        self._settings = settings

    async def since(self, cursor: str) -> Orders:
        """A page of what changed, what is in the bin last. Raises ChannelDown."""
        now = passes.read(cursor)
        query = {"modified_after": _before(now), "orderby": "modified", "status": PHASES[min(now.phase, 1)]}
        nodes, times, more = await self._page(query, now)
        read = await self._seen(nodes)
        newest = max((mapping.utc(one.date_modified_gmt) for one in times if one.date_modified_gmt), default=None)
        if more:
            onward = _onward(now, times, [one.date_modified_gmt for one in times])
            return msgspec.structs.replace(read, cursor=onward.cursor, more=True)
        if now.phase + 1 < len(PHASES):
            return msgspec.structs.replace(read, cursor=passes.next_phase(now, newest).cursor, more=True)
        return msgspec.structs.replace(read, cursor=passes.ended(now, newest, time.time()).cursor)

    async def open(self, cursor: str) -> Orders:
        """A page of what is still to leave, in the order in which it was made. Raises ChannelDown."""
        now = passes.read(cursor) if cursor else passes.begun(ALWAYS)
        statuses = ",".join(sorted(self._settings.sold - {COMPLETED}))
        if not statuses:
            return Orders([])
        nodes, times, more = await self._page({"after": _before(now), "orderby": "date", "status": statuses}, now)
        read = await self._seen(nodes)
        if not more:
            return read
        onward = _onward(now, times, [one.date_created_gmt for one in times])
        return msgspec.structs.replace(read, cursor=onward.cursor, more=True)

    async def by_id(self, ids: Sequence[str]) -> Orders:
        """These orders, also from the bin. Raises ChannelDown."""
        left = {one for one in ids if one.isdecimal() and one.isascii()}
        read = Orders([])
        for status in PHASES:
            if not left:
                break
            query = {"include": ",".join(sorted(left, key=int)), "status": status, "per_page": "100"}
            nodes, times = self._decoded(await self._api.read("/orders", {**query, "_fields": FIELDS}))
            part = await self._seen(nodes)
            read = Orders(
                [*read.orders, *part.orders],
                points=read.points + part.points + (1.0 if status != PHASES[0] else 0.0),
                unread=read.unread | part.unread,
            )
            left -= {str(one.id) for one in times}
        return read

    async def one(self, order: str) -> tuple[Order, list[Refund]] | None:
        """An order with its refunds, None when the store does not have it. Raises ChannelDown."""
        if not (order.isdecimal() and order.isascii()):
            return None
        try:
            reply = await self._api.look(f"/orders/{order}", {"_fields": FIELDS})
        except Gone:
            return None
        try:
            found = decoded(reply.content, Order)
            return found, await self._refunds(found)
        except NotAsAgreed as error:
            raise ChannelDown(f"the order cannot be read: {error}") from error

    async def _page(self, query: dict[str, str], now: Pass) -> tuple[list[msgspec.Raw], list[_Times], bool]:
        """What is first by now in the order of the question, and whether there is more."""
        if now.at.count(",") >= SAME_SECOND_MAX:
            raise ChannelDown(f"over {SAME_SECOND_MAX} orders share one second, more than one question can leave out")
        left_out = {"exclude": now.at} if now.at else {}
        asked = {"per_page": str(PAGE), "order": "asc", "dates_are_gmt": "true", "_fields": FIELDS}
        reply = await self._api.read("/orders", {**asked, **left_out, **query})
        nodes, times = self._decoded(reply)
        pages = reply.headers.get("x-wp-totalpages", "1")
        return nodes, times, bool(times) and pages.isdecimal() and int(pages) > 1

    @staticmethod
    def _decoded(reply: httpx2.Response) -> tuple[list[msgspec.Raw], list[_Times]]:
        try:
            return decoded(reply.content, list[msgspec.Raw]), decoded(reply.content, list[_Times])
        except NotAsAgreed as error:
            raise ChannelDown(f"the store's orders cannot be read: {error}") from error

    async def _seen(self, nodes: Sequence[msgspec.Raw]) -> Orders:
        """The orders of a page; one that cannot be read does not hold up the others."""
        seen: list[SeenOrder] = []
        unread: dict[str, str] = {}
        calls = 0
        for node in nodes:
            try:
                order = decoded(bytes(node), Order)
                calls += bool(order.refunds)
                found = mapping.order_of(order, await self._refunds(order), self._settings)
            except (NotAsAgreed, NotUnderstood, *NOT_READABLE) as error:
                unread[str(msgspec.json.decode(node, type=_Times).id)] = one_line(f"not understood: {reason_of(error)}")
                continue
            if found:
                seen.append(found)
        return Orders(seen, points=float(calls), unread=unread)

    async def _refunds(self, order: Order) -> list[Refund]:
        """All refunds of an order, if it has any."""
        found: list[Refund] = []
        while len(found) < len(order.refunds):
            query = {"per_page": str(REFUNDS_PAGE), "offset": str(len(found)), "order": "asc", "orderby": "id"}
            reply = await self._api.read(
                f"/orders/{order.id}/refunds", {**query, "_fields": "id,date_created_gmt,line_items"}
            )
            part = decoded(reply.content, list[Refund])
            if not part:
                break
            found += part
        return found


def _before(now: Pass) -> str:
    """The store asks for what is after an instant, and seconds are whole."""
    return f"{(now.since - SECOND).astimezone(UTC):%Y-%m-%dT%H:%M:%S}"


def _onward(now: Pass, times: Sequence[_Times], when: Sequence[datetime | None]) -> Pass:
    """After a page with more to come; what is of its newest second is left out next time."""
    at = [mapping.utc(one) if one else now.since for one in when]
    newest = max(at)
    moved = ",".join(str(one.id) for one, then in zip(times, at, strict=True) if then == newest)
    same = ",".join([*([now.at] if now.at else []), *(str(one.id) for one in times)])
    return passes.onward(now, newest, moved, same)
