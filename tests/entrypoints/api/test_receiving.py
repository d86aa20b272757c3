"""Receiving over HTTP: documents, receipts, decisions, transfers, variances, tills and bins, through the lane."""

from typing import Any

from tests.clocks import until
from tests.entrypoints.api.conftest import Live, problem
from truestock.catalog.keys import KeyDraft, create_key
from truestock.catalog.locations import BinDraft, put_bins

SCOPES = {"carrier": ("stock",), "chief": ("stock", "approve")}
DUE = "2031-05-01T00:00:00Z"


def ok(live: Live, method: str, path: str, body: dict[str, Any] | None = None, **how: Any) -> Any:
    """The answer of a call that nothing is wrong with."""
    answer = live.http.request(method, path, json=body, **how)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def test_a_purchase_order_is_received_in_parts_and_closed(live: Live) -> None:
    lines = [{"sku": "A", "qty": 10}, {"sku": "B", "qty": 2}]
    put = ok(live, "PUT", "/v1/supply-documents", {"ref": "PO/1", "location": "dc", "due_at": DUE, "lines": lines})
    assert [(line["sku"], line["state"]) for line in put["lines"]] == [("A", "open"), ("B", "open")]
    receipt = {"ref": "R1", "location": "dc", "document": "PO/1", "lines": [{"sku": "A", "qty": 12}]}
    told = ok(live, "POST", "/v1/receipts", receipt)
    assert [(one["qty"], one["outcome"]) for one in told["lines"][0]["landed"]] == [(10, "expected"), (2, "over")]
    assert told["still_expected"] == [{"sku": "B", "qty": 2}]
    again = ok(live, "POST", "/v1/receipts", receipt)
    assert again["lines"][0]["replay"] is True
    assert live.atp("A") == 22
    assert ok(live, "POST", "/v1/supply-documents/move", {"ref": "PO/1", "due_at": "2020-01-01T00:00:00Z"}) == {
        "lines": 1
    }
    assert [row["ref"] for row in ok(live, "GET", "/v1/supply-documents/overdue")["rows"]] == ["PO/1"]
    assert ok(live, "POST", "/v1/supply-documents/close", {"ref": "PO/1", "reason": "sold out"}) == {"lines": 1}
    assert ok(live, "GET", "/v1/supply-documents/PO/1")["state"] == "closed"
    assert ok(live, "GET", "/v1/supply-documents")["rows"] == []
    assert [row["ref"] for row in ok(live, "GET", "/v1/supply-documents?closed=true")["rows"]] == ["PO/1"]
    assert ok(live, "GET", "/v1/receipts?receipt=R1")["rows"][0]["document"] == "PO/1"


