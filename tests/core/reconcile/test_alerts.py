"""What is not well, in words, and what becomes of an alert: decided without a database."""

import re
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truestock.core.problems import Conflict
from truestock.core.reconcile.alerts.findings import Finding
from truestock.core.reconcile.alerts.happened import Mishap, mishap_finding
from truestock.core.reconcile.alerts.hours import TOGETHER, awake, told_at
from truestock.core.reconcile.alerts.kinds import KINDS, Name
from truestock.core.reconcile.alerts.rules import About, Quiet, Rule, covers, group_of
from truestock.core.reconcile.alerts.sales import AllSales, Sales, meanwhile
from truestock.core.reconcile.alerts.state import Alert, after, change_of
from truestock.core.reconcile.alerts.stock import Code, ItemState, Owed, Pace, Shown, item_findings
from truestock.core.reconcile.alerts.watched import (
    Backlog,
    Differing,
    Drifted,
    Expiring,
    Failing,
    Overdue,
    Silent,
    Watched,
    watched_finding,
)
from truestock.core.reconcile.alerts.worth import UNKNOWN, Worth, money_of

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WEB, DC, STORE = Code(1, "web"), Code(10, "dc"), Code(11, "store")
PRICED = Worth(Decimal("19.90"), "EUR", Decimal(7))
ON_WEB = About(channel=1, codes={"channel": "web"})
AT_DC = About(item=5, category="mugs", loc=10, codes={"item": "MUG", "location": "dc"})


def rule(kind: Name, threshold: int | None = None, **more: Any) -> Rule:
    of = KINDS[kind]
    return Rule(1, kind, kind, of.threshold if threshold is None else threshold, of.severity, **more)


def mug(**state: object) -> ItemState:
    return ItemState(5, "MUG", "mugs", PRICED, **state)  # type: ignore[arg-type]


ITEMS: list[tuple[Name, int | None, ItemState, str, str, str]] = [
    ("negative", None, mug(below={DC: 3}), "3 units below zero at dc", "59.70 EUR at their price", "book count MUG dc"),
    (
        "short",
        None,
        mug(owed=[Owed(WEB, 2, 1, NOW)]),
        "web has sold 2 units of MUG that no stock backs, in 1 order since 2026-11-22 12:00 UTC",
        "2 units owed to customers; 39.80 EUR",
        "book receive MUG LOCATION 2",
    ),
    (
        "atp_low",
        5,
        mug(listings=[Shown(WEB, "MUG-6", 4, 9, each=6)]),
        "web may promise 4 of MUG-6, fewer than 5",
        "6 units fewer than wanted; 119.40 EUR",
        "explain MUG-6 web",
    ),
    (
        "stock_low",
        None,
        mug(pool={DC: 4, STORE: -9}, safety={DC: 6, STORE: 4}),
        "the network has 4 units of MUG left to promise, below 10",
        "6 units missing for safety",
        "expected add MUG LOCATION 6 REF --due-at",
    ),
    (
        "oversell_risk",
        None,
        mug(listings=[Shown(WEB, "MUG", 2, 9)], paces={(1, "MUG"): Pace(60.0, 300.0)}),
        "may have sold 5 units that are not known here",
        "3 units may be sold beyond the stock; 59.70 EUR",
        "policies put guard 5 --channel=web --item=MUG",
    ),
]


@pytest.mark.parametrize(("kind", "threshold", "state", "happened", "risk", "remedy"), ITEMS, ids=[i[0] for i in ITEMS])
def test_an_items_trouble_is_said_with_its_risk_and_one_action(
    kind: Name, threshold: int | None, state: ItemState, happened: str, risk: str, remedy: str
) -> None:
    (finding,) = item_findings(rule(kind, threshold), state)
    assert happened in finding.happened
    assert risk in finding.risk
    assert f"truestock {remedy}" in finding.remedy
    assert finding.money is not None


def test_an_action_can_be_pasted_whatever_the_item_is_called() -> None:
    (finding,) = item_findings(rule("negative"), mug(below={DC: 3})._replace(sku="BIG MUG (red)"))
    assert finding.remedy.endswith("truestock book count 'BIG MUG (red)' dc QTY")


