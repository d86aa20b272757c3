"""A shop's own messages: signed, kept as they came, answered at once; the order that one names is read and reserved."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.clocks import until
from tests.connectors.counterparts.generic import SECRET, Shop
from tests.entrypoints.api.conftest import Live, Serve, problem
from tests.entrypoints.api.test_connections import connect, do
from tests.entrypoints.api.test_gate import key_of
from tests.entrypoints.shops import BEARER, SETTINGS, answering
from tests.sync.stage import at_work
from truestock.connectors.generic.signing import key_of as signing_key
from truestock.connectors.generic.signing import signed

HOOK = "/v1/hooks/web"
PLACED = "2026-11-22T09:00:00Z"


@pytest.fixture
def shop() -> Iterator[Shop]:
    with answering(Shop({}, bearer=BEARER)) as shop:
        yield shop


def connected(live: Live, shop: Shop, orders: str = "read") -> Live:
    settings = {"base_url": shop.url, **SETTINGS, "orders": orders, "poll_every_s": 86_400}
    assert connect(live, settings=settings).is_success
    return live


def sold(order: str, quantity: int, **more: Any) -> dict[str, Any]:
    lines = [{"id": "1", "sku": "A", "quantity": quantity}]
    return {"id": order, "placed_at": PLACED, "changed_at": PLACED, "lines": lines, **more}


def tell(live: Live, message: dict[str, Any], *, bent: bool = False, secret: str = SECRET) -> httpx2.Response:
    body = json.dumps({"type": "order.changed", **message}).encode()
    headers = signed(signing_key(secret), "msg_1", int(time.time()), body)
    return live.http.post(HOOK, content=body + b" " if bent else body, headers=headers)


def states(live: Live) -> dict[str, str]:
    return {row["ref"]: row["state"] for row in live.http.get("/v1/orders").json()["rows"]}


def test_a_message_has_its_order_read_and_reserved_within_seconds(live: Live, shop: Shop) -> None:
    connected(live, shop)
    until(lambda: any(seen.target.startswith("/hub/orders/open") for seen in shop.seen))
    shop.order(sold("1001", 4))
    for _ in range(3):
        answer = tell(live, {"id": "1001"})
        assert (answer.status_code, answer.json()) == (200, {"reading": True})
    until(lambda: live.atp("A") == 6)
    assert states(live) == {"1001": "open"}
    shop.order(sold("1001", 4, status="cancelled") | {"changed_at": "2026-11-22T09:05:00Z"})
    tell(live, {"id": "1001", "changed_at": "2026-11-22T09:05:00Z"})
    until(lambda: live.atp("A") == 10)
    assert states(live) == {"1001": "cancelled"}


def test_what_is_not_from_the_channel_is_not_taken(live: Live, shop: Shop) -> None:
    connected(live, shop)
    problem(tell(live, {"id": "1"}, bent=True), 401, "unauthorized")
    problem(tell(live, {"id": "1"}, secret="whsec_" + "b" * 43 + "="), 401, "unauthorized")
    problem(live.http.post(HOOK, content=b"{}"), 401, "unauthorized")
    problem(live.http.post("/v1/hooks/nobody", content=b"{}"), 404, "not-found")
    problem(live.http.post("/v1/hooks/retail", content=b"{}"), 404, "not-found")
    problem(live.http.post(HOOK, content=b"x" * (5 * 2**20)), 413, "too-large")
    with live.hub.db.transaction() as conn:
        assert conn.execute("SELECT count(*) FROM notice").fetchall() == [(0,)]


def test_a_message_needs_no_key_where_all_else_does(serve: Serve, shop: Shop) -> None:
    live = connected(serve(), shop)
    key_of(live, "admin")
    until(lambda: live.http.get("/v1/orders").status_code == 401)
    assert tell(live, {"id": "1001"}).status_code == 200


def test_messages_are_kept_while_the_channel_is_paused(live: Live, shop: Shop) -> None:
    connected(live, shop)
    do(live, "pause")
    until(lambda: at_work(live.hub.db) == 0)
    shop.order(sold("1001", 4))
    assert tell(live, {"id": "1001"}).status_code == 200
    assert states(live) == {}
    do(live, "resume")
    until(lambda: states(live) == {"1001": "open"})


def test_a_sender_without_a_server_sends_its_orders_whole(live: Live, shop: Shop) -> None:
    connected(live, shop, orders="sent")
    assert tell(live, {"order": sold("1001", 3)}).status_code == 200
    until(lambda: live.atp("A") == 7)
    problem(tell(live, {"id": "1002"}), 401, "unauthorized")
