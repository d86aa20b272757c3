"""Servers that look for alerts say that they run; what waited for one is not silent."""

from tests.clocks import until
from tests.reconciliation.alerts.conftest import Guardroom
from truestock.availability.publishing.publish import publish_once
from truestock.reconciliation.alerts.watcher import Watcher


def test_jobs_that_waited_for_a_server_are_not_silent_until_one_has_run_for_a_while(room: Guardroom) -> None:
    room.hurry("schedule SET next_run = now() - interval '8 hours'")
    with room.db.transaction() as conn:
        conn.execute("INSERT INTO heartbeat VALUES ('hub-1:8765', now(), now())")
    room.look()
    assert room.alerts() == []
    room.hurry("heartbeat SET since = now() - interval '2 minutes'")
    room.look()
    assert room.one(kind="worker_silent").subject == "jobs"


def test_a_server_says_that_it_runs_until_it_is_stopped(room: Guardroom) -> None:
    watcher = Watcher(room.db, room.shop.hub.rules, "hub-1:8765", every_s=0.02)
    watcher.start()
    sku = room.shop.item(dc=1)
    room.shop.buy("web", {sku: 4}, mode="sold")
    while publish_once(room.db, room.shop.hub.rules).more:
        pass
    until(lambda: [alert.item for alert in room.alerts()] == [sku])
    assert room.shop.read("SELECT name FROM heartbeat") == [("hub-1:8765",)]
    watcher.stop()
    assert room.shop.read("SELECT name FROM heartbeat") == []
