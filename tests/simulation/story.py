"""A random story of a small company: commands and facts in batches of any size, told to the hub and to the model.

Every answer is held against what the model says it must be, and afterwards every cell, promise and short."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.factories import Shop, ahead
from tests.simulation.model import DRAWS_ON, POOL, Fresh, Model, Placed, Rules, Short
from truestock.ledger.values import (
    Adjust,
    AnyBooking,
    ChangeStatus,
    Count,
    Receive,
    Return,
    Ringfence,
    TransferIn,
    TransferOut,
)
from truestock.orders.actions import Confirm, Release, ReleaseLine, Ship, ShipLine
from truestock.orders.values import NewOrder

HOLD_S = 3_600
PLACES = ("dc", "dc", "store", "far", "vendor", "fba")
PROMISED = (
    "SELECT replace(p.order_id::text, '-', ''), p.line, p.n, i.sku, l.code, coalesce(c.code, ''), p.qty, p.made_at "
    "FROM promise p JOIN item i ON i.id = p.item JOIN location l ON l.id = p.loc LEFT JOIN channel c ON c.id = p.owner "
    # Owed units that left at once have a promise that was posted from the start; nothing was ever reserved for it.
    "WHERE p.posted < p.qty"
)
OPEN = (
    "SELECT replace(order_id::text, '-', ''), line, n, qty - posted - voided FROM promise WHERE qty > posted + voided"
)
OWED = (
    "SELECT replace(s.order_id::text, '-', ''), s.line, i.sku, sum(s.qty - s.filled - s.cancelled)::int "
    "FROM short s JOIN item i ON i.id = s.item WHERE s.filled + s.cancelled < s.qty GROUP BY 1, 2, 3"
)
CELLS = (
    "SELECT i.sku, l.code, s.status, coalesce(c.code, ''), sum(s.on_hand)::int, sum(s.reserved)::int FROM stock s "
    "JOIN item i ON i.id = s.item JOIN location l ON l.id = s.loc LEFT JOIN channel c ON c.id = s.owner "
    "GROUP BY 1, 2, 3, 4"
)
STATUSES = ("sellable", "receiving", "inspection", "quarantine", "damaged", "rework", "in_transit")


@dataclass
class Sold:
    """An order or cart that the hub has accepted; its lines are (sku, listing units, base units of one)."""

    order: NewOrder
    id: str
    lines: list[tuple[str, int, int]]
    state: str
    placed_at: datetime


@dataclass
class Story:
    """`tell` one step; everything random comes from the seed."""

    shop: Shop
    chance: Random
    skus: list[str]
    packs: dict[tuple[str, str], tuple[str, int]]  # (channel, its SKU) -> item and units
    model: Model
    lots: dict[str, list[str]]
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    orders: list[Sold] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    ticks: int = 0

    def tell(self) -> None:
        """One batch, or a cart that runs out, or something sent again."""
        steps: list[Callable[[], None]] = [self.sell, self.book, self.act, self.again]
        self.chance.choices(steps, (5, 5, 4, 1))[0]()
        self.compare()

    def now(self) -> datetime:
        """Later than all that was told before; what is told as late lies before the story began."""
        self.ticks += 1
        return self.began + timedelta(seconds=self.ticks)

    # orders

    def new_order(self) -> NewOrder:
        chance = self.chance
        channel = chance.choice(("web", "web", "retail", "market", "b2b"))
        packs = [sku for owner, sku in self.packs if owner == channel]
        lines = [
            (chance.choice(self.skus + packs), chance.randint(1, 7)) for _ in range(chance.choice((1, 1, 1, 2, 3)))
        ]
        mode: Any = chance.choice(("all_or_nothing", "all_or_nothing", "partial", "sold"))
        hold = HOLD_S if mode != "sold" and chance.random() < 0.3 else None
        return self.shop.order(channel, lines, mode=mode, hold=hold, priority=chance.randint(0, 2))

    def sell(self) -> None:
        orders = [self.new_order() for _ in range(self.chance.choice((1, 2, 5, 20)))]
        self.steps.append(f"place {orders}")
        answers = self.shop.place(*orders)
        fresh = self.fresh()
        placed = dict(self.shop.read("SELECT replace(id::text, '-', ''), placed_at FROM orders"))
        self.model.back_fill(fresh)
        for order, answer in zip(orders, answers, strict=True):
            self.check_answer(order, answer, fresh)
            if answer.granted:
                lines = [(*self.item_of(order.channel, line.sku), line.qty) for line in order.lines]
                bought = [(sku, qty, units) for sku, units, qty in lines]
                self.orders.append(Sold(order, answer.id, bought, answer.state, placed[answer.id]))
                if order.mode == "sold":
                    self.owe(self.orders[-1], answer)
        fresh.nothing_left()

    def item_of(self, channel: str, sku: str) -> tuple[str, int]:
        return self.packs.get((channel, sku), (sku, 1))

    def check_answer(self, order: NewOrder, answer: Any, fresh: Fresh) -> None:
        """Predict what every line is granted, then take over where it was promised."""
        model, sold = self.model, order.mode == "sold"
        items = [self.item_of(order.channel, line.sku) for line in order.lines]
        budget = {sku: max(0, model.atp(sku, order.channel, sold=sold)) for sku, _ in items}
        expected: list[tuple[int, int]] = []
        taken: list[int] = []
        for line, (sku, units) in zip(order.lines, items, strict=True):
            available = budget[sku] // units
            granted = min(line.qty, available) if order.mode != "all_or_nothing" or line.qty <= available else 0
            base = min(line.qty * units, budget[sku]) if sold else granted * units
            budget[sku] -= base
            taken.append(base)
            expected.append((granted, granted if sold else available))
        short = any(granted < line.qty for line, (granted, _) in zip(order.lines, expected, strict=True))
        refused = not sold and (all(g == 0 for g, _ in expected) or (order.mode == "all_or_nothing" and short))
        if refused:
            expected = [(0, available) for _, available in expected]
        assert answer.granted is not refused
        assert [(line.granted, line.available) for line in answer.lines] == expected
        rows = [
            row
            for n, ((sku, _), base) in enumerate(zip(items, taken, strict=True))
            if base and not refused
            for row in fresh.take(answer.id, n, sku, base)
        ]
        if not refused and not sold:
            self.check_places(order.channel, rows)
        model.promise(rows, order.channel, order.priority, hold=order.hold_for_s is not None, sold=sold)

    def check_places(self, channel: str, rows: list[Placed]) -> None:
        """Own units before the pool's; one location, the first in order, if one has all that is wanted."""
        wanted: dict[str, int] = {}
        for row in rows:
            wanted[row.sku] = wanted.get(row.sku, 0) + row.qty
        own = {sku: min(qty, self.model.own(sku, channel)) for sku, qty in wanted.items()}
        for sku, units in own.items():
            assert sum(row.qty for row in rows if row.sku == sku and row.owner == channel) == units
        for loc in DRAWS_ON[channel]:
            if all(
                self.model.free(sku, loc, channel) >= own[sku] and self.model.common(sku, loc) >= qty - own[sku]
                for sku, qty in wanted.items()
            ):
                assert {row.loc for row in rows} == {loc}
                return

    def owe(self, sold: Sold, answer: Any) -> None:
        for n, (sku, qty, units) in enumerate(sold.lines):
            backed = sum(p.open for p in self.model.of_line(answer.id, n, sku))
            if backed < qty * units:
                order = sold.order
                lost = qty * units - backed
                self.model.owe(Short(answer.id, n, sku, order.channel, order.priority, sold.placed_at, lost))

    # facts

    def book(self) -> None:
        bookings = [self.new_booking() for _ in range(self.chance.choice((1, 1, 3, 8)))]
        self.steps.append(f"book {bookings}")
        answers = self.shop.try_book(*bookings)
        fresh = self.fresh()
        for booking, answer in zip(bookings, answers, strict=True):
            expected = self.happened(booking)
            assert (getattr(answer, "qty", None), getattr(answer, "type", None)) == expected, (booking, answer)
        self.after(fresh)

    def new_booking(self) -> AnyBooking:
        chance = self.chance
        sku, place, qty = chance.choice(self.skus), chance.choice(PLACES), chance.randint(1, 12)
        late = self.began - timedelta(minutes=chance.randint(1, 9)) if chance.random() < 0.25 else None
        lot = chance.choice(self.lots[sku]) if self.lots[sku] else None
        same: dict[str, Any] = {"sku": sku, "location": place, "effective_at": late}
        status: Any = chance.choice(("sellable", "sellable", "inspection", "damaged"))
        other: Any = chance.choice(("quarantine", "sellable", "rework"))
        channel = chance.choice([None, *(code for code, draws in DRAWS_ON.items() if place in draws)])
        return chance.choice(
            (
                Receive(**same, qty=qty, status=status, lot=lot),
                Receive(**same, qty=qty, lot=lot),
                Return(**same, qty=qty, status=status),
                Adjust(**same, qty=-qty, reason="lost", status=status),
                Adjust(**same, qty=-qty, reason="lost"),
                Adjust(**same, qty=qty, reason="found"),
                Count(**same, qty=qty, status=status),
                TransferOut(**same, qty=qty, to="far" if place != "far" else "dc"),
                TransferIn(**same, qty=qty, status=status),
                ChangeStatus(**same, qty=qty, from_status=status, to_status=other),
                Ringfence(sku=sku, location=place, qty=qty, to_channel=channel),
                Ringfence(sku=sku, location=place, qty=qty, from_channel=channel),
            )
        )

    def happened(self, booking: AnyBooking) -> tuple[int | None, str | None]:
        """What the answer must be."""
        model, sku, loc = self.model, booking.sku, booking.location
        at = booking.effective_at or self.now()
        match booking:
            case Receive() | Return() | Adjust():
                model.fact(sku, loc, booking.qty, booking.status, at)
            case Count():
                return model.count(sku, loc, booking.qty, at, booking.status), None
            case TransferOut():
                self.moved(booking.qty, (sku, loc, "sellable"), (sku, booking.to, "in_transit"), at)
            case TransferIn():
                self.moved(booking.qty, (sku, loc, "in_transit"), (sku, loc, booking.status), at)
            case ChangeStatus():
                self.moved(booking.qty, (sku, loc, booking.from_status), (sku, loc, booking.to_status), at)
            case Ringfence():
                giver, taker = booking.from_channel or POOL, booking.to_channel or POOL
                if giver == taker:
                    return None, "invalid"
                if model.free(sku, loc, giver) < booking.qty:
                    return None, "insufficient-stock"
                model.owned[sku, loc, giver] -= booking.qty
                model.owned[sku, loc, taker] += booking.qty
        return getattr(booking, "qty", 0), None

    def moved(self, qty: int, source: tuple[str, str, str], target: tuple[str, str, str], at: datetime) -> None:
        for (sku, loc, status), units in ((source, -qty), (target, qty)):
            self.model.fact(sku, loc, units, status, at)

    # what becomes of orders

    def act(self) -> None:
        if not self.orders:
            return
        picked = [self.chance.choice(self.orders[-40:]) for _ in range(self.chance.choice((1, 1, 4)))]
        actions = [(sold, self.new_action(sold)) for sold in {sold.id: sold for sold in picked}.values()]
        self.steps.append(f"act {actions}")
        answers = self.shop.try_do(*(action for _, action in actions))
        fresh = self.fresh()
        for (sold, action), answer in zip(actions, answers, strict=True):
            expected = self.done(sold, action)
            assert getattr(answer, "units", getattr(answer, "type", None)) == expected, (action, answer)
        self.after(fresh)

    def new_action(self, sold: Sold) -> Confirm | Release | Ship:
        chance, order = self.chance, sold.order
        if sold.state == "held" and chance.random() < 0.6:
            return Confirm(order.channel, order.ref)
        n = chance.randrange(len(sold.lines))
        qty = chance.randint(1, sold.lines[n][1])
        if chance.random() < 0.35:
            return Release(order.channel, order.ref, chance.choice((None, [ReleaseLine(n, qty)])))
        lines = chance.choice((None, [ShipLine(n, qty)]))
        place = chance.choice((None, None, "dc", "store"))
        late = self.began - timedelta(minutes=5) if chance.random() < 0.2 else None
        return Ship(order.channel, order.ref, lines, place, late)

    def open_units(self, sold: Sold, n: int) -> int:
        sku = sold.lines[n][0]
        owed = sum(s.open for s in self.model.shorts if (s.order, s.line, s.sku) == (sold.id, n, sku))
        return owed + sum(p.open for p in self.model.of_line(sold.id, n, sku))

    def done(self, sold: Sold, action: Confirm | Release | Ship) -> int | str:
        """Base units that it must be about, or why it must be refused."""
        if isinstance(action, Confirm):
            return self.confirmed(sold)
        if isinstance(action, Ship) and sold.state == "held":
            return "not-confirmed"
        wanted = {n: self.open_units(sold, n) for n in range(len(sold.lines))}
        if action.lines is not None:
            (line,) = action.lines
            units = sold.lines[line.line][2]
            if line.qty > wanted[line.line] // units:
                return "too-many"
            wanted = {line.line: line.qty * units}
        if not sum(wanted.values()):
            return "nothing-open"
        if isinstance(action, Release):
            return sum(self.released(sold, n, qty) for n, qty in wanted.items())
        promised = {n: sum(p.open for p in self.model.of_line(sold.id, n, sold.lines[n][0])) for n in wanted}
        if action.location is None and any(promised[n] < qty for n, qty in wanted.items()):
            return "location-needed"
        for n, qty in wanted.items():
            self.shipped(sold, n, qty, action)
        return sum(wanted.values())

    def confirmed(self, sold: Sold) -> int | str:
        if sold.state != "held":
            return "hold-displaced" if sold.state == "displaced" else "not-held"
        sold.state = "open"
        units = 0
        for promise in self.model.promises.values():
            if promise.placed.order == sold.id:
                promise.hold = False
                units += promise.open + self.model.owe_displaced(promise)
        return units

    def released(self, sold: Sold, n: int, qty: int) -> int:
        left = qty
        for short in [s for s in self.model.shorts if (s.order, s.line) == (sold.id, n)]:
            take = min(left, short.open)
            short.open -= take
            left -= take
        for promise in reversed(self.model.of_line(sold.id, n, sold.lines[n][0])):
            take = min(left, promise.open)
            self.model.void(promise, take)
            left -= take
        if sold.state in ("held", "displaced") and not any(
            self.open_units(sold, line) for line in range(len(sold.lines))
        ):
            sold.state = "cancelled"
        return qty - left

    def shipped(self, sold: Sold, n: int, qty: int, action: Ship) -> None:
        model, left = self.model, qty
        at = action.shipped_at or self.now()
        mine = model.of_line(sold.id, n, sold.lines[n][0])
        for promise in sorted(mine, key=lambda p: (action.location not in (None, p.placed.loc), p.placed.n)):
            take = min(left, promise.open)
            if not take:
                break
            promise.open -= take
            left -= take
            placed = promise.placed
            if action.location in (None, placed.loc):
                self.left_the_shelf(placed, take, at)
            else:
                model.fact(placed.sku, action.location or "", -take, "sellable", at)
        for short in [s for s in model.shorts if (s.order, s.line) == (sold.id, n)]:
            take = min(left, short.open)
            short.open -= take
            left -= take
            if take:
                model.fact(short.sku, action.location or "", -take, "sellable", at)

    def left_the_shelf(self, placed: Placed, units: int, at: datetime) -> None:
        model, cell = self.model, (placed.sku, placed.loc, "sellable")
        model.log[cell].append((at, -units))
        mark = model.marks.get(cell)
        if mark is not None and at <= mark:
            model.log[cell].append((mark, units))
            return
        model.units[cell] -= units
        model.owned[placed.sku, placed.loc, placed.owner] -= units

    def again(self) -> None:
        """An order sent once more changes nothing, and says how it stands."""
        if self.orders:
            sold = self.chance.choice(self.orders)
            self.steps.append(f"again {sold.order}")
            (answer,) = self.shop.place(sold.order)
            assert answer.replay
            assert sold.state != "displaced" or answer.state == "displaced"
            assert sold.state != "held" or answer.state == "held"

    # afterwards

    def after(self, fresh: Fresh) -> None:
        void = self.model.settle(fresh)
        fresh.nothing_left()
        for sold in self.orders:
            if sold.id in void and sold.state == "held":
                sold.state = "displaced"

    def fresh(self) -> Fresh:
        rows = [Placed(*row) for row in self.shop.read(PROMISED)]
        return Fresh(row for row in rows if (row.order, row.line, row.n) not in self.model.promises)

    def compare(self) -> None:
        """Every cell, promise and short is as the model has it."""
        model = self.model
        units: dict[tuple[str, str, str], int] = {}
        for sku, loc, status, owner, on_hand, reserved in self.shop.read(CELLS):
            cell = (sku, loc, STATUSES[status])
            units[cell] = units.get(cell, 0) + on_hand
            if status == 0:
                expected = model.owned[sku, loc, owner], model.reserved(sku, loc, owner)
                assert (on_hand, reserved) == expected, f"{sku} at {loc} of {owner or 'the pool'}"
        assert {c: n for c, n in units.items() if n} == {c: n for c, n in model.units.items() if n}
        found = {(order, line, n): qty for order, line, n, qty in self.shop.read(OPEN)}
        assert found == {key: p.open for key, p in model.promises.items() if p.open}
        for short in model.shorts:
            assert not short.open or model.atp(short.sku, short.channel, sold=True) <= 0, f"{short} beside free units"
        owed: dict[tuple[str, int, str], int] = {}
        for s in model.shorts:
            if s.open:
                owed[s.order, s.line, s.sku] = owed.get((s.order, s.line, s.sku), 0) + s.open
        assert {(order, line, sku): qty for order, line, sku, qty in self.shop.read(OWED)} == owed


