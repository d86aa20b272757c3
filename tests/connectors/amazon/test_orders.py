"""Orders in: what is read, in pages that lose nothing, and what it says in the hub's words."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.connectors.amazon.conftest import Hub
from tests.connectors.amazon.orders import NOW, changed_now, item, money, number, order, package
from tests.connectors.counterparts.amazon import Account, stamp
from tests.connectors.counterparts.amazon_contract import Contract, Json
from truestock.connectors.amazon.connector import Centres, Merchant
from truestock.connectors.amazon.mapping import orders as mapping
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.orders import Buyer, Fee, Orders, Parcel, SeenLine, SeenOrder

OURS = ("ATVPDKIKX0DER", "MERCHANT")


def seen(told: Json, by: str = "MERCHANT") -> SeenOrder:
    """One order, read."""
    (found,), unread = mapping.read([msgspec.Raw(msgspec.json.encode(told))], (OURS[0], by))
    assert unread == {}
    return found


def put(account: Account, *orders: Json) -> None:
    account.orders |= {one["orderId"]: one for one in orders}


async def walked(connector: Merchant, cursor: str) -> tuple[list[str], str]:
    """All ids from a cursor on, and the cursor after them."""
    ids: list[str] = []
    while True:
        page = await connector.orders_since(cursor)
        ids += [one.id for one in page.orders]
        cursor = page.cursor
        if not page.more:
            return ids, cursor


def test_pages_lose_nothing_when_many_orders_share_one_second(account: Account, hub: Hub) -> None:
    put(account, *(order(number(n), [item("1", "MUG", 1)], minutes=5) for n in range(250)))

    async def steps(connector: Merchant) -> None:
        ids, cursor = await walked(connector, connector.cursor_at(NOW - timedelta(hours=1)))
        assert sorted(ids) == sorted(account.orders)
        put(account, changed_now(order(number(3), [item("1", "MUG", 1)], "SHIPPED")))
        again, _ = await walked(connector, cursor)
        assert again == [number(3)]

    hub(steps)


def test_what_changes_between_two_pages_is_read_in_the_next_walk(account: Account, hub: Hub) -> None:
    account.page = 2
    put(account, *(order(number(n), [item("1", "MUG", 1)], minutes=30 + n) for n in range(5)))

    async def steps(connector: Merchant) -> None:
        first = await connector.orders_since(connector.cursor_at(NOW - timedelta(hours=1)))
        assert first.more
        put(account, *(changed_now(order(number(n), [item("1", "MUG", 2)])) for n in (4, 9)))
        _, cursor = await walked(connector, first.cursor)
        again, _ = await walked(connector, cursor)
        assert {number(4), number(9)} <= set(again)

    hub(steps)


@pytest.mark.parametrize("walk", ["since", "open"])
def test_a_token_that_has_ended_begins_its_walk_anew(account: Account, hub: Hub, walk: str) -> None:
    account.page = 2
    put(account, *(order(number(n), [item("1", "MUG", 1)], minutes=30 + n) for n in range(5)))

    async def steps(connector: Merchant) -> set[str]:
        async def read(cursor: str) -> Orders:
            return await (connector.orders_since(cursor) if walk == "since" else connector.open_orders(cursor))

        cursor = (await read(connector.cursor_at(NOW - timedelta(hours=1)) if walk == "since" else "")).cursor
        account.tokens.clear()
        ids: set[str] = set()
        while True:
            page = await read(cursor)
            ids |= {one.id for one in page.orders}
            cursor = page.cursor
            if not page.more:
                return ids

    assert hub(steps) == set(account.orders)


def test_a_page_is_read_the_longest_unchanged_first(account: Account, hub: Hub) -> None:
    put(account, *(order(number(n), [item("1", "MUG", 1)], minutes=n + 1) for n in range(4)))
    page = hub(lambda connector: connector.orders_since(connector.cursor_at(NOW - timedelta(hours=1))))
    assert [one.id for one in page.orders] == [number(n) for n in (3, 2, 1, 0)]


def test_a_window_opens_a_little_before_the_instant_that_was_asked_for(hub: Hub) -> None:
    async def steps(connector: Merchant) -> str:
        return connector.cursor_at(NOW)

    assert hub(steps) == stamp(NOW - timedelta(minutes=2))


def test_open_orders_are_those_of_which_something_is_still_to_leave(account: Account, hub: Hub) -> None:
    for n, status in enumerate(mapping.STATES):
        put(account, order(number(n), [item("1", "MUG", 1)], status, minutes=600))
    page = hub(lambda connector: connector.open_orders(""))
    assert {one.id for one in page.orders} == {number(n) for n in range(4)}
    assert not page.more


def test_orders_are_read_by_id_and_those_that_are_not_ours_are_left_out(account: Account, hub: Hub) -> None:
    ours, of_amazon = order(number(1), [item("1", "MUG", 1)]), order(number(2), [item("1", "MUG", 1)], by="AMAZON")
    elsewhere = order(number(3), [item("1", "MUG", 1)])
    elsewhere["salesChannel"]["marketplaceId"] = "A1F83G8C2ARO7P"
    own_shop = order(number(4), [item("1", "MUG", 1)])
    own_shop["salesChannel"]["channelName"] = "NON_AMAZON"
    put(account, ours, of_amazon, elsewhere, own_shop)
    ids = [number(n) for n in (1, 2, 3, 4, 5)]
    page = hub(lambda connector: connector.orders([*ids, "no id"]))
    assert [one.id for one in page.orders] == [number(1)]
    assert page.unread == {"no id": "getOrder answered 400 InvalidInput: The order ID is not valid."}
    assert [one.id for one in hub.centres(lambda connector: connector.orders(ids)).orders] == [number(2)]


def test_an_order_that_cannot_be_understood_does_not_hold_up_the_others(account: Account, hub: Hub) -> None:
    good = order(number(1), [item("1", "MUG", 1)])
    body = {
        "orders": [
            good,
            {**good, "orderId": "no-status", "fulfillment": {"fulfillmentStatus": "LOST", "fulfilledBy": "MERCHANT"}},
            {**good, "orderId": "nobody", "fulfillment": {"fulfillmentStatus": "SHIPPED"}},
            {**good, "orderId": "no-lines", "orderItems": None},
            {**good, "orderId": "two", "proceeds": {"grandTotal": money("1", "EUR")}},
            {**good, "orderId": "no-money", "proceeds": {"grandTotal": money("much")}},
            {**good, "orderId": "no-time", "lastUpdatedTime": "2026-11-01T00:00:00"},
        ]
    }
    account.faults.of, account.faults.body = "searchOrders", msgspec.json.encode(body)
    page = hub(lambda connector: connector.orders_since(connector.cursor_at(NOW)))
    assert [one.id for one in page.orders] == [number(1)]
    assert set(page.unread) == {"no-status", "nobody", "no-lines", "two", "no-money", "no-time"}
    assert "LOST is not known" in page.unread["no-status"]
    assert "EUR and USD" in page.unread["two"]


@pytest.mark.parametrize("body", [b"<html>", b'{"orders": [{}]}', b"{}"])
def test_a_page_that_cannot_be_read_is_down(account: Account, hub: Hub, body: bytes) -> None:
    account.faults.of, account.faults.body = "searchOrders", body
    with pytest.raises(ChannelDown, match="orders cannot be read"):
        hub(lambda connector: connector.orders_since(connector.cursor_at(NOW)))


def test_when_searches_are_spent_orders_are_still_read_by_id(account: Account, hub: Hub) -> None:
    put(account, order(number(1), [item("1", "MUG", 1)]))

    async def steps(connector: Merchant) -> ChannelDown:
        cursor = connector.cursor_at(NOW - timedelta(hours=1))
        for _ in range(20):
            assert (await connector.orders_since(cursor)).orders
        assert await connector.orders_since(cursor) == Orders([], cursor)
        assert (await connector.orders([number(1)])).orders
        with pytest.raises(ChannelDown, match="searchOrders may be called again in 1") as down:
            await connector.open_orders("")
        return down.value

    assert 150 < hub(steps).throttle.retry_after_s < 180
    assert account.calls.count("searchOrders") == 20


@pytest.fixture
def whole() -> Json:
    """An order with everything in it that is read."""
    return order(
        number(7),
        [
            item(
                "11",
                "MUG",
                3,
                fulfilled=2,
                left=0,
                proceeds={
                    "breakdowns": [
                        {"type": "ITEM", "subtotal": money("30.00")},
                        {"type": "SHIPPING", "subtotal": money("4.99")},
                        {
                            "type": "TAX",
                            "subtotal": money("3.10"),
                            "detailedBreakdowns": [
                                {"subtype": "ITEM", "value": money("2.70")},
                                {"subtype": "SHIPPING", "value": money("0.40")},
                            ],
                        },
                        {
                            "type": "DISCOUNT",
                            "subtotal": money("-2.99"),
                            "detailedBreakdowns": [
                                {"subtype": "ITEM", "value": money("-2.00")},
                                {"subtype": "SHIPPING", "value": money("-0.99")},
                            ],
                        },
                    ]
                },
                expense={"pointsCost": {"pointsGranted": {"pointsNumber": 9, "pointsMonetaryValue": money("0.09")}}},
            ),
            item("12", "JAR", 1),
        ],
        "PARTIALLY_SHIPPED",
        buyer={"buyerName": "Ann", "buyerEmail": "x@marketplace.amazon.com", "buyerCompanyName": "Ann Ltd"},
        recipient={
            "deliveryAddress": {
                "name": "Ann B.",
                "addressLine1": "1 Main St",
                "addressLine3": "Door 4",
                "city": "Seattle",
                "stateOrRegion": "WA",
                "postalCode": "98101",
                "countryCode": "US",
                "phone": "555",
            }
        },
        packages=[package("1", {"11": 2}), package("2", {"12": 1}, "PENDING"), package("3", {"12": 1}, "CANCELLED")],
    )


def test_a_whole_order_in_the_hubs_words(whole: Json) -> None:
    found = seen(whole)
    price = Decimal("10.00")
    assert found.lines == [
        SeenLine("11", "MUG", 2, price, Decimal("2.00"), Decimal("2.70"), "The MUG"),
        SeenLine("12", "JAR", 1, price, title="The JAR"),
    ]
    assert (found.state, found.currency, found.name) == ("open", "USD", number(7))
    assert (found.shipping, found.shipping_tax) == (Decimal("4.00"), Decimal("0.40"))
    assert found.fees == [Fee("points", Decimal("0.09"), "11")]
    assert found.parcels == [Parcel("1", {"11": 2}, NOW - timedelta(hours=2), carrier="UPS", tracking="1Z999")]
    assert found.buyer == Buyer(
        name="Ann B.",
        email="x@marketplace.amazon.com",
        phone="555",
        company="Ann Ltd",
        street="1 Main St, Door 4",
        postcode="98101",
        city="Seattle",
        region="WA",
        country="US",
    )
    assert (found.changed_at, found.placed_at) == (NOW, NOW - timedelta(days=1))


@pytest.mark.parametrize(
    ("status", "fulfilled", "left", "state", "qty"),
    [
        ("PENDING_AVAILABILITY", 0, 0, "pending", 3),
        ("PENDING", 0, 0, "pending", 3),
        ("UNSHIPPED", 0, 3, "open", 3),
        ("UNSHIPPED", 0, 1, "open", 1),
        ("PARTIALLY_SHIPPED", 1, 1, "open", 2),
        ("SHIPPED", 2, 0, "closed", 2),
        ("CANCELLED", 0, 0, "cancelled", 0),
        ("CANCELLED", 0, 3, "cancelled", 0),
        ("CANCELLED", 1, 0, "cancelled", 1),
        ("UNFULFILLABLE", 0, 3, "cancelled", 0),
    ],
)
def test_units_sold_are_those_that_are_not_cancelled(
    status: str, fulfilled: int, left: int, state: str, qty: int
) -> None:
    found = seen(order(number(1), [item("1", "MUG", 3, fulfilled, left)], status))
    assert (found.state, found.lines[0].qty) == (state, qty)


def test_an_open_order_that_does_not_say_what_is_left_is_sold_whole() -> None:
    assert seen(order(number(1), [{**item("1", "MUG", 3), "fulfillment": {}}])).lines[0].qty == 3


def test_what_left_in_no_package_is_told_when_the_order_is_closed() -> None:
    items = [item("1", "MUG", 3, 3), item("2", "JAR", 1, 1)]
    told = order(number(1), items, "SHIPPED", packages=[package("1", {"1": 2})])
    assert [parcel.lines for parcel in seen(told).parcels] == [{"1": 2}, {"1": 1, "2": 1}]
    assert [parcel.lines for parcel in seen({**told, "packages": []}).parcels] == [{"1": 3, "2": 1}]
    still_open = {**told, "fulfillment": {"fulfillmentStatus": "PARTIALLY_SHIPPED", "fulfilledBy": "MERCHANT"}}
    assert [parcel.lines for parcel in seen(still_open).parcels] == [{"1": 2}]


@pytest.mark.parametrize(
    ("status", "items", "parcels"),
    [
        ("PENDING", [item("1", "MUG", 3)], {}),
        ("PARTIALLY_SHIPPED", [item("1", "MUG", 3, 1), item("2", "JAR", 1, 1)], {"AFN-2": {"2": 1}}),
        ("PARTIALLY_SHIPPED", [item("1", "MUG", 3, 2, 0)], {"AFN-1": {"1": 2}}),
        ("SHIPPED", [item("1", "MUG", 3, 3), item("2", "JAR", 1, 0, 0)], {"AFN-1": {"1": 3}}),
        ("CANCELLED", [item("1", "MUG", 3, 1, 2)], {"AFN-1": {"1": 1}}),
    ],
)
def test_what_amazon_sends_has_left_from_its_centres_line_by_line(
    status: str, items: list[Json], parcels: dict[str, Any]
) -> None:
    found = seen(order(number(1), items, status, by="AMAZON"), "AMAZON").parcels
    assert {parcel.id: parcel.lines for parcel in found} == parcels
    assert {parcel.place for parcel in found} <= {"AFN"}


def test_orders_of_amazons_centres_are_read_by_their_own_channel(account: Account, hub: Hub) -> None:
    put(account, order(number(1), [item("1", "MUG", 1)]), order(number(2), [item("1", "MUG", 1)], by="AMAZON"))

    async def steps(connector: Centres) -> list[str]:
        return [one.id for one in (await connector.open_orders("")).orders]

    assert hub.centres(steps) == [number(2)]


def test_every_order_of_amazons_sandbox_is_understood(models: Contract) -> None:
    found: list[Json] = []
    for route in models.routes:
        if route.name in ("searchOrders", "getOrder") and route.model.endswith("2026-01-01"):
            answer = route.operation["responses"]["200"]
            for case in answer["x-amzn-api-sandbox"]["static"]:
                told = case["response"]
                found += told["orders"] if "orders" in told else [told["order"]]
            found += answer["examples"]["application/json"].get("orders", [])
    assert len(found) >= 7
    for told in found:
        place, by = told["salesChannel"]["marketplaceId"], told["fulfillment"]["fulfilledBy"]
        (one,), unread = mapping.read([msgspec.Raw(msgspec.json.encode(told))], (place, by))
        assert unread == {}
        assert sum(parcel_line for parcel in one.parcels for parcel_line in parcel.lines.values()) == sum(
            line["fulfillment"]["quantityFulfilled"] for line in told["orderItems"]
        )
        assert one.currency
        assert stamp(one.changed_at)[:19] == told["lastUpdatedTime"][:19]
