"""A seller's orders as the hub sees them, read window by window, so that none slips between two pages."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connectors.counterparts.ebay import Account
from tests.connectors.counterparts.openapi import Json
from tests.connectors.ebay.conftest import Hub
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.orders import Buyer, Fee, Parcel, SeenLine, SeenOrder
from truestock.connectors.vendors.ebay.connector import EbayConnector
from truestock.connectors.vendors.ebay.orders import windows
from truestock.connectors.vendors.ebay.orders.windows import OVERLAP, Window

START = datetime(2026, 11, 22, 9, tzinfo=UTC)


def read(hub: Hub, order: Json) -> SeenOrder:
    (seen,) = hub(lambda connector: connector.orders([order["orderId"]])).orders
    return seen


def test_an_order_in_the_hubs_words(account: Account, hub: Hub) -> None:
    made = account.order(("A", 3))
    at = datetime.fromisoformat(made["creationDate"])
    assert read(hub, made) == SeenOrder(
        made["orderId"],
        at,
        at,
        [SeenLine(made["lineItems"][0]["lineItemId"], "A", 3, Decimal(10), Decimal(1), Decimal(2), "Product A")],
        "open",
        made["orderId"],
        "GBP",
        Decimal(4),
        fees=[Fee("marketplace_fee", Decimal("3.1"))],
        buyer=Buyer(
            id="ada_b",
            name="Ada Byron",
            email="ada@example.com",
            street="1 Mill Lane",
            postcode="LS1 4AP",
            city="Leeds",
            country="GB",
        ),
    )


def test_packages_are_parcels(account: Account, hub: Hub) -> None:
    made = account.order(("A", 3))
    number = made["lineItems"][0]["lineItemId"]
    account.ship(made, {number: 2}, "JD1", "DHL")
    seen = read(hub, made)
    at = datetime.fromisoformat(account.packages[made["orderId"]][0]["shippedDate"])
    assert (seen.state, seen.lines[0].qty) == ("open", 3)
    assert seen.parcels == [Parcel("JD1", {number: 2}, at, "", "DHL", "JD1")]
    account.ship(made, {number: 1})
    assert read(hub, made).state == "closed"


def test_what_is_fulfilled_without_a_package_has_left(account: Account, hub: Hub) -> None:
    made = account.order(("A", 3), orderFulfillmentStatus="FULFILLED")
    seen = read(hub, made)
    assert (seen.state, seen.parcels) == ("closed", [Parcel("untold", {made["lineItems"][0]["lineItemId"]: 3})])


@pytest.mark.parametrize(
    ("more", "state", "qty"),
    [
        ({"orderPaymentStatus": "PENDING"}, "pending", 2),
        ({"orderPaymentStatus": "FAILED"}, "pending", 2),
        ({"orderPaymentStatus": "PARTIALLY_REFUNDED"}, "open", 2),
        ({"orderPaymentStatus": "FULLY_REFUNDED"}, "cancelled", 0),
        ({"cancelStatus": {"cancelState": "CANCELED"}}, "cancelled", 0),
        ({"cancelStatus": {"cancelState": "IN_PROGRESS"}}, "open", 2),
    ],
)
def test_states(account: Account, hub: Hub, more: Json, state: str, qty: int) -> None:
    seen = read(hub, account.order(("A", 2), **more))
    assert (seen.state, seen.lines[0].qty) == (state, qty)


def test_of_a_cancelled_order_what_left_stays_sold(account: Account, hub: Hub) -> None:
    made = account.order(("A", 3))
    account.ship(made, {made["lineItems"][0]["lineItemId"]: 1})
    account.cancel(made)
    seen = read(hub, made)
    assert (seen.state, seen.lines[0].qty) == ("closed", 1)


def test_an_order_that_is_gone_does_not_hide_the_others(account: Account, hub: Hub) -> None:
    made = account.order(("A", 1))
    page = hub(lambda connector: connector.orders([made["orderId"], "99-00000-00000"]))
    assert [order.id for order in page.orders] == [made["orderId"]]


def test_an_order_that_is_not_understood_holds_up_no_other(account: Account, hub: Hub) -> None:
    strange = account.order(("A", 1), creationDate="yesterday", ago_s=60)
    good = account.order(("A", 1), ago_s=60)
    begun = datetime.now(UTC) - timedelta(hours=1)
    page = hub(lambda connector: connector.orders_since(connector.cursor_at(begun)))
    assert [order.id for order in page.orders] == [good["orderId"]]
    assert "not understood" in page.unread[strange["orderId"]]


async def walk(connector: EbayConnector, cursor: str, *, still_open: bool = False) -> tuple[list[str], str]:
    """All windows from a cursor."""
    found: list[str] = []
    for _ in range(200):
        page = await (connector.open_orders(cursor) if still_open else connector.orders_since(cursor))
        found += [order.id for order in page.orders]
        cursor = page.cursor
        if not page.more:
            return found, cursor
    raise AssertionError("it never ends")


def test_more_orders_than_a_page_are_read_in_narrower_windows(account: Account, hub: Hub) -> None:
    made = [account.order(("A", 1), ago_s=7200 - 10 * number) for number in range(450)]
    begun = datetime.now(UTC) - timedelta(hours=3)
    found, cursor = hub(lambda connector: walk(connector, connector.cursor_at(begun)))
    assert set(found) == {order["orderId"] for order in made}
    account.cancel(made[0])
    again, _ = hub(lambda connector: walk(connector, cursor))
    assert again == [made[0]["orderId"]]


def test_an_order_that_comes_to_light_late_is_read_by_the_next_pass(account: Account, hub: Hub) -> None:
    async def steps(connector: EbayConnector) -> list[str]:
        _, cursor = await walk(connector, connector.cursor_at(datetime.now(UTC) - timedelta(hours=1)))
        account.order(("A", 1), ago_s=60)
        return (await walk(connector, cursor))[0]

    assert hub(steps) == list(account.orders)


def test_an_order_that_changes_while_windows_are_read_pushes_no_other_out(account: Account, hub: Hub) -> None:
    made = [account.order(("A", 1), ago_s=7200 - 10 * number) for number in range(450)]

    async def steps(connector: EbayConnector) -> set[str]:
        cursor = connector.cursor_at(datetime.now(UTC) - timedelta(hours=3))
        found: set[str] = set()
        for turn in range(100):
            page = await connector.orders_since(cursor)
            found |= {order.id for order in page.orders}
            if turn < 5:
                account.touch(made[100 + turn])
            if not page.more:
                return found
            cursor = page.cursor
        raise AssertionError("it never ends")

    assert hub(steps) == {order["orderId"] for order in made}


def test_orders_of_one_instant_are_read_by_pages(account: Account, hub: Hub) -> None:
    made = [account.order(("A", 1)) for _ in range(430)]
    for order in made:
        order["lastModifiedDate"] = made[0]["lastModifiedDate"]
    begun = datetime.fromisoformat(made[0]["lastModifiedDate"]) - timedelta(seconds=1)
    found, _ = hub(lambda connector: walk(connector, connector.cursor_at(begun)))
    assert set(found) == {order["orderId"] for order in made}


def test_open_orders_are_read_whole(account: Account, hub: Hub) -> None:
    made = [account.order(("A", 1), ago_s=86_400 * 100 - 1000 * number) for number in range(240)]
    for order in made[::2]:
        order["orderFulfillmentStatus"] = "FULFILLED"
    found, _ = hub(lambda connector: walk(connector, "", still_open=True))
    assert set(found) == {order["orderId"] for order in made[1::2]}


def test_a_cursor_of_somebody_else_is_refused(account: Account, hub: Hub) -> None:
    with pytest.raises(ChannelDown, match="none of this connector's"):
        hub(lambda connector: connector.orders_since("2026"))


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_windows_leave_no_gap(length_ms: int, behind_ms: int) -> None:
    window = Window(START, START + timedelta(milliseconds=length_ms))
    now = START + timedelta(milliseconds=behind_ms)
    end = windows.ends(window, now)
    assert window.since <= end <= max(now, window.since)
    narrower = windows.halved(window, end)
    if narrower is not None:
        assert narrower.since == window.since
        assert narrower.until is not None
        assert window.since < narrower.until < end
    onward, more = windows.following(window, end, now)
    assert end - OVERLAP <= onward.since <= end
    assert onward.since >= window.since
    assert more == (end < now)
    assert windows.read(onward.cursor) == onward
