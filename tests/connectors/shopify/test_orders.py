"""Orders of a shop, read over HTTP: what they say in the hub's words, and that none is lost."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.connectors.counterparts.shopify import ELSEWHERE, LOCATION, Shop
from tests.connectors.counterparts.shopify_http import ServedShop
from tests.connectors.counterparts.shopify_orders import FEE, Json, Sales, money
from tests.connectors.shopify.conftest import Hub
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.orders import Buyer, Fee, Orders, Parcel, SeenLine, SeenOrder
from truestock.connectors.shopify.connector import ShopifyConnector

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def number(thing: Json) -> str:
    return str(thing["id"].rsplit("/", 1)[-1])


def seen(hub: Hub, order: Json) -> SeenOrder:
    (found,) = hub(lambda connector: connector.orders([number(order)])).orders
    return found


def qtys(order: SeenOrder) -> dict[str, tuple[int, int]]:
    return {line.sku: (line.qty, line.returned) for line in order.lines}


async def all_since(connector: ShopifyConnector, cursor: str) -> tuple[list[SeenOrder], str]:
    """One pass, to its end."""
    found: list[SeenOrder] = []
    for _ in range(200):
        page = await connector.orders_since(cursor)
        found += page.orders
        cursor = page.cursor
        if not page.more:
            return found, cursor
    raise AssertionError("it has no end")


def test_an_order_says_all_that_is_needed_later(shop: Shop, sales: Sales, hub: Hub) -> None:
    shop.put("MUG", 10)
    order = shop.sell({"MUG": 3}, price="12.50")
    item = sales.line(order, "MUG")
    item["discountAllocations"] = [{"allocatedAmountSet": money("1.00")}, {"allocatedAmountSet": money("0.33")}]
    item["taxLines"] = [{"priceSet": money("6.87")}]
    assert seen(hub, order) == SeenOrder(
        id=number(order),
        changed_at=datetime.fromtimestamp(sales.now, UTC),
        placed_at=datetime.fromtimestamp(sales.now, UTC),
        lines=[SeenLine(number(item), "MUG", 3, Decimal("12.5"), Decimal("1.33"), Decimal("6.87"), "A mug")],
        state="open",
        name="#1000",
        currency="EUR",
        shipping=Decimal("4.9"),
        shipping_tax=Decimal("0.93"),
        fees=[Fee("processing_fee", Decimal("0.7"))],
        buyer=Buyer(
            "77",
            "Asha Rao",
            "asha@example.com",
            "+91 20 5550100",
            street="12 Hill Road, Flat 3",
            postcode="411001",
            city="Pune",
            region="Maharashtra",
            country="IN",
            language="en-IN",
            lat=18.52,
            lng=73.85,
        ),
    )


def test_money_that_includes_tax_is_told_without_it_and_adds_up(shop: Shop, sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 3}, LOCATION, "11.90", taxesIncluded=True)
    item = sales.line(order, "MUG")
    item["discountAllocations"] = [{"allocatedAmountSet": money("5.70")}]
    item["taxLines"] = [{"priceSet": money("4.79")}]
    found = seen(hub, order)
    (line,) = found.lines
    assert line.price * 3 - line.discount + line.tax == Decimal("35.70") - Decimal("5.70")
    assert (line.price, line.discount) == (Decimal(10), Decimal("4.79"))
    assert (found.shipping, found.shipping_tax) == (Decimal("3.97"), Decimal("0.93"))


def test_fees_in_another_currency_and_of_failed_payments_are_left_out(sales: Sales, hub: Hub) -> None:
    other = {**FEE, "amount": {"amount": "7.00", "currencyCode": "USD"}, "taxAmount": {"amount": "0"}}
    fees = [{**FEE, "taxAmount": {"amount": "0"}}, other]
    payments = [{"status": "SUCCESS", "fees": fees}, {"status": "FAILURE", "fees": fees}]
    order = sales.order({"MUG": 1}, LOCATION, transactions=payments)
    assert seen(hub, order).fees == [Fee("processing_fee", Decimal("0.59"))]


@pytest.mark.parametrize(
    ("status", "unpaid", "state"),
    [
        ("PAID", "wait", "open"),
        ("AUTHORIZED", "wait", "open"),
        ("PARTIALLY_REFUNDED", "wait", "open"),
        (None, "wait", "open"),
        ("PENDING", "wait", "pending"),
        ("PARTIALLY_PAID", "wait", "pending"),
        ("VOIDED", "wait", "pending"),
        ("EXPIRED", "wait", "pending"),
        ("PENDING", "send", "open"),
    ],
)
def test_what_is_not_paid_waits_unless_the_shop_sends_it(
    sales: Sales, hub: Hub, status: str | None, unpaid: str, state: str
) -> None:
    hub.settings["unpaid"] = unpaid
    assert seen(hub, sales.order({"MUG": 1}, LOCATION, displayFinancialStatus=status)).state == state


def test_an_edit_takes_units_off_and_their_share_of_the_money(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 3, "JAR": 1}, LOCATION, "10.00")
    sales.line(order, "MUG")["discountAllocations"] = [{"allocatedAmountSet": money("3.00")}]
    sales.line(order, "MUG")["taxLines"] = [{"priceSet": money("5.13")}]
    sales.edit(order, "MUG", 1)
    sales.edit(order, "JAR", 1)
    found = seen(hub, order)
    assert qtys(found) == {"MUG": (2, 0), "JAR": (0, 0)}
    mug = found.lines[0]
    assert (mug.price, mug.discount, mug.tax) == (Decimal(10), Decimal(2), Decimal("3.42"))
    assert (found.lines[1].discount, found.lines[1].tax) == (Decimal(0), Decimal(0))
    assert found.state == "open"


def test_units_refunded_before_they_left_are_not_wanted_and_those_sent_back_are_returned(
    sales: Sales, hub: Hub
) -> None:
    order = sales.order({"MUG": 6}, LOCATION)
    sales.refund(order, "MUG", 1, "CANCEL")
    sales.fulfil_by_hand(order, {"MUG": 3})
    assert qtys(seen(hub, order)) == {"MUG": (5, 0)}
    sales.refund(order, "MUG", 1, "RETURN")
    sales.refund(order, "MUG", 1, "NO_RESTOCK")  # one that had not left
    found = seen(hub, order)
    assert (qtys(found), found.state) == ({"MUG": (4, 1)}, "open")
    sales.fulfil_by_hand(order, {"MUG": 1})
    sales.refund(order, "MUG", 2, "NO_RESTOCK")  # the buyer keeps them
    found = seen(hub, order)
    assert (qtys(found), found.state) == ({"MUG": (4, 1)}, "closed")


def test_the_shops_own_count_of_what_is_open_is_believed_only_as_far_as_it_can_be(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 3}, LOCATION)
    sales.refund(order, "MUG", 1, "CANCEL")
    sales.fulfil_by_hand(order, {"MUG": 2})
    for told in (1, 3, 0):
        sales.line(order, "MUG")["unfulfilledQuantity"] = told
        assert qtys(seen(hub, order)) == {"MUG": (2, 0)}


def test_a_cancelled_order_wants_nothing_more(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 3}, LOCATION)
    sales.cancel(order)
    found = seen(hub, order)
    assert (found.state, qtys(found)) == ("cancelled", {"MUG": (0, 0)})


def test_an_archived_order_is_closed_though_not_all_of_it_left(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 3}, LOCATION, closed=True)
    assert seen(hub, order).state == "closed"


def test_what_somebody_else_fulfilled_is_a_parcel_with_its_place(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 3, "JAR": 2}, LOCATION)
    sent = sales.fulfil_by_hand(order, {"MUG": 2, "JAR": 2}, "1Z")
    undone = sales.fulfil_by_hand(order, {"MUG": 1}, "1Z")
    undone["status"] = "CANCELLED"
    lines = {number(sales.line(order, "MUG")): 2, number(sales.line(order, "JAR")): 2}
    at = datetime.fromtimestamp(sales.now, UTC)
    found = seen(hub, order)
    assert found.parcels == [Parcel(number(sent), lines, at, number({"id": LOCATION}), "Hermes", "1Z")]
    assert qtys(found) == {"MUG": (3, 0), "JAR": (2, 0)}


def test_the_parts_of_an_order_may_come_in_any_order(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 3, "JAR": 2, "CUP": 1}, LOCATION)
    sales.fulfil_by_hand(order, {"MUG": 1, "JAR": 1}, "1Z")
    sales.fulfil_by_hand(order, {"CUP": 1, "JAR": 1}, "2Z")
    sales.refund(order, "MUG", 1, "CANCEL")
    sales.refund(order, "CUP", 1, "RETURN")
    order["transactions"].append({"status": "SUCCESS", "fees": [{**FEE, "type": "a", "taxAmount": {"amount": "0"}}]})
    before = seen(hub, order)
    for kind in ("lineItems", "fulfillments", "refunds", "transactions"):
        order[kind].reverse()
    for sent in order["fulfillments"]:
        sent["fulfillmentLineItems"].reverse()
    assert seen(hub, order) == before


def test_an_order_that_is_long_is_read_whole(sales: Sales, hub: Hub) -> None:
    skus = {f"S{n:03}": 2 for n in range(130)}
    order = sales.order(skus, LOCATION)
    sales.fulfil_by_hand(order, dict.fromkeys(list(skus)[:120], 1), "1Z")
    for n in range(12):
        sales.fulfil_by_hand(order, {f"S{n:03}": 1}, f"{n}Y")
        sales.refund(order, f"S{n:03}", 1, "RETURN")
    sales.refund(order, "S129", 2, "CANCEL")
    order["refunds"].append({"__typename": "Refund", "id": sales.gid("Refund"), "refundLineItems": []})
    found = seen(hub, order)
    assert len(found.lines) == 130
    assert sum(line.qty for line in found.lines) == 258
    assert sum(line.returned for line in found.lines) == 12
    assert [len(parcel.lines) for parcel in found.parcels] == [120, *[1] * 12]


def test_an_order_with_more_parts_than_are_read_is_told_of(sales: Sales, hub: Hub) -> None:
    order, other = sales.order({"MUG": 300}, LOCATION), sales.order({"JAR": 1}, LOCATION)
    for n in range(201):
        sales.fulfil_by_hand(order, {"MUG": 1}, f"{n}Y")
    read = hub(lambda connector: connector.orders([number(order), number(other)]))
    assert [one.id for one in read.orders] == [number(other)]
    assert "over 200 fulfillments" in read.unread[number(order)]


def test_orders_are_read_by_number_and_those_that_are_gone_are_left_out(sales: Sales, hub: Hub) -> None:
    made = [sales.order({"MUG": 1}, LOCATION) for _ in range(50)]
    ids = [number(order) for order in made]
    for order in made[:2]:
        del sales.orders[order["id"]]
    read = hub(lambda connector: connector.orders([*ids[:49], "not a number"]))
    assert [order.id for order in read.orders] == ids[2:49]
    assert (read.unread, read.points) == ({}, 600)


def test_an_order_that_cannot_be_understood_stops_no_other(world: ServedShop, sales: Sales, hub: Hub) -> None:
    first, bad, last = (sales.order({"MUG": 1}, LOCATION) for _ in range(3))
    bad["lineItems"][0]["originalUnitPriceSet"]["shopMoney"]["amount"] = "a lot"
    first["lineItems"][0] |= {"somethingNew": 1}

    async def since(connector: ShopifyConnector) -> Orders:
        return await connector.orders_since(connector.cursor_at(LONG_AGO))

    read = hub(since)
    assert [order.id for order in read.orders] == [number(first), number(last)]
    assert list(read.unread) == [number(bad)]
    assert "not understood" in read.unread[number(bad)]


def test_what_is_open_is_read_page_by_page_and_what_is_over_is_not(sales: Sales, hub: Hub) -> None:
    made = [sales.order({"MUG": 2}, LOCATION) for _ in range(25)]
    sales.cancel(made[3])
    sales.fulfil_by_hand(made[4], {"MUG": 2})
    sales.fulfil_by_hand(made[5], {"MUG": 1})
    made[6]["closed"] = True

    async def walk(connector: ShopifyConnector) -> list[str]:
        found, cursor, more = [], "", True
        while more:
            page = await connector.open_orders(cursor)
            found += [order.id for order in page.orders]
            cursor, more = page.cursor, page.more
        return found

    over = (made[3], made[4], made[6])
    assert hub(walk) == [number(order) for order in made if order not in over]


def test_none_of_250_orders_of_one_second_is_lost(sales: Sales, hub: Hub) -> None:
    made = [sales.order({"MUG": 1}, LOCATION) for _ in range(250)]

    async def one_pass(connector: ShopifyConnector) -> list[SeenOrder]:
        return (await all_since(connector, connector.cursor_at(LONG_AGO)))[0]

    found = [order.id for order in hub(one_pass)]
    assert sorted(set(found)) == sorted(number(order) for order in made)
    assert len(found) <= 275


def test_none_is_lost_while_orders_change_between_the_pages(sales: Sales, hub: Hub) -> None:
    made = []
    for n in range(60):
        sales.now += n % 3
        made.append(sales.order({"MUG": 2}, LOCATION))
    todo = list(made)

    def somebody_works() -> None:
        sales.now += 1
        for order in todo[:4]:
            sales.edit(order, "MUG", 1)
        del todo[:4]

    sales.between = somebody_works

    async def two_passes(connector: ShopifyConnector) -> dict[str, int]:
        first, cursor = await all_since(connector, connector.cursor_at(LONG_AGO))
        second, _ = await all_since(connector, cursor)
        return {order.id: order.lines[0].qty for order in [*first, *second]}

    assert hub(two_passes) == {number(order): 1 for order in made}


def test_a_change_that_comes_to_light_late_is_found_by_the_next_pass(sales: Sales, hub: Hub) -> None:
    early = sales.order({"MUG": 1}, LOCATION)
    hidden = sales.orders.pop(early["id"])
    sales.now += 20
    late = sales.order({"MUG": 1}, LOCATION)

    async def passes(connector: ShopifyConnector) -> list[list[str]]:
        first, cursor = await all_since(connector, connector.cursor_at(LONG_AGO))
        sales.orders[hidden["id"]] = hidden
        second, _ = await all_since(connector, cursor)
        return [[order.id for order in found] for found in (first, second)]

    assert hub(passes) == [[number(late)], [number(early), number(late)]]


def test_only_changes_from_the_instant_on_are_read(sales: Sales, hub: Hub) -> None:
    sales.order({"MUG": 1}, LOCATION)
    start = datetime.fromtimestamp(sales.now, UTC) + timedelta(seconds=5, microseconds=7)
    sales.now += 5
    order = sales.order({"MUG": 1}, LOCATION)

    async def passes(connector: ShopifyConnector) -> list[list[str]]:
        first, cursor = await all_since(connector, connector.cursor_at(start))
        second, _ = await all_since(connector, cursor)
        return [[order.id for order in found] for found in (first, second)]

    assert hub(passes) == [[number(order)], [number(order)]]


def test_pages_that_are_too_dear_become_smaller(sales: Sales, hub: Hub) -> None:
    made = [sales.order({"MUG": 1}, LOCATION) for _ in range(7)]
    sales.first_max = 3

    async def one_pass(connector: ShopifyConnector) -> list[str]:
        return [order.id for order in (await all_since(connector, connector.cursor_at(LONG_AGO)))[0]]

    assert set(hub(one_pass)) == {number(order) for order in made}
    assert [asked["first"] for asked in sales.asked] == [2] * len(sales.asked)
    sales.first_max = 0
    with pytest.raises(ChannelDown, match="exceeds the single query max cost"):
        hub(one_pass)


@pytest.mark.parametrize("cursor", ["", "{", '{"since": 3}'])
def test_a_cursor_that_is_none_is_refused(hub: Hub, cursor: str) -> None:
    with pytest.raises(ChannelDown, match="cursor is none of this connector's"):
        hub(lambda connector: connector.orders_since(cursor))


def test_a_shop_that_is_down_says_so_and_shows_no_secret(world: ServedShop, hub: Hub) -> None:
    world.status = 503
    with pytest.raises(ChannelDown) as down:
        hub(lambda connector: connector.orders(["1"]))
    assert "shp" not in str(down.value).replace("shop", "")
    assert ELSEWHERE not in str(down.value)
