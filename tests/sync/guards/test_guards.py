"""Guards are computed from what was measured, written where they change, honoured, explained, and known as of then."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.factories import Shop
from tests.sync.channels import Shelf
from tests.sync.guards.late_orders import orders_read_for, sold_late
from tests.sync.stage import Stage
from truestock.availability.as_of import Past
from truestock.availability.explain import Explanation, explain
from truestock.availability.read import Reader
from truestock.availability.values import Available
from truestock.connections.reached import put_connection, set_trouble
from truestock.connections.seal import Seal
from truestock.core.available.node import inner, walk
from truestock.core.problems import NotFound
from truestock.store.jobs.kinds import Interrupted
from truestock.store.upkeep.retention import Kept, trim_all
from truestock.sync.guards.listing import ComputedGuard, guards_of
from truestock.sync.guards.recompute import LOWERED_AFTER, TRIM, Guard, Standing, changed, recompute

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LEVEL = {"channel": "web", "unit": "percent"}


class Selling(Stage):
    """The web shop sells by itself, and its orders come in late."""

    def connect(self, days: int = 28) -> None:
        """Its orders have been read for so many days."""
        put_connection(self.shop.hub.db, Seal(b"k" * 32), "web", "generic", {}, {})
        orders_read_for(self.shop.hub.db, days)

    def sold(self, sku: str, orders: int, *, qty: int = 1, late_s: float = 360.0, hours: float = 100.0) -> None:
        """So many orders came in evenly over the last hours, each so late."""
        sold_late(self.shop.hub.db, self.channel, sku, orders, qty=qty, late_s=late_s, hours=hours)

    def sql(self, statement: str) -> None:
        with self.shop.hub.db.transaction() as conn:
            conn.execute(statement.encode())

    def compute(self) -> tuple[int, int]:
        return recompute(self.shop.hub.db, self.shop.hub.rules)

    def guards(self) -> dict[str, ComputedGuard]:
        return {guard.item: guard for guard in guards_of(self.shop.hub.db, "web")}

    def epoch(self) -> int:
        ((epoch,),) = self.shop.read("SELECT rules FROM epoch")
        return int(epoch)

    def revs(self) -> dict[str, int]:
        return dict(self.shop.read("SELECT l.sku, o.rev FROM outbound o JOIN listing l ON l.id = o.listing"))


@pytest.fixture
def selling(stage: Stage) -> Selling:
    made = Selling(stage.shop)
    made.connect()
    return made


@pytest.fixture
def reader(selling: Selling) -> Iterator[Reader]:
    with selling.shop.hub.db.connect() as conn:
        yield Reader(conn, selling.shop.hub.rules)


def available(answer: object) -> tuple[int, int]:
    assert isinstance(answer, Available)
    (terms,) = answer.items
    return terms.guard, terms.atp


def test_a_guard_is_made_of_lag_pace_and_level_and_publishes_its_listing_alone(
    selling: Selling, reader: Reader
) -> None:
    (item, sku), (_, other) = selling.listing(100), selling.listing(50)
    selling.shop.rule("guard_service", 99, **LEVEL)
    selling.publish()
    selling.sold(sku, 300, hours=100)  # 3 an hour, six minutes late
    epoch, revs = selling.epoch(), selling.revs()
    assert selling.compute() == (1, 1)
    (guard,) = selling.guards().values()
    assert (guard.item, guard.percent, guard.orders, guard.dispersion) == (item, 99, 300, 1.0)
    assert guard.per_hour == pytest.approx((300 / 336 + 18 / 6) / 2, rel=0.05)
    assert (guard.lag_p50_s, guard.lag_p95_s) == (360.0, 360.0)
    assert guard.units == 2  # a mean of 0.19: P(at most 1) = 0.984
    selling.publish()
    assert (selling.epoch(), selling.desired()) == (epoch, {sku: 98, other: 50})
    assert {name: rev - revs[name] for name, rev in selling.revs().items()} == {sku: 1, other: 0}
    assert available(reader.available("web", sku)) == available(reader.many([("web", sku)])[0]) == (2, 98)
    assert available(reader.available("retail", item)) == (0, 100)
    assert selling.compute() == (1, 0)


def test_reserve_honours_it_and_what_was_sold_there_ignores_it(selling: Selling) -> None:
    item, sku = selling.listing(10)
    selling.shop.rule("guard_service", 99, **LEVEL)
    selling.sold(sku, 300)
    selling.compute()
    shop = selling.shop
    assert not shop.buy("web", {sku: 9}, mode="all_or_nothing").granted
    (line,) = shop.buy("web", {sku: 9}, mode="partial").lines
    assert (line.granted, line.available) == (8, 8)
    assert shop.atp("web", sku) == 1  # of two units at most one is hidden
    assert shop.atp("retail", item) == 2
    assert shop.buy("web", {sku: 2}, mode="sold").granted
    assert shop.atp("retail", item) == 0
    shop.proven()


@pytest.mark.parametrize("by_lane", [False, True])
def test_a_warm_book_has_the_new_guard(selling: Selling, by_lane: bool) -> None:
    _, sku = selling.listing(100)
    selling.shop.rule("guard_service", 99, **LEVEL)
    shop = Shop(selling.shop.hub, by_lane=by_lane)
    shop.buy("web", {sku: 1}, "first")
    selling.sold(sku, 300)
    selling.compute()
    (line,) = shop.buy("web", {sku: 99}, "second", mode="partial").lines
    assert (line.granted, line.available) == (97, 97)


def test_the_explanation_says_what_the_guard_was_made_of(selling: Selling, reader: Reader) -> None:
    _, sku = selling.listing(100)
    selling.shop.rule("guard_service", 95, **LEVEL)
    selling.sold(sku, 400, qty=2, late_s=900)
    selling.compute()
    told = explain(reader, "web", sku)
    assert isinstance(told, Explanation)
    nodes = {node.label: node for _, node in walk(told.root)}
    guard = nodes["in-flight guard"]
    assert (told.root.value, guard.facts["rule"]["value"]) == (100 - guard.value, 95)
    (made,) = [node for label, node in nodes.items() if label.startswith("95 % of demand at ")]
    assert made.label.endswith("/h within 15 min")
    assert (made.value, made.facts["dispersion"], made.facts["orders"]) == (guard.value, 2.0, 400)
    for node in nodes.values():
        assert node.op == "leaf" or inner(node.label, node.op, *node.children, **node.facts).value == node.value


def test_as_of_answers_know_the_guard_of_then(selling: Selling, reader: Reader) -> None:
    def then(at: datetime) -> tuple[int, int]:
        return available(Past(selling.shop.hub.db, reader.conn, at, "recorded").available("web", sku))

    def clock() -> datetime:
        ((now,),) = selling.shop.read("SELECT clock_timestamp()")
        assert isinstance(now, datetime)
        return now

    _, sku = selling.listing(100)
    selling.shop.rule("guard_service", 99, **LEVEL)
    before = clock()
    selling.sold(sku, 300)
    selling.compute()
    low = clock()
    selling.sold(sku, 900)
    selling.compute()
    high, (units,) = clock(), [guard.units for guard in selling.guards().values()]
    assert units > 2
    assert [then(at) for at in (before, low, high)] == [(0, 100), (2, 98), (units, 100 - units)]
    told = explain(reader, "web", sku)
    assert isinstance(told, Explanation)
    assert told.root.value == 100 - units


def test_a_fixed_guard_is_a_policy_and_the_more_specific_of_the_two_holds(selling: Selling) -> None:
    (item, sku), (second, other) = selling.listing(100), selling.listing(100)
    shop = selling.shop
    shop.rule("guard_service", 99, **LEVEL)
    shop.rule("guard", 7, channel="web", item=item)
    selling.sold(sku, 300)
    selling.sold(other, 300)
    assert selling.compute() == (1, 1)
    assert (shop.atp("web", sku), shop.atp("web", other)) == (93, 98)
    shop.rule("guard", 0, channel="web", item=second)
    assert shop.atp("web", other) == 100, "at once, though the number has not been computed anew"
    assert selling.compute() == (0, 1)
    assert selling.guards() == {}


def test_packs_and_kits_sell_their_items(selling: Selling) -> None:
    part = selling.shop.item(dc=200)
    kit = selling.shop.kit({part: 3})
    pack = selling.shop.listing("web", {part: 2})
    bundle = selling.shop.listing("web", {kit: 1})
    selling.shop.rule("guard_service", 99, **LEVEL)
    selling.sold(pack, 100)
    selling.sold(bundle, 100)
    selling.compute()
    guard = selling.guards()[part]
    assert guard.dispersion == pytest.approx((100 * 4 + 100 * 9) / 500)
    assert guard.per_hour == pytest.approx((500 / 336 + 30 / 6) / 2, rel=0.1)


def test_what_says_nothing_about_lag_or_pace_is_left_out(selling: Selling) -> None:
    _, sku = selling.listing(100)
    selling.shop.rule("guard_service", 99, **LEVEL)
    selling.shop.buy("web", {sku: 5})  # asked the hub at checkout: no lag
    assert selling.compute() == (0, 0)
    selling.sold(sku, 300)
    selling.sql("UPDATE channel_order SET state = 'cancelled'")
    assert selling.compute() == (0, 0)
    selling.sql("UPDATE channel_order SET state = 'open'")
    selling.sql("UPDATE connection SET orders_from = now()")  # all of them were placed before the hub took over
    assert selling.compute() == (0, 0)


def test_a_number_that_takes_long_to_be_in_force_and_a_silent_channel_raise_it(selling: Selling) -> None:
    _, sku = selling.listing(100)
    selling.shop.rule("guard_service", 99, **LEVEL)
    selling.publish()
    selling.keep(Shelf())
    ((acked,),) = selling.shop.read("SELECT acked_at >= desired_at FROM outbound")
    assert acked is True
    selling.sold(sku, 300, late_s=1.0)
    assert selling.compute()[0] == 0
    selling.sql("UPDATE outbound SET acked_at = desired_at + interval '20 minutes'")
    assert selling.compute() == (1, 1)
    pushed = selling.guards()
    set_trouble(selling.shop.hub.db, selling.channel, "nobody there")
    selling.sql("UPDATE connection SET orders_read_at = now() - interval '2 hours'")
    assert selling.compute() == (1, 1)
    for item, guard in selling.guards().items():
        assert guard.units > pushed[item].units
        assert guard.lag_p50_s == pytest.approx(8400, abs=60)


def test_it_rises_at_once_and_falls_after_an_hour() -> None:
    stood, long_stood = Standing(3, NOW - LOWERED_AFTER / 2), Standing(3, NOW - LOWERED_AFTER)
    made: dict[str, Any] = {"percent": 99}
    for units, standing, change in [
        (4, stood, True),
        (3, stood, False),
        (2, stood, False),
        (2, long_stood, True),
        (0, long_stood, True),
        (3, long_stood, False),
    ]:
        guard = Guard(units, made)
        assert changed({(7, 1): standing}, {(7, 1): guard}, NOW) == ({(7, 1): guard} if change else {})
    assert changed({}, {(7, 1): Guard(0, made)}, NOW) == {}
    assert changed({(7, 1): stood}, {}, NOW) == {(7, 1): Guard(0, {})}


def test_old_guards_are_deleted_and_work_that_is_stopped_goes_on_later(selling: Selling) -> None:
    _, sku = selling.listing(100)
    selling.shop.rule("guard_service", 99, **LEVEL)
    selling.sold(sku, 300)
    with pytest.raises(Interrupted):
        recompute(selling.shop.hub.db, selling.shop.hub.rules, lambda: True)
    assert selling.compute() == (1, 1)
    selling.sold(sku, 900)
    assert selling.compute() == (1, 1)
    assert trim_all(selling.shop.hub.db, [Kept(TRIM, 1)]) == {"replaced guards": 0}
    selling.sql("UPDATE guard SET recorded_to = recorded_to - interval '3 days' WHERE recorded_to IS NOT NULL")
    assert trim_all(selling.shop.hub.db, [Kept(TRIM, 1)]) == {"replaced guards": 1}
    assert len(selling.guards()) == 1


def test_an_unconnected_channel_has_no_list(selling: Selling) -> None:
    with pytest.raises(NotFound):
        guards_of(selling.shop.hub.db, "retail")
