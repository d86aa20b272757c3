"""Schedules: kept, due once however many look, once for all that was missed, and what their jobs do."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.clocks import until
from tests.connectors.counterparts.generic import SECRET
from tests.sync.stage import Stage
from truestock.bootstrap import Hub
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.store.database import Database
from truestock.store.jobs.queue import list_jobs
from truestock.sync.manage import connect
from truestock.sync.schedules.due import queue_due
from truestock.sync.schedules.schedules import (
    NewSchedule,
    Schedule,
    add_schedule,
    list_schedules,
    overdue_s,
    remove_schedule,
    run_now,
)

RESET_DAILY = NewSchedule("reset", "30 5 * * *", "Europe/Berlin", "web")


@pytest.fixture
def hub(stage: Stage) -> Iterator[Hub]:
    """A hub with a connected web shop and one schedule of its own; nothing runs but what a test starts."""
    hub = stage.shop.hub
    with hub.db.transaction() as conn:
        conn.execute("DELETE FROM schedule WHERE what <> 'retention'")
    settings = {"base_url": "http://127.0.0.1:9/hub", "decrements": "never"}
    connect(hub.db, hub.seal(), "web", "generic", settings, {"signing_secret": SECRET})
    yield hub
    hub.jobs.stop()


def add(hub: Hub, draft: NewSchedule = RESET_DAILY) -> Schedule:
    return add_schedule(hub.db, hub.jobs.kinds, draft)


def long_ago(db: Database, schedule: int, days: int = 3) -> None:
    """Nobody has looked for days."""
    with db.transaction() as conn:
        conn.execute("UPDATE schedule SET next_run = now() - %s * interval '1 day' WHERE id = %s", [days, schedule])


def queued(db: Database) -> list[tuple[str, str | None, str]]:
    return [(job.kind, job.channel, job.state) for job in list_jobs(db).rows]


def test_a_fresh_hub_deletes_nightly_what_is_kept_long_enough(hub: Hub) -> None:
    (found,) = list_schedules(hub.db)
    assert (found.id, found.what, found.channel, found.cron, found.zone) == (1, "retention", None, "30 3 * * *", "UTC")
    assert found.added_at < found.next_run < found.added_at + timedelta(hours=28)
    assert (found.next_run.hour, found.next_run.minute) == (3, 30)


def test_a_schedule_is_added_listed_and_removed(hub: Hub) -> None:
    made = add(hub)
    assert (made.what, made.channel, made.cron, made.zone) == ("reset", "web", "30 5 * * *", "Europe/Berlin")
    assert made.last_run is None
    assert made.added_at < made.next_run < made.added_at + timedelta(hours=26)
    assert made in list_schedules(hub.db)
    assert remove_schedule(hub.db, made.id) == made
    assert made not in list_schedules(hub.db)
    with pytest.raises(NotFound):
        remove_schedule(hub.db, made.id)


@pytest.mark.parametrize(
    ("draft", "kind", "field"),
    [
        (NewSchedule("nothing", "0 5 * * *"), Invalid, "what"),
        (NewSchedule("reset", "0 5 * * *"), Invalid, "channel"),
        (NewSchedule("reset", "0 5 * * *", channel="nowhere"), NotFound, "channel"),
        (NewSchedule("retention", "0 5 * * *", channel="web"), Invalid, "channel"),
        (NewSchedule("retention", "0 5"), Invalid, "cron"),
        (NewSchedule("retention", "0 5 * * *", "Mars"), Invalid, "zone"),
    ],
)
def test_what_is_wrong_with_a_schedule_is_named(
    hub: Hub, draft: NewSchedule, kind: type[Invalid | NotFound], field: str
) -> None:
    with pytest.raises(kind) as refused:
        add(hub, draft)
    assert refused.value.field == field
    assert len(list_schedules(hub.db)) == 1


def test_what_is_not_due_is_left_alone(hub: Hub) -> None:
    add(hub)
    assert queue_due(hub.db, hub.jobs.kinds) == 0
    assert overdue_s(hub.db) == 0
    assert queued(hub.db) == []


def test_runs_that_were_missed_are_made_once_and_the_next_is_in_time(hub: Hub) -> None:
    made = add(hub)
    long_ago(hub.db, made.id)
    assert 2.9 * 86_400 < overdue_s(hub.db) < 3.1 * 86_400
    assert queue_due(hub.db, hub.jobs.kinds) == 1
    assert queue_due(hub.db, hub.jobs.kinds) == 0
    assert queued(hub.db) == [("reset", "web", "waiting")]
    (found,) = [schedule for schedule in list_schedules(hub.db) if schedule.id == made.id]
    assert found.last_run is not None
    assert found.next_run == made.next_run


def test_many_processes_that_look_at_once_queue_each_schedule_once(hub: Hub) -> None:
    """Each job is done at once, so that nothing but the schedule's row keeps it from being queued again."""
    channels = ("web", "retail", "market", "b2b")
    for channel in channels:
        long_ago(hub.db, add(hub, NewSchedule("reset", "* * * * *", channel=channel)).id)
    due: list[int] = []
    start = threading.Barrier(6)

    def look() -> None:
        start.wait()
        due.append(queue_due(hub.db, hub.jobs.kinds))

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(due) == len(channels)
    assert sorted(str(channel) for _, channel, _ in queued(hub.db)) == sorted(channels)