@pytest.mark.parametrize(
    ("waiting", "remedy"),
    [
        ({"approval": 9, "inspection": 4, "receiving": 2}, "receiving put-away MUG dc 2"),
        ({"approval": 9, "inspection": 4}, "receiving pass MUG dc"),
        ({"approval": 9}, "receiving approve MUG dc"),
        ({}, "book count MUG dc QTY"),
    ],
)
def test_below_zero_what_came_and_waits_there_comes_before_a_count(waiting: dict[str, int], remedy: str) -> None:
    state = mug(below={DC: 3}, waiting={STORE: {"receiving": 7}, DC: waiting})
    (finding,) = item_findings(rule("negative"), state)
    assert finding.remedy.endswith(f"truestock {remedy}")


LATE = NOW - timedelta(days=20)
WATCHED: list[tuple[Name, Watched, str, str, str]] = [
    (
        "backlog",
        Backlog(ON_WEB, 7, LATE, 12, "no answer"),
        "7 numbers since 2026-11-02",
        "12 units",
        "channel test web",
    ),
    ("drift", Drifted(ON_WEB, "edited", 1, LATE, 3), "1 listing with another number", "3 units", "channel drift web"),
    ("phantom_stockout", Drifted(ON_WEB, "phantom_stockout", 2, LATE, 8), "sold out", "8 units", "channel reset web"),
    (
        "expected_overdue",
        Overdue(AT_DC, "PO7", 5, LATE, PRICED),
        "due at dc on",
        "99.50 EUR",
        "expected cancel MUG PO7",
    ),
    (
        "expected_overdue",
        Overdue(AT_DC, "T 1", 5, LATE, PRICED, transfer=True),
        "due at dc on",
        "99.50 EUR",
        "transfers lost 'T 1' --sku=MUG --reason='never came'",
    ),
    (
        "lot_expiring",
        Expiring(AT_DC, "L1", 4, NOW + timedelta(days=2), PRICED),
        "expires on",
        "79.60",
        "lots hold MUG L1",
    ),
    (
        "lot_expiring",
        Expiring(AT_DC, "L1", 4, LATE, PRICED),
        "expired on",
        "no longer be sold;",
        "book status MUG dc 4",
    ),
    ("worker_silent", Silent("hub:1", LATE, "no orders are read"), "hub:1 has been silent", "not known", "doctor"),
    ("feed_late", Failing("erp", LATE, "no file came", "See: truestock x erp"), "no file came", "not known", "x erp"),
    ("discrepancy", Differing(AT_DC, 9, "wms", 4, 9, "mis_pick", PRICED), "wms counts 4", "are not there", "show 9"),
]


@pytest.mark.parametrize(("kind", "state", "happened", "risk", "remedy"), WATCHED, ids=[str(n) for n in range(10)])
def test_what_time_brings_is_said_with_its_risk_and_one_action(
    kind: Name, state: Watched, happened: str, risk: str, remedy: str
) -> None:
    finding = watched_finding(rule(kind), state, NOW)
    assert finding is not None
    assert happened in finding.happened
    assert risk in finding.risk
    assert re.search(rf"truestock .*{re.escape(remedy)}", finding.remedy)


def test_units_that_are_owed_are_worth_their_price_on_the_orders() -> None:
    sold_for = Worth(Decimal("8.50"), "USD")
    (finding,) = item_findings(rule("short"), mug(owed=[Owed(WEB, 2, 1, NOW, sold_for)]))
    assert (str(finding.money), finding.currency) == ("17.00", "USD")


def test_every_kind_is_said_in_one_of_these_tables() -> None:
    assert {row[0] for row in ITEMS} | {row[0] for row in WATCHED} | {"displaced", "repaired"} == set(KINDS)


@pytest.mark.parametrize("order", ["A1", ""])
def test_mishaps_name_what_to_look_at(order: str) -> None:
    about = AT_DC._replace(channel=1, codes={**AT_DC.codes, "channel": "web"})
    mishap = Mishap(9, "displaced" if order else "repaired", about, order, 2, 77, UNKNOWN)
    finding = mishap_finding(rule(mishap.kind), mishap)
    assert finding is not None
    assert ("orders show web A1" if order else "movements show 77") in finding.remedy
    assert mishap_finding(rule(mishap.kind, item=6), mishap) is None


