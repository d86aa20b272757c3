"""schedule and jobs: typed, listed, and refused in one sentence."""

from tests.entrypoints.cli.conftest import Answer, Cli
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.store.database import Database
from truestock.store.jobs.queue import enqueue


def test_a_schedule_is_added_listed_run_and_removed(answer: Answer, db: Database) -> None:
    put_channels(db, [ChannelDraft("web")])
    made = answer("schedule", "add", "reset", "web", "--cron", "30 2 * * 1-5", "--zone", "Europe/Berlin")
    assert (made["what"], made["channel"], made["cron"], made["zone"]) == (
        "reset",
        "web",
        "30 2 * * 1-5",
        "Europe/Berlin",
    )
    assert {"reset", "retention"} <= {row["what"] for row in answer("schedule", "list")}
    job = answer("schedule", "run", made["id"])["job"]
    (found,) = answer("jobs")["rows"]
    assert (found["id"], found["kind"], found["channel"], found["state"]) == (job, "reset", "web", "waiting")
    assert answer("jobs", "list", "--state", "failed")["rows"] == []
    assert answer("schedule", "remove", made["id"]) == made
    assert made not in answer("schedule", "list")


def test_the_kinds_are_listed_where_none_is_named(cli: Cli, answer: Answer) -> None:
    assert {key: value for key, value in answer("schedule", "add")[0].items() if key != "about"} == {
        "what": "reset",
        "of_channel": True,
    }
    assert "deletes what has been kept" in cli("schedule", "add").stdout


def test_people_read_when_it_is_due_and_how_jobs_go(cli: Cli, db: Database) -> None:
    said = cli("schedule", "add", "retention", "--cron", "0 1 * * *").stdout
    assert ": retention is due next at" in said
    assert "01:00 UTC" in said
    assert "Europe" not in cli("schedule", "list").stdout
    assert "Nothing there." in cli("jobs").stdout
    assert "waits. How it goes: truestock jobs" in cli("schedule", "run", 1).stdout
    assert "retention" in cli("jobs").stdout
    assert "waiting" in cli("jobs", "list").stdout


def test_what_is_wrong_is_told_in_one_sentence(fault: Answer, db: Database) -> None:
    assert fault("schedule", "add", "nothing")["field"] == "what"
    assert "is about one channel" in fault("schedule", "add", "reset")["detail"]
    assert "give five" in fault("schedule", "add", "retention", "--cron", "daily")["detail"]
    assert fault("schedule", "remove", 999)["type"] == "not-found"
    assert fault("jobs", "retry", 999)["type"] == "not-found"
    with db.transaction() as conn:
        job = enqueue(conn, "retention", None)
    assert "has not failed" in fault("jobs", "retry", job)["detail"]
