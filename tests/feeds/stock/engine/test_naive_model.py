"""However orders, facts told late, files late or twice, and a source that books late meet: the ledger says what a naive
model says, which knows the shelf, what the source sees of it, and what was told."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.feeds.stock.engine.conftest import Feeds
from truestock.ledger.values import Adjust
from truestock.orders.actions import Release, Ship

OPENING = 40


class Fact(NamedTuple):
    """Units more or fewer on the shelf, at an instant."""

    units: int
    at: datetime


class File(NamedTuple):
    """What the source sent: figures of an instant, and up to when it had booked our shipments."""

    as_of: datetime
    booked_until: datetime
    on_hand: int
    net: int


@dataclass
class Order:
    """An order of ours; `left` when its parcel left, `told` once the ledger was told."""

    ref: str
    qty: int
    made_at: datetime
    left: datetime | None = None
    told: bool = False
    released: datetime | None = None


@dataclass
class World:
    """One item on one shelf. The source sees everything at once but what we sell and ship: that it books later."""

    booked_until: datetime
    shelf: int = OPENING
    orders: list[Order] = field(default_factory=list)
    untold: list[Fact] = field(default_factory=list)
    told: list[Fact] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    newest: File | None = None

    def seen(self, at: datetime) -> File:
        """The file that the source writes now."""
        unbooked = sum(o.qty for o in self.orders if o.left is not None and o.left > self.booked_until)
        on_hand = self.shelf + unbooked
        known = [o for o in self.orders if o.made_at <= self.booked_until and not self._over(o)]
        return File(at, self.booked_until, on_hand, on_hand - sum(o.qty for o in known))

    def _over(self, order: Order) -> bool:
        ended = order.left or order.released
        return ended is not None and ended <= self.booked_until

    def on_hand(self, *, net: bool) -> int:
        """What the ledger has to say: the newest figure less what its source had not booked, and what came after."""
        shipped = [Fact(-o.qty, o.left) for o in self.orders if o.told and o.left is not None]
        newest = self.newest
        if newest is None:
            return OPENING + sum(fact.units for fact in [*self.told, *shipped])
        units = newest.on_hand + sum(fact.units for fact in self.told if fact.at > newest.as_of)
        units += sum(fact.units for fact in shipped if fact.at > newest.booked_until)
        if net:
            # A parcel that left and was not told yet: its promise was put back, and its units with it.
            units += sum(
                o.qty
                for o in self.orders
                if not o.told
                and o.left is not None
                and o.made_at <= newest.booked_until
                and o.left <= newest.booked_until
            )
        return units


STEP = st.one_of(
    st.tuples(st.just("buy"), st.integers(1, 6)),
    st.tuples(st.just("leave"), st.integers(0, 9)),
    st.tuples(st.just("tell"), st.integers(0, 9)),
    st.tuples(st.just("release"), st.integers(0, 9)),
    st.tuples(st.just("move"), st.integers(-4, 4).filter(bool)),
    st.tuples(st.just("admit"), st.integers(0, 9)),
    st.tuples(st.just("book"), st.just(0)),
    st.tuples(st.just("write"), st.just(0)),
    st.tuples(st.just("send"), st.integers(0, 9)),
    st.tuples(st.just("file"), st.just(0)),
    st.tuples(st.just("catch_up"), st.just(0)),
    st.tuples(st.just("lag"), st.just(0)),
)
STEPS = st.lists(STEP, min_size=6, max_size=16).map(lambda steps: [("buy", 2), *steps])


class Play:
    """Plays steps on the world and on the ledger."""

    def __init__(self, feeds: Feeds, *, net: bool) -> None:
        self.feeds = feeds
        self.shop = feeds.shop
        self.net = net
        self.code = feeds.add("available" if net else "on_hand")
        self.sku = self.shop.item(dc=OPENING)
        self.listing = self.shop.listing("market", {self.sku: 1})
        self.world = World(self.now())

    def now(self) -> datetime:
        """By the database's clock."""
        ((now,),) = self.shop.read("SELECT clock_timestamp()")
        assert isinstance(now, datetime)
        return now.astimezone(UTC)

    def step(self, what: str, n: int) -> None:
        """One step, where it makes sense."""
        getattr(self, f"_{what}")(n)

    def _buy(self, qty: int) -> None:
        ref = self.shop.new_ref()
        self.shop.buy("market", {self.listing: qty}, ref, mode="sold")
        self.world.orders.append(Order(ref, qty, self.now()))

    def _open(self) -> list[Order]:
        return [o for o in self.world.orders if o.left is None and o.released is None]

    def _leave(self, n: int) -> None:
        if not (found := self._open()) or self.world.shelf < found[n % len(found)].qty:
            return
        order = found[n % len(found)]
        order.left = self.now()
        self.world.shelf -= order.qty

    def _tell(self, n: int) -> None:
        if found := [o for o in self.world.orders if o.left is not None and not o.told]:
            order = found[n % len(found)]
            self.shop.do(Ship("market", order.ref, location="dc", shipped_at=order.left))
            order.told = True

    def _release(self, n: int) -> None:
        if found := self._open():
            order = found[n % len(found)]
            self.shop.do(Release("market", order.ref))
            order.released = self.now()

    def _move(self, units: int) -> None:
        if self.world.shelf + units >= 0:
            self.world.shelf += units
            self.world.untold.append(Fact(units, self.now()))

    def _admit(self, n: int) -> None:
        if self.world.untold:
            fact = self.world.untold.pop(n % len(self.world.untold))
            self.shop.book(Adjust(sku=self.sku, location="dc", qty=fact.units, reason="told", effective_at=fact.at))
            self.world.told.append(fact)

    def _book(self, _: int) -> None:
        self.world.booked_until = self.now()

    def _write(self, _: int) -> None:
        self.world.files.append(self.world.seen(self.now()))

    def _send(self, n: int) -> None:
        if self.world.files:
            file = self.world.files[n % len(self.world.files)]
            qty = file.net if self.net else file.on_hand
            text = f"sku location qty | {self.sku} dc {qty}"
            self.feeds.send(self.code, text, file.as_of, booked_until=file.booked_until)
            if self.world.newest is None or file.as_of > self.world.newest.as_of:
                self.world.newest = file

    def _file(self, n: int) -> None:
        self._write(n)
        self._send(len(self.world.files) - 1)

    def _catch_up(self, n: int) -> None:
        """A parcel leaves, the source books it, sends a file, and only then we are told of it."""
        self._leave(n)
        self._book(n)
        self._file(n)
        self._tell(n)

    def _lag(self, n: int) -> None:
        """A parcel leaves, we are told, and the source sends a file before it has booked that."""
        self._leave(n)
        self._tell(n)
        self._file(n)

    def holds(self) -> None:
        """The ledger is as the model has it, and every unit sold is promised or owed once."""
        on_hand, reserved = self.shop.shelf(self.sku).get("dc", (0, 0))
        assert on_hand == self.world.on_hand(net=self.net), self.world
        sold = sum(o.qty for o in self.world.orders if o.released is None and not o.told)
        assert reserved + sum(self.shop.owed(self.sku).values()) == sold
        assert 0 <= reserved <= max(0, on_hand)


def played(feeds: Feeds, steps: list[tuple[str, Any]], *, net: bool) -> None:
    play = Play(feeds, net=net)
    for what, n in steps:
        play.step(what, n)
        play.holds()


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_a_feed_of_what_lies_there(feeds: Feeds, steps: list[tuple[str, int]]) -> None:
    played(feeds, steps, net=False)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_a_feed_of_what_is_available(feeds: Feeds, steps: list[tuple[str, int]]) -> None:
    played(feeds, steps, net=True)
