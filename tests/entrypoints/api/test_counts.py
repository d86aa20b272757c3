"""Cycle counts over HTTP: asked for, scanned, decided; each key counts as itself, and the sheet says nothing."""

from typing import Any

import httpx2
import pytest

from tests.clocks import until
from tests.entrypoints.api.conftest import Live, problem
from truestock.catalog.barcodes import BarcodeDraft, put_barcodes
from truestock.catalog.keys import KeyDraft, create_key


def ask(live: Live, *skus: str) -> int:
    """A task for items at dc."""
    told = live.http.post("/v1/counts/tasks", json={"location": "dc", "skus": skus})
    assert told.status_code == 201, told.text
    return int(told.json()["id"])


def scans(live: Live, who: str, task: int, *told: dict[str, Any]) -> httpx2.Response:
    """Upload scans under keys of their own."""
    keyed = [{"key": f"{who}-{task}-{n}", "task": task, **one} for n, one in enumerate(told)]
    return live.http.post("/v1/counts/scans", json={"counter": who, "scans": keyed})


def counted(live: Live, who: str, task: int, sku: str, qty: int) -> str:
    """Count an item whole; the line's state."""
    told = scans(live, who, task, {"sku": sku, "qty": qty}, {"sku": sku, "kind": "done"}).json()
    return str(told["scans"][-1]["state"])


def test_a_task_is_counted_and_what_is_off_is_approved(live: Live) -> None:
    task = ask(live, "A", "B")
    sheet = live.http.get(f"/v1/counts/tasks/{task}", params={"counter": "ann"}).json()
    assert [line["sku"] for line in sheet["lines"]] == ["A", "B"]
    assert counted(live, "ann", task, "A", 10) == "deciding"
    assert counted(live, "ann-2", task, "B", 9) == "recount"
    assert live.http.get("/v1/counts/results").json()["rows"][0]["state"] == "booked"
    assert counted(live, "bob", task, "B", 9) == "review"
    (row,) = live.http.get("/v1/counts/results", params={"state": "review"}).json()["rows"]
    assert (row["sku"], row["difference"], [r["counter"] for r in row["rounds"]]) == ("B", 6, ["ann-2", "bob"])
    verdict = {"task": task, "sku": "B", "decision": "approve", "reason": "found behind the shelf"}
    done = live.http.post("/v1/counts/decide", json={"verdicts": [verdict], "decider": "lena"})
    assert (done.status_code, done.json()["verdicts"][0]["state"], live.atp("B")) == (200, "booked", 9)
    again = live.http.post("/v1/counts/decide", json={"verdicts": [verdict], "decider": "lena"})
    assert (again.status_code, again.json()["verdicts"][0]["problem"]["status"]) == (207, 409)
    assert live.http.get("/v1/counts/tasks", params={"state": "open"}).json()["rows"] == []


def test_scans_that_wait_on_a_device_are_taken_once(live: Live) -> None:
    put_barcodes(live.hub.db, [BarcodeDraft("19501101530000", "A", 5)])
    task = ask(live, "A")
    first = scans(live, "ann", task, {"code": "]C10119501101530000"}, {"code": "no such"})
    assert first.status_code == 207
    assert [s["outcome"] for s in first.json()["scans"]] == ["taken", "refused"]
    assert first.json()["scans"][0]["units"] == 5
    again = scans(live, "ann", task, {"code": "]C10119501101530000"}, {"code": "no such"})
    assert [s["outcome"] for s in again.json()["scans"]] == ["replay", "refused"]


def test_a_code_is_looked_up(live: Live) -> None:
    put_barcodes(live.hub.db, [BarcodeDraft("19501101530000", "A", 5)])
    found = live.http.post("/v1/scan", json={"code": "(01)19501101530000(10)L1(17)270131(37)2"}).json()
    assert (found["sku"], found["units"], found["says"]["lot"], found["says"]["expires_on"]) == (
        "A",
        10,
        "L1",
        "2027-01-31",
    )
    assert problem(live.http.post("/v1/scan", json={"code": "9501101530004"}), 422, "invalid")["field"] == "code"


def test_a_key_that_may_count_sees_no_figure_and_counts_as_itself(live: Live) -> None:
    task = ask(live, "A")
    head = {"Authorization": f"Bearer {create_key(live.hub.db, KeyDraft('ann', ('stock',))).token}"}
    until(lambda: live.http.get("/v1/echo", headers=head).status_code != 401)
    for path in ("/v1/counts/results", "/v1/stock", "/v1/counts/plans"):
        problem(live.http.get(path, headers=head), 403, "forbidden")
    assert live.http.get(f"/v1/counts/tasks/{task}", headers=head).status_code == 200
    body = {"scans": [{"key": "device-01", "task": task, "sku": "A"}], "counter": "bob"}
    assert (
        "the key is ann's"
        in problem(live.http.post("/v1/counts/scans", json=body, headers=head), 422, "invalid")["detail"]
    )
    del body["counter"]
    assert live.http.post("/v1/counts/scans", json=body, headers=head).json()["refused"] == 0


