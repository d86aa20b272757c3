"""What time alone brings is found, all of it, with what it puts at risk; and resolved when it is well again."""

from datetime import timedelta

from tests.factories import accept, ahead
from tests.reconciliation.alerts.conftest import Guardroom
from tests.reconciliation.discrepancies.stating import Source
from truestock.catalog.lots import HoldDraft, hold_lots
from truestock.feeds.receiving.transfer import Send, send
from truestock.feeds.receiving.values import Transfer, TransferLine
from truestock.ledger.expected import Expect, expect
from truestock.ledger.values import Receive
from truestock.reconciliation.alerts.looking.look import Looker


def sells(room: Guardroom, listing: str) -> None:
    """The web shop is connected since an hour, and has sold 40 times two of a listing, at 3 EUR each less one."""
    with room.db.transaction() as conn:
        ((web,),) = conn.execute("SELECT id FROM channel WHERE code = 'web'").fetchall()
        conn.execute(
            "INSERT INTO connection (channel, connector, secrets, added_at, orders_from) "
            "VALUES (%s, 'generic', '', now(), now() - interval '1 hour')",
            [web],
        )
        for n in range(40):
            order = f"00{n:030x}"
            conn.execute(
                "INSERT INTO channel_order (part, id, channel, ref, name, state, placed_at, changed_at, read_at, "
                "content, currency, shipping, shipping_tax, settled, first_read_at) VALUES (0, %s, %s, %s, '', 'open', "
                "now() - interval '40 minutes', now(), now(), '', 'EUR', 0, 0, true, now() - interval '10 minutes')",
                [order, web, f"A{n}"],
            )
            conn.execute(
                "INSERT INTO channel_order_line (part, order_id, line, place, sku, title, qty, returned, price, "
                "discount, tax) VALUES (0, %s, '1', 0, %s, '', 2, 0, 3, 1, 0)",
                [order, listing],
            )


def test_supply_that_does_not_come_and_lots_that_expire_are_found(room: Guardroom) -> None:
    room.rule("lot_expiring", threshold=10)
    sku = room.shop.item(lots=True)
    room.shop.lot(sku, "SOON", ahead(days=5))
    room.shop.lot(sku, "LATE", ahead(days=50))
    for lot in ("SOON", "LATE"):
        room.shop.book(Receive(sku=sku, location="dc", qty=4, lot=lot))
    expect(room.db, room.shop.hub.rules, [Expect(sku=sku, location="dc", qty=7, due_at=ahead(days=1), ref="PO7")])
    room.hurry("expected SET due_at = due_at - %(span)s::interval", span=timedelta(days=3))
    room.look()
    assert room.one(kind="expected_overdue").units == 7
    assert room.one(kind="lot_expiring").subject == f"{sku} lot SOON at dc"


def test_a_rule_of_what_time_brings_looks_as_soon_as_it_is_set(room: Guardroom) -> None:
    room.rule("lot_expiring", threshold=10)
    sku = room.shop.item(lots=True)
    room.shop.lot(sku, "SOON", ahead(days=5))
    room.look()
    room.shop.book(Receive(sku=sku, location="dc", qty=4, lot="SOON"))
    room.looker.look()
    assert room.alerts(kind="lot_expiring") == []
    room.rule("lot_expiring", threshold=20)
    room.looker.look()
    assert room.one(kind="lot_expiring").units == 4


def test_a_lot_that_is_held_is_dealt_with_until_it_has_expired(room: Guardroom) -> None:
    room.rule("lot_expiring", threshold=10)
    sku = room.shop.item(lots=True)
    room.shop.lot(sku, "SOON", ahead(days=5))
    room.shop.book(Receive(sku=sku, location="dc", qty=4, lot="SOON"))
    room.look()
    assert room.one(kind="lot_expiring").units == 4
    accept(hold_lots(room.db, [HoldDraft(sku, "SOON", "expiry")]))
    room.look()
    assert room.alerts(kind="lot_expiring") == []
    room.hurry("lot SET expires_at = expires_at - %(span)s::interval", span=timedelta(days=6))
    room.look()
    assert "expired on" in room.one(kind="lot_expiring").happened


