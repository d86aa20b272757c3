"""The page for the other side's developer says what the code does, and its example verifies what the hub signs."""

import asyncio
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from time_machine import travel

from tests.connectors.counterparts.generic import SECRET, Seen, Shop
from tests.connectors.generic.channels import connected, line
from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.notices import Notice
from truestock.connectors.contract.orders import Cancelling, Parcel
from truestock.connectors.generic import mapping
from truestock.connectors.generic.listed import ListingsPage
from truestock.connectors.generic.orders import forms
from truestock.connectors.generic.orders.mapping import cancelling_told, orders_of, parcel_told
from truestock.connectors.generic.orders.notices import notice
from truestock.connectors.generic.settings import SECRETS, GenericSettings
from truestock.connectors.generic.settled import FeesPage

PAGES = Path(__file__).parents[3] / "docs/connectors"
PAGE = (PAGES / "generic.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def signed_calls() -> list[Seen]:
    """A push and a check, as they came over the wire."""

    async def told() -> list[Seen]:
        shop = Shop({"tea": 1})
        async with connected(shop) as channel:
            await channel.push([line("tea", 5)])
            await channel.check()
        return shop.seen

    return asyncio.run(told())


def test_every_setting_and_secret_is_in_the_page_with_its_default() -> None:
    described = msgspec.json.schema(GenericSettings)["$defs"]["GenericSettings"]["properties"]
    for field in msgspec.structs.fields(GenericSettings):
        default = "needed" if field.required else f"`{field.default}`"
        assert f"| `{field.name}` | {default} | {described[field.name]['description']} |" in PAGE
    for name, meaning in SECRETS.items():
        assert f"| `{name}` | {meaning} |" in PAGE


def test_the_schemas_are_those_that_answers_are_read_by() -> None:
    stock = (mapping.Push, mapping.Results, mapping.AllShown, mapping.Health, ListingsPage, FeesPage)
    orders = (forms.OrdersPage, forms.OrderParcel, forms.ToldCancelling, forms.Telling, forms.OrderMessage)
    _, components = msgspec.json.schema_components((*stock, *orders), ref_template="#/$defs/{name}")
    written = json.loads((PAGES / "generic.schema.json").read_text(encoding="utf-8"))
    assert written["$defs"] == components


def test_the_bodies_in_the_page_are_what_is_sent_and_taken() -> None:
    push, results = blocks("json")[:2]
    sent = Line(**json.loads(push)["lines"][0])
    assert json.loads(mapping.payload([sent])) == json.loads(push)
    outcomes = mapping.outcomes([sent], mapping.decoded(results.encode(), mapping.Results))
    assert outcomes["TEA-1"].kind == "stale"
    shown, health = (re.findall(rf"`({start}.*?)`[;.]", PAGE)[0] for start in (r'\{"results"', r'\{"name"'))
    (settled,) = re.findall(r'`(\{"fees".*?)`:', PAGE)
    assert msgspec.json.decode(settled, type=FeesPage).fees[0].order == "7001"
    assert mapping.shown(["TEA-1", "GONE"], mapping.decoded(shown.encode(), mapping.AllShown)) == {"TEA-1": 13}
    assert mapping.decoded(health.encode(), mapping.Health).name == "Till 4, Pune"


def test_the_orders_in_the_page_are_read_and_what_is_told_is_as_in_the_page() -> None:
    page, parcel, cancelling, message = blocks("json")[2:]
    read = orders_of(msgspec.json.decode(page, type=forms.RawPage))
    assert read.unread == {}
    (order,) = read.orders
    assert (order.name, order.lines[0].qty, order.parcels[0].place, order.buyer.city) == ("#7001", 3, "Pune", "Pune")
    assert set(json.loads(page)) == set(forms.OrdersPage.__struct_fields__)
    sent = Parcel("ts-81", {"1": 2}, datetime(2026, 11, 22, 10, tzinfo=UTC), carrier="UPS", tracking="1Z")
    assert json.loads(parcel_told(sent)) == json.loads(parcel)
    told = Cancelling("ts-82", {"1": 1}, whole=False, reason="damaged")
    assert json.loads(cancelling_told(told)) == json.loads(cancelling)
    assert notice(message.encode(), whole=False) == Notice("order.changed", "7001", changed_at="2026-11-22T09:14:03Z")
    whole = {"type": "order.changed", "order": json.loads(page)["orders"][0]}
    found = notice(json.dumps(whole).encode(), whole=True)
    assert found
    assert found.order == order


def test_the_example_verifies_what_the_hub_signs_and_nothing_else() -> None:
    made: dict[str, Any] = {}
    (source,) = blocks("python")
    exec(source, made)
    verify = made["verify"]
    calls = signed_calls()
    assert [call.method for call in calls] == ["POST", "GET"]
    for call in calls:
        verify(SECRET, call.headers, call.body)
        for forged in (
            (SECRET, call.headers, call.body + b" "),
            (SECRET, call.headers | {"webhook-id": "call_other"}, call.body),
            (SECRET.replace("Y", "Z"), call.headers, call.body),
        ):
            with pytest.raises(PermissionError):
                verify(*forged)
        with travel(int(call.headers["webhook-timestamp"]) + 301), pytest.raises(PermissionError):
            verify(SECRET, call.headers, call.body)
