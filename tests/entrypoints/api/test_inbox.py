"""The inbox and mapping rules over HTTP: what is unknown is shown, mapped or ignored, and the orders follow."""

from typing import Any

import pytest

from tests.entrypoints.api.conftest import Live, problem
from tests.entrypoints.api.test_gate import key_of
from tests.entrypoints.selling import comes_in, connect_nowhere


@pytest.fixture
def web(live: Live) -> Live:
    """The channel web, from which an order of an unknown pack has come."""
    connect_nowhere(live.hub)
    comes_in(live.hub, "5001", "A-3PK", 2)
    return live


def inbox(live: Live, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = live.http.get("/v1/inbox", params=asked).json()["rows"]
    return found


def test_an_unknown_pack_is_suggested_mapped_and_its_units_are_reserved(web: Live) -> None:
    (entry,) = inbox(web)
    assert (entry["kind"], entry["channel"], entry["key"]) == ("unmapped_sku", "web", "A-3PK")
    assert (entry["orders"], entry["units"]) == (1, 2)
    best = entry["matches"][0]
    assert (best["item"], best["units"]) == ("A", 3)
    assert 'truestock_inbox{channel="web",kind="unmapped_sku"} 1.0' in web.http.get("/metrics").text
    assert inbox(web, suggest=False)[0]["matches"] == []

    line = {"channel": "web", "sku": "A-3PK", "components": [{"item": best["item"], "units": best["units"]}]}
    dry = web.http.post("/v1/inbox/map", params={"dry_run": True}, json={"lines": [line]}).json()
    assert dry["taken"] == {"orders": 0, "waiting": 0}
    assert len(inbox(web)) == 1
    done = web.http.post("/v1/inbox/map", json={"lines": [line]})
    assert done.status_code == 200
    assert done.json()["lines"][0]["outcome"] == "created"
    assert done.json()["taken"] == {"orders": 1, "waiting": 0}
    assert inbox(web) == []
    assert web.atp("A") == 10 - 6


def test_lines_that_are_refused_do_not_stop_the_others(web: Live) -> None:
    lines = [
        {"channel": "web", "sku": "A-3PK", "components": [{"item": "A", "units": 3}]},
        {"channel": "web", "sku": "ODD", "components": [{"item": "NONE", "units": 3}]},
    ]
    answer = web.http.post("/v1/inbox/map", json={"lines": lines})
    assert answer.status_code == 207
    assert [row["outcome"] for row in answer.json()["lines"]] == ["created", "refused"]
    assert answer.json()["taken"]["orders"] == 1
    wrong = web.http.post("/v1/inbox/map", json={"lines": [{**lines[0], "item": "A"}]})
    problem(wrong, 422, "invalid")


def test_what_is_no_stock_is_ignored_listed_and_heeded_again(web: Live) -> None:
    body = {"channel": "web", "skus": ["A-3PK"], "reason": "gift wrap"}
    assert web.http.post("/v1/inbox/ignored", json=body).json() == {"orders": 1, "waiting": 0}
    assert inbox(web) == []
    (row,) = web.http.get("/v1/inbox/ignored", params={"channel": "web"}).json()["rows"]
    assert (row["sku"], row["reason"]) == ("A-3PK", "gift wrap")
    problem(web.http.post("/v1/inbox/ignored", json={**body, "skus": ["A"]}), 409, "conflict")
    problem(web.http.post("/v1/inbox/ignored", json={**body, "why": "x"}), 422, "invalid")
    undone = web.http.delete("/v1/inbox/ignored", params={"channel": "web", "sku": "A-3PK"})
    assert undone.json() == {"orders": 1, "waiting": 1}
    assert len(inbox(web)) == 1
    problem(web.http.delete("/v1/inbox/ignored", params={"channel": "web", "sku": "A-3PK"}), 404, "not-found")


def test_rules_are_tried_saved_and_applied(web: Live) -> None:
    rules = [{"ord": 1, "by": "suffix", "pattern": "-{n}PK"}]
    at = "/v1/mapping-rules/web"
    tried = web.http.post(f"{at}/preview", json={"rules": rules}).json()
    assert (tried["skus"], tried["maps"]) == (1, 1)
    assert tried["rows"] == [
        {"sku": "A-3PK", "title": "A-3PK in blue", "outcome": "maps", "text": "A", "units": 3, "ord": 1}
    ]
    assert web.http.get(at).json()["rules"] == []
    saved = web.http.put(at, json={"rules": rules}).json()
    assert saved["rules"] == [{"ord": 1, "by": "suffix", "pattern": "-{n}PK", "replace": "", "units": 1}]
    assert saved["automatic"] is False
    assert web.http.post(f"{at}/preview", json={}).json()["maps"] == 1
    assert web.http.post(f"{at}/apply", json={}).json() == {"channel": "web", "listings": ["A-3PK"], "refused": {}}
    assert web.http.put(at, json={"rules": rules, "automatic": True}).json()["automatic"] is True


def test_a_rule_that_cannot_be_meant_names_its_field(web: Live) -> None:
    bad = {"ord": 1, "by": "regex", "pattern": "(a+)+"}
    for path, method in (("", "PUT"), ("/preview", "POST")):
        told = web.http.request(method, f"/v1/mapping-rules/web{path}", json={"rules": [bad]})
        assert problem(told, 422, "invalid")["field"] == "pattern"
    problem(web.http.put("/v1/mapping-rules/web", json={"rules": [{**bad, "by": "magic"}]}), 422, "invalid")
    problem(web.http.get("/v1/mapping-rules/nowhere"), 404, "not-found")
    problem(web.http.put("/v1/mapping-rules/retail", json={"rules": [], "automatic": True}), 404, "not-found")


def test_reading_a_channels_listings_is_asked_for(web: Live) -> None:
    asked = web.http.post("/v1/inbox/read", json={"channel": "web"})
    assert asked.json() == {"channel": "web", "read_at": None, "without_sku": 0, "trouble": ""}
    problem(web.http.post("/v1/inbox/read", json={"channel": "retail"}), 404, "not-found")


def test_pages_and_kinds(web: Live) -> None:
    comes_in(web.hub, "5002", "ODD", 1)
    first = web.http.get("/v1/inbox", params={"limit": 1}).json()
    second = web.http.get("/v1/inbox", params={"limit": 1, "cursor": first["next"]}).json()
    assert [row["key"] for row in first["rows"] + second["rows"]] == ["A-3PK", "ODD"]
    assert second["next"] is None
    problem(web.http.get("/v1/inbox", params={"kind": "all"}), 422, "invalid")
    problem(web.http.get("/v1/inbox", params={"limit": 101}), 422, "invalid")
    problem(web.http.get("/v1/inbox", params={"channel": "nowhere"}), 404, "not-found")


def test_who_may_only_read_changes_nothing(web: Live) -> None:
    web.http.headers.update(key_of(web, "read"))
    assert web.http.get("/v1/inbox").status_code == 200
    problem(web.http.post("/v1/inbox/read", json={"channel": "web"}), 403, "forbidden")
    problem(web.http.put("/v1/mapping-rules/web", json={"rules": []}), 403, "forbidden")
