"""Schedules and jobs over HTTP: added, listed, run, removed, tried again, and seen by Prometheus."""

from typing import Any

import pytest

from tests.clocks import until
from tests.entrypoints.api.conftest import Live, problem
from tests.entrypoints.api.test_gate import key_of

NIGHTLY = {"what": "reset", "cron": "30 2 * * *", "zone": "Europe/Berlin", "channel": "web"}
RETENTION = 1


def job_until(live: Live, job: int, state: str) -> dict[str, Any]:
    """The job once it has come so far."""
    return dict(until(lambda: live.http.get(f"/v1/jobs/{job}").json(), lambda found: found["state"] == state))


def test_a_schedule_is_added_listed_and_removed(live: Live) -> None:
    made = live.http.post("/v1/schedules", json=NIGHTLY)
    assert made.status_code == 201, made.text
    found = {row["what"]: row for row in live.http.get("/v1/schedules").json()["rows"]}
    assert found["reset"] == made.json()
    assert found["retention"]["cron"] == "30 3 * * *"
    gone = live.http.delete(f"/v1/schedules/{made.json()['id']}")
    assert gone.json() == made.json()
    problem(live.http.delete(f"/v1/schedules/{made.json()['id']}"), 404, "not-found")


def test_the_kinds_are_listed(shared: Live) -> None:
    found = {row["what"]: row["of_channel"] for row in shared.http.get("/v1/schedules/kinds").json()["rows"]}
    assert found["reset"] is True
    assert found["retention"] is False


@pytest.mark.parametrize(
    ("more", "field", "said"),
    [
        ({"what": "nothing"}, "what", "retention"),
        ({"cron": "30 2 * *"}, "cron", "give five"),
        ({"cron": "30 25 * * *"}, "cron", "bad hour"),
        ({"zone": "Berlin"}, "zone", "Europe/Berlin"),
        ({"channel": None}, "channel", "name it"),
        ({"at": "noon"}, "at", "unknown field"),
    ],
)
def test_what_is_wrong_with_a_schedule_is_named(shared: Live, more: dict[str, Any], field: str, said: str) -> None:
    found = problem(shared.http.post("/v1/schedules", json={**NIGHTLY, **more}), 422, "invalid")
    assert (found["field"], said in found["detail"]) == (field, True), found


def test_a_served_hub_does_the_job_of_a_schedule_that_is_run_now(live: Live) -> None:
    problem(live.http.post(f"/v1/schedules/{RETENTION}/run"), 415, "unsupported-media-type")
    queued = live.http.post(f"/v1/schedules/{RETENTION}/run", json={})
    assert queued.status_code == 202
    found = job_until(live, queued.json()["job"], "done")
    assert found["said"].startswith("deleted: 0 ")
    assert ", 0 request keys" in found["said"]
    assert found in live.http.get("/v1/jobs", params={"state": "done"}).json()["rows"]
    assert 'truestock_jobs{kind="retention",state="done"} 1.0' in live.http.get("/metrics").text


def test_a_failed_job_is_seen_and_tried_again(live: Live) -> None:
    made = live.http.post("/v1/schedules", json=NIGHTLY).json()
    job = live.http.post(f"/v1/schedules/{made['id']}/run", json={}).json()["job"]
    assert "no connection 'web'" in until(lambda: live.http.get(f"/v1/jobs/{job}").json()["said"])
    problem(live.http.post(f"/v1/jobs/{job}/retry", json={}), 409, "conflict")
    with live.hub.db.transaction() as conn:
        conn.execute("SET LOCAL search_path = truestock_jobs, public")
        conn.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [job])
        conn.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [job])
    assert 'truestock_jobs{kind="reset",state="failed"} 1.0' in live.http.get("/metrics").text
    assert live.http.post(f"/v1/jobs/{job}/retry", json={}).status_code == 202
    problem(live.http.post("/v1/jobs/999/retry", json={}), 404, "not-found")


def test_only_an_administrator_may(live: Live) -> None:
    others = key_of(live, "read", "orders", "stock", "catalog")
    admin = key_of(live, "admin")
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/v1/schedules", None),
        ("GET", "/v1/schedules/kinds", None),
        ("GET", "/v1/jobs", None),
        ("POST", "/v1/schedules", NIGHTLY),
        ("POST", f"/v1/schedules/{RETENTION}/run", {}),
        ("DELETE", f"/v1/schedules/{RETENTION}", None),
    ]
    for method, path, sent in calls:
        problem(live.http.request(method, path, json=sent, headers=others), 403, "forbidden")
        assert live.http.request(method, path, json=sent, headers=admin).is_success, path


@pytest.mark.parametrize("id_", ["0", "-1", "99999999999999999999", "x"])
def test_an_id_that_is_none_is_refused(shared: Live, id_: str) -> None:
    problem(shared.http.delete(f"/v1/schedules/{id_}"), 422, "invalid")
    problem(shared.http.get(f"/v1/jobs/{id_}"), 422, "invalid")
