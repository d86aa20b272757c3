"""An independent and naive model of the hub: plain dicts, written from the design and not from the code.

It predicts every amount: what is granted, what a fact takes and from whom, what is short, what a receipt serves.
Only where units are promised is read from the hub, one promise after another, and held against the rules."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

DRAWS_ON = {"retail": ("store", "dc"), "web": ("dc", "store", "far"), "market": ("fba", "dc"), "b2b": ("dc", "vendor")}
RANK = {"retail": 1, "web": 2, "market": 3, "b2b": 4}
VIRTUAL = ("vendor",)
POOL = ""


class Placed(NamedTuple):
    """A promise as the hub stores it."""

    order: str
    line: int
    n: int
    sku: str
    loc: str
    owner: str
    qty: int
    made_at: datetime


@dataclass
class Promise:
    placed: Placed
    channel: str
    priority: int
    open: int
    hold: bool
    lost: int = 0


@dataclass
class Short:
    order: str
    line: int
    sku: str
    channel: str
    priority: int
    since: datetime
    open: int


@dataclass
class Rules:
    """What limits each item; all static during a story."""

    safety: dict[tuple[str, str], int] = field(default_factory=dict)  # (sku, location)
    buffer: dict[tuple[str, str], int] = field(default_factory=dict)  # (sku, channel)
    cap: dict[tuple[str, str], tuple[int, bool]] = field(default_factory=dict)
    protection: dict[tuple[str, str], int] = field(default_factory=dict)


class Model:
    """Units by cell and by owner, promises, shorts, marks, and the log of what moved when."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.units: Counter[tuple[str, str, str]] = Counter()  # sku, location, status
        self.owned: Counter[tuple[str, str, str]] = Counter()  # sku, location, owner; sellable alone
        self.promises: dict[tuple[str, int, int], Promise] = {}
        self.shorts: list[Short] = []
        self.marks: dict[tuple[str, str, str], datetime] = {}
        self.log: dict[tuple[str, str, str], list[tuple[datetime, int]]] = defaultdict(list)
        self.used: Counter[tuple[str, str]] = Counter()  # sku, channel: its own net promises
        self.displaced: list[Promise] = []

    # what there is

    def reserved(self, sku: str, loc: str, owner: str) -> int:
        cell = (sku, loc, owner)
        return sum(p.open for p in self.promises.values() if (p.placed.sku, p.placed.loc, p.placed.owner) == cell)

    def free(self, sku: str, loc: str, owner: str) -> int:
        return self.owned[sku, loc, owner] - self.reserved(sku, loc, owner)

    def own(self, sku: str, channel: str) -> int:
        return sum(self.free(sku, loc, channel) for loc in DRAWS_ON[channel])

    def common(self, sku: str, loc: str, *, sold: bool = False) -> int:
        return max(0, self.free(sku, loc, POOL) - (0 if sold else self.rules.safety.get((sku, loc), 0)))

    def places(self, channel: str, *, sold: bool) -> tuple[str, ...]:
        mine = DRAWS_ON[channel]
        return mine + tuple(loc for loc in VIRTUAL if sold and loc not in mine)

    def atp(self, sku: str, channel: str, *, sold: bool = False) -> int:
        """min(cap, own + max(0, common - protected - short) - buffer); all of it is open to what is already sold."""
        own = self.own(sku, channel)
        common = sum(self.common(sku, loc, sold=sold) for loc in self.places(channel, sold=sold))
        if sold:
            return own + common
        protected = 0
        for (item, other), target in self.rules.protection.items():
            if item == sku and RANK[other] < RANK[channel]:
                both = [loc for loc in DRAWS_ON[channel] if loc in DRAWS_ON[other]]
                kept = min(target, max(0, target - self.used[sku, other]))
                protected += min(kept, sum(self.common(sku, loc) for loc in both))
        mine = set(DRAWS_ON[channel])
        short = sum(s.open for s in self.shorts if s.sku == sku and mine & set(DRAWS_ON[s.channel]))
        both_kinds = own + max(0, common - protected - short)
        atp = both_kinds - self.rules.buffer.get((sku, channel), 0)
        cap = self.rules.cap.get((sku, channel))
        if cap is not None:
            atp = min(atp, both_kinds * cap[0] // 100 if cap[1] else cap[0])
        return atp

    # promises

    def promise(self, rows: Iterable[Placed], channel: str, priority: int, *, hold: bool, sold: bool) -> None:
        """Take over what the hub has promised, if it may."""
        for placed in rows:
            assert placed.owner in (POOL, channel), f"another channel's ring was touched: {placed}"
            assert placed.loc in self.places(channel, sold=sold), f"{channel} does not draw there: {placed}"
            assert 0 < placed.qty <= self.free(placed.sku, placed.loc, placed.owner), f"nobody has that: {placed}"
            key = (placed.order, placed.line, placed.n)
            assert key not in self.promises
            self.promises[key] = Promise(placed, channel, priority, placed.qty, hold)
            self.used[placed.sku, channel] += placed.qty

    def void(self, promise: Promise, qty: int) -> None:
        promise.open -= qty
        self.used[promise.placed.sku, promise.channel] -= qty

    def of_line(self, order: str, line: int, sku: str) -> list[Promise]:
        """Open promises of one item of a line, oldest first."""
        found = [
            p
            for p in self.promises.values()
            if p.open and (p.placed.order, p.placed.line, p.placed.sku) == (order, line, sku)
        ]
        return sorted(found, key=lambda p: p.placed.n)

    def owe(self, short: Short) -> None:
        for known in self.shorts:
            if (known.order, known.line, known.sku, known.since) == (short.order, short.line, short.sku, short.since):
                known.open += short.open
                return
        self.shorts.append(short)

    # facts

    def fact(self, sku: str, loc: str, qty: int, status: str, at: datetime) -> None:
        """Units more, or fewer, in a cell; one that a newer statement has already seen leaves today alone."""
        cell = (sku, loc, status)
        self.log[cell].append((at, qty))
        mark = self.marks.get(cell)
        if mark is not None and at <= mark:
            self.log[cell].append((mark, -qty))
            return
        self.units[cell] += qty
        if status != "sellable":
            return
        if qty >= 0:
            self.owned[sku, loc, POOL] += qty
            return
        left = self._from_free(sku, loc, -qty)
        for promise in self._in_the_way(sku, loc) if left else ():
            take = min(left, promise.open)
            if not take:
                break
            self._displace(promise, take)
            self.owned[sku, loc, promise.placed.owner] -= take
            left -= take
        self.owned[sku, loc, POOL] -= left

    def _from_free(self, sku: str, loc: str, left: int) -> int:
        for owner in (POOL, *sorted(RANK, key=lambda channel: -RANK[channel])):
            take = min(left, max(0, self.free(sku, loc, owner)))
            self.owned[sku, loc, owner] -= take
            left -= take
        return left

    def _in_the_way(self, sku: str, loc: str) -> list[Promise]:
        found = [p for p in self.promises.values() if p.open and (p.placed.sku, p.placed.loc) == (sku, loc)]
        return sorted(
            found,
            key=lambda p: (
                not p.hold,
                p.priority,
                -p.placed.made_at.timestamp(),
                p.placed.order,
                p.placed.line,
                p.placed.n,
            ),
        )

    def _displace(self, promise: Promise, qty: int) -> None:
        self.void(promise, qty)
        if promise not in self.displaced:
            self.displaced.append(promise)
        promise.lost += qty
        if not promise.hold:
            self.owe_displaced(promise)

    def owe_displaced(self, promise: Promise) -> int:
        """What this transaction has taken from a promise is owed, once there is an order; how many units."""
        placed, lost, promise.lost = promise.placed, promise.lost, 0
        if lost:
            self.owe(
                Short(placed.order, placed.line, placed.sku, promise.channel, promise.priority, placed.made_at, lost)
            )
        return lost

    def count(self, sku: str, loc: str, qty: int, at: datetime, status: str) -> int:
        """The count and everything effective after it; what it changes, 0 where a newer statement stands."""
        cell = (sku, loc, status)
        if cell in self.marks and at < self.marks[cell]:
            return 0
        change = qty + sum(d for when, d in self.log[cell] if when > at) - self.units[cell]
        self.marks.pop(cell, None)
        self.fact(sku, loc, change, status, at)
        self.marks[cell] = at
        return change

    # what every transaction settles

    def settle(self, fresh: "Fresh") -> set[str]:
        """Serve what is owed, then displaced carts, then what is owed again; returns the carts that are void."""
        void: set[str] = set()
        self.back_fill(fresh)
        for promise in self.displaced:
            placed, lost, promise.lost = promise.placed, promise.lost, 0
            if not lost:
                continue
            if lost <= self.atp(placed.sku, promise.channel):
                rows = fresh.take(placed.order, placed.line, placed.sku, lost)
                self.promise(rows, promise.channel, promise.priority, hold=True, sold=False)
            else:
                void.add(placed.order)
                self.void(promise, promise.open)
            self.back_fill(fresh)
        self.displaced.clear()
        return void

    def back_fill(self, fresh: "Fresh") -> None:
        """By priority, then age."""
        for short in sorted(self.shorts, key=lambda s: (-s.priority, s.since, s.order, s.line)):
            fill = min(short.open, max(0, self.atp(short.sku, short.channel, sold=True)))
            if fill:
                rows = fresh.take(short.order, short.line, short.sku, fill)
                self.promise(rows, short.channel, short.priority, hold=False, sold=True)
                short.open -= fill
        self.shorts = [short for short in self.shorts if short.open]


class Fresh:
    """Promises that the hub has made in its last transaction, handed out in the order in which they were made."""

    def __init__(self, rows: Iterable[Placed]) -> None:
        self._rows = sorted(rows, key=lambda row: (row.sku, row.n))

    def take(self, order: str, line: int, sku: str, qty: int) -> list[Placed]:
        """The next rows of an order line that make up so many units."""
        return list(self._next(order, line, sku, qty))

    def _next(self, order: str, line: int, sku: str, qty: int) -> Iterator[Placed]:
        while qty:
            mine = [row for row in self._rows if (row.order, row.line, row.sku) == (order, line, sku)]
            assert mine, f"{qty} units of {sku} should have been promised to {order}, and were not"
            assert mine[0].qty <= qty, f"more was promised than there should be: {mine[0]}"
            self._rows.remove(mine[0])
            qty -= mine[0].qty
            yield mine[0]

    def nothing_left(self) -> None:
        """Every promise that the hub has made was one that the model expected."""
        assert not self._rows, f"promised, though nobody asked: {self._rows}"
