"""Reads a shop's orders: what changed since, what is still open, and some by their ids; each with what became of it."""

import time
from collections.abc import Sequence
from datetime import UTC
from typing import Final, NamedTuple, TypeVar

import msgspec

from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.orders import Orders, SeenOrder
from truestock.connectors.orders import passes
from truestock.connectors.orders.keeping import NOT_READABLE, reason_of
from truestock.connectors.reserving.http_calls import one_line
from truestock.connectors.vendors.magento.orders import mapping
from truestock.connectors.vendors.magento.orders.account import Account, NotUnderstood, account_of
from truestock.connectors.vendors.magento.orders.forms import ZERO, CreditMemo, Found, Order, Shipment, Times
from truestock.connectors.vendors.magento.search import Filter, Search
from truestock.connectors.vendors.magento.settings import MagentoSettings
from truestock.connectors.vendors.magento.transport import RestApi

T = TypeVar("T", Shipment, CreditMemo)
PAGE: Final = 50
PARTS_PAGE: Final = 100
# Ids left out of one question: an address has to fit a server.
SAME_SECOND_MAX: Final = 600


class _Read(NamedTuple):
    """Orders with what is known of each, the calls that took, and why others are not understood."""

    orders: list[tuple[Order, Account]]
    calls: int
    unread: dict[str, str]


class OrderReader:
    """Of one shop."""

    def __init__(self, api: RestApi, settings: MagentoSettings) -> None:
        self._api = api
        self._settings = settings

    async def since(self, cursor: str) -> Orders:
        """A page of what changed, read on from the newest change met. Raises ChannelDown."""
        now = passes.read(cursor)
        if now.at.count(",") >= SAME_SECOND_MAX:
            raise ChannelDown(f"over {SAME_SECOND_MAX} orders share one second, more than one question can leave out")
        left_out = [Filter("entity_id", "nin", now.at)] if now.at else []
        changed = Filter("updated_at", "gteq", f"{now.since.astimezone(UTC):%Y-%m-%d %H:%M:%S}")
        raws, more = await self._page([changed, *left_out], ["updated_at", "entity_id"])
        times = [_times(raw) for raw in raws]
        when = [mapping.utc(one.updated_at) if one.updated_at else now.since for one in times]
        seen = await self._seen(raws)
        newest = max(when, default=None)
        if not more or newest is None:
            return msgspec.structs.replace(seen, cursor=passes.ended(now, newest, time.time()).cursor)
        moved = ",".join(str(one.entity_id) for one, at in zip(times, when, strict=True) if at == newest)
        same = ",".join([*([now.at] if now.at else []), *(str(one.entity_id) for one in times)])
        return msgspec.structs.replace(seen, cursor=passes.onward(now, newest, moved, same).cursor, more=True)

    async def open(self, cursor: str) -> Orders:
        """A page of what is still to leave, in the order in which it was made. Raises ChannelDown."""
        states = Filter("state", "in", ",".join(sorted(mapping.OPEN_STATES)))
        raws, more = await self._page([states, Filter("entity_id", "gt", cursor or "0")], ["entity_id"])
        seen = await self._seen(raws)
        last = max((_times(raw).entity_id for raw in raws), default=0)
        return msgspec.structs.replace(seen, cursor=str(last), more=True) if more else seen

    async def by_id(self, ids: Sequence[str]) -> Orders:
        """These orders. Raises ChannelDown."""
        asked = sorted({one for one in ids if one.isdecimal() and one.isascii()}, key=int)
        if not asked:
            return Orders([])
        raws, _more = await self._page([Filter("entity_id", "in", ",".join(asked))], ["entity_id"])
        return await self._seen(raws)

    async def one(self, order: str) -> tuple[Order, Account] | None:
        """An order with what became of it, None when the shop does not have it. Raises ChannelDown, NotUnderstood."""
        if not (order.isdecimal() and order.isascii()):
            return None
        raws, _more = await self._page([Filter("entity_id", "eq", order)], ["entity_id"])
        read = await self._with_parts(raws)
        if read.unread:
            raise NotUnderstood(read.unread[order])
        return read.orders[0] if read.orders else None

    async def _page(self, filters: Sequence[Filter], order: Sequence[str]) -> tuple[list[msgspec.Raw], bool]:
        """What is first by now in the order of the question, and whether there is more."""
        of_stores = [Filter("store_id", "in", self._settings.stores)] if self._settings.stores else []
        found = await self._api.find("/orders", Search([*filters, *of_stores], order, PAGE), Found[msgspec.Raw])
        return found.items, bool(found.items) and found.total_count > len(found.items)

    async def _seen(self, raws: Sequence[msgspec.Raw]) -> Orders:
        read = await self._with_parts(raws)
        seen: list[SeenOrder] = []
        unread = dict(read.unread)
        for order, account in read.orders:
            try:
                seen.append(mapping.order_of(order, account, self._settings))
            except (NotUnderstood, *NOT_READABLE) as error:
                unread[str(order.entity_id)] = one_line(reason_of(error))
        return Orders(seen, points=float(read.calls), unread=unread)

    async def _with_parts(self, raws: Sequence[msgspec.Raw]) -> _Read:
        """The orders with their shipments and credit memos; one that is not understood does not hold up the others."""
        orders: list[Order] = []
        unread: dict[str, str] = {}
        for raw in raws:
            try:
                orders.append(msgspec.json.decode(raw, type=Order, strict=False))
            except NOT_READABLE as error:
                unread[str(_times(raw).entity_id)] = one_line(f"not understood: {reason_of(error)}")
        shipped = [one.entity_id for one in orders if any(item.qty_shipped for item in one.items)]
        refunded = [one.entity_id for one in orders if any((item.qty_refunded or ZERO) > 0 for item in one.items)]
        shipments, calls = await self._parts("/shipments", shipped, Found[Shipment])
        memos, more_calls = await self._parts("/creditmemos", refunded, Found[CreditMemo])
        found = []
        for order in orders:
            mine = [one for one in shipments if one.order_id == order.entity_id]
            memos_of = [one for one in memos if one.order_id == order.entity_id]
            try:
                found.append((order, account_of(order, mine, memos_of)))
            except (NotUnderstood, *NOT_READABLE) as error:
                unread[str(order.entity_id)] = one_line(reason_of(error))
        return _Read(found, calls + more_calls, unread)

    async def _parts(self, path: str, orders: Sequence[int], form: type[Found[T]]) -> tuple[list[T], int]:
        """All that there is of these orders, and how many calls that took."""
        found: list[T] = []
        calls = 0
        more = bool(orders)
        while more:
            after = Filter("entity_id", "gt", str(found[-1].entity_id if found else 0))
            of_orders = Filter("order_id", "in", ",".join(map(str, orders)))
            page = await self._api.find(path, Search([of_orders, after], ["entity_id"], PARTS_PAGE), form)
            found += page.items
            calls += 1
            more = bool(page.items) and page.total_count > len(page.items)
        return found, calls


def _times(raw: msgspec.Raw) -> Times:
    try:
        return msgspec.json.decode(raw, type=Times, strict=False)
    except NOT_READABLE as error:
        raise ChannelDown(f"the shop's orders cannot be read: {one_line(reason_of(error))}") from error
