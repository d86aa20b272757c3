"""Orders and carts, the newest first, and one of them with what is promised and what is owed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from truestock.core.checks import check_choice
from truestock.core.identity import order_identity
from truestock.core.problems import NotFound
from truestock.reporting.lists.cursor import cursor_of, instant_and_id
from truestock.reporting.lists.money import Money, money_of
from truestock.store.arrays import ints
from truestock.store.database import Connection, Database
from truestock.store.paging import Page
from truestock.store.sql import load

queries = load(__package__)

UUID_MAX: Final = 2**128 - 1
STATES: Final = ("held", "open", "confirmed", "shipped", "cancelled", "expired", "displaced")


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order, or a cart while it is held."""

    id: str
    channel: str
    ref: str
    state: str
    mode: str
    priority: int
    placed_at: datetime
    recorded_at: datetime
    expires_at: datetime | None
    actor: str


@dataclass(frozen=True, slots=True)
class LineRow:
    """An item of a line: `units` of it in one of the line's `qty`; `granted` of them were backed at first."""

    line: int
    sku: str
    item: str
    units: int
    qty: int
    granted: int


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """Base units promised at a stock row; posted have left, voided were given back, `open` are still to go."""

    line: int
    item: str
    location: str
    lot: str
    owner: str
    qty: int
    posted: int
    voided: int
    picked: int
    open: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class ShortRow:
    """Base units that were sold without stock behind them."""

    line: int
    item: str
    qty: int
    filled: int
    cancelled: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Order:
    """An order with everything that hangs on it; `money` is None where none is known."""

    head: OrderRow
    lines: tuple[LineRow, ...]
    promises: tuple[PromiseRow, ...]
    shorts: tuple[ShortRow, ...]
    money: Money | None


def list_orders(
    db: Database, channel: str | None = None, state: str | None = None, after: str | None = None, limit: int = 100
) -> Page[OrderRow]:
    """Orders and carts, the newest first. Raises Invalid."""
    check_choice("state", state, STATES)
    at, last = instant_and_id(after, UUID_MAX) if after else (None, 0)
    parameters = {"at": at, "id": f"{last:032x}", "channel": channel, "state": state, "limit": limit + 1}
    with db.transaction() as conn:
        rows = [OrderRow(*row) for row in conn.execute(queries.orders_before, parameters)]
    shown = tuple(rows[:limit])
    return Page(shown, cursor_of(shown[-1].recorded_at.isoformat(), shown[-1].id) if len(rows) > limit else None)


def read_order(db: Database, channel: str, ref: str) -> Order:
    """One order by its channel and the channel's number. Raises NotFound."""
    with db.transaction() as conn:
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        number = channel_id(conn, channel)
        identity = order_identity(number, ref)
        keys = {"part": identity.part, "id": identity.id}
        head = conn.execute(queries.order_by_id, keys).fetchone()
        if head is None:
            raise NotFound(f"order of {channel}", ref, "ref")
        lines, items = [], set()
        for n, sku, item, part, item_id, *rest in conn.execute(queries.lines_of_order, keys):
            lines.append(LineRow(n, sku, item, *rest))
            items.add((part, item_id))
        wanted = sorted(items)
        hanging = {"parts": ints(p for p, _ in wanted), "items": ints(i for _, i in wanted), "id": identity.id}
        promises = tuple(PromiseRow(*row) for row in conn.execute(queries.promises_of_order, hanging))
        shorts = tuple(ShortRow(*row) for row in conn.execute(queries.shorts_of_order, hanging))
        money = money_of(conn, number, ref, identity)
    return Order(OrderRow(*head), tuple(lines), promises, shorts, money)


def channel_id(conn: Connection, code: str) -> int:
    """The number of a channel. Raises NotFound."""
    for (channel,) in conn.execute(queries.channel_by_code, {"code": code}):
        return int(channel)
    raise NotFound("channel", code)
