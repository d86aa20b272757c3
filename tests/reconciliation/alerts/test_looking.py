"""What is not well is found from what has changed, once; and is resolved when it is well again."""

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.factories import ago, ahead
from tests.feeds.channel_orders.till import Till, sold
from tests.reconciliation.alerts.conftest import Guardroom
from tests.reconciliation.discrepancies.stating import Source
from truestock.catalog.changes import How
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.catalog.items import ItemDraft, put_items
from truestock.catalog.locations import LocationDraft, put_locations
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.core.reconcile.alerts.findings import Finding
from truestock.core.reconcile.alerts.state import Changed
from truestock.ledger.values import Adjust, PutAway, Receive
from truestock.reconciliation.alerts.active import active_rules
from truestock.reconciliation.alerts.manage import act, counts, list_alerts
from truestock.reconciliation.alerts.rules import KindOfAlert, RuleDraft, kinds, list_rules, put_rule, remove_rule
from truestock.reconciliation.alerts.writing import write

WEEK = timedelta(days=7)


def sell_more_than_there_is(room: Guardroom, units: int = 3) -> str:
    sku = room.shop.item(dc=1)
    put_items(room.db, [ItemDraft(sku, cost=Decimal("4.50"))], How("change"))
    room.shop.buy("web", {sku: 1 + units}, mode="sold")
    return sku


def test_the_rules_that_come_along_look_for_what_nobody_should_miss(room: Guardroom) -> None:
    found = {rule.kind for rule in list_rules(room.db)}
    assert {"short", "negative", "backlog", "worker_silent", "feed_late", "oversell_risk"} <= found
    assert all(rule.targets == [] and not rule.paused for rule in list_rules(room.db))


def test_a_short_is_one_alert_that_grows_and_is_resolved_by_the_units_that_come_in(room: Guardroom) -> None:
    sku = sell_more_than_there_is(room)
    room.look()
    alert = room.one(kind="short")
    assert (alert.subject, alert.units, alert.severity, alert.state) == (f"{sku} on web", 3, "critical", "open")
    assert (str(alert.money), alert.currency) == ("13.50", "")
    room.shop.buy("web", {sku: 2}, mode="sold")
    room.look()
    room.look()
    grown = room.one(kind="short")
    assert (grown.id, grown.units, grown.count) == (alert.id, 5, 2)
    room.shop.stock(sku, dc=9)
    room.look()
    assert room.alerts(kind="short") == []
    assert room.one(state="resolved").id == alert.id
    assert room.steps(alert) == [(what, "truestock") for what in ("opened", "again", "resolved")]


def test_what_is_owed_is_worth_what_the_channels_orders_say(room: Guardroom) -> None:
    till = Till(room.shop)
    sku = room.shop.item(dc=1)
    till.register.put("A1", sold("1", sku, 4), placed_at=datetime.now(UTC), currency="EUR")
    till.turns()
    room.look()
    alert = room.one(kind="short")
    assert (alert.units, str(alert.money), alert.currency) == (3, "29.70", "EUR")


def test_units_below_zero_are_found_and_fewer_of_them_are_no_news(room: Guardroom) -> None:
    sku = room.shop.item(dc=2)
    room.shop.book(Adjust(sku=sku, location="dc", qty=-5, reason="lost"))
    room.look()
    alert = room.one(kind="negative", location="dc", item=sku)
    assert "3 units below zero at dc" in alert.happened
    room.shop.stock(sku, dc=1)
    room.look()
    fewer = room.one(kind="negative")
    assert (fewer.units, fewer.count, fewer.last_at) == (2, 1, alert.last_at)
    room.shop.count(sku, "dc", 0)
    room.look()
    assert room.alerts() == []


def test_below_zero_while_units_wait_the_action_is_to_put_them_away(room: Guardroom) -> None:
    sku = room.shop.item()
    room.shop.book(Adjust(sku=sku, location="dc", qty=-3, reason="sold"))
    room.shop.book(Receive(sku=sku, location="dc", qty=5, status="receiving"))
    room.look()
    assert room.one(kind="negative").remedy.endswith(f"truestock receiving put-away {sku} dc 5")
    room.shop.book(PutAway(sku=sku, location="dc", qty=5))
    room.look()
    assert room.alerts() == []


