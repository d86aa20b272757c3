"""A channel as the puller meets it: orders that live their own life, read a page at a time, and the ways calls fail."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

import msgspec

from tests.factories import Shop
from truestock.catalog.rules import RuleBook
from truestock.connections.clock import CLOCK, Clock
from truestock.connections.reached import connection, put_connection
from truestock.connections.seal import Seal
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.notices import Notice
from truestock.connectors.contract.orders import Buyer, Orders, Parcel, SeenLine, SeenOrder
from truestock.connectors.contract.traits import Budget, Traits
from truestock.core.identity import order_identity
from truestock.feeds.channel_orders.notices import Heard, add
from truestock.feeds.channel_orders.puller import Puller
from truestock.orders.standing import standing

OFTEN = Traits("at_once", Budget(per_s=100_000, burst=100_000), poll_every_s=0.0)


def sold(line: str, sku: str, qty: int, returned: int = 0) -> SeenLine:
    """A line with what it cost."""
    return SeenLine(line, sku, qty, Decimal("9.90"), Decimal("0.50"), Decimal("1.88"), f"{sku} in blue", returned)


@dataclass
class Register:
    """The channel's side: orders by id, each as it is now. `faults` are raised by the next calls."""

    traits: Traits = OFTEN
    orders_now: dict[str, SeenOrder] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    page: int = 50
    read: list[str] = field(default_factory=list)
    _begun: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    _ticks: "count[int]" = field(default_factory=lambda: count(1))

    def put(self, order: str, *lines: SeenLine, **changes: object) -> SeenOrder:
        """Make or change an order; its clock goes on."""
        now = self._begun + timedelta(seconds=next(self._ticks))
        before = self.orders_now.get(order) or SeenOrder(order, now, changes.pop("placed_at", now), [])  # type: ignore[arg-type]
        if lines:
            changes["lines"] = list(lines)
        made = msgspec.structs.replace(before, changed_at=now, **changes)
        self.orders_now[order] = made
        return made

    def cursor_at(self, instant: datetime) -> str:
        return instant.isoformat()

    async def orders_since(self, cursor: str) -> Orders:
        self._call("since")
        since = datetime.fromisoformat(cursor)
        changed = sorted(
            (o for o in self.orders_now.values() if o.changed_at >= since), key=lambda o: (o.changed_at, o.id)
        )
        page = changed[: self.page]
        return self._page(page, page[-1].changed_at.isoformat() if page else cursor, len(changed) > self.page)

    async def open_orders(self, cursor: str) -> Orders:
        self._call("open")
        waiting = sorted(o.id for o in self.orders_now.values() if o.state == "open" and o.id > cursor)
        page = waiting[: self.page]
        return self._page([self.orders_now[i] for i in page], page[-1] if page else cursor, len(waiting) > self.page)

    async def orders(self, ids: Sequence[str]) -> Orders:
        self._call("ids")
        return self._page([self.orders_now[i] for i in ids if i in self.orders_now], "", False)

    def _call(self, what: str) -> None:
        self.read.append(what)
        if self.faults:
            raise ChannelDown(self.faults.pop(0))

    def _page(self, orders: Sequence[SeenOrder], cursor: str, more: bool) -> Orders:
        readable = [o for o in orders if o.id not in self.unread]
        said = {o.id: self.unread[o.id] for o in orders if o.id in self.unread}
        return Orders(readable, cursor, more, unread=said)


class Till:
    """The company's hub beside its web shop's register."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.register = Register()
        put_connection(shop.hub.db, Seal(b"k" * 32), "web", "generic", {}, {})
        self.channel = connection(shop.hub.db, "web").id

    def begin(self, at: datetime) -> None:
        """The hub took the channel's orders over at an instant, and has read those that were open."""
        with self.shop.hub.db.transaction() as conn:
            conn.execute(
                "UPDATE connection SET orders_phase = 'since', orders_from = %s, orders_cursor = %s",
                (at, (at - timedelta(days=1)).isoformat()),
            )

    def puller(self, clock: Clock = CLOCK) -> Puller:
        hub = self.shop.hub
        return Puller(hub.db, RuleBook(hub.db), hub.call, connection(hub.db, "web"), self.register, clock=clock)

    def turns(self, puller: Puller | None = None, most: int = 12) -> Puller:
        """Let a puller work for so many turns."""

        async def work(puller: Puller) -> None:
            for _ in range(most):
                if await puller.turn() > 1:
                    break

        used = puller or self.puller()
        asyncio.run(work(used))
        return used

    def hear(self, *orders: str, topic: str = "orders/updated", body: bytes = b"{}") -> None:
        """Messages about orders come in."""
        heard = [Heard(self.channel, Notice(topic, order), body) for order in orders]
        with self.shop.hub.db.connect() as conn:
            add(conn, heard)

    def stands(self, order: str) -> dict[str, tuple[int, int]]:
        """(open, shipped) by SKU, over everything that the channel's order was taken as."""
        refs = [order, *(f"{order}~{k}" for k in range(2, 9))]
        with self.shop.hub.db.transaction() as conn:
            found = standing(conn, [order_identity(self.channel, ref).id for ref in refs])
        units: dict[str, tuple[int, int]] = {}
        for stands in found.values():
            for line in stands.lines.values():
                open_, shipped = units.get(line.sku, (0, 0))
                units[line.sku] = (open_ + line.open, shipped + line.shipped)
        return units

    def row(self, order: str, columns: str) -> tuple[object, ...]:
        """Columns of what is kept of an order."""
        (row,) = self.shop.read(f"SELECT {columns} FROM channel_order WHERE ref = %s", order)
        return row


def parcel(name: str, lines: Mapping[str, int], **more: object) -> Parcel:
    """Units that have left."""
    return Parcel(name, dict(lines), **more)  # type: ignore[arg-type]


BUYER = Buyer(name="Ada Byron", email="ada@example.org", city="London", country="GB", lat=51.5, lng=-0.1)