def test_a_transfer_that_does_not_come_is_given_up_as_lost(room: Guardroom) -> None:
    sku = room.shop.item(dc=9)
    under_way = [TransferLine(sku, 4)]
    room.shop.run(send, [Send(Transfer("T-1", "dc", "store", ahead(days=1), under_way), "clerk")])
    room.hurry("expected SET due_at = due_at - %(span)s::interval", span=timedelta(days=3))
    room.look()
    found = room.one(kind="expected_overdue")
    assert found.remedy.endswith(f"truestock transfers lost T-1 --sku={sku} --reason='never came'")


def test_backlog_drift_silence_and_sources_in_trouble_are_found_by_time_alone(room: Guardroom) -> None:
    room.rule("drift", threshold=30)
    sku = room.shop.item(dc=9)
    room.shop.listing("web", {sku: 1})
    room.look()
    with room.db.transaction() as conn:
        conn.execute(
            "INSERT INTO connection (channel, connector, secrets, added_at, trouble) "
            "SELECT id, 'generic', '', now(), 'nobody there' FROM channel WHERE code = 'web'"
        )
        conn.execute(
            "INSERT INTO heartbeat VALUES ('hub-2:8765', now() - interval '2 minutes', now() - interval '1 day')"
        )
        conn.execute(
            "INSERT INTO file_source (id, code, channel, settings, secrets, trouble, trouble_since, added_at) "
            "SELECT 1, 'acme', id, '{}', '', 'no such file', now(), now() FROM channel WHERE code = 'web'"
        )
    room.hurry("outbound SET desired_at = now() - interval '6 minutes', shown = 12")
    room.look()
    assert room.one(kind="backlog").units == 3
    assert "nobody there" in room.one(kind="backlog").happened
    assert room.one(kind="worker_silent").subject == "hub-2:8765"
    assert "no such file" in room.one(kind="feed_late").happened
    for drift, kind in (("edited", "drift"), ("phantom_stockout", "phantom_stockout"), ("sold_there", None)):
        room.hurry(
            "outbound SET acked_rev = rev, sent_rev = rev, acked = 9, observed = 0, drift = %(drift)s, "
            "drift_since = now() - interval '40 minutes'",
            drift=drift,
        )
        room.look()
        assert {alert.kind for alert in room.alerts()} - {"worker_silent", "feed_late"} == ({kind} if kind else set())
    room.hurry("heartbeat SET at = now()")
    room.hurry("file_source SET trouble = ''")
    room.look()
    assert room.alerts() == []


def test_what_a_channel_sells_is_what_its_silence_puts_at_risk(room: Guardroom) -> None:
    sku = room.shop.item(dc=9)
    sells(room, room.shop.listing("web", {sku: 1}))
    with room.db.transaction() as conn:
        beat = "now() - interval '90 minutes', now() - interval '1 day'"
        conn.execute(f"INSERT INTO heartbeat VALUES ('hub-2:8765', {beat})")
    room.look()
    silent = room.one(kind="worker_silent")
    # 80 units an hour at 2.50 EUR, in two hours of which the second has begun; a slow test makes the hour longer.
    assert 120 < silent.units <= 160
    assert silent.money is not None
    assert (300 < silent.money <= 400, silent.currency) == (True, "EUR")
    assert f"about {silent.units} units in these hours" in silent.risk
    room.hurry("outbound SET desired_at = now() - interval '6 minutes', shown = 13")
    room.look()
    backlog = room.one(kind="backlog")
    assert (backlog.units, str(backlog.money), backlog.currency) == (4, "10.00", "EUR")
    assert "10.00 EUR at what it sells a unit for on average" in backlog.risk
    room.hurry("heartbeat SET at = now()")


