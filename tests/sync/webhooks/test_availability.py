"""Changes of availability are gathered: each listing once, the newest number, one delivery at a time."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.clocks import until
from tests.sync.stage import Stage
from tests.sync.webhooks.conftest import SEAL, Post, running
from tests.sync.webhooks.receivers import Receiver, answering
from truestock.availability.publishing.stream import Change
from truestock.sync.webhooks import deliveries, manage
from truestock.sync.webhooks.deliveries import gather_availability, newest

AT = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.fixture
def hub(stage: Stage) -> Post:
    """Webhooks of a company that sells."""
    return Post(stage.shop.hub.db)


def sell(stage: Stage, item: str, units: int) -> None:
    stage.shop.buy("web", {item: units})
    stage.publish()


def told(receiver: Receiver) -> list[dict[str, int]]:
    """The numbers in each delivery, by listing."""
    return [{one["sku"]: one["atp"] for one in seen.event["data"]["changes"]} for seen in receiver.seen]


def test_a_hundred_changes_while_the_receiver_is_away_are_one_delivery(stage: Stage, hub: Post) -> None:
    (lamp, lamps), (desk, desks) = stage.listing(200), stage.listing(50)
    receiver = Receiver([503, 204])
    with answering(receiver), running(hub.db):
        hub.add(receiver, "availability.changed")
        sell(stage, lamp, 1)
        until(lambda: hub.rows("last_status") == [(503,)])
        for _ in range(10):
            sell(stage, lamp, 1)
        sell(stage, desk, 5)
        assert len(receiver.seen) == 1
        hub.set("next_try_at = now()")
        until(lambda: len(receiver.seen) == 3 and hub.states() == ["done", "done"])
    assert told(receiver) == [{lamps: 199}, {lamps: 199}, {lamps: 189, desks: 45}]
    event = receiver.seen[2].event
    assert event["type"] == "availability.changed"
    assert event["data"]["lost"] is False
    first, second = (seen.event["data"]["changes"][0]["rev"] for seen in receiver.seen[1:])
    assert first < second


def test_a_webhook_hears_only_of_what_changes_after_it_was_added(stage: Stage, hub: Post) -> None:
    lamp, lamps = stage.listing(20)
    receiver = Receiver(port=9_999)
    hub.add(receiver, "availability.changed")
    assert not gather_availability(hub.db, AT)
    assert hub.states() == []
    sell(stage, lamp, 1)
    gather_availability(hub.db, AT)
    ((kind, body),) = hub.rows("kind, body")
    assert (kind, f'"{lamps}"' in body) == ("availability.changed", True)


def test_of_one_channel_a_webhook_hears_alone_and_passes_over_the_others(stage: Stage, hub: Post) -> None:
    lamp, lamps = stage.listing(20)
    market = stage.shop.listing("market", {lamp: 1})
    stage.publish()
    receiver = Receiver(port=9_999)
    manage.add(hub.db, SEAL, receiver.url, ["availability.changed"], "market", to_lan=True)
    sell(stage, lamp, 1)
    while gather_availability(hub.db, AT, limit=1):
        pass
    ((body,),) = hub.rows("body")
    assert market in body
    assert lamps not in body


def test_a_page_of_changes_at_a_time_and_none_is_left_out(stage: Stage, hub: Post) -> None:
    items = [stage.listing(20)[0] for _ in range(5)]
    receiver = Receiver()
    with answering(receiver):
        hub.add(receiver, "availability.changed")
        for item in items:
            stage.shop.buy("web", {item: 1})
        stage.publish()
        for _ in range(4):
            gather_availability(hub.db, AT, limit=2)
            hub.set("state = 'done'")
    counts = [body.count('"rev"') for (body,) in hub.rows("body")]
    assert counts == [2, 2, 1]


def test_changes_that_were_thrown_out_meanwhile_are_told_as_lost(stage: Stage, hub: Post) -> None:
    lamp, _ = stage.listing(20)
    hub.add(Receiver(port=9_999), "availability.changed")
    for _ in range(3):
        sell(stage, lamp, 1)
    with hub.db.transaction() as conn:
        conn.execute("DELETE FROM atp_change WHERE seq < (SELECT max(seq) FROM atp_change)")
    gather_availability(hub.db, AT)
    ((body,),) = hub.rows("body")
    assert '"lost":true' in body


def test_changes_that_were_given_up_are_told_as_lost_unless_they_are_replayed(stage: Stage, hub: Post) -> None:
    lamp, _ = stage.listing(20)
    added = hub.add(Receiver(port=9_999), "availability.changed")
    for state in ("dead", "done", "dead"):
        sell(stage, lamp, 1)
        gather_availability(hub.db, AT)
        hub.set(f"state = '{state}' WHERE state = 'waiting'")
    manage.replay(hub.db, added.webhook.id, manage.deliveries(hub.db, added.webhook.id).rows[0].id)
    hub.set("state = 'done' WHERE state = 'waiting'")
    sell(stage, lamp, 1)
    gather_availability(hub.db, AT)
    assert ['"lost":true' in body for (body,) in hub.rows("body")] == [False, True, False, False]


def test_while_it_is_paused_nothing_is_gathered_and_then_all_at_once(stage: Stage, hub: Post) -> None:
    lamp, lamps = stage.listing(20)
    added = hub.add(Receiver(port=9_999), "availability.changed")
    manage.pause(hub.db, added.webhook.id)
    for _ in range(3):
        sell(stage, lamp, 1)
        gather_availability(hub.db, AT)
    assert hub.states() == []
    manage.resume(hub.db, added.webhook.id)
    gather_availability(hub.db, AT)
    ((body,),) = hub.rows("body")
    assert f'"sku":"{lamps}","atp":17' in body


def test_of_a_listings_changes_the_highest_revision_counts() -> None:
    changes = [Change(n, "web", sku, atp, rev, AT) for n, (sku, atp, rev) in enumerate(
        [("a", 1, 1), ("b", 5, 1), ("a", 2, 3), ("a", 9, 2)]
    )]  # fmt: skip
    assert [(one.sku, one.atp, one.rev) for one in newest(changes)] == [("b", 5, 1), ("a", 2, 3)]


def test_two_processes_do_not_gather_the_same_changes_twice(stage: Stage, hub: Post) -> None:
    lamp, _ = stage.listing(500)
    receiver = Receiver()
    with answering(receiver), running(hub.db), running(hub.db), running(hub.db):
        hub.add(receiver, "availability.changed")
        for _ in range(30):
            sell(stage, lamp, 1)
        ((last,),) = stage.shop.read("SELECT seq FROM lane WHERE name = 'atp'")
        until(lambda: stage.shop.read("SELECT atp_seq FROM webhook") == [(last,)] and set(hub.states()) == {"done"})
    revs = [seen.event["data"]["changes"][0]["rev"] for seen in receiver.seen]
    assert revs == sorted(set(revs))
    assert deliveries.trim(hub.db, datetime.now(UTC) + timedelta(days=31)) == len(revs)