def test_what_comes_back_soon_is_the_same_alert_and_later_another_one(room: Guardroom) -> None:
    room.alone("atp_low", threshold=5, channel="web", reopen_within_minutes=60)
    sku = room.shop.item(dc=4)
    room.shop.listing("web", {sku: 1})
    room.look()
    first = room.one()
    for within, same in ((timedelta(minutes=59), True), (timedelta(minutes=61), False)):
        room.shop.stock(sku, dc=100)
        room.look()
        assert room.alerts() == []
        room.past("resolved_at", seconds=within.total_seconds())
        room.shop.book(Adjust(sku=sku, location="dc", qty=-100, reason="lost"))
        room.look()
        again = room.one()
        assert (again.id == first.id) is same
    assert [what for what, _ in room.steps(first)] == ["opened", "resolved", "reopened", "resolved"]


def test_a_new_rule_looks_at_all_items_once_and_a_removed_one_resolves_what_it_found(room: Guardroom) -> None:
    skus = [room.shop.item(dc=n) for n in range(4)]
    for sku in skus:
        room.shop.listing("web", {sku: 1})
    room.look()
    room.looker = type(room.looker)(room.db, room.shop.hub.rules, limit=3)
    room.rule("atp_low", threshold=2)
    room.look()
    assert sorted(alert.item or "" for alert in room.alerts(kind="atp_low")) == sorted(skus[:2])
    room.rule("atp_low", threshold=2, item=skus[0])
    room.look()
    assert [alert.item for alert in room.alerts(kind="atp_low")] == [skus[0]]
    remove_rule(room.db, "atp_low")
    assert room.alerts(kind="atp_low") == []
    assert len(room.alerts(state="resolved", kind="atp_low")) == 2


def test_safety_stock_that_is_raised_is_looked_at_without_any_movement(room: Guardroom) -> None:
    room.alone("stock_low")
    sku = room.shop.item(dc=5, store=3)
    room.look()
    assert room.alerts() == []
    room.shop.rule("safety_stock", 9, item=sku, location="dc")
    room.look()
    assert room.one().units == 1
    room.shop.stock(sku, store=1)
    room.look()
    assert room.alerts() == []


def test_a_cart_that_a_count_took_units_from_is_shown_until_somebody_deals_with_it(room: Guardroom) -> None:
    room.rule("displaced", threshold=2)
    sku = room.shop.item(dc=3)
    room.shop.buy("web", {sku: 3}, hold=600)
    room.shop.count(sku, "dc", 1)
    room.look()
    alert = room.one(kind="displaced")
    assert (alert.units, alert.channel, alert.location) == (3, "web", "dc")
    room.look()
    assert room.one(kind="displaced") == alert
    room.past("opened_at", days=2)
    room.look()
    assert room.alerts(kind="displaced") == []


def test_people_acknowledge_hand_over_snooze_and_resolve(room: Guardroom) -> None:
    sku = sell_more_than_there_is(room)
    room.look()
    alert = room.one()
    assert act(room.db, alert.id, "acknowledge", "ada").state == "acknowledged"
    assert act(room.db, alert.id, "assign", "ada", owner="grace").owner == "grace"
    with pytest.raises(Conflict):
        act(room.db, alert.id, "acknowledge", "ada")
    with pytest.raises(Invalid):
        act(room.db, alert.id, "snooze", "ada", until=ago(hours=1))
    assert act(room.db, alert.id, "snooze", "grace", "waits for PO7", until=ahead(hours=1)).state == "snoozed"
    room.shop.buy("web", {sku: 2}, mode="sold")
    room.look()
    assert (room.one().state, room.one().count, room.one().owner) == ("snoozed", 2, "grace")
    room.past("snoozed_until", hours=1)
    room.look()
    assert room.one().state == "open"
    assert [(count.severity, count.state, count.alerts) for count in counts(room.db)] == [("critical", "open", 1)]
    assert act(room.db, alert.id, "resolve", "grace").state == "resolved"
    with pytest.raises(Conflict):
        act(room.db, alert.id, "snooze", "grace", until=ahead(hours=1))
    room.shop.buy("web", {sku: 1}, mode="sold")
    room.look()
    assert room.one().count == 3
    done = [what for what, _ in room.steps(alert)]
    assert done == ["opened", "acknowledged", "assigned", "snoozed", "again", "woken", "resolved", "reopened"]
    with pytest.raises(NotFound):
        act(room.db, 999, "resolve", "ada")


