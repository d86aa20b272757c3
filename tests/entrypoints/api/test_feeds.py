"""Feeds over HTTP: kept, fed with rows, files and signed messages, mended, answered and undone."""

import base64
import json
import time
from typing import Any

from tests.entrypoints.api.conftest import Live, problem
from truestock.connectors.generic.signing import key_of, signed

FILE = {"content-type": "application/octet-stream"}
SECRET = "whsec_" + base64.b64encode(b"0" * 32).decode()


def feed(live: Live, code: str, meaning: str, **more: Any) -> dict[str, Any]:
    made = live.http.put(f"/v1/feeds/{code}", json={"meaning": meaning, **more})
    assert made.status_code == 200, made.text
    return dict(made.json())


def test_a_feed_is_kept_and_takes_rows_and_files(live: Live) -> None:
    feed(live, "erp", "on_hand", settings={"location": "dc"}, due_every_minutes=60)
    (row,) = live.http.get("/v1/feeds").json()["rows"]
    assert (row["code"], row["late"], "secrets" in row) == ("erp", False, False)
    seen = live.http.post("/v1/feeds/erp/rows?preview=true", json={"rows": [{"sku": "A", "qty": 4}]}).json()
    assert (seen["state"], seen["report"]["down"], live.atp("A")) == ("preview", 6, 10)
    (change,) = seen["report"]["changes"]
    assert (change["sku"], change["stated"], change["on_hand_now"], change["on_hand_then"]) == ("A", 4, 10, 4)
    assert {"channel": "web", "now": 10, "then": 4} in change["atp"]
    done = live.http.post("/v1/feeds/erp/rows", json={"rows": [{"sku": "A", "qty": 4}]}).json()
    assert (done["state"], live.atp("A")) == ("done", 4)
    run = live.http.post("/v1/feeds/erp/files?name=day.csv", content="sku,qty\nA,7\nnobody,1\n", headers=FILE).json()
    assert (run["report"]["booked"], live.atp("A")) == (1, 7)
    (line,) = live.http.get(f"/v1/feed-runs/{run['id']}/lines").json()["rows"]
    assert (line["line"], line["field"]) == (3, "sku")
    changes = {"changes": {"3": {"sku": "B"}}}
    assert live.http.post(f"/v1/feed-runs/{run['id']}/retry", json=changes).json()["taken"] == [3]
    assert live.atp("B") == 1
    undone = live.http.post(f"/v1/feed-runs/{run['id']}/undo", json={"reason": "wrong"}).json()
    assert (undone["down"], live.atp("A")) == (3, 4)
    assert [found["id"] for found in live.http.get("/v1/feed-runs?feed=erp").json()["rows"]][-1] == done["id"]


def test_a_feed_that_asks_is_answered(live: Live) -> None:
    feed(live, "all", "on_hand", settings={"location": "dc", "complete": True})
    run = live.http.post("/v1/feeds/all/files", content="sku,qty\nB,3\n", headers=FILE).json()
    assert (run["state"], live.atp("A")) == ("asks", 10)
    assert live.http.post(f"/v1/feed-runs/{run['id']}/answer", json={"take": True}).json()["state"] == "done"
    assert live.atp("A") == 0


def test_what_is_wrong_is_named(live: Live) -> None:
    found = problem(live.http.put("/v1/feeds/x", json={"meaning": "stock"}), 422, "invalid")
    assert found["field"] == "meaning"
    found = problem(
        live.http.put("/v1/feeds/x", json={"meaning": "on_hand", "settings": {"location": "mars"}}), 404, "not-found"
    )
    assert found["field"] == "location"
    problem(live.http.put("/v1/feeds/x", json={"meaning": "delta", "settings": {"complete": True}}), 422, "invalid")
    feed(live, "x", "on_hand")
    for name in ("as_of", "booked_until"):
        sent = live.http.post(f"/v1/feeds/x/files?{name}=2026-01-01T00:00:00", content="sku,qty\nA,1\n", headers=FILE)
        assert name in problem(sent, 422, "invalid")["field"]
    problem(live.http.get("/v1/feeds/nobody"), 404, "not-found")
    problem(live.http.get("/v1/feed-runs/99"), 404, "not-found")


def test_a_source_sends_rows_that_it_has_signed(live: Live) -> None:
    feed(live, "pos", "sales", settings={"location": "dc"}, secrets={"signing": SECRET})
    body = json.dumps({"rows": [{"sku": "A", "qty": 2, "ref": "R1"}]}).encode()
    headers = signed(key_of(SECRET), "m1", int(time.time()), body)
    sent = live.http.post("/v1/feed-hooks/pos", content=body, headers=headers)
    assert (sent.status_code, live.atp("A")) == (200, 8)
    assert live.http.post("/v1/feed-hooks/pos", content=body, headers=headers).json()["known"]
    assert live.atp("A") == 8
    problem(live.http.post("/v1/feed-hooks/pos", content=body + b" ", headers=headers), 401, "unauthorized")
    alike = b'{"rows": [{"sku": "A", "qty": 1}]}'
    for message in ("m2", "m3", "m3"):
        headers = signed(key_of(SECRET), message, int(time.time()), alike)
        assert live.http.post("/v1/feed-hooks/pos", content=alike, headers=headers).json()["state"] == "done"
    assert live.atp("A") == 6
    problem(live.http.post("/v1/feed-hooks/nobody", content=body, headers=headers), 401, "unauthorized")


def test_the_same_rows_are_other_facts_at_another_time(live: Live) -> None:
    feed(live, "wms", "delta", settings={"location": "dc"})
    rows = {"rows": [{"sku": "A", "qty": 1}]}
    for at in ("2026-01-01T06:00:00Z", "2026-01-01T06:00:00Z", "2026-01-02T06:00:00Z"):
        assert live.http.post("/v1/feeds/wms/rows", json={**rows, "as_of": at}).json()["state"] == "done"
    assert live.atp("A") == 12
    assert live.http.post("/v1/feeds/wms/rows", json=rows).json()["known"] is False
    assert live.http.post("/v1/feeds/wms/rows", json=rows).json()["known"] is True


def test_a_message_of_a_feed_needs_no_key_where_there_are_keys_and_all_else_does(live: Live) -> None:
    feed(live, "pos", "sales", settings={"location": "dc"}, secrets={"signing": SECRET})
    made = live.http.post("/v1/keys", json={"name": "app", "scopes": ["admin"]})
    assert made.status_code == 201, made.text
    body = b'{"rows": [{"sku": "A", "qty": 2, "ref": "R1"}]}'
    headers = signed(key_of(SECRET), "m1", int(time.time()), body)
    sent = live.http.post("/v1/feed-hooks/pos", content=body, headers=headers)
    assert (sent.status_code, sent.json()["report"]["down"]) == (200, 2)
    problem(live.http.post("/v1/feed-hooks/pos", content=body), 401, "unauthorized")
    problem(live.http.post("/v1/feed-hooks/pos/../pos/rows", content=body, headers=headers), 401, "unauthorized")
    problem(live.http.post("/v1/feeds/pos/rows", content=body), 401, "unauthorized")