def test_a_kind_that_this_version_does_not_know_is_left_to_others(hub: Hub) -> None:
    long_ago(hub.db, 1)
    assert queue_due(hub.db, {"reset": hub.jobs.kinds["reset"]}) == 0
    assert queue_due(hub.db, hub.jobs.kinds) == 1


def test_a_job_that_still_waits_is_not_queued_again_when_it_is_due_again(hub: Hub) -> None:
    made = add(hub)
    for _ in range(2):
        long_ago(hub.db, made.id)
        assert queue_due(hub.db, hub.jobs.kinds) == 1
    assert queued(hub.db) == [("reset", "web", "waiting")]


def test_a_schedule_is_run_besides_its_times(hub: Hub) -> None:
    made = add(hub)
    job = run_now(hub.db, hub.jobs.kinds, made.id)
    assert [found.id for found in list_jobs(hub.db).rows] == [job]
    assert [found.next_run for found in list_schedules(hub.db) if found.id == made.id] == [made.next_run]
    with pytest.raises(Conflict, match="waits already"):
        run_now(hub.db, hub.jobs.kinds, made.id)
    with pytest.raises(NotFound):
        run_now(hub.db, hub.jobs.kinds, 999)


def test_a_due_reset_sends_every_listing_anew(stage: Stage, hub: Hub) -> None:
    _, listing = stage.listing(5)
    with hub.db.transaction() as conn:
        conn.execute("UPDATE outbound SET acked_rev = rev, sent_rev = rev, shown = desired")
    made = add(hub)
    (before,) = stage.state(listing, ["rev"])
    long_ago(hub.db, made.id)
    hub.jobs.start()
    until(lambda: [job.state for job in list_jobs(hub.db).rows], lambda states: states == ["done"])
    assert list_jobs(hub.db).rows[0].said == "listings that are sent anew: 1"
    assert stage.state(listing, ["rev", "acked_rev", "shown"]) == (before + 1, before, None)


def test_a_schedule_of_a_channel_that_is_not_connected_fails_and_says_why(stage: Stage, hub: Hub) -> None:
    made = add(hub, NewSchedule("reset", "0 5 * * *", channel="retail"))
    run_now(hub.db, hub.jobs.kinds, made.id)
    hub.jobs.start()
    found = until(lambda: list_jobs(hub.db).rows[0], lambda job: job.tries)
    assert "there is no connection 'retail'" in found.said
