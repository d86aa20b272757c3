"""When Medusa or the way to it fails: without effect, or in doubt; and one wrong line stops no others."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from tests.connectors.counterparts.doorkeeper import DROPPED, Call, Doorkeeper, Said, at_the_door
from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Pushed
from truestock.connectors.contract.orders import Cancelling
from truestock.connectors.medusa import build
from truestock.connectors.medusa.settings import MedusaSettings

SKUS = ["A", "B", "C", "D"]
LOCATIONS = {"stock_locations": [{"id": "sloc_1", "name": "Main"}]}


class Medusa(Doorkeeper):
    """Answers reads; what is said to writes is told in `says`, or they are done, but for the items in `wrong`."""

    def __init__(self) -> None:
        super().__init__()
        self.of = lambda call: call.method == "POST"
        self.wrong: set[str] = set()
        self.stocked = dict.fromkeys(SKUS, 0)
        self.writes: list[list[str]] = []

    def answer(self, call: Call) -> Said | None:
        if call.method == "GET":
            self.calls.append(call)
            body: dict[str, Any] = {"inventory_items": [self._item(sku) for sku in SKUS], "count": len(SKUS)}
            return said(LOCATIONS if "stock-locations" in call.path else body)
        entries = json.loads(call.body)["update"]
        self.writes.append([entry["inventory_item_id"] for entry in entries])
        if self.says:
            return self.says.pop(0)
        if self.wrong & set(self.writes[-1]):
            return said({"type": "invalid_data", "message": "no such item"}, 400)
        for entry in entries:
            self.stocked[entry["inventory_item_id"]] = entry["stocked_quantity"]
        return said({"created": [], "updated": [{**entry, "reserved_quantity": 0} for entry in entries]})

    def _item(self, sku: str) -> dict[str, Any]:
        level = {"location_id": "sloc_1", "stocked_quantity": self.stocked[sku], "reserved_quantity": 0}
        return {"id": sku, "sku": sku, "location_levels": [level]}


def said(body: dict[str, Any], status: int = 200) -> Said:
    return Said(status, json.dumps(body).encode())


@pytest.fixture
def medusa() -> Iterator[Medusa]:
    door = Medusa()
    with at_the_door(door):
        yield door


def push(medusa: Medusa, skus: Sequence[str] = SKUS) -> Pushed:
    async def pushed() -> Pushed:
        async with httpx2.AsyncClient(trust_env=False) as client:
            connector = build(client, MedusaSettings(medusa.url, "sloc_1"), {"api_key": "sk_1"})
            return await connector.push([Line(sku, 5, 1, "k") for sku in skus])

    return asyncio.run(pushed())


def kinds(pushed: Pushed) -> dict[str, str]:
    return {spot.sku: outcome.kind for spot, outcome in pushed.outcomes.items()}


def test_the_key_goes_as_medusa_wants_it(medusa: Medusa) -> None:
    push(medusa)
    assert {call.headers["authorization"] for call in medusa.calls} == {"Basic c2tfMTo="}


def test_one_wrong_line_is_found_and_stops_no_others(medusa: Medusa) -> None:
    medusa.wrong = {"C"}
    assert kinds(push(medusa)) == {"A": "applied", "B": "applied", "C": "rejected", "D": "applied"}
    assert medusa.stocked == {"A": 5, "B": 5, "C": 0, "D": 5}
    assert len(medusa.writes) == 5


def test_a_server_that_is_busy_from_the_start_had_no_effect(medusa: Medusa) -> None:
    medusa.says = [Said(429, headers={"retry-after": "4"})]
    with pytest.raises(ChannelDown) as down:
        push(medusa)
    assert down.value.throttle.retry_after_s == 4


def test_what_was_written_before_the_server_was_busy_keeps_its_outcome(medusa: Medusa) -> None:
    medusa.says = [said({"type": "invalid_data", "message": "no"}, 400), said(done("C", "D")), Said(429)]
    assert kinds(push(medusa)) == {"A": "later", "B": "later", "C": "applied", "D": "applied"}


def test_what_was_written_before_an_answer_was_lost_keeps_its_outcome(medusa: Medusa) -> None:
    medusa.says = [said({"type": "invalid_data", "message": "no"}, 400), said(done("C", "D")), DROPPED]
    assert kinds(push(medusa)) == {"A": "unknown", "B": "unknown", "C": "applied", "D": "applied"}


def test_an_answer_that_is_lost_leaves_all_in_doubt(medusa: Medusa) -> None:
    for lost in (DROPPED, Said(500), Said(200, b"[]")):
        medusa.says = [lost]
        with pytest.raises(InDoubt):
            push(medusa)


def done(*items: str) -> dict[str, Any]:
    levels = [
        {"inventory_item_id": item, "location_id": "sloc_1", "stocked_quantity": 5, "reserved_quantity": 0}
        for item in items
    ]
    return {"created": [], "updated": levels}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (said({"message": "Unauthorized"}, 401), "check the secret API key"),
        (Said(404, b"Cannot GET /admin"), "no Medusa Admin API at this URL"),
        (said({"type": "not_allowed", "message": "closed"}, 400), "the shop refused to tell: closed"),
        (Said(502), "502"),
    ],
)
def test_a_read_that_fails_had_no_effect_whatever_it_was(answer: Said, says: str) -> None:
    with at_the_door(Doorkeeper()) as door:
        door.says = [answer]

        async def read() -> None:
            async with httpx2.AsyncClient(trust_env=False) as client:
                await build(client, MedusaSettings(door.url), {"api_key": "sk_1"}).orders(["order_1"])

        with pytest.raises(ChannelDown, match=says):
            asyncio.run(read())


def test_an_order_that_the_shop_took_back_at_once_was_none() -> None:
    now = datetime.now(UTC)
    line = {"id": "li_1", "title": "Mug", "unit_price": 1, "detail": {"quantity": 3}}
    told = {
        id_: {
            "id": id_,
            "display_id": 1,
            "status": "pending",
            "currency_code": "eur",
            "items": [line],
            **dict.fromkeys(("created_at", "updated_at"), (now + timedelta(seconds=after_s)).isoformat()),
        }
        for id_, after_s in {"old": -90, "gone": 30, "stays": 30}.items()
    }
    with at_the_door(Doorkeeper()) as door:
        door.says = [said({"orders": list(told.values())}), said({"orders": [told["stays"]]})]

        async def read() -> list[str]:
            async with httpx2.AsyncClient(trust_env=False) as client:
                connector = build(client, MedusaSettings(door.url), {"api_key": "sk_1"})
                return [order.id for order in (await connector.orders_since(now.isoformat())).orders]

        assert asyncio.run(read()) == ["old", "stays"]


def test_an_edit_that_an_earlier_try_has_left_is_begun_anew() -> None:
    line = {"id": "li_1", "title": "Mug", "unit_price": 1, "detail": {"quantity": 3}}
    at = "2026-11-22T08:00:00.000Z"
    order = {"id": "order_1", "display_id": 1, "status": "pending", "currency_code": "eur", "created_at": at}
    changes = [{"id": "ordch_1", "status": "pending", "internal_note": "Cancelled, ref. c-1"}]
    with at_the_door(Doorkeeper()) as door:
        door.says = [said({"orders": [{**order, "updated_at": at, "items": [line]}]}), said({"order_changes": changes})]
        door.says += [said({}) for _ in range(5)]

        async def cancel() -> str:
            async with httpx2.AsyncClient(trust_env=False) as client:
                connector = build(client, MedusaSettings(door.url), {"api_key": "sk_1"})
                return (await connector.cancel("order_1", Cancelling("c-1", {"li_1": 2}, whole=False))).kind

        assert asyncio.run(cancel()) == "applied"
    told = [(call.method, call.path.removeprefix("/admin/order-edits")) for call in door.calls[2:]]
    assert told == [
        ("DELETE", "/order_1"),
        ("POST", ""),
        ("POST", "/order_1/items/item/li_1"),
        ("POST", "/order_1/request"),
        ("POST", "/order_1/confirm"),
    ]
    assert json.loads(door.calls[4].body) == {"quantity": 1}


def test_a_key_that_is_none_is_refused() -> None:
    client = httpx2.AsyncClient()
    for key in ("", "sk:1"):
        with pytest.raises(ValueError, match="api_key"):
            build(client, MedusaSettings("https://shop.example"), {"api_key": key})
