"""Orders over HTTP: taken, refused, repeated, and what follows."""

import time

import pytest

from tests.entrypoints.api.conftest import Live, problem


def test_an_order_is_taken_once_however_often_it_is_sent(live: Live) -> None:
    first, again = live.order("1", ("A", 4)), live.order("1", ("A", 4))
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["replay"], again.json()["replay"]) == (False, True)
    assert again.json()["id"] == first.json()["id"]
    assert [line["granted"] for line in again.json()["lines"]] == [4]
    assert live.atp("A") == 6


def test_a_refusal_says_for_each_line_what_there_is_and_holds_nothing(live: Live) -> None:
    found = problem(live.order("1", ("A", 4), ("B", 5)), 409, "insufficient-stock")
    assert found["lines"] == [
        {"sku": "A", "requested": 4, "available": 10, "short_by": 0},
        {"sku": "B", "requested": 5, "available": 3, "short_by": 2},
    ]
    assert found["field"] == "lines"
    assert (live.atp("A"), live.atp("B")) == (10, 3)


def test_a_key_stands_for_one_content(live: Live) -> None:
    live.order("1", ("A", 4))
    assert problem(live.order("1", ("A", 5)), 422, "idempotency-key-reused")["field"] == "ref"


def test_an_unknown_sku_is_named_by_its_line(live: Live) -> None:
    assert problem(live.order("1", ("A", 1), ("nope", 1)), 422, "unknown-sku")["field"] == "lines[1].sku"


def test_a_hold_becomes_an_order_and_ships(live: Live) -> None:
    assert live.order("cart", ("A", 4), hold_for_s=600).json()["state"] == "held"
    assert live.http.post("/v1/orders/confirm", json={"channel": "web", "ref": "cart"}).json()["state"] == "open"
    shipped = live.http.post("/v1/orders/ship", json={"channel": "web", "ref": "cart"})
    assert shipped.json()["state"] == "shipped"
    problem(live.http.post("/v1/orders/ship", json={"channel": "web", "ref": "cart"}), 409, "nothing-open")
    assert live.atp("A") == 6


def test_a_payment_that_comes_too_late_has_its_own_answer(live: Live) -> None:
    live.order("cart", ("A", 4), hold_for_s=1)
    time.sleep(1.1)
    late = live.http.post("/v1/orders/confirm", json={"channel": "web", "ref": "cart"})
    problem(late, 410, "hold-expired")
    assert live.atp("A") == 10


def test_a_command_with_a_key_is_done_once(live: Live) -> None:
    live.order("1", ("A", 4))
    cancel = {"channel": "web", "ref": "1"}
    keyed = {"idempotency-key": "k1"}
    first = live.http.post("/v1/orders/release", json=cancel, headers=keyed)
    again = live.http.post("/v1/orders/release", json=cancel, headers=keyed)
    assert (first.json()["units"], again.json()["units"]) == (4, 4)
    assert again.json()["replay"]
    assert live.atp("A") == 10


@pytest.mark.parametrize("action", ["confirm", "release", "ship"])
def test_an_order_that_is_not_there_is_not_found(live: Live, action: str) -> None:
    problem(live.http.post(f"/v1/orders/{action}", json={"channel": "web", "ref": "no"}), 404, "not-found")


def test_five_thousand_orders_in_one_call_are_each_answered(live: Live) -> None:
    orders = [{"channel": "web", "ref": str(n), "lines": [{"sku": "C", "qty": 1}]} for n in range(4990)]
    orders[1:1] = [{"channel": "web", "ref": f"a{n}", "lines": [{"sku": "A", "qty": 1}]} for n in range(11)]
    orders[0]["lines"] = [{"sku": "nope"}]
    answer = live.http.post("/v1/orders/bulk", json={"orders": orders})
    assert answer.status_code == 207
    told = answer.json()
    assert (told["granted"], told["refused"]) == (10, 4991)
    assert [one["status"] for one in told["answers"][:13]] == [422, *[201] * 10, 409, 409]
    assert told["answers"][0]["problem"]["field"] == "lines[0].sku"
    assert told["answers"][11]["problem"]["lines"][0]["short_by"] == 1
    assert [one["order"]["ref"] for one in told["answers"][1:11]] == [f"a{n}" for n in range(10)]
    again = live.http.post("/v1/orders/bulk", json={"orders": orders[1:11]})
    assert again.status_code == 200
    assert {one["status"] for one in again.json()["answers"]} == {200}
    assert live.atp("A") == 0