def test_the_list_is_asked_by_what_alerts_are_about_and_goes_on_page_by_page(room: Guardroom) -> None:
    skus = [sell_more_than_there_is(room) for _ in range(5)]
    room.look()
    seen: list[str] = []
    after = None
    while True:
        page = list_alerts(room.db, limit=2, after_id=after)
        seen += [alert.item or "" for alert in page.rows]
        if (after := page.next) is None:
            break
    assert sorted(seen) == sorted(skus)
    assert [alert.item for alert in room.alerts(item=skus[3], channel="web", severity="critical", rule="shorts")] == [
        skus[3]
    ]
    assert room.alerts(channel="market") == []
    with pytest.raises(Invalid):
        list_alerts(room.db, after_id="x")


@pytest.mark.parametrize(
    ("draft", "field", "problem"),
    [
        ({"location": "dc"}, "location", Invalid),
        ({"channel": "nowhere"}, "channel", NotFound),
        ({"targets": ["ops"]}, "targets", Invalid),
        ({"quiet": "22-7pm"}, "quiet", Invalid),
        ({"quiet": "22:00-22:00"}, "quiet", Invalid),
        ({"zone": "Mars/Base"}, "zone", Invalid),
        ({"escalate_after_minutes": 5}, "escalate_to", Invalid),
        ({"threshold": -1}, "threshold", Invalid),
        ({"kind": "displaced", "threshold": 1_000_000}, "threshold", Invalid),
        ({"kind": "atp_low", "threshold": 2**62}, "threshold", Invalid),
        ({"name": "negative stock"}, "name", Conflict),
        ({"kind": "negatives"}, "kind", Invalid),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_by_its_field(
    room: Guardroom, draft: dict[str, object], field: str, problem: type[Invalid]
) -> None:
    assert room.refused(problem, **draft) == field


def test_what_stands_is_as_severe_as_its_rule_says_now_and_a_paused_rule_finds_nothing(room: Guardroom) -> None:
    sell_more_than_there_is(room)
    room.look()
    put_rule(room.db, RuleDraft("shorts", "short", severity="info"))
    room.look()
    assert [alert.severity for alert in room.alerts()] == ["info"]
    put_rule(room.db, RuleDraft("shorts", "short", paused=True))
    sell_more_than_there_is(room)
    room.look()
    assert room.alerts() == []


def test_a_rule_is_read_as_it_was_set(room: Guardroom) -> None:
    made = room.rule("negative", quiet="22:00-07:00", zone="Europe/Berlin", location="dc", owner="ada", group_by="item")
    assert (made.quiet, made.zone, made.location, made.threshold, made.unit) == (
        "22:00-07:00",
        "Europe/Berlin",
        "dc",
        1,
        "units",
    )
    assert KindOfAlert in {type(kind) for kind in kinds()}
    assert made in list_rules(room.db)


def test_two_who_look_find_each_trouble_once(room: Guardroom) -> None:
    sell_more_than_there_is(room)
    with room.db.transaction() as conn:
        conn.execute("SELECT seq FROM lane WHERE name = 'alerts' FOR NO KEY UPDATE")
        assert room.looker.look().items == 0
    room.look()
    type(room.looker)(room.db, room.shop.hub.rules).look()
    assert len(room.alerts()) == 1
    assert datetime.now(UTC) - room.one().opened_at < WEEK


def test_units_moved_to_a_dark_store_by_hand_are_an_alert_at_either_end_as_soon_as_both_are_counted(
    room: Guardroom,
) -> None:
    put_locations(room.db, [LocationDraft("dark", kind="dark_store")])
    sku = room.shop.item(dc=10)
    room.look()
    assert room.alerts() == []
    wms = Source(room.shop, "wms")
    wms.says({(sku, "dc"): 6, (sku, "dark"): 4})
    room.look()
    found = {alert.location: alert for alert in room.alerts(kind="discrepancy")}
    assert {location: alert.units for location, alert in found.items()} == {"dc": 4, "dark": 4}
    assert "may be sold and are not there" in found["dc"].risk
    assert "are there and not sold" in found["dark"].risk
    wms.says({(sku, "dc"): 10, (sku, "dark"): 0})
    room.look()
    assert room.alerts() == []


def test_a_feed_that_is_late_fails_or_asks_is_one_alert(room: Guardroom) -> None:
    with room.db.transaction() as conn:
        conn.execute(
            "INSERT INTO feed (id, code, meaning, posture, settings, secrets, due_every_minutes, added_at) "
            "VALUES (1, 'erp', 'on_hand', 'book', '{}', '', 60, now() - interval '61 minutes')"
        )
    room.look()
    alert = room.one(kind="feed_late")
    assert (alert.subject, alert.remedy) == ("erp", "See what it says: truestock feed show erp")
    assert "nothing has come of what is due every 60 minutes" in alert.happened
    room.hurry("feed SET arrived_at = now()")
    room.look()
    assert room.alerts() == []
    room.hurry("feed SET trouble = 'no such folder', trouble_since = now()")
    room.look()
    assert "no such folder" in room.one(kind="feed_late").happened
    room.hurry("feed SET paused = true")
    room.look()
    assert room.alerts() == []


def test_a_bundle_is_one_alert_whichever_of_its_items_changes(room: Guardroom) -> None:
    room.alone("atp_low", threshold=5, channel="web")
    many, few = room.shop.item(dc=50), room.shop.item(dc=3)
    room.shop.listing("web", {many: 1, few: 1})
    room.look()
    alert = room.one()
    for sku in (many, few, many):
        room.shop.book(Receive(sku=sku, location="dc", qty=1), Adjust(sku=sku, location="dc", qty=-1, reason="lost"))
        room.look()
        assert room.one().id == alert.id
    room.looker = type(room.looker)(room.db, room.shop.hub.rules, limit=1)
    room.shop.stock(few, dc=9)
    room.look()
    assert room.alerts() == []


def test_a_kit_of_which_few_can_be_sold_is_one_alert(room: Guardroom) -> None:
    room.alone("atp_low", threshold=5, channel="web")
    many, few = room.shop.item(dc=50), room.shop.item(dc=8)
    name = room.shop.listing("web", {room.shop.kit({many: 1, few: 2}): 1})
    room.look()
    assert (room.one().subject, "4 of" in room.one().happened) == (f"web/{name}", True)
    room.shop.stock(few, dc=2)
    room.look()
    assert room.alerts() == []


def test_a_listing_that_is_given_up_is_no_trouble_any_more(room: Guardroom) -> None:
    room.alone("atp_low", threshold=5)
    name = room.shop.listing("web", {room.shop.item(dc=1): 1})
    room.look()
    assert room.one().subject == f"web/{name}"
    put_channels(room.db, [ChannelDraft("web", mode="off")], How("change"))
    room.look()
    room.look()
    assert room.alerts() == []


def test_what_no_alert_can_hold_keeps_no_other_from_being_found(room: Guardroom) -> None:
    sku = room.shop.item(dc=1)
    put_items(room.db, [ItemDraft(sku, cost=Decimal("99999.50"))], How("change"))
    room.shop.book(Adjust(sku=sku, location="dc", qty=-(10**15), reason="lost"))
    room.look()
    alert = room.one(kind="negative")
    assert (alert.units, str(alert.money)) == (10**15 - 1, "9999999999999999.99")
    assert "99,999,499,999,999,900,000.50" in alert.risk


@pytest.mark.parametrize("change", ["remove", "pause"])
def test_a_rule_is_not_changed_while_somebody_looks_by_it(room: Guardroom, change: str) -> None:
    room.rule("negative")

    def do() -> None:
        if change == "remove":
            remove_rule(room.db, "negative")
        else:
            room.rule("negative", paused=True)

    with room.db.transaction() as conn:
        conn.execute("SELECT FROM lane WHERE name = 'alerts' FOR NO KEY UPDATE")
        (rule,) = [one for one in active_rules(conn).all if one.name == "negative"]
        changing = threading.Thread(target=do)
        changing.start()
        changing.join(0.5)
        write(conn, [Changed(rule, "opened", None, Finding("S at dc", "It is below zero.", "", ""))], datetime.now(UTC))
    changing.join()
    assert room.alerts() == []
