"""What a seller sold, as the hub sees it: sales at a till left at once, others leave by fulfillments."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.connectors.counterparts.openapi import Json
from tests.connectors.counterparts.square import EAST, WEST, Seller
from tests.connectors.square.conftest import Hub
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.notices import NotGenuine, Notice
from truestock.connectors.contract.orders import Buyer, Fee, Parcel, SeenLine, SeenOrder
from truestock.connectors.vendors.square.connector import SquareConnector
from truestock.connectors.vendors.square.forms import Money

URL = "https://hub.example/v1/hooks/tills"


def read(hub: Hub, order: Json) -> SeenOrder:
    (seen,) = hub(lambda connector: connector.orders([order["id"]])).orders
    return seen


def shipment(state: str = "PROPOSED", **more: Any) -> Json:
    """A fulfillment of all lines."""
    to = {"address_line_1": "1 Mill Lane", "locality": "Leeds", "postal_code": "LS1 4AP", "country": "GB"}
    recipient = {"display_name": "Ada Byron", "email_address": "ada@example.com", "address": to}
    return {"uid": "F1", "type": "SHIPMENT", "state": state, "shipment_details": {"recipient": recipient}, **more}


def test_a_sale_at_a_till_has_left_from_its_location(seller: Seller, hub: Hub) -> None:
    seller.put("A", 10)
    made = seller.order([seller.line("A", 2)], location=EAST)
    uid = made["line_items"][0]["uid"]
    assert read(hub, made) == SeenOrder(
        made["id"],
        seller.clock,
        seller.clock,
        [SeenLine(uid, "A", 2, Decimal(10), Decimal(1), Decimal(4), "Mug Blue")],
        "closed",
        made["id"],
        "GBP",
        fees=[Fee("processing_fee", Decimal("0.35"))],
        parcels=[Parcel("sale", {uid: 2}, seller.clock, EAST)],
    )


def test_what_no_stock_is_kept_of_is_no_line(seller: Seller, hub: Hub) -> None:
    seller.put("A", 10)
    lines = [seller.line("A", 1), seller.line("A", 1, item_type="GIFT_CARD")]
    lines.append({"uid": "X", "quantity": "1", "item_type": "CUSTOM_AMOUNT"})
    lines.append({"uid": "Y", "quantity": "1", "item_type": "ITEM", "name": "Old lamp"})
    seen = read(hub, seller.order(lines))
    assert [(line.sku, line.title) for line in seen.lines] == [("A", "Mug Blue"), ("", "Old lamp")]


@pytest.mark.parametrize(
    ("state", "more"), [("OPEN", {}), ("DRAFT", {}), ("COMPLETED", {"line_items": [], "returns": []})]
)
def test_open_tickets_drafts_and_returns_are_no_sales(
    seller: Seller, hub: Hub, state: str, more: dict[str, Any]
) -> None:
    seller.put("A", 10)
    seller.order([seller.line("A", 2)], state, **more)
    assert hub(lambda connector: connector.orders_since(connector.cursor_at(seller.clock))).orders == []


def test_an_online_order_is_open_until_it_leaves(seller: Seller, hub: Hub) -> None:
    seller.put("A", 10)
    charge = {"name": "Shipping", "total_money": {"amount": 600, "currency": "GBP"}}
    charge["total_tax_money"] = {"amount": 100, "currency": "GBP"}
    made = seller.order([seller.line("A", 2)], "OPEN", fulfillments=[shipment()], service_charges=[charge])
    seen = read(hub, made)
    assert (seen.state, seen.lines[0].qty, seen.parcels) == ("open", 2, [])
    assert (seen.shipping, seen.shipping_tax) == (Decimal(5), Decimal(1))
    assert seen.buyer == Buyer(
        name="Ada Byron", email="ada@example.com", street="1 Mill Lane", postcode="LS1 4AP", city="Leeds", country="GB"
    )
    made["net_amount_due_money"] = {"amount": 100, "currency": "GBP"}
    assert read(hub, made).state == "pending"


def test_fulfillments_are_parcels_and_what_is_called_off_is_not_sold(seller: Seller, hub: Hub) -> None:
    seller.put("A", 10)
    item = seller.line("A", 5)
    uid = item["uid"]

    def part(name: str, state: str, units: int, **details: str) -> Json:
        entries = [{"line_item_uid": uid, "quantity": str(units)}]
        return shipment(state, uid=name, line_item_application="ENTRY_LIST", entries=entries, shipment_details=details)

    sent = {"carrier": "DHL", "tracking_number": "JD1", "shipped_at": seller.now()}
    parts = [part("F1", "COMPLETED", 2, **sent), part("F2", "CANCELED", 1), part("F3", "PREPARED", 1)]
    made = seller.order([item], "OPEN", fulfillments=parts)
    seen = read(hub, made)
    assert (seen.state, seen.lines[0].qty) == ("open", 4)
    assert seen.parcels == [Parcel("F1", {uid: 2}, seller.clock, WEST, "DHL", "JD1")]
    made["state"] = "COMPLETED"
    seen = read(hub, made)
    assert (seen.state, [parcel.id for parcel in seen.parcels]) == ("closed", ["F1", "sale"])


def test_an_order_of_which_all_is_called_off_is_cancelled(seller: Seller, hub: Hub) -> None:
    seller.put("A", 10)
    off = seller.order([seller.line("A", 2)], "OPEN", fulfillments=[shipment("CANCELED")])
    gone = seller.order([seller.line("A", 2)], "CANCELED", fulfillments=[shipment()])
    for made in (off, gone):
        seen = read(hub, made)
        assert (seen.state, seen.lines[0].qty) == ("cancelled", 0)


def test_an_order_that_is_not_understood_holds_up_no_other(seller: Seller, hub: Hub) -> None:
    seller.put("A", 10)
    made = seller.order([seller.line("A", 1, quantity="0.5")])
    edited = seller.order([seller.line("A", 1)], fulfillments=[shipment(metadata={"truestock_P": "no"})])
    good = seller.order([seller.line("A", 1)])
    page = hub(lambda connector: connector.orders([made["id"], edited["id"], good["id"], "O999"]))
    assert [order.id for order in page.orders] == [good["id"]]
    assert "is of 0.5 units" in page.unread[made["id"]]
    assert "was edited" in page.unread[edited["id"]]


async def walk(connector: SquareConnector, cursor: str, *, still_open: bool = False) -> tuple[list[str], str]:
    """All pages from a cursor."""
    found: list[str] = []
    for _ in range(50):
        page = await (connector.open_orders(cursor) if still_open else connector.orders_since(cursor))
        found += [order.id for order in page.orders]
        cursor = page.cursor
        if not page.more:
            return found, cursor
    raise AssertionError("it never ends")


def test_pages_lose_no_order_of_one_instant(seller: Seller, hub: Hub) -> None:
    seller.put("A", 1000)
    made = [seller.order([seller.line("A", 1)]) for _ in range(250)]
    begun = seller.clock
    found, _ = hub(lambda connector: walk(connector, connector.cursor_at(begun)))
    assert set(found) == {order["id"] for order in made}


def test_an_order_that_changes_while_pages_are_read_pushes_no_other_out(seller: Seller, hub: Hub) -> None:
    seller.put("A", 1000)
    made = []
    for _ in range(220):
        made.append(seller.order([seller.line("A", 1)]))
        seller.later(0.5)

    async def steps(connector: SquareConnector) -> list[str]:
        page = await connector.orders_since(connector.cursor_at(seller.clock - timedelta(hours=1)))
        for order in made[:20]:
            seller.touch(order)
        rest, _ = await walk(connector, page.cursor)
        return [order.id for order in page.orders] + rest

    assert set(hub(steps)) == {order["id"] for order in made}


def test_all_locations_are_read_ten_by_ten(seller: Seller, hub: Hub) -> None:
    hub.settings["location"] = ""
    seller.locations = {f"L{number:02}": f"Shop {number}" for number in range(23)}
    seller.put("A", 100)
    made = []
    for location in seller.locations:
        made.append(seller.order([seller.line("A", 1)], location=location))
        seller.later(1)

    async def twice(connector: SquareConnector) -> tuple[list[str], list[str]]:
        found, cursor = await walk(connector, connector.cursor_at(seller.clock - timedelta(hours=1)))
        seller.later(400)
        made.append(seller.order([seller.line("A", 1)], location="L05"))
        return found, (await walk(connector, cursor))[0]

    before, after = hub(twice)
    assert set(before) == {order["id"] for order in made[:-1]}
    assert made[-1]["id"] in after


def test_open_orders_are_read_whole(seller: Seller, hub: Hub) -> None:
    seller.put("A", 1000)
    made = []
    for number in range(230):
        state = "COMPLETED" if number % 2 else "OPEN"
        made.append(seller.order([seller.line("A", 1)], state, fulfillments=[shipment()]))
        seller.later(1)
    found, _ = hub(lambda connector: walk(connector, "", still_open=True))
    assert set(found) == {order["id"] for order in made[::2]}


def test_a_seller_without_locations_is_told(seller: Seller, hub: Hub) -> None:
    hub.settings["location"] = ""
    seller.locations = {}
    with pytest.raises(ChannelDown, match="no location"):
        hub(lambda connector: connector.open_orders(""))


def test_a_genuine_message_names_the_order_to_read(seller: Seller, hub: Hub) -> None:
    headers, body = seller.message(URL, "O7")

    async def told(connector: SquareConnector) -> Notice | None:
        return connector.notice(URL, headers, body)

    assert hub(told) == Notice("order.updated", "O7", changed_at="E1")
    headers, body = seller.message(URL, "O7", "payment.created")
    assert hub(told) is None


@pytest.mark.parametrize("wrong", ["url", "body", "signature", "missing", "no key"])
def test_a_message_that_is_not_genuine_is_refused(seller: Seller, hub: Hub, wrong: str) -> None:
    headers, body = seller.message(URL, "O7")
    url = URL + "2" if wrong == "url" else URL
    body = body + b" " if wrong == "body" else body
    if wrong == "signature":
        headers = {name: value[:-2] + "é=" for name, value in headers.items()}
    if wrong == "missing":
        headers = {}
    if wrong == "no key":
        hub.secrets.pop("signature_key")

    async def told(connector: SquareConnector) -> object:
        with pytest.raises(NotGenuine):
            connector.notice(url, headers, body)
        return None

    hub(told)


@pytest.mark.parametrize(
    ("amount", "currency", "value"), [(1234, "GBP", "12.34"), (1234, "JPY", "1234"), (1234, "KWD", "1.234")]
)
def test_money_is_told_in_the_smallest_unit(amount: int, currency: str, value: str) -> None:
    assert Money(amount, currency).value == Decimal(value)