@pytest.mark.parametrize(
    "state",
    [
        mug(),
        mug(below={DC: 0}, owed=[], listings=[Shown(WEB, "MUG", None, 4)]),
        mug(pool={DC: 10}, safety={DC: 10}, listings=[Shown(WEB, "MUG", 5, 5)], paces={(1, "MUG"): Pace(60.0, 300.0)}),
        mug(listings=[Shown(WEB, "MUG", 5, 0)], paces={(1, "MUG"): Pace(6000.0, 300.0)}),
    ],
)
def test_what_is_well_or_unknown_or_not_shown_alerts_nobody(state: ItemState) -> None:
    assert [finding for kind in (row[0] for row in ITEMS) for finding in item_findings(rule(kind), state)] == []


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        *(({}, True), ({"item": 5}, True), ({"item": 6}, False), ({"category": "mugs"}, True)),
        *(({"category": "x"}, False), ({"loc": 10}, True), ({"loc": 11}, False), ({"channel": 1}, False)),
    ],
)
def test_a_rule_covers_what_its_scope_names(scope: dict[str, Any], covered: bool) -> None:
    assert covers(rule("negative", **scope), AT_DC) is covered
    assert bool(item_findings(rule("negative", **scope), mug(below={DC: 3}))) is covered


@pytest.mark.parametrize(
    ("by", "group"),
    [
        ("rule", ""),
        ("item", "MUG"),
        ("category", "mugs"),
        ("location", "dc"),
        ("channel", ""),
        ("subject", "MUG at dc"),
    ],
)
def test_alerts_are_grouped_as_the_rule_says(by: str, group: str) -> None:
    assert group_of(rule("negative", group_by=by), AT_DC, "MUG at dc") == group


def test_units_are_worth_their_price_else_their_cost_else_nobody_knows() -> None:
    assert str(money_of(3, PRICED)) == "59.70 EUR at their price"
    assert str(money_of(1200, Worth(cost=Decimal("1.005")))) == "1,206.00 at cost"
    assert money_of(3, UNKNOWN) is None


FOUND = Finding("MUG at dc", "h", "r", "m", gravity=3)


def standing(state: str = "open", gravity: int = 3, **more: object) -> Alert:
    return Alert(1, 1, "MUG at dc", state, gravity, 1, ("h", "r", "m"), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("alert", "finding", "what"),
    [
        (None, None, None),
        (None, FOUND, "opened"),
        (standing(), FOUND, None),
        (standing(gravity=2), FOUND, "again"),
        (standing(gravity=4), FOUND, "reworded"),
        (standing(), FOUND._replace(happened="x"), "reworded"),
        (standing("snoozed"), None, "resolved"),
        (standing("acknowledged"), None, "resolved"),
        (standing("resolved", resolved_at=NOW - timedelta(minutes=59)), FOUND, "reopened"),
        (standing("resolved", resolved_at=NOW - timedelta(minutes=61)), FOUND, "opened"),
        (standing("resolved", resolved_at=NOW), None, None),
    ],
)
def test_one_alert_stands_for_one_trouble(alert: Alert | None, finding: Finding | None, what: str | None) -> None:
    change = change_of(rule("negative"), alert, finding, NOW)
    assert (change.what if change else None) == what
    if change and what == "opened":
        assert change.alert is None


@given(st.lists(st.tuples(st.integers(0, 90), st.none() | st.integers(0, 3)), max_size=30))
def test_whatever_happens_an_alert_stands_exactly_while_it_is_not_well(looks: list[tuple[int, int | None]]) -> None:
    now, alert, made, worse = NOW, None, 0, 0
    for minutes, gravity in looks:
        now += timedelta(minutes=minutes)
        finding = None if gravity is None else FOUND._replace(gravity=gravity)
        change = change_of(rule("negative"), alert, finding, now)
        if change and finding:
            made += change.what == "opened"
            worse = 0 if change.what == "opened" else worse + (change.what in ("reopened", "again"))
            alert = standing("open", finding.gravity)._replace(id=made, times=1 + worse)
        elif change and alert:
            alert = alert._replace(state="resolved", resolved_at=now)
        assert (alert is not None and alert.state != "resolved") is (finding is not None)
        assert finding is None or (alert is not None and alert.gravity == finding.gravity)
        assert change_of(rule("negative"), alert, finding, now) is None


def test_what_is_resolved_is_left_alone_and_nothing_is_acknowledged_twice() -> None:
    assert after("snooze", "acknowledged") == "snoozed"
    assert after("assign", "snoozed") == "snoozed"
    for act, state in (("resolve", "resolved"), ("acknowledge", "acknowledged")):
        with pytest.raises(Conflict):
            after(act, state)  # type: ignore[arg-type]


