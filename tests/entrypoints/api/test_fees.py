"""Fees over HTTP: a file in, the list, the sums, and an order with its money."""

import pytest

from tests.entrypoints.api.conftest import Live, problem
from tests.entrypoints.api.test_gate import key_of

CSV = {"content-type": "text/csv"}
FEES = "order,sku,kind,amount,currency,posted_at,id\n1,A,commission,1.50,EUR,2026-11-20,x\n2,,ads,2,EUR,2026-11-21,x\n"


def test_a_file_is_kept_once_and_shown(live: Live) -> None:
    live.order("1", ("A", 1))
    tried = live.http.post("/v1/fees?channel=web&doing=try", content=FEES, headers=CSV).json()
    assert (tried["created"], tried["written"]) == (2, False)
    assert live.http.post("/v1/fees?channel=web", content=FEES, headers=CSV).json()["created"] == 2
    assert live.http.post("/v1/fees?channel=web", content=FEES, headers=CSV).json()["unchanged"] == 2
    assert live.http.post("/v1/fees?channel=web&doing=undo", content=FEES, headers=CSV).json()["changed"] == 2
    assert live.http.post("/v1/fees?channel=web", content=FEES, headers=CSV).json()["created"] == 2
    first = live.http.get("/v1/fees?channel=web&limit=1").json()
    assert [(row["order"], row["known"]) for row in first["rows"]] == [("2", False)]
    second = live.http.get(f"/v1/fees?channel=web&cursor={first['next']}").json()
    assert [(row["order"], row["known"], row["amount"]) for row in second["rows"]] == [("1", True, "1.5000")]
    assert [row["order"] for row in live.http.get("/v1/fees?channel=web&unmatched=true").json()["rows"]] == ["2"]
    money = live.http.get("/v1/orders/web/1").json()["money"]
    assert [(fee["kind"], fee["source"]) for fee in money["fees"]] == [("commission", "file")]


def test_sums_are_for_a_time_with_its_zone(live: Live) -> None:
    live.http.post("/v1/fees?channel=web", content=FEES, headers=CSV)
    since = {"since": "2026-11-21T00:00:00Z"}
    (total,) = live.http.get("/v1/fee-totals", params=since).json()["totals"]
    assert (total["channel"], total["kind"], total["amount"]) == ("web", "ads", "2.0000")
    found = problem(live.http.get("/v1/fee-totals?since=2026-11-21T00:00:00"), 422, "invalid")
    assert found["field"] == "since"


def test_bad_lines_are_told_and_good_ones_kept(live: Live) -> None:
    report = live.http.post("/v1/fees?channel=web", content=FEES.replace(",2,EUR", ",two,EUR"), headers=CSV).json()
    assert (report["created"], report["refused"]) == (1, 1)
    assert (report["problems"][0]["line"], report["problems"][0]["field"]) == (3, "amount")


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/v1/fees?channel=nowhere", 404, "not-found"),
        ("/v1/fees", 422, "invalid"),
        ("/v1/fees?channel=web&cursor=MX4y", 422, "invalid"),
    ],
)
def test_a_list_of_what_is_not_there_is_a_problem(live: Live, path: str, status: int, kind: str) -> None:
    problem(live.http.get(path), status, kind)


def test_a_key_that_is_bound_keeps_and_sees_its_own_channels_fees(live: Live) -> None:
    header = key_of(live, "orders", "read", channel="web")
    assert live.http.post("/v1/fees?channel=web", content=FEES, headers=CSV | header).is_success
    live.http.post("/v1/fees?channel=retail", content=FEES, headers=CSV)
    assert {one["channel"] for one in live.http.get("/v1/fee-totals", headers=header).json()["totals"]} == {"web"}
    problem(live.http.post("/v1/fees?channel=retail", content=FEES, headers=CSV | header), 403, "forbidden")
    problem(live.http.get("/v1/fees?channel=retail", headers=header), 403, "forbidden")
    problem(live.http.get("/v1/fee-totals?channel=retail", headers=header), 403, "forbidden")


def test_a_file_of_another_kind_is_refused(live: Live) -> None:
    problem(live.http.post("/v1/fees?channel=web", json={}), 415, "unsupported-media-type")
    problem(live.http.post("/v1/fees?channel=nowhere", content=FEES, headers=CSV), 404, "not-found")