def test_units_wait_where_a_rule_says_so_until_it_is_decided(live: Live) -> None:
    rule = ok(live, "PUT", "/v1/receiving-rules", {"location": "dc", "item": "B", "lands": "inspection"})
    ok(live, "POST", "/v1/receipts", {"ref": "R2", "location": "dc", "lines": [{"sku": "B", "qty": 4}]})
    assert live.atp("B") == 3
    (waiting,) = ok(live, "GET", "/v1/receipts/waiting")["rows"]
    assert (waiting["lands"], waiting["waiting"]) == ("inspection", 4)
    decision = {"sku": "B", "location": "dc", "decision": "passed", "qty": 3, "sampled": 1}
    headers = {"Idempotency-Key": "d1"}
    assert ok(live, "POST", "/v1/receipts/decisions", decision, headers=headers)["qty"] == 3
    assert ok(live, "POST", "/v1/receipts/decisions", decision, headers=headers)["replay"] is True
    assert live.atp("B") == 6
    (made,) = ok(live, "GET", "/v1/receipts/decisions", params={"received": waiting["id"]})["rows"]
    assert (made["decision"], made["qty"], made["sampled"]) == ("passed", 3, 1)
    refused = live.http.post("/v1/receipts/decisions", json={**decision, "qty": 9})
    assert (refused.status_code, refused.json()["field"]) == (409, "qty")
    assert [row["id"] for row in ok(live, "GET", "/v1/receiving-rules?location=dc")["rows"]] == [rule["id"]]
    ok(live, "DELETE", f"/v1/receiving-rules/{rule['id']}")
    assert ok(live, "GET", "/v1/receiving-rules")["rows"] == []
    wrong = live.http.put("/v1/receiving-rules", json={"location": "dc", "lands": "moon"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "lands")


def test_what_waits_is_told_with_what_brought_it(live: Live) -> None:
    back = {
        "ref": "77",
        "location": "store",
        "lines": [{"sku": "A", "qty": 2, "returned": True, "status": "inspection"}],
    }
    ok(live, "POST", "/v1/pos/sales", {"sales": [back]})
    (row,) = ok(live, "GET", "/v1/receipts/waiting", params={"lands": "inspection", "location": "store"})["rows"]
    told = (row["kind"], row["source"], row["receipt"], row["outcome"], row["waiting"], row["age_hours"])
    assert told == ("return", "pos", "77", "none", 2, 0)
    entry = ok(live, "GET", "/v1/entries?sku=A")["rows"][0]
    assert (entry["movement"], entry["kind"]) == (row["movement"], "return")
    failed = {"decision": "failed", "goes_to": "damaged", "reason": "worn", "received": row["id"]}
    assert ok(live, "POST", "/v1/receipts/decisions", {"sku": "A", "location": "store", **failed})["qty"] == 2
    assert ok(live, "GET", "/v1/receipts/waiting")["rows"] == []
    assert ok(live, "GET", "/v1/receipts")["rows"] == []
    refused = live.http.post(f"/v1/movements/{row['movement']}/reverse", json={"reason": "not ours"})
    assert (refused.status_code, "2 failed by movement" in refused.json()["detail"]) == (409, True)


def test_units_are_put_away_into_bins_and_gaps_are_closed(live: Live) -> None:
    put_bins(live.hub.db, [BinDraft("dc", code, zone) for code, zone in (("P1", "pick"), ("S1", "staging"))])
    ok(live, "PUT", "/v1/receiving-rules", {"location": "dc", "item": "C", "lands": "receiving"})
    ok(live, "POST", "/v1/receipts", {"ref": "R3", "location": "dc", "lines": [{"sku": "C", "qty": 5}]})
    ok(live, "POST", "/v1/put-away", {"location": "dc", "sku": "C", "qty": 4, "bin": "P1"})
    rows = ok(live, "GET", "/v1/bins/stock", params={"location": "dc"})["rows"]
    assert {(row["sku"], row["bin"], row["qty"]) for row in rows} == {
        ("A", "", 10),
        ("B", "", 3),
        ("C", "P1", 4),
        ("C", "S1", 1),
    }
    assert [row["bin"] for row in ok(live, "GET", "/v1/bins/stock", params={"sku": "C", "bin": "S1"})["rows"]] == ["S1"]
    move = {"kind": "bin", "sku": "C", "location": "dc", "qty": 3, "from_bin": "S1", "to_bin": "P1"}
    ok(live, "POST", "/v1/movements", {"lines": [move]})
    laid = {
        (one["kind"], one["bin"], one["in_bin"]) for one in ok(live, "GET", "/v1/entries?sku=C")["rows"] if one["bin"]
    }
    assert {("receive", "S1", 5), ("put_away", "S1", -4), ("put_away", "P1", 4)} <= laid
    gaps = ok(live, "GET", "/v1/bins/gaps")["rows"]
    assert {(gap["bin"], gap["qty"]) for gap in gaps} == {("S1", 2), ("P1", 2)}
    for gap in gaps:
        ok(live, "DELETE", f"/v1/bins/gaps/{gap['movement']}/{gap['id']}")
    assert ok(live, "GET", "/v1/bins/gaps")["rows"] == []
    assert live.http.delete("/v1/bins/gaps/1/1").status_code == 404
    assert live.http.get("/v1/bins/stock").json()["field"] == "location"


def test_transfers_variances_and_tills(live: Live) -> None:
    sent = {
        "ref": "T1",
        "from_location": "dc",
        "to_location": "store",
        "due_at": DUE,
        "lines": [{"sku": "A", "qty": 4}],
    }
    for replay in (False, True):
        assert ok(live, "POST", "/v1/transfers", sent)["lines"][0]["booked"]["replay"] is replay
    ok(
        live,
        "POST",
        "/v1/receipts",
        {"ref": "R4", "location": "store", "document": "T1", "lines": [{"sku": "A", "qty": 3}]},
    )
    assert ok(live, "POST", "/v1/transfers/lost", {"ref": "T1", "reason": "stolen"})["units"] == {"A": 1}
    assert live.http.post("/v1/transfers/lost", json={"ref": "T1", "reason": "stolen"}).status_code == 404
    assert live.atp("A", "retail") == 9
    lines = [
        {"location": "store", "sku": "A", "reason": reason, "qty": 1} for reason in ("defective", "found", "ghost")
    ]
    answer = live.http.post("/v1/variances", json={"lines": lines})
    assert (answer.status_code, answer.json()["refused"]) == (207, 1)
    sale = {"ref": "1001", "location": "store", "channel": "retail", "lines": [{"sku": "A", "qty": 2}]}
    assert ok(live, "POST", "/v1/pos/sales", {"sales": [sale]})["refused"] == 0
    back = {**sale, "ref": "1002", "lines": [{"sku": "A", "qty": 1, "returned": True}, {"sku": "ghost", "qty": 1}]}
    told = live.http.post("/v1/pos/sales", json={"sales": [sale, back]})
    assert told.status_code == 207
    assert told.json()["sales"][0]["answers"]["lines"][0]["booked"]["replay"] is True
    assert live.atp("A", "retail") == 8
    assert live.atp("A") == 6


def test_reasons_are_data(live: Live) -> None:
    reason = {"code": "mould", "label": "Mould", "takes_from": "sellable", "goes_to": "quarantine"}
    ok(live, "PUT", "/v1/reasons", reason)
    assert "mould" in {row["code"] for row in ok(live, "GET", "/v1/reasons")["rows"]}
    wrong = live.http.put("/v1/reasons", json={**reason, "goes_to": "scrap"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "goes_to")


def test_approving_takes_a_scope_of_its_own_and_somebody_else(live: Live) -> None:
    rule = {"location": "dc", "item": "A", "lands": "approval"}
    ok(live, "PUT", "/v1/receiving-rules", rule)
    clerk, chief, boss = [
        {"Authorization": f"Bearer {create_key(live.hub.db, KeyDraft(name, scopes)).token}"}
        for name, scopes in (("clerk", ("stock",)), ("chief", ("stock", "approve")), ("boss", ("admin",)))
    ]
    until(lambda: live.http.get("/v1/echo", headers=boss).status_code != 401)
    for who, ref in ((clerk, "R1"), (chief, "R2")):
        ok(live, "POST", "/v1/receipts", {"ref": ref, "location": "dc", "lines": [{"sku": "A", "qty": 2}]}, headers=who)
    approve = {"sku": "A", "location": "dc", "decision": "approved"}
    problem(live.http.post("/v1/receipts/decisions", json=approve, headers=clerk), 403, "forbidden")
    problem(live.http.put("/v1/receiving-rules", json=rule | {"lands": "sellable"}, headers=clerk), 403, "forbidden")
    assert ok(live, "POST", "/v1/receipts/decisions", approve, headers=chief)["qty"] == 2
    problem(live.http.post("/v1/receipts/decisions", json=approve, headers=chief), 403, "own-receipt")
    assert ok(live, "POST", "/v1/receipts/decisions", approve, headers=boss)["qty"] == 2


def test_a_movement_does_not_get_past_an_approval(live: Live) -> None:
    ok(live, "PUT", "/v1/receiving-rules", {"location": "dc", "item": "A", "lands": "approval"})
    keys = [create_key(live.hub.db, KeyDraft(name, scopes)) for name, scopes in SCOPES.items()]
    carrier, chief = [{"Authorization": f"Bearer {key.token}"} for key in keys]
    until(lambda: live.http.get("/v1/echo", headers=chief).status_code != 401)
    receipt = {"ref": "R1", "location": "dc", "lines": [{"sku": "A", "qty": 2}]}
    ok(live, "POST", "/v1/receipts", receipt, headers=carrier)
    past = {"lines": [{"kind": "put_away", "sku": "A", "location": "dc", "qty": 1}]}
    told = live.http.post("/v1/movements", json=past, headers=carrier)
    assert told.status_code == 207
    assert told.json()["lines"][0]["problem"]["type"].endswith("forbidden")
    varied = {"lines": [{"location": "dc", "sku": "A", "reason": "in_order", "status": "receiving", "qty": 1}]}
    assert live.http.post("/v1/variances", json=varied, headers=carrier).json()["refused"] == 1
    assert ok(live, "POST", "/v1/movements", past, headers=chief)["refused"] == 0
    assert ok(live, "POST", "/v1/variances", varied, headers=chief)["refused"] == 0
