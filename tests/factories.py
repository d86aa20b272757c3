"""A small company for tests: items, locations, channels and stock, made and read through the real use cases."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from time import sleep
from typing import Any

from truestock.bootstrap import Hub
from truestock.catalog.changes import Result
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.catalog.items import Component, ItemDraft, put_items
from truestock.catalog.kits import KitDraft, put_kits
from truestock.catalog.listings import ListingDraft, put_listings
from truestock.catalog.locations import LocationDraft, put_locations
from truestock.catalog.lots import HoldDraft, LotDraft, hold_lots, put_lots, release_lots
from truestock.catalog.policies import PolicyDraft, put_policies
from truestock.core.decide.reserve import Mode
from truestock.core.problems import Problem
from truestock.core.words import Status
from truestock.ledger.post import post
from truestock.ledger.proof import check
from truestock.ledger.values import AnyBooking, Booked, Count, NotBooked, Opening, Post, Receive, Ringfence
from truestock.orders.act import act
from truestock.orders.actions import Act, Action, Done, NotDone
from truestock.orders.reserve import Reserve, reserve
from truestock.orders.values import NewOrder, OrderLine, OrderResult
from truestock.store.lane import Handler

Cell = tuple[str, str, str, str]  # location, lot, status, owner
LOCATIONS = (
    LocationDraft("dc", kind="dc", rank=1),
    LocationDraft("store", kind="store", rank=2),
    LocationDraft("far", kind="dc", tier="secondary"),
    LocationDraft("vendor", kind="supplier", tier="virtual"),
)
FULFILMENT_CENTRE = LocationDraft("fba", kind="marketplace_fc", only_channel="market")
CHANNELS = (
    ChannelDraft("retail", group="retail", rank=1, locations=("store", "dc")),
    ChannelDraft("web", rank=2, locations=("dc", "store", "far")),
    ChannelDraft("market", rank=3, locations=("dc",)),
    ChannelDraft("b2b", group="wholesale", rank=4, locations=("dc", "vendor")),
)


def ago(**span: float) -> datetime:
    """An instant before now."""
    return datetime.now(UTC) - timedelta(**span)


def ahead(**span: float) -> datetime:
    """An instant after now."""
    return datetime.now(UTC) + timedelta(**span)


def accept(results: Iterable[Result]) -> None:
    """Every line of a catalog call went in."""
    for result in results:
        assert not isinstance(result, Problem), result.detail


class Shop:
    """A hub with locations and channels; every test takes items of its own, so that many can share it."""

    def __init__(self, hub: Hub, *, by_lane: bool = False) -> None:
        self.hub = hub
        self.run = self._by_lane if by_lane else hub.run
        self._numbers = count(1)
        accept(put_locations(hub.db, LOCATIONS))
        accept(put_channels(hub.db, CHANNELS))
        accept(put_locations(hub.db, [FULFILMENT_CENTRE]))
        accept(put_channels(hub.db, [ChannelDraft("market", locations=("fba", "dc"))]))

    def _by_lane(self, handler: Handler, commands: Sequence[Any]) -> list[Any]:
        """Handed in all at once, as a server does; the lane may send them ahead of their locks."""
        answers = asyncio.run(self.hub.call(handler, commands))
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers

    def item(self, *, lots: bool = False, rotation: str = "fefo", **on_hand: int) -> str:
        """A fresh item with opening stock by location; returns its SKU."""
        sku = f"S{next(self._numbers)}"
        accept(put_items(self.hub.db, [ItemDraft(sku, lot_tracked=lots, rotation=rotation)]))
        long_ago = ago(days=7)
        self.book(*(Opening(sku=sku, location=code, qty=qty, effective_at=long_ago) for code, qty in on_hand.items()))
        return sku

    def listing(
        self, channel: str, units: Mapping[str, int] | None = None, /, *, together: bool = False, **more: int
    ) -> str:
        """A fresh listing of a channel; returns the channel's SKU."""
        name = f"L{next(self._numbers)}"
        components = tuple(Component(sku, n) for sku, n in {**(units or {}), **more}.items())
        accept(put_listings(self.hub.db, [ListingDraft(channel, name, components, together=together)]))
        return name

    def kit(self, units: Mapping[str, int]) -> str:
        """A fresh kit, which has no stock of its own; returns its SKU."""
        sku = f"K{next(self._numbers)}"
        accept(put_items(self.hub.db, [ItemDraft(sku)]))
        accept(put_kits(self.hub.db, [KitDraft(sku, tuple(Component(part, n) for part, n in units.items()))]))
        return sku

    @staticmethod
    def wait(seconds: float) -> None:
        """Let time pass: expiry is by the database's clock."""
        sleep(seconds)

    def somebody_waits(self) -> bool:
        """Whether somebody waits for what another transaction holds. Who does is Busy after a quarter of a second."""
        return bool(self.read("SELECT FROM pg_locks WHERE NOT granted"))

    def outlast(self, instant: datetime | None) -> None:
        """Wait until the database's clock is past it."""
        assert instant is not None
        self.read("SELECT pg_sleep_until(%s::timestamptz + interval '20 ms')", instant)

    def rule(self, kind: str, value: int, **scope: Any) -> None:
        """A policy."""
        accept(put_policies(self.hub.db, [PolicyDraft(kind, value, **scope)]))

    def try_book(self, *bookings: AnyBooking, key: str | None = None) -> list[Booked | NotBooked]:
        """Book in one transaction; refusals are answers."""
        return self.run(post, [Post(booking, "test", key) for booking in bookings])

    def book(self, *bookings: AnyBooking, key: str | None = None) -> list[Booked]:
        """Book in one transaction what must not be refused."""
        answers = self.try_book(*bookings, key=key)
        for answer in answers:
            assert isinstance(answer, Booked), answer
        return [answer for answer in answers if isinstance(answer, Booked)]

    def stock(self, sku: str, **qty: int) -> None:
        """Units that come in, by location, in one transaction."""
        self.book(*(Receive(sku=sku, location=code, qty=units) for code, units in qty.items()))

    def count(self, sku: str, location: str, qty: int, at: datetime | None = None, lot: str | None = None) -> None:
        """An absolute statement about a cell."""
        self.book(Count(sku=sku, location=location, qty=qty, effective_at=at, lot=lot))

    def ring(self, sku: str, location: str, qty: int, *, to: str | None = None, of: str | None = None) -> None:
        """Ring-fence units for a channel, or give a channel's back."""
        self.book(Ringfence(sku=sku, location=location, qty=qty, from_channel=of, to_channel=to))

    def lot(self, sku: str, code: str, expires_at: datetime | None = None, received_at: datetime | None = None) -> str:
        """A lot with its dates; returns its code."""
        accept(put_lots(self.hub.db, [LotDraft(sku, code, expires_at, received_at)]))
        return code

    def hold_lot(self, sku: str, code: str) -> None:
        """Recall a lot."""
        accept(hold_lots(self.hub.db, [HoldDraft(sku, code, "recall")]))

    def free_lot(self, sku: str, code: str) -> None:
        """Let a held lot be sold again."""
        accept(release_lots(self.hub.db, [(sku, code)]))

    def new_ref(self) -> str:
        """A reference no order has yet."""
        return f"O{next(self._numbers)}"

    def order(
        self,
        channel: str,
        lines: Mapping[str, int] | Iterable[tuple[str, int]],
        ref: str | None = None,
        *,
        mode: Mode = "all_or_nothing",
        hold: int | None = None,
        priority: int = 0,
        placed_at: datetime | None = None,
    ) -> NewOrder:
        """An order, or with `hold` seconds a cart."""
        pairs = lines.items() if isinstance(lines, Mapping) else lines
        named = [OrderLine(sku, qty) for sku, qty in pairs]
        return NewOrder(channel, ref or self.new_ref(), named, mode, hold, priority, placed_at)

    def place(self, *orders: NewOrder) -> list[Any]:
        """Reserve in one transaction."""
        return self.run(reserve, [Reserve(order, "test") for order in orders])

    def buy(self, channel: str, lines: Mapping[str, int], ref: str | None = None, **how: Any) -> OrderResult:
        """Reserve one order alone."""
        (answer,) = self.place(self.order(channel, lines, ref, **how))
        assert isinstance(answer, OrderResult), answer
        return answer

    def try_do(self, *actions: Action, key: str | None = None) -> list[Done | NotDone]:
        """Confirm, release or ship in one transaction; refusals are answers."""
        return self.run(act, [Act(action, "test", key) for action in actions])

    def do(self, *actions: Action, key: str | None = None) -> Done:
        """The same where nothing may be refused; the last answer."""
        answers = self.try_do(*actions, key=key)
        for answer in answers:
            assert isinstance(answer, Done), answer
        last = answers[-1]
        assert isinstance(last, Done)
        return last

    def refused(self, *actions: Action) -> str:
        """Why the last action was refused."""
        answer = self.try_do(*actions)[-1]
        assert isinstance(answer, NotDone), answer
        return answer.type

    def atp(self, channel: str, sku: str) -> int:
        """What the channel could be promised at most, asked by an order that nobody can grant."""
        return self.buy(channel, {sku: 1_000_000_000}).lines[0].available

    def read(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        with self.hub.db.transaction() as conn:
            return conn.execute(statement.encode(), list(parameters)).fetchall()

    def cells(self, sku: str) -> dict[Cell, tuple[int, int]]:
        """(on hand, reserved) of every stock row that has any; lot and owner are empty for none and for the pool."""
        rows = self.read(
            "SELECT p.code, coalesce(l.code, ''), s.status, coalesce(c.code, ''), s.on_hand, s.reserved FROM item i "
            "JOIN stock s ON s.item = i.id JOIN location p ON p.id = s.loc LEFT JOIN channel c ON c.id = s.owner "
            "LEFT JOIN lot l ON l.item = s.item AND l.id = s.lot "
            "WHERE i.sku = %s AND (s.on_hand, s.reserved) <> (0, 0)",
            sku,
        )
        return {
            (loc, lot, Status(status).name.lower(), owner): (on_hand, reserved)
            for loc, lot, status, owner, on_hand, reserved in rows
        }

    def shelf(self, sku: str) -> dict[str, tuple[int, int]]:
        """(on hand, reserved) of sellable units by location, over lots and owners."""
        found: dict[str, tuple[int, int]] = {}
        for (loc, _, status, _), (on_hand, reserved) in self.cells(sku).items():
            if status == "sellable":
                before = found.get(loc, (0, 0))
                found[loc] = (before[0] + on_hand, before[1] + reserved)
        return found

    def in_bins(self, sku: str) -> dict[str, int]:
        """Units by bin, over lots, statuses and owners."""
        rows = self.read(
            "SELECT b.code, sum(s.qty)::int FROM bin_stock s JOIN bin b ON b.id = s.bin JOIN item i ON i.id = s.item "
            "WHERE i.sku = %s AND s.qty > 0 GROUP BY 1",
            sku,
        )
        return dict(rows)

    def promised(self, order_id: str) -> dict[tuple[str, str, str], int]:
        """Open units of an order by (location, lot, owner), over its lines."""
        rows = self.read(
            "SELECT p.code, coalesce(l.code, ''), coalesce(c.code, ''), sum(r.qty - r.posted - r.voided)::int "
            "FROM promise r JOIN location p ON p.id = r.loc LEFT JOIN channel c ON c.id = r.owner "
            "LEFT JOIN lot l ON l.item = r.item AND l.id = r.lot WHERE r.order_id = %s::uuid GROUP BY 1, 2, 3",
            order_id,
        )
        return {(loc, lot, owner): units for loc, lot, owner, units in rows if units}

    def owed(self, sku: str) -> dict[str, int]:
        """Open shorts by the order's reference."""
        rows = self.read(
            "SELECT o.ref, sum(s.qty - s.filled - s.cancelled)::int FROM short s JOIN item i ON i.id = s.item "
            "JOIN orders o ON o.id = s.order_id WHERE i.sku = %s GROUP BY 1",
            sku,
        )
        return {ref: units for ref, units in rows if units}

    def mishaps(self, sku: str) -> list[tuple[str, int]]:
        """(kind, units) of the mishaps of an item."""
        return self.read("SELECT m.kind, m.qty FROM mishap m JOIN item i ON i.id = m.item WHERE i.sku = %s", sku)

    def proven(self) -> None:
        """Every law of the ledger holds."""
        assert {law: found for law, found in check(self.hub.db) if found} == {}
