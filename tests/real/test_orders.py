"""Both connectors on the real shops: orders are read as they change, parcels and cancellations are told once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.real.conftest import Connected
from tests.real.customers import RealShop
from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import Outcome
from truestock.connectors.contract.orders import Cancelling, Orders, Parcel, SeenOrder

pytestmark = pytest.mark.real
APPLIED = Outcome("applied")


class Desk:
    """A shop with something to sell, and what the hub sees of it."""

    def __init__(self, shop: RealShop, connected: Connected, sku: str) -> None:
        self.shop = shop
        self.sku = sku
        self.connected = connected
        self.began = datetime.now(UTC) - timedelta(seconds=5)
        shop.put(sku)
        connected(lambda connector: connector.push([Line(sku, 25, 1, "k")]))

    def since(self) -> dict[str, SeenOrder]:
        """All orders that changed since the beginning, by id."""
        return self._all(lambda connector: connector.cursor_at(self.began), "orders_since")

    def open(self) -> dict[str, SeenOrder]:
        """All orders that are open."""
        return self._all(lambda _connector: "", "open_orders")

    def _all(self, start: Callable[..., str], ability: str) -> dict[str, SeenOrder]:
        async def read(connector: object) -> dict[str, SeenOrder]:
            found: dict[str, SeenOrder] = {}
            cursor = start(connector)
            while True:
                page: Orders = await getattr(connector, ability)(cursor)
                assert page.unread == {}
                found |= {order.id: order for order in page.orders}
                if not page.more:
                    return found
                assert page.cursor != cursor
                cursor = page.cursor

        orders: dict[str, SeenOrder] = self.connected(read)
        return orders

    def order(self, order: str) -> SeenOrder:
        """One order by its id."""
        page: Orders = self.connected(lambda connector: connector.orders([order]))
        (found,) = page.orders
        return found

    def ship(self, order: str, parcel: Parcel) -> Outcome:
        """The hub tells a parcel."""
        told: Outcome = self.connected(lambda connector: connector.ship(order, parcel))
        return told

    def cancel(self, order: str, cancelling: Cancelling) -> Outcome:
        """The hub tells a cancellation."""
        told: Outcome = self.connected(lambda connector: connector.cancel(order, cancelling))
        return told


@pytest.fixture
def desk(shop: RealShop, connected: Connected, new_sku: Callable[[], str]) -> Desk:
    return Desk(shop, connected, new_sku())


def test_an_order_is_read_as_it_was_bought(desk: Desk) -> None:
    bought = desk.shop.buy({desk.sku: 3})
    order = desk.since()[bought]
    (line,) = order.lines
    assert (line.sku, line.qty, line.price, line.returned) == (desk.sku, 3, Decimal(10), 0)
    assert (order.state, order.parcels, order.currency) == ("open", [], order.currency.upper())
    assert (order.buyer.name, order.buyer.street, order.buyer.email) == ("A B", "1 High St", "a@shop.test")
    assert desk.began < order.placed_at <= order.changed_at
    assert desk.order(bought) == order
    assert desk.open()[bought] == order


def test_a_sale_that_was_begun_long_before_it_was_paid_is_not_missed(desk: Desk) -> None:
    bought = desk.shop.buy({desk.sku: 1})
    placed_at = desk.order(bought).placed_at
    desk.began = placed_at
    assert bought in desk.since()


def test_what_the_staff_ships_of_an_order_that_was_read_before_is_seen(desk: Desk) -> None:
    bought = desk.shop.buy({desk.sku: 1})
    desk.began = desk.order(bought).changed_at + timedelta(milliseconds=1)
    desk.shop.ship(bought, {desk.sku: 1})
    order = desk.since()[bought]
    assert (order.state, [sum(parcel.lines.values()) for parcel in order.parcels]) == ("closed", [1])


def test_orders_that_the_shop_does_not_have_are_left_out(desk: Desk) -> None:
    page: Orders = desk.connected(lambda connector: connector.orders(["999999"]))
    assert page.orders == []


def test_what_the_staff_ships_and_cancels_is_seen(desk: Desk) -> None:
    bought = desk.shop.buy({desk.sku: 3})
    desk.shop.ship(bought, {desk.sku: 2})
    (parcel,) = desk.open()[bought].parcels
    order = desk.since()[bought]
    assert order.parcels == [parcel]
    assert parcel.lines == {order.lines[0].id: 2}
    assert parcel.shipped_at is not None
    desk.shop.cancel(bought, {desk.sku: 1})
    order = desk.since()[bought]
    assert (order.lines[0].qty, order.lines[0].returned, order.state) == (2, 0, "closed")
    assert bought not in desk.open()


def test_parcels_are_told_once_each_and_in_part(desk: Desk) -> None:
    bought = desk.shop.buy({desk.sku: 3})
    line = desk.order(bought).lines[0].id
    first = Parcel("p-1", {line: 2}, carrier="Van", tracking="T-1", tracking_url="https://van.test/T-1")
    second = Parcel("p-2", {line: 1}, carrier="Van", tracking="T-1")
    assert [desk.ship(bought, first) for _ in range(2)] == [APPLIED, APPLIED]
    assert desk.shop.levels(desk.sku)[desk.shop.location] == (23, 1)
    order = desk.order(bought)
    assert order.state == "open"
    assert [(parcel.lines, parcel.tracking) for parcel in order.parcels] == [({line: 2}, "T-1")]
    assert [desk.ship(bought, second) for _ in range(2)] == [APPLIED, APPLIED]
    assert desk.order(bought).state == "closed"
    assert desk.shop.levels(desk.sku)[desk.shop.location] == (22, 0)
    assert desk.ship(bought, Parcel("p-3", {line: 1})).kind == "rejected"


def test_a_cancellation_in_part_is_told_once(desk: Desk) -> None:
    bought = desk.shop.buy({desk.sku: 5})
    line = desk.order(bought).lines[0].id
    told = [desk.cancel(bought, Cancelling(key, {line: 1}, whole=False)) for key in ("c-1", "c-1", "c-2")]
    assert told == [APPLIED] * 3
    assert desk.order(bought).lines[0].qty == 3
    # What is free again, the hub says with its next number.
    assert desk.shop.levels(desk.sku)[desk.shop.location] == (23, 3)


def test_an_order_is_cancelled_as_a_whole_once(desk: Desk) -> None:
    bought = desk.shop.buy({desk.sku: 4})
    line = desk.order(bought).lines[0].id
    whole = Cancelling("c-1", {line: 4}, whole=True, reason="not found")
    assert [desk.cancel(bought, whole) for _ in range(2)] == [APPLIED, APPLIED]
    order = desk.since()[bought]
    assert (order.state, order.lines[0].qty) == ("cancelled", 0)
    assert desk.shop.levels(desk.sku)[desk.shop.location] == (21, 0)


def test_of_an_order_that_is_not_there_nothing_is_told(desk: Desk) -> None:
    assert desk.ship("999999", Parcel("p", {"1": 1})).reason == "the shop does not have this order"
    assert desk.cancel("999999", Cancelling("c", {"1": 1}, whole=False)).kind == "rejected"