NIGHT = Quiet(time(22), time(7), "Europe/Berlin")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ("2026-11-22T20:59:59Z", "2026-11-22T20:59:59Z"),
        ("2026-11-22T21:00:00Z", "2026-11-23T06:00:00Z"),
        ("2026-11-23T05:59:00Z", "2026-11-23T06:00:00Z"),
        ("2026-11-23T06:00:00Z", "2026-11-23T06:00:00Z"),
        ("2026-10-24T21:00:00Z", "2026-10-25T06:00:00Z"),  # the clocks go back that night
    ],
)
def test_quiet_hours_hold_back_until_their_end_by_the_zones_clocks(now: str, told: str) -> None:
    at = datetime.fromisoformat(now)
    assert told_at(at, "warning", NIGHT, BERLIN, None) == datetime.fromisoformat(told)
    assert told_at(at, "critical", NIGHT, BERLIN, None) == at


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ("2026-10-25T00:15:00Z", "2026-10-25T00:30:00Z"),
        ("2026-10-25T00:45:00Z", "2026-10-25T00:45:00Z"),
        ("2026-10-25T01:15:00Z", "2026-10-25T01:30:00Z"),  # 2:15 for the second time
        ("2026-03-29T00:45:00Z", "2026-03-29T01:30:00Z"),  # there is no 2:30
    ],
)
def test_quiet_hours_that_end_where_the_clocks_change_end_at_no_instant_that_is_past(now: str, told: str) -> None:
    hours = Quiet(time(22), time(2, 30), "Europe/Berlin")
    assert awake(datetime.fromisoformat(now), hours, BERLIN) == datetime.fromisoformat(told)


@given(st.timedeltas(timedelta(0), timedelta(days=400)), st.times(), st.times())
def test_nothing_is_told_in_quiet_hours_or_before_its_time(past: timedelta, start: time, end: time) -> None:
    at = NOW - past
    told = awake(at, Quiet(start, end, ""), UTC)
    assert at <= told <= at + timedelta(days=1)
    assert awake(told, Quiet(start, end, ""), UTC) == told


def test_a_second_message_of_a_group_waits_for_the_others_of_its_minute() -> None:
    assert told_at(NOW, "critical", None, UTC, NOW - timedelta(seconds=20)) == NOW - timedelta(seconds=20) + TOGETHER
    assert told_at(NOW, "critical", None, UTC, NOW - timedelta(hours=1)) == NOW
    ahead = NOW + timedelta(hours=1)  # by the clock of another server
    assert told_at(NOW, "critical", None, UTC, ahead) == NOW + TOGETHER


SOLD: AllSales = {
    1: [Sales(6.0, Decimal(90), "EUR"), Sales(2.0, Decimal(40), "USD")],
    2: [Sales(0.5, Decimal(10), "EUR")],
}


def test_a_channels_units_are_worth_what_it_sells_one_for_in_the_currency_of_most() -> None:
    finding = watched_finding(rule("backlog"), Backlog(ON_WEB, 7, LATE, 12, ""), NOW, SOLD)
    assert finding is not None
    assert (finding.units, str(finding.money), finding.currency) == (12, "180.00", "EUR")
    assert finding.risk.endswith("; 180.00 EUR at what it sells a unit for on average.")
    elsewhere: AllSales = {2: SOLD[2]}
    other = watched_finding(rule("backlog"), Backlog(ON_WEB, 7, LATE, 12, ""), NOW, elsewhere)
    assert other is not None
    assert other.money is None
    assert other.risk.endswith("not known: no order of the last six hours is known.")


def test_what_all_channels_sell_in_the_hours_of_a_silence_is_at_risk() -> None:
    silent = Silent("hub:1", NOW - timedelta(minutes=61), "no orders are read")
    finding = watched_finding(rule("worker_silent"), silent, NOW, SOLD)
    assert finding is not None
    assert (finding.units, str(finding.money), finding.currency) == (17, "200.00", "EUR")
    assert "200.00 EUR at the prices of the last hours and 80.00 USD" in finding.risk
    same = watched_finding(rule("worker_silent"), silent, NOW + timedelta(minutes=30), SOLD)
    assert same == finding


def test_no_span_is_too_long_for_what_is_sold_in_it() -> None:
    assert meanwhile(SOLD[1], timedelta(days=900_000)).units == 8 * 24 * 365


def test_orders_without_sense_are_summed_like_all_others() -> None:
    told = meanwhile([Sales(1e11, Decimal(10) ** 26, "EUR")], timedelta(days=400))
    assert told.money[0].amount == Decimal(10) ** 26 * 24 * 365
