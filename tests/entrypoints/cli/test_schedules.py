"""schedule and jobs: typed, listed, and refused in one sentence."""

from tests.entrypoints.cli.conftest import Answer, Cli
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.store.database import Database
from truestock.store.jobs.queue import cancel, enqueue


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
        "or_all": False,
        "of_source": False,
    }
    assert "deletes what has been kept" in cli("schedule", "add").stdout


def test_a_job_is_run_without_a_schedule_shown_and_cancelled(cli: Cli, answer: Answer) -> None:
    job = answer("jobs", "run", "start-of-day")["job"]
    found = answer("jobs", "show", job)
    assert (found["kind"], found["channel"], found["state"], found["stages"]) == ("start-of-day", None, "waiting", [])
    assert "start-of-day" in cli("jobs", "show", job).stdout
    assert answer("jobs", "cancel", job)["state"] == "cancelled"
    assert "How it goes: truestock jobs show" in cli("jobs", "run", "retention").stdout
    assert "is cancelled, or ends within seconds" in cli("jobs", "cancel", job + 1).stdout


def test_the_stages_of_a_job_are_a_table_of_their_own(cli: Cli, answer: Answer, db: Database) -> None:
    job = answer("jobs", "run", "start-of-day")["job"]
    with db.transaction() as conn:
        conn.execute(
            "INSERT INTO job_stage (job, ord, channel, stage, state, said) VALUES "
            "(%s, 1, '', 'orders', 'done', 'channels that were read: 0'), "
            "(%s, 1, 'web', 'orders', 'passed', %s)",
            [job, job, "the shop is shut; " * 25],
        )
    said = cli("jobs", "show", job).stdout
    assert "channels that were read: 0" in said
    assert "the shop is shut" in said
    assert max(map(len, said.splitlines())) <= 100


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
    assert fault("jobs", "show", 999)["type"] == "not-found"
    assert fault("jobs", "cancel", 999)["type"] == "not-found"
    assert fault("jobs", "run", "nothing")["field"] == "what"
    assert fault("jobs", "run", "start-of-day", "nowhere")["type"] == "not-found"
    assert "waits already" in fault("jobs", "run", "retention")["detail"]
    assert job is not None
    assert cancel(db, job)
    assert "has ended already" in fault("jobs", "cancel", job)["detail"]


def test_an_id_that_no_job_can_have_is_refused(cli: Cli) -> None:
    for words in (("show", 2**63), ("cancel", 2**63 - 1), ("retry", 2**64), ("list", "--after", 2**63)):
        assert cli("jobs", *words).exit_code == 2
