"""What is there and what has happened: orders, movements, entries, stock rows, by pages."""

from typing import Annotated

from fastapi import Path

from truestock.core.checks import BIGINT_MAX
from truestock.entrypoints.api.framework.route import Router, TheCall, TheHub
from truestock.entrypoints.api.framework.shapes import Rows, ThePage, rows_of
from truestock.entrypoints.api.front.call import READ
from truestock.reporting import lists
from truestock.reporting.lists.movements import EntryRow, MovementEntries, MovementRow
from truestock.reporting.lists.orders import Order, OrderRow
from truestock.reporting.lists.stock import StockRow

reader = Router("ledger", READ)
orders = Router("orders", READ, by_channel=True)


@orders.get("/v1/orders")
def list_orders(
    hub: TheHub, call: TheCall, page: ThePage, channel: str | None = None, state: str | None = None
) -> Rows[OrderRow]:
    """Orders and carts, the newest first."""
    if channel is not None:
        call.caller.require_channel(channel)
    return rows_of(lists.list_orders(hub.db, channel or call.caller.channel, state, page.after, page.limit))


@orders.get("/v1/orders/{channel}/{ref:path}")
def read_order(channel: str, ref: str, hub: TheHub, call: TheCall) -> Order:
    """One order by its channel and the channel's number, with what is promised and what is owed."""
    call.caller.require_channel(channel)
    return lists.read_order(hub.db, channel, ref)


@reader.get("/v1/movements")
def list_movements(
    hub: TheHub, page: ThePage, kind: str | None = None, source: str | None = None, ref: str | None = None
) -> Rows[MovementRow]:
    """Movements, the newest first."""
    return rows_of(lists.list_movements(hub.db, kind, source, ref, page.after, page.limit))


@reader.get("/v1/movements/{movement}")
def read_movement(movement: Annotated[int, Path(ge=0, le=BIGINT_MAX)], hub: TheHub) -> MovementEntries:
    """A movement with all it changed."""
    return lists.read_movement(hub.db, movement)


@reader.get("/v1/entries")
def list_entries(sku: str, hub: TheHub, page: ThePage) -> Rows[EntryRow]:
    """The entries of an item, the newest first."""
    return rows_of(lists.list_entries(hub.db, sku, page.after, page.limit))


@reader.get("/v1/stock")
def list_stock(
    hub: TheHub,
    page: ThePage,
    sku: str | None = None,
    location: str | None = None,
    status: str | None = None,
    empty: bool = False,
) -> Rows[StockRow]:
    """What lies where, by item, location, lot, status and owner; with `empty` also rows without units."""
    return rows_of(lists.list_stock(hub.db, sku, location, status, empty, page.after, page.limit))
