"""The start of a day with a served hub and a shop: what it sold is taken in first, and is in the numbers pushed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.clocks import until
from tests.connectors.counterparts.generic import Shop
from tests.entrypoints.api.conftest import Live, problem
from tests.entrypoints.api.test_connections import connect, do
from tests.entrypoints.api.test_in_step import SKUS, waiting
from tests.entrypoints.shops import BEARER, SETTINGS, answering
from truestock.catalog.items import Component
from truestock.catalog.listings import ListingDraft, put_listings

START = {"what": "start-of-day", "channel": "web"}
HOURLY = 3600


@pytest.fixture
def shop() -> Iterator[Shop]:
    with answering(Shop(dict.fromkeys(SKUS, 99), bearer=BEARER)) as shop:
        yield shop


@pytest.fixture
def connected(live: Live, shop: Shop) -> Live:
    """Channel web sells A (10), B (3) and C (none), in a shop that is asked for orders once an hour, and just was."""
    put_listings(live.hub.db, [ListingDraft("web", sku, (Component(sku, 1),)) for sku in SKUS])
    settings = {"base_url": shop.url, **SETTINGS, "orders": "read", "poll_every_s": HOURLY}
    assert connect(live, settings=settings).is_success
    until(lambda: shop.stock == {"A": 10, "B": 3, "C": 0} and waiting(live) == 0)
    until(lambda: any(seen.target.startswith("/hub/orders?") for seen in shop.seen))
    return live


def order(shop: Shop, ref: str, sku: str, qty: int) -> None:
    """The shop sells; it leaves its numbers to the hub."""
    now = datetime.now(UTC).isoformat()
    line = {"id": "1", "sku": sku, "quantity": qty, "price": "9.90"}
    shop.order({"id": ref, "changed_at": now, "placed_at": now, "lines": [line]})


def ended(live: Live, job: int) -> dict[str, Any]:
    """The job once it has ended."""
    going = ("waiting", "running")
    return dict(until(lambda: live.http.get(f"/v1/jobs/{job}").json(), lambda found: found["state"] not in going))


def queued(live: Live, what: dict[str, Any] = START) -> int:
    answer = live.http.post("/v1/jobs", json=what)
    assert answer.status_code == 202, answer.text
    return int(answer.json()["job"])


def test_what_the_shop_sold_before_the_start_is_in_the_numbers_that_are_pushed(connected: Live, shop: Shop) -> None:
    order(shop, "5001", "A", 4)
    shop.stock["B"] = 50  # somebody's hand
    shop.writes.clear()
    found = ended(connected, queued(connected))
    assert (found["state"], found["tries"]) == ("done", 1), found
    assert [(stage["stage"], stage["channel"], stage["state"]) for stage in found["stages"]] == [
        ("sources", None, "done"),
        ("feeds", None, "done"),
        ("orders", None, "done"),
        ("orders", "web", "done"),
        ("numbers", None, "done"),
        ("push", None, "done"),
        ("push", "web", "done"),
    ]
    assert found["stages"][3]["said"] == "its orders are here"
    assert found["stages"][6]["said"] == "listings that are sent anew: 3"
    until(lambda: waiting(connected) == 0)
    assert shop.stock == {"A": 6, "B": 3, "C": 0}
    assert connected.atp("A") == 6


def test_an_order_that_waits_for_a_sku_is_told_of_and_a_paused_channel_is_passed_over(
    connected: Live, shop: Shop
) -> None:
    order(shop, "5001", "UNHEARD-OF", 1)
    found = ended(connected, queued(connected, {"what": "start-of-day"}))
    assert found["stages"][3]["said"] == "its orders are here; 1 of them wait, see the inbox"
    assert do(connected, "pause").is_success
    found = ended(connected, queued(connected))
    assert [(stage["channel"], stage["state"], stage["said"]) for stage in found["stages"] if stage["channel"]] == [
        ("web", "passed", "it is paused"),
        ("web", "passed", "what it sold is not all here, so nothing is sent anew"),
    ]


def test_it_is_cancelled_while_it_waits_for_a_shop_that_does_not_answer(connected: Live, shop: Shop) -> None:
    shop.faults.throttle_next, shop.faults.retry_after = 1000, "3600"
    job = queued(connected)
    until(
        lambda: any(
            one["said"].startswith("channels") for one in connected.http.get(f"/v1/jobs/{job}").json()["stages"]
        )
    )
    problem(connected.http.post(f"/v1/jobs/{job}/cancel"), 415, "unsupported-media-type")
    assert connected.http.post(f"/v1/jobs/{job}/cancel", json={}).status_code == 202
    found = ended(connected, job)
    assert (found["state"], found["said"]) == ("cancelled", "it was cancelled before its end")
    problem(connected.http.post(f"/v1/jobs/{job}/cancel", json={}), 409, "conflict")
    problem(connected.http.post("/v1/jobs/999/cancel", json={}), 404, "not-found")


def test_what_is_wrong_with_a_job_is_named(shared: Live) -> None:
    for body, status, kind, field in (
        ({"what": "nothing"}, 422, "invalid", "what"),
        ({"what": "reset"}, 422, "invalid", "channel"),
        ({"what": "retention", "channel": "web"}, 422, "invalid", "channel"),
        ({"what": "start-of-day", "channel": "nowhere"}, 404, "not-found", "channel"),
        ({"what": "start-of-day", "when": "now"}, 422, "invalid", "when"),
    ):
        assert problem(shared.http.post("/v1/jobs", json=body), status, kind)["field"] == field
    kinds = {row["what"]: row["or_all"] for row in shared.http.get("/v1/schedules/kinds").json()["rows"]}
    assert (kinds["start-of-day"], kinds["reset"]) == (True, False)
