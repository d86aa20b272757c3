"""Orders of a store, read over HTTP: what they say in the hub's words, and that none is lost."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.connectors.counterparts.woocommerce import Store
from tests.connectors.counterparts.woocommerce_contract import Json
from tests.connectors.counterparts.woocommerce_orders import Sales
from tests.connectors.woocommerce.conftest import Hub
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.orders import Buyer, Fee, Orders, Parcel, SeenLine, SeenOrder
from truestock.connectors.woocommerce.connector import WooCommerceConnector

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def read(hub: Hub, *orders: Json) -> Orders:
    return hub(lambda connector: connector.orders([str(order["id"]) for order in orders]))


def seen(hub: Hub, order: Json) -> SeenOrder:
    (found,) = read(hub, order).orders
    return found


def qtys(order: SeenOrder) -> dict[str, tuple[int, int]]:
    return {line.sku: (line.qty, line.returned) for line in order.lines}


def at(sales: Sales) -> datetime:
    return datetime.fromtimestamp(sales.now, UTC)


async def all_since(connector: WooCommerceConnector, cursor: str) -> tuple[list[SeenOrder], str]:
    """One pass, to its end."""
    found: list[SeenOrder] = []
    for _ in range(200):
        page = await connector.orders_since(cursor)
        found += page.orders
        cursor = page.cursor
        if not page.more:
            return found, cursor
    raise AssertionError("it has no end")


def test_an_order_says_all_that_is_needed_later(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 3}, price="10.00", customer_id=7)
    line = sales.line(order, "MUG")
    line |= {"total": "28.99", "total_tax": "5.51"}
    order["meta_data"] += [
        {"id": 1, "key": "_stripe_fee", "value": "0.70"},
        {"id": 2, "key": "_paypal_fee", "value": ""},
    ]
    assert seen(hub, order) == SeenOrder(
        id=str(order["id"]),
        changed_at=at(sales),
        placed_at=at(sales),
        lines=[SeenLine(str(line["id"]), "MUG", 3, Decimal(10), Decimal("1.01"), Decimal("5.51"), "A mug")],
        state="open",
        name=f"#{order['id']}",
        currency="EUR",
        shipping=Decimal("4.9"),
        shipping_tax=Decimal("0.93"),
        fees=[Fee("_stripe_fee", Decimal("0.7"))],
        buyer=Buyer(
            "7",
            "Asha Rao",
            "asha@example.com",
            "+91 20 5550100",
            street="12 Hill Road, Flat 3",
            postcode="411001",
            city="Pune",
            region="MH",
            country="IN",
        ),
    )


def test_a_price_that_does_not_divide_adds_up_to_what_was_paid(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 3})
    sales.line(order, "MUG").update(subtotal="10.00", total="10.00")
    (line,) = seen(hub, order).lines
    assert line.price == Decimal("3.3333")
    assert line.price * 3 - line.discount == Decimal("10.00")


def test_it_goes_to_the_shipping_address_where_there_is_one(sales: Sales, hub: Hub) -> None:
    to = {"first_name": "Ravi", "last_name": "Rao", "address_1": "1 Sea View", "city": "Goa", "country": "IN"}
    buyer = seen(hub, sales.order({"MUG": 1}, shipping=to)).buyer
    assert (buyer.name, buyer.street, buyer.city, buyer.email) == ("Ravi Rao", "1 Sea View", "Goa", "asha@example.com")


@pytest.mark.parametrize(
    ("status", "state", "qty"),
    [
        ("processing", "open", 2),
        ("on-hold", "pending", 2),
        ("completed", "closed", 2),
        ("cancelled", "cancelled", 0),
        ("refunded", "cancelled", 0),
        ("failed", "cancelled", 0),
        ("trash", "cancelled", 0),
    ],
)
def test_a_status_says_how_an_order_stands(sales: Sales, hub: Hub, status: str, state: str, qty: int) -> None:
    found = seen(hub, sales.order({"MUG": 2}, status))
    assert (found.state, qtys(found)) == (state, {"MUG": (qty, 0)})


def test_what_is_not_sold_yet_is_left_out_until_it_is_and_off_when_it_no_longer_is(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 2}, "pending")
    assert read(hub, order) == Orders([])
    sales.change(order, "processing")
    assert seen(hub, order).state == "open"
    sales.change(order, "pending")
    assert (seen(hub, order).state, qtys(seen(hub, order))) == ("cancelled", {"MUG": (0, 0)})


def test_which_statuses_are_sold_can_be_set_and_one_that_nobody_knows_is_told(sales: Sales, hub: Hub) -> None:
    pending, packing = sales.order({"MUG": 2}, "pending"), sales.order({"MUG": 2}, "packing")
    answer = read(hub, pending, packing)
    assert answer.orders == []
    assert "name it in sold_statuses" in answer.unread[str(packing["id"])]
    hub.settings["sold_statuses"] = "pending,packing,processing"
    assert [order.state for order in read(hub, pending, packing).orders] == ["pending", "open"]


def test_units_refunded_before_they_left_are_not_wanted_and_those_sent_back_are_returned(
    sales: Sales, hub: Hub
) -> None:
    order = sales.order({"MUG": 5, "JAR": 1})
    sales.refund(order, {"MUG": 1})
    assert qtys(seen(hub, order)) == {"MUG": (4, 0), "JAR": (1, 0)}
    sales.change(order, "completed")
    sales.now += 60
    sales.refund(order, {"MUG": 2})
    sales.refund(order, {"MUG": 1}, restock=False)
    sales.refund(order, {})
    found = seen(hub, order)
    assert (found.state, qtys(found)) == ("closed", {"MUG": (4, 2), "JAR": (1, 0)})
    sales.change(order, "refunded")
    assert (seen(hub, order).state, qtys(seen(hub, order))) == ("closed", {"MUG": (4, 2), "JAR": (1, 0)})


def test_a_refund_of_all_that_had_not_left_closes_an_order(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 1})
    sales.refund(order, {"MUG": 1})
    assert (seen(hub, order).state, qtys(seen(hub, order))) == ("closed", {"MUG": (0, 0)})


def test_what_somebody_else_completed_is_a_parcel(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 2, "JAR": 1})
    sales.now += 60
    sales.change(order, "completed")
    lines = {str(line["id"]): line["quantity"] for line in order["line_items"]}
    assert seen(hub, order).parcels == [Parcel("completed", lines, at(sales))]


def test_the_parts_of_an_order_may_come_in_any_order(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 3, "JAR": 2, "CUP": 1})
    for sku in ("MUG", "JAR"):
        sales.refund(order, {sku: 1})
    order["meta_data"] += [{"id": n, "key": key, "value": "1"} for n, key in enumerate(["_stripe_fee", "_paypal_fee"])]
    sales.change(order, "completed")
    before = seen(hub, order)
    for parts in (order["line_items"], order["refunds"], order["meta_data"], sales.refunds[order["id"]]):
        parts.reverse()
    assert seen(hub, order) == before


def test_many_refunds_are_all_read(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 130})
    for _ in range(120):
        sales.refund(order, {"MUG": 1})
    assert qtys(seen(hub, order)) == {"MUG": (10, 0)}


def test_orders_are_read_by_id_also_from_the_bin_and_those_that_are_gone_are_left_out(sales: Sales, hub: Hub) -> None:
    made = [sales.order({"MUG": 1}) for _ in range(50)]
    sales.change(made[3], "trash", "order.deleted")
    sales.erase(made[4])
    answer = read(hub, *made)
    assert {order.id for order in answer.orders} == {str(order["id"]) for order in made if order is not made[4]}
    assert next(order for order in answer.orders if order.id == str(made[3]["id"])).state == "cancelled"
    assert hub(lambda connector: connector.orders(["²", "x", ""])) == Orders([])


def test_an_order_that_cannot_be_understood_stops_no_other(sales: Sales, hub: Hub) -> None:
    first, half, bad, undated, edited, last = (sales.order({"MUG": 1}) for _ in range(6))
    first["line_items"][0] |= {"something_new": 1, "sku": None}
    half["line_items"][0]["quantity"] = 1.5
    bad["line_items"][0]["subtotal"] = "a lot"
    undated["date_created_gmt"] = None
    edited["meta_data"].append({"id": 1, "key": "_truestock_parcels", "value": "mine"})
    answer = read(hub, first, half, bad, edited, last)
    assert {order.id for order in answer.orders} == {str(first["id"]), str(last["id"])}
    assert sorted(answer.unread) == [str(order["id"]) for order in (half, bad, edited)]
    assert "1.5 units" in answer.unread[str(half["id"])]
    assert "was edited" in answer.unread[str(edited["id"])]
    undated["date_created_gmt"] = first["date_created_gmt"]


def test_what_is_open_is_read_page_by_page_though_orders_leave_the_list(sales: Sales, hub: Hub) -> None:
    made = []
    for n in range(130):
        sales.now += n % 2
        made.append(sales.order({"MUG": 1}, "on-hold" if n % 3 else "processing"))
    sales.order({"MUG": 1}, "completed")
    todo = list(made)

    def somebody_works() -> None:
        for order in todo[:20]:
            sales.change(order, "completed")
        del todo[:60]

    sales.between = somebody_works

    async def walk(connector: WooCommerceConnector) -> list[str]:
        found, cursor, more = [], "", True
        while more:
            page = await connector.open_orders(cursor)
            found += [order.id for order in page.orders]
            cursor, more = page.cursor, page.more
        return found

    found = hub(walk)
    assert len(found) == len(set(found))
    never_left = [order for order in made if order["status"] != "completed"]
    assert {str(order["id"]) for order in never_left} <= set(found)
    hub.settings["sold_statuses"] = "completed"
    assert hub(walk) == []


def test_none_of_250_orders_of_one_second_is_lost(sales: Sales, hub: Hub) -> None:
    made = [sales.order({"MUG": 1}) for _ in range(250)]

    async def one_pass(connector: WooCommerceConnector) -> list[SeenOrder]:
        return (await all_since(connector, connector.cursor_at(LONG_AGO)))[0]

    found = [order.id for order in hub(one_pass)]
    assert sorted(found) == sorted(str(order["id"]) for order in made)


def test_none_is_lost_while_orders_change_between_the_pages_and_none_in_the_bin(sales: Sales, hub: Hub) -> None:
    made = []
    for n in range(110):
        sales.now += n % 3
        made.append(sales.order({"MUG": 2}))
    todo = list(made)

    def somebody_works() -> None:
        sales.now += 1
        for order in todo[:15]:
            sales.refund(order, {"MUG": 1})
        if todo:
            sales.change(todo[-1], "trash", "order.deleted")
        del todo[:15]

    sales.between = somebody_works

    async def two_passes(connector: WooCommerceConnector) -> dict[str, SeenOrder]:
        first, cursor = await all_since(connector, connector.cursor_at(LONG_AGO))
        sales.between = None
        second, _ = await all_since(connector, cursor)
        return {order.id: order for order in [*first, *second]}

    found = hub(two_passes)
    assert found.keys() == {str(order["id"]) for order in made}
    for order in made:
        binned = order["status"] == "trash"
        assert found[str(order["id"])].lines[0].qty == (0 if binned else 2 - len(order["refunds"]))


def test_a_store_with_more_changes_in_one_second_than_can_be_left_out_says_so(sales: Sales, hub: Hub) -> None:
    for _ in range(701):
        sales.order({"MUG": 1})

    async def one_pass(connector: WooCommerceConnector) -> None:
        await all_since(connector, connector.cursor_at(LONG_AGO))

    with pytest.raises(ChannelDown, match="over 600 orders share one second"):
        hub(one_pass)


@pytest.mark.parametrize("body", [b"[]x", b'[{"number": "1"}]', b"{}"])
def test_an_answer_that_is_none_says_so(store: Store, hub: Hub, body: bytes) -> None:
    store.faults.body = body
    with pytest.raises(ChannelDown, match="orders cannot be read"):
        hub(lambda connector: connector.orders(["1"]))


def test_an_answer_with_a_live_stores_own_form_is_read(store: Store, sales: Sales, hub: Hub, captured: Json) -> None:
    store.faults.body = json.dumps([captured]).encode()
    (found,) = hub(lambda connector: connector.orders([str(captured["id"])])).orders
    assert (found.name, found.state, found.currency) == ("#112", "open", "USD")
    assert found.lines == [SeenLine("1", "SKU1795296487-0", 4, Decimal(10), Decimal(0), Decimal(0), "P0")]