def begin(shop: Shop, chance: Random) -> Story:
    """Five items, one of them in lots, with packs and every kind of rule."""
    skus = [shop.item() for _ in range(4)]
    tracked = shop.item(lots=True)
    none: dict[str, list[str]] = {sku: [] for sku in skus}
    lots = none | {tracked: [shop.lot(tracked, c, ahead(days=900 + n)) for n, c in enumerate("xyz")]}
    packs = {
        ("web", shop.listing("web", {skus[0]: 3})): (skus[0], 3),
        ("b2b", shop.listing("b2b", {tracked: 2})): (tracked, 2),
    }
    rules = Rules(
        {(skus[1], "dc"): 2}, {(skus[1], "web"): 1}, {(skus[2], "market"): (50, True)}, {(skus[3], "retail"): 6}
    )
    shop.rule("safety_stock", 2, location="dc", item=skus[1])
    shop.rule("buffer", 1, channel="web", item=skus[1])
    shop.rule("cap", 50, channel="market", item=skus[2], unit="percent")
    shop.rule("protection", 6, channel="retail", item=skus[3])
    story = Story(shop, chance, [*skus, tracked], packs, Model(rules), lots)
    for sku in story.skus:
        for place in ("dc", "store"):
            qty = chance.randint(0, 30)
            if qty:
                shop.book(Receive(sku=sku, location=place, qty=qty, effective_at=story.began - timedelta(hours=1)))
                story.model.fact(sku, place, qty, "sellable", story.began - timedelta(hours=1))
    return story