def test_changes_that_nobody_publishes_and_events_that_nobody_sends_are_found(room: Guardroom) -> None:
    room.look()
    room.shop.item(dc=9)
    with room.db.transaction() as conn:
        conn.execute(
            "INSERT INTO event (part, id, kind, subject, data, recorded_at) "
            "VALUES (0, 1, 'x', '', '{}', now() - interval '2 minutes')"
        )
    room.hurry("changed SET recorded_at = recorded_at - interval '2 minutes'")
    room.hurry("alert_due SET at = clock_timestamp()")
    room.looker.look()
    assert {alert.subject for alert in room.alerts(kind="worker_silent")} == {"publisher", "webhooks"}
    room.hurry("event SET recorded_at = now()")
    room.look()
    assert room.alerts() == []


def test_a_channel_that_sells_faster_than_it_tells_is_found_before_it_oversells(room: Guardroom) -> None:
    sku = room.shop.item(dc=20)
    listing = room.shop.listing("web", {sku: 1})
    room.look()
    sells(room, listing)
    room.hurry("outbound SET shown = 20")
    room.looker = type(room.looker)(room.db, room.shop.hub.rules)
    room.look()
    alert = room.one(kind="oversell_risk")
    # 80 an hour, and half an hour until an order is known here: 40 may be sold of the 20 that there are.
    assert (alert.units, alert.channel, alert.item) == (20, "web", sku)
    room.shop.stock(sku, dc=30)
    room.look()
    assert room.alerts(kind="oversell_risk") == []


def test_however_many_there_are_every_one_is_found_and_well_again(room: Guardroom) -> None:
    skus = [room.shop.item(lots=True) for _ in range(7)]
    room.rule("lot_expiring", threshold=10)
    for sku in skus:
        room.shop.lot(sku, "SOON", ahead(days=3))
        room.shop.book(Receive(sku=sku, location="dc", qty=2, lot="SOON"))
        wanted = Expect(sku=sku, location="dc", qty=7, due_at=ahead(days=1), ref="PO7")
        expect(room.db, room.shop.hub.rules, [wanted])
    room.hurry("expected SET due_at = due_at - %(span)s::interval", span=timedelta(days=3))
    room.looker = Looker(room.db, room.shop.hub.rules, limit=2)
    for _ in range(2):
        for _ in range(5):
            room.looker.look()
        for kind in ("expected_overdue", "lot_expiring"):
            assert sorted(str(alert.item) for alert in room.alerts(kind=kind)) == sorted(skus), kind
        room.hurry("alert_due SET at = clock_timestamp()")
    room.hurry("expected SET state = 'closed'")
    room.hurry("lot SET expires_at = expires_at + interval '90 days'")
    room.hurry("alert_due SET at = clock_timestamp()")
    for _ in range(5):
        room.looker.look()
    assert room.alerts(kind="expected_overdue") == room.alerts(kind="lot_expiring") == []


def test_a_discrepancy_that_is_put_right_is_well_although_a_thousand_larger_ones_are_not(room: Guardroom) -> None:
    small, large = room.shop.item(dc=10), room.shop.item(dc=100)
    source = Source(room.shop, "wms")
    source.says({(small, "dc"): 8, (large, "dc"): 10})
    room.look()
    with room.db.transaction() as conn:
        conn.execute(
            "INSERT INTO discrepancy SELECT (jsonb_populate_record(d, jsonb_build_object('id', 9000 + n, 'lot', n))).* "
            "FROM discrepancy d CROSS JOIN generate_series(1, 1005) n WHERE d.expected = 100"
        )
    room.look()
    assert len(room.alerts(kind="discrepancy", item=small)) == 1
    source.says({(small, "dc"): 10})
    room.look()
    assert room.alerts(kind="discrepancy", item=small) == []
    room.hurry("discrepancy SET state = 'gone'")