def test_a_sheet_comes_back_as_a_file(live: Live) -> None:
    task = ask(live, "A", "B", "C")
    send: dict[str, Any] = {"headers": {"Content-Type": "text/csv"}, "params": {"counter": "ann"}}
    path = f"/v1/counts/tasks/{task}/sheet"
    told = live.http.post(path, content="sku,qty\nA,4\nA,6\nB,3\nC,0\n", **send)
    assert (told.status_code, [row["line"] for row in told.json()["rows"]]) == (200, [2, 3, 4, 5])
    assert live.http.get(f"/v1/counts/tasks/{task}").json()["task"]["state"] == "done"
    assert problem(live.http.post(path, content="sku,qty\nA,x\n", **send), 422, "invalid")["field"] == "line 2, qty"


@pytest.mark.parametrize(
    ("path", "body", "key"),
    [
        ("/v1/counts/plans", {"code": "daily", "location": "dc", "wear": 5}, "code"),
        (
            "/v1/counts/limits",
            {"role": "lead", "members": ["lena"], "units": 5, "value": "99.50", "own_counts": True},
            "role",
        ),
    ],
)
def test_plans_and_limits_are_set_listed_and_forgotten(live: Live, path: str, body: dict[str, Any], key: str) -> None:
    assert live.http.put(path, json=body).status_code == 200
    (row,) = live.http.get(path).json()["rows"]
    assert body.items() <= row.items()
    assert live.http.delete(path, params={key: body[key]}).json() == row
    problem(live.http.delete(path, params={key: body[key]}), 404, "not-found")
    problem(live.http.put(path, json={**body, "colour": "red"}), 422, "invalid")


def test_beyond_the_limit_of_a_role_it_is_forbidden(live: Live) -> None:
    live.http.put("/v1/counts/limits", json={"role": "lead", "members": ["lena"], "units": 1})
    task = ask(live, "A")
    for who in ("ann", "bob"):
        counted(live, who, task, "A", 3)
    verdict = {"task": task, "sku": "A", "decision": "approve", "reason": "gone"}
    told = live.http.post("/v1/counts/decide", json={"verdicts": [verdict], "decider": "lena"}).json()
    assert told["verdicts"][0]["problem"]["type"].endswith("beyond-limit")
    assert live.atp("A") == 10


def test_a_task_is_somebodys_until_it_is_given_to_another(live: Live) -> None:
    task, other = ask(live, "A"), ask(live, "B")
    path = f"/v1/counts/tasks/{task}/assign"
    assert problem(live.http.post(path, json={}), 422, "invalid")["field"] == "counter"
    assert live.http.post(path, json={"counter": "ann"}).json()["assigned_to"] == "ann"
    assert live.http.post(path, json={"to": "bob", "counter": "lead"}).json()["assigned_to"] == "bob"
    of = {
        who: [row["id"] for row in live.http.get("/v1/counts/tasks", params={"assigned_to": who}).json()["rows"]]
        for who in ("ann", "bob", "")
    }
    assert of == {"ann": [], "bob": [task], "": [other]}
    assert counted(live, "ann", task, "A", 10) == "deciding"
    problem(live.http.post(path, json={"to": ""}), 409, "conflict")
    assert live.http.post(f"/v1/counts/tasks/{other}/assign", json={"to": ""}).json()["assigned_to"] == ""


def test_who_counted_is_forbidden_to_approve(live: Live) -> None:
    task = ask(live, "A")
    for who in ("ann", "bob"):
        counted(live, who, task, "A", 3)
    body: dict[str, Any] = {"verdicts": [{"task": task, "sku": "A", "decision": "approve", "reason": "gone"}]}
    told = live.http.post("/v1/counts/decide", json=body | {"decider": "bob"}).json()["verdicts"][0]["problem"]
    assert (told["status"], told["type"].rsplit("/", 1)[-1]) == (403, "own-count")
    assert live.http.post("/v1/counts/decide", json=body | {"decider": "lena"}).json()["refused"] == 0


def test_cancelling_asks_what_becomes_of_what_is_in_doubt(live: Live) -> None:
    live.order("R1", ("A", 2))
    live.http.post("/v1/orders/reject-pick", json={"channel": "web", "ref": "R1"})
    (task,) = live.http.get("/v1/counts/tasks").json()["rows"]
    path = f"/v1/counts/tasks/{task['id']}/cancel"
    assert problem(live.http.post(path, json={}), 409, "conflict")["field"] == "in_doubt"
    problem(live.http.post(path, json={"in_doubt": "gone"}), 422, "invalid")
    assert live.http.post(path, json={"in_doubt": "sellable"}).json()["state"] == "cancelled"
    assert live.atp("A") == 8


def test_a_pick_that_was_rejected_asks_for_a_count_at_once(live: Live) -> None:
    live.order("R1", ("A", 2))
    done = live.http.post("/v1/orders/reject-pick", json={"channel": "web", "ref": "R1"})
    assert (done.status_code, done.json()["units"], live.atp("A")) == (200, 10, 0)
    (task,) = live.http.get("/v1/counts/tasks").json()["rows"]
    assert (task["why"], task["location"], task["lines"]) == ("pick", "dc", 1)
    assert counted(live, "ann", task["id"], "A", 10) == "deciding"
    assert live.atp("A") == 8
    problem(live.http.post("/v1/orders/reject-pick", json={"channel": "web", "ref": "R1", "qty": 3}), 422, "invalid")
