"""Sources of files over HTTP: kept, tried, read by a served hub, and removed; secrets never come out."""

from pathlib import Path
from typing import Any

from tests.clocks import until
from tests.entrypoints.api.conftest import Live, Serve, problem
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.catalog.locations import LocationDraft, put_locations


def until_done(live: Live, job: int) -> dict[str, Any]:
    """The job once it has ended."""
    ended = ("done", "failed")
    return dict(until(lambda: live.http.get(f"/v1/jobs/{job}").json(), lambda found: found["state"] in ended))


def test_a_source_is_kept_tried_read_and_removed(live: Live, tmp_path: Path) -> None:
    put_locations(live.hub.db, [LocationDraft("acme", kind="supplier", tier="virtual")])
    put_channels(live.hub.db, [ChannelDraft("web", locations=("dc", "acme"))])
    (tmp_path / "a.csv").write_text("sku,title,qty\nA,Thing,7\n")
    body = {"channel": "web", "location": "acme", "settings": {"address": str(tmp_path), "complete": "renamed"}}
    made = live.http.put("/v1/sources/acme/north", json=body)
    assert made.status_code == 200, made.text
    assert made.json()["settings"]["format"] == "plain"
    assert live.http.get("/v1/sources").json()["rows"] == [made.json()]
    tried = live.http.post("/v1/sources/acme/north/test", json={}).json()
    assert (tried["files"][0]["created"], tried["files"][0]["stock"]["changed"]) == (1, 1)
    assert live.atp("A") == 10
    queued = live.http.post("/v1/sources/acme/north/run", json={})
    assert queued.status_code == 202
    job = until_done(live, queued.json()["job"])
    assert (job["kind"], job["source"], job["said"]) == (
        *("import", "acme/north", "a.csv: created 1, changed 0, refused 0, counts 1"),
    )
    assert live.atp("A") == 17
    assert live.http.get("/v1/sources/acme/north").json()["last_file"]["created"] == 1
    assert [row["digest"] != "" for row in live.http.get("/v1/sources/acme/north/files").json()["rows"]] == [True]
    again = live.http.post("/v1/sources/acme/north/run", json={"again": True}).json()
    assert until_done(live, again["job"])["said"] == "a.csv: created 0, changed 0, refused 0, counts 0"
    assert live.http.post("/v1/sources/acme/north/pause", json={}).json()["paused"] is True
    paused = live.http.post("/v1/sources/acme/north/run", json={}).json()
    assert "is paused" in until_done(live, paused["job"])["said"]
    assert live.http.post("/v1/sources/acme/north/resume", json={}).json()["paused"] is False
    assert live.http.delete("/v1/sources/acme/north").json()["code"] == "acme/north"
    problem(live.http.get("/v1/sources/acme/north"), 404, "not-found")


def test_a_url_of_the_own_network_needs_the_setting(serve: Serve) -> None:
    body = {"channel": "web", "settings": {"address": "http://127.0.0.1:8080/a.csv"}, "secrets": {"header": "X: y"}}
    closed = serve()
    put_channels(closed.hub.db, [ChannelDraft("web")])
    assert "TRUESTOCK_SOURCES_ON_LAN" in problem(closed.http.put("/v1/sources/a", json=body), 422, "invalid")["detail"]
    open_ = serve(sources_on_lan=True)
    made = open_.http.put("/v1/sources/a", json=body)
    assert made.status_code == 200
    assert "secrets" not in made.json()


def test_what_is_wrong_is_named_and_only_people_with_the_right_may(live: Live) -> None:
    for body in ({}, {"channel": "web", "settings": {}}, {"channel": "web", "settings": {"address": "x"}, "more": 1}):
        problem(live.http.put("/v1/sources/a", json=body), 422, "invalid")
    problem(live.http.post("/v1/sources/a/run", json={}), 404, "not-found")
    problem(live.http.post("/v1/sources/a/test", json={}), 404, "not-found")
    problem(live.http.post("/v1/sources/a/run", json={"again": 1}), 422, "invalid")
