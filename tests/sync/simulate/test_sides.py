"""One thing at a time: what a run copies and when, what an outage stops, what comes back, and what a rule withholds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tests.sync.simulate.worlds import ASKS, EXACT, world
from truestock.core.replay.events import Kind, Line, OrderEvent
from truestock.core.replay.simulate.report import Report
from truestock.core.replay.simulate.scene import Scene, own_stage
from truestock.core.replay.simulate.world import Outage, Product, Protect, RingFence, Rule, SimulatedWorld, Today
from truestock.feeds.simulate.orders import chances_of
from truestock.sync.simulate import simulate

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
END_S = 7200.0


def event(channel: str, seconds: float, qty: int, kind: Kind = "order", ref: str = "") -> OrderEvent:
    at = MIDNIGHT + timedelta(seconds=seconds)
    return OrderEvent(at, channel, ref or f"{channel}-{seconds}", kind, (Line("MUG", qty),))


def sold(stated: SimulatedWorld, *events: OrderEvent) -> Report:
    """Both sides of two hours from midnight on."""
    cancels = {(one.channel, one.ref) for one in events if one.kind == "cancel"}
    scene = Scene(stated, own_stage(stated), MIDNIGHT, END_S, cancels)
    return simulate("test", 7, scene, events, chances_of(7))


def two(**today: Any) -> SimulatedWorld:
    """Two channels over ten units; without more, everything is exact but for a run every ten minutes."""
    life = replace(EXACT, today=Today(**{"sync_every_s": 600, "sync_lag_s": 0, "failure_percent": 0, **today}))
    return world({"web": life, "market": life})


@pytest.mark.parametrize(("seconds", "oversold"), [(599, 4), (600, 0), (601, 0)])
def test_today_a_channel_hears_of_the_others_at_the_next_run(seconds: float, oversold: int) -> None:
    report = sold(two(), event("web", 1, 7), event("market", seconds, 7))
    assert [side.total.oversold for side in report.sides] == [oversold, 0]


@pytest.mark.parametrize(
    "trouble", [{"sync_every_s": 0}, {"failure_percent": 100}, {"sync_lag_s": 60}, {"sync_offset_s": 599}]
)
def test_today_a_run_that_does_not_come_or_comes_late_oversells(trouble: dict[str, Any]) -> None:
    report = sold(two(**trouble), event("web", 1, 7), event("market", 601 + 597, 7))
    assert report.sides[0].total.oversold == (
        4 if trouble.get("sync_every_s", 600) == 0 or "failure_percent" in trouble else 0
    )
    early = sold(two(**trouble), event("web", 1, 7), event("market", 600, 7))
    assert early.sides[0].total.oversold == (0 if "sync_offset_s" in trouble else 4)


def test_today_the_share_that_a_channel_is_given_loses_sales_that_could_have_been_made() -> None:
    report = sold(two(allocation_percent=50), event("web", 1, 9))
    today, ours = (side.total for side in report.sides)
    assert (today.sold, today.refused, today.lost) == (5, 4, 4)
    assert (ours.sold, ours.lost) == (9, 0)


def test_today_an_order_of_which_nothing_is_told_is_never_taken_off_and_with_truestock_a_poll_finds_it() -> None:
    silent = replace(two(poll_every_s=0).channels["web"], order_loss_percent=100, poll_every_s=300)
    stated = replace(two(), channels={"web": silent, "market": two().channels["market"]})
    report = sold(stated, event("web", 1, 7), event("market", 1300, 7))
    assert [side.total.oversold for side in report.sides] == [4, 0]


def test_an_outage_keeps_numbers_and_orders_back() -> None:
    down = replace(EXACT, outages=(Outage(from_s=0, lasts_s=100),))
    stated = world({"web": down, "market": EXACT})
    during = sold(stated, event("web", 1, 7), event("market", 50, 7)).sides[1]
    after = sold(stated, event("web", 1, 7), event("market", 150, 7)).sides[1]
    assert (during.total.oversold, after.total.oversold) == (4, 0)
    assert during.channels["web"].oversold == 4, "it was told last, though it sold first"


@pytest.mark.parametrize(("until", "oversold"), [(200, [4, 4]), (40, [4, 0])])
def test_with_truestock_a_number_comes_when_the_channel_is_tried_again_after_its_outage(
    until: float, oversold: list[int]
) -> None:
    down = replace(EXACT, outages=(Outage(from_s=0, lasts_s=until),))
    report = sold(world({"web": ASKS, "market": down}), event("web", 1, 7), event("market", 150, 7))
    assert [side.total.oversold for side in report.sides] == oversold


@pytest.mark.parametrize(("seconds", "oversold"), [(700, 4), (1300, 0)])
def test_today_a_run_that_falls_into_an_outage_leaves_its_numbers_to_the_next(seconds: float, oversold: int) -> None:
    life = two().channels["web"]
    down = replace(life, outages=(Outage(from_s=550, lasts_s=100),))
    stated = replace(two(), channels={"web": life, "market": down})
    assert sold(stated, event("web", 1, 7), event("market", seconds, 7)).sides[0].total.oversold == oversold


def test_a_run_through_all_items_takes_the_time_that_the_channel_asks_for() -> None:
    slow = {"burst": 1, "calls_per_s": 0.01, "lines_per_call": 1}
    items = tuple(Product(sku=f"A{n}") for n in range(8))
    for sends, oversold in (("changed", 0), ("all", 4)):
        channels = {code: replace(life, **slow) for code, life in two(sends=sends).channels.items()}
        stated = replace(two(), channels=channels, items=(*items, Product(sku="MUG")))
        report = sold(stated, event("web", 1, 7), event("market", 700, 7))
        assert report.sides[0].total.oversold == oversold


def test_the_rate_of_a_channel_holds_its_numbers_back() -> None:
    slow = replace(EXACT, calls_per_s=0.001, burst=1, lines_per_call=1)
    report = sold(
        world({"web": ASKS, "market": slow}, units=20), event("web", 1, 5), event("web", 2, 13), event("market", 500, 7)
    )
    assert report.sides[1].channels["market"].oversold == 5
    assert report.sides[1].channels["web"].oversold == 0


def test_what_comes_back_is_sold_again_and_nobody_sends_back_more_than_he_got() -> None:
    report = sold(
        world({"web": ASKS}),
        event("web", 1, 10),
        event("web", 2, 4, "return", "r1"),
        event("web", 3, 4),
        event("web", 4, 99, "return", "r2"),
        event("web", 5, 99),
    )
    total = report.sides[1].total
    assert (total.sold, total.given_back, total.oversold) == (10 + 4 + 10, 14, 0)


@pytest.mark.parametrize("life", [ASKS, EXACT, replace(EXACT, order_lag_s=30)])
def test_a_cancelled_order_frees_what_it_had_and_no_more(life: Any) -> None:
    report = sold(
        world({"web": life}),
        event("web", 1, 6, ref="A"),
        event("web", 2, 6, "cancel", "A"),
        event("web", 1000, 12, ref="B"),
    )
    for side in report.sides:
        assert (side.total.sold, side.total.given_back, side.total.oversold) == (16, 6, 0)


def test_today_the_master_never_hears_of_a_cancel_before_its_order() -> None:
    life = two(poll_every_s=3600).channels["web"]
    silent = replace(life, order_loss_percent=100)
    report = sold(
        replace(two(), channels={"web": silent, "market": life}),
        event("web", 1, 6, ref="A"),
        event("web", 2, 6, "cancel", "A"),
        event("market", 700, 16),
    )
    assert (report.sides[0].total.sold, report.sides[0].total.oversold) == (16, 0)


def test_what_was_sent_back_before_its_order_was_cancelled_does_not_come_twice() -> None:
    report = sold(
        world({"web": ASKS}),
        event("web", 1, 6, ref="A"),
        event("web", 2, 4, "return", "r"),
        event("web", 3, 6, "cancel", "A"),
        event("web", 4, 99),
    )
    for side in report.sides:
        assert side.total.given_back == 6
        assert side.total.oversold == 0 or side.name == "today"
    assert report.sides[1].total.sold == 6 + 10


@pytest.mark.parametrize(
    ("rules", "granted"),
    [
        ({"policies": (Rule(kind="buffer", value=3, channel="market"),)}, 7),
        ({"policies": (Rule(kind="cap", value=50, unit="percent", channel="market"),)}, 5),
        ({"policies": (Rule(kind="safety_stock", value=2, location="DC"),)}, 8),
        ({"policies": (Rule(kind="sell_out_at", value=11, channel="market"),)}, 0),
        ({"ring_fences": (RingFence(channel="web", location="DC", percent=40),)}, 6),
        ({"protection": (Protect(channel="web", percent=30),)}, 7),
        ({"policies": (Rule(kind="buffer", value=3, sku="MUG", channel="web"),)}, 10),
    ],
)
def test_a_rule_withholds_units_and_they_count_as_lost_sales(rules: dict[str, Any], granted: int) -> None:
    report = sold(
        world({"web": ASKS, "market": replace(EXACT, today=Today(sync_every_s=0))}, **rules), event("market", 1, 10)
    )
    today, ours = (side.total for side in report.sides)
    assert (today.sold, today.lost) == (10, 0)
    assert (ours.sold, ours.lost) == (granted, 10 - granted)


def test_a_channel_or_item_that_has_only_returns_is_passed_over() -> None:
    report = sold(
        world({"web": ASKS}),
        event("web", 1, 1),
        event("shop", 2, 1, "return"),
        OrderEvent(MIDNIGHT + timedelta(seconds=3), "web", "r", "return", (Line("JUG", 1),)),
    )
    assert [side.total.given_back for side in report.sides] == [0, 0]


def test_what_a_world_looks_at_after_its_end_is_said_and_left_out() -> None:
    report = sold(replace(two(), looks_s=(60.0, END_S + 1)), event("web", 1, 7))
    assert [look.at_s for look in report.sides[0].looks] == [60.0, 60.0]
    assert "later" in report.notes[0]


def test_today_the_numbers_of_a_run_never_overtake_those_of_the_next() -> None:
    life = replace(two(sync_every_s=10).channels["web"], push_lag_s=300)
    stated = replace(two(), channels={"web": life, "market": life}, looks_s=(END_S,))
    report = sold(stated, *(event("web", 12 * n, 1) for n in range(9)))
    assert {look.channel: (look.shown, look.truth) for look in report.sides[0].looks} == {
        "web": (1, 1),
        "market": (1, 1),
    }


@pytest.mark.parametrize(("limit", "broken"), [(49.0, True), (50.0, False), (100.0, False)])
def test_a_limit_is_broken_by_more_than_it_allows(limit: float, broken: bool) -> None:
    life = replace(EXACT, cancel_limit_percent=limit, today=Today(sync_every_s=600, sync_lag_s=0, failure_percent=0))
    report = sold(
        world({"web": life, "market": life}),
        event("web", 1, 6),
        event("market", 2, 4),
        event("market", 3, 1),
        event("web", 1300, 1),
    )
    market = report.sides[0].channels["market"]
    assert (market.orders, market.cancelled_orders, market.limit_percent) == (2, 1, limit)
    assert market.limit_broken == report.sides[0].total.limit_broken == broken
