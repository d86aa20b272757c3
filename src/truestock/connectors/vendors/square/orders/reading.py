"""Reads a seller's orders: what changed since, what is still open, some by their ids; with the SKUs of their lines."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.orders import Orders, SeenOrder
from truestock.connectors.orders import passes
from truestock.connectors.orders.keeping import NOT_READABLE, reason_of
from truestock.connectors.orders.passes import Pass
from truestock.connectors.reserving.http_calls import one_line
from truestock.connectors.vendors.square.forms import Catalog, Found, Locations, Order, Times
from truestock.connectors.vendors.square.orders import mapping
from truestock.connectors.vendors.square.orders.account import Account, NotUnderstood, account_of
from truestock.connectors.vendors.square.settings import SquareSettings
from truestock.connectors.vendors.square.transport import SquareApi

PAGE: Final = 100
# Of locations in one search.
LOCATIONS_MAX: Final = 10
ALWAYS: Final = datetime(2000, 1, 1, tzinfo=UTC)
Stamp = Literal["updated_at", "created_at"]


class OrderReader:
    """Of one seller."""

    def __init__(self, api: SquareApi, settings: SquareSettings) -> None:
        self._api = api
        self._location = settings.location

    async def since(self, cursor: str) -> Orders:
        """A page of what changed; ten locations after ten. Raises ChannelDown."""
        return await self._page(passes.read(cursor), "updated_at", [])

    async def open(self, cursor: str) -> Orders:
        """A page of what is still to leave, in the order in which it was made. Raises ChannelDown."""
        now = passes.read(cursor) if cursor else passes.begun(ALWAYS)
        page = await self._page(now, "created_at", ["OPEN"])
        return page if page.more else msgspec.structs.replace(page, cursor="")

    async def by_id(self, ids: Sequence[str]) -> Orders:
        """These orders. Raises ChannelDown."""
        if not ids:
            return Orders([])
        asked = {"order_ids": sorted(set(ids))}
        found = await self._api.read("POST", "/v2/orders/batch-retrieve", asked, Found)
        return await self._seen(found.orders)

    async def one(self, order: str) -> tuple[Order, Account] | None:
        """An order with what became of it, None when there is none. Raises ChannelDown, NotUnderstood."""
        found = await self._api.read("POST", "/v2/orders/batch-retrieve", {"order_ids": [order]}, Found)
        if not found.orders:
            return None
        try:
            read = msgspec.json.decode(found.orders[0], type=Order)
        except NOT_READABLE as error:
            raise NotUnderstood(one_line(reason_of(error))) from error
        return read, account_of(read)

    async def locations(self) -> dict[str, str]:
        """The names of the locations, by ID. Raises ChannelDown."""
        found = await self._api.read("GET", "/v2/locations", None, Locations)
        return {one.id: one.name for one in sorted(found.locations, key=lambda one: one.id)}

    async def _page(self, now: Pass, stamp: Stamp, states: Sequence[str]) -> Orders:
        """What is first by now of ten locations, and how it goes on."""
        every = [self._location] if self._location else list(await self.locations())
        groups = [every[start : start + LOCATIONS_MAX] for start in range(0, len(every), LOCATIONS_MAX)]
        if not groups:
            raise ChannelDown("the seller has no location")
        found = await self._search(groups[min(now.phase, len(groups) - 1)], now, stamp, states)
        times = [_times(raw) for raw in found.orders]
        when = [(one.updated_at if stamp == "updated_at" else one.created_at) or now.since for one in times]
        seen = await self._seen(found.orders)
        read = msgspec.structs.replace(seen, points=seen.points + (0.0 if self._location else 1.0))
        newest = max(when, default=None)
        if found.cursor and newest is not None:
            # From the newest change met; by Square's own cursor only among those of one instant.
            onward = passes.onward(now, newest, "", found.cursor)
            return msgspec.structs.replace(read, cursor=onward.cursor, more=True)
        if now.phase + 1 < len(groups):
            return msgspec.structs.replace(read, cursor=passes.next_phase(now, newest).cursor, more=True)
        return msgspec.structs.replace(read, cursor=passes.ended(now, newest, time.time()).cursor)

    async def _search(self, locations: Sequence[str], now: Pass, stamp: Stamp, states: Sequence[str]) -> Found:
        start = now.since.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        filters: dict[str, object] = {"date_time_filter": {stamp: {"start_at": start}}}
        if states:
            filters["state_filter"] = {"states": list(states)}
        asked: dict[str, object] = {
            "location_ids": list(locations),
            "query": {"filter": filters, "sort": {"sort_field": stamp.upper(), "sort_order": "ASC"}},
            "limit": PAGE,
        }
        if now.at:
            asked["cursor"] = now.at
        return await self._api.read("POST", "/v2/orders/search", asked, Found)

    async def _seen(self, raws: Sequence[msgspec.Raw]) -> Orders:
        """The orders of a page; one that cannot be read does not hold up the others."""
        orders: list[Order] = []
        unread: dict[str, str] = {}
        for raw in raws:
            try:
                orders.append(msgspec.json.decode(raw, type=Order))
            except NOT_READABLE as error:
                unread[_times(raw).id] = one_line(f"not understood: {reason_of(error)}")
        sales = [order for order in orders if mapping.is_sold(order)]
        named = sorted({item.catalog_object_id for order in sales for item in order.line_items} - {""})
        skus = await self._skus(named)
        seen: list[SeenOrder] = []
        for order in sales:
            try:
                seen.append(mapping.order_of(order, account_of(order), skus))
            except (NotUnderstood, *NOT_READABLE) as error:
                unread[order.id] = one_line(reason_of(error))
        return Orders(seen, points=1.0 if named else 0.0, unread=unread)

    async def _skus(self, variations: Sequence[str]) -> dict[str, str]:
        """The SKUs of variations, also of those that are gone from the catalog."""
        if not variations:
            return {}
        asked = {"object_ids": list(variations), "include_deleted_objects": True}
        found = await self._api.read("POST", "/v2/catalog/batch-retrieve", asked, Catalog)
        return {one.id: one.item_variation_data.sku for one in found.objects}


def _times(raw: msgspec.Raw) -> Times:
    try:
        return msgspec.json.decode(raw, type=Times)
    except NOT_READABLE as error:
        raise ChannelDown(f"Square's orders cannot be read: {one_line(reason_of(error))}") from error
