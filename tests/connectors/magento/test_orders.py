"""A shop's orders as the hub sees them, whatever became of their units, and none lost while they change."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.connectors.counterparts.magento import Shop
from tests.connectors.magento.conftest import Hub
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.orders import Buyer, Parcel, SeenLine, SeenOrder
from truestock.connectors.vendors.magento.connector import MagentoConnector


def read(hub: Hub, number: int) -> SeenOrder:
    (order,) = hub(lambda connector: connector.orders([str(number)])).orders
    return order


def units(order: SeenOrder) -> list[tuple[str, int, str]]:
    return [(line.sku, line.qty, order.state) for line in order.lines]


def test_an_order_in_the_hubs_words(shop: Shop, hub: Hub) -> None:
    made = shop.order(("A", 3))
    number = made["items"][0]["item_id"]
    seen = read(hub, made["entity_id"])
    assert seen == SeenOrder(
        str(made["entity_id"]),
        shop.clock,
        shop.clock,
        [SeenLine(str(number), "A", 3, Decimal(10), Decimal(1), Decimal(2), "Product A")],
        "open",
        f"#{made['increment_id']}",
        "GBP",
        Decimal(5),
        Decimal(1),
        [],
        [],
        Buyer(
            id="7",
            name="Ada Byron",
            email="ada@example.com",
            phone="+44 1",
            street="1 Mill Lane, Flat 2",
            postcode="LS1 4AP",
            city="Leeds",
            region="Yorkshire",
            country="GB",
        ),
    )


@pytest.mark.parametrize(
    ("state", "waiting", "seen"),
    [
        ("new", None, "pending"),
        ("new", "pending_payment", "open"),
        ("payment_review", None, "pending"),
        ("holded", None, "pending"),
        ("processing", None, "open"),
    ],
)
def test_units_are_sold_before_they_are_paid(shop: Shop, hub: Hub, state: str, waiting: str | None, seen: str) -> None:
    if waiting:
        hub.settings["waiting_states"] = waiting
    made = shop.order(("A", 2), state=state)
    assert units(read(hub, made["entity_id"])) == [("A", 2, seen)]


def test_shipments_are_parcels(shop: Shop, hub: Hub) -> None:
    shop.put("A", 10, "east")
    made = shop.order(("A", 3))
    number = made["items"][0]["item_id"]
    track = {"order_id": 1, "parent_id": 1, "weight": 0, "qty": 0, "description": ""}
    track |= {"track_number": "JD01", "title": "DHL Express", "carrier_code": "dhl"}
    shop.later()
    one = shop.ship(made, {number: 2}, "east", tracks=[track])
    seen = read(hub, made["entity_id"])
    assert seen.parcels == [Parcel(str(one["entity_id"]), {str(number): 2}, shop.clock, "east", "DHL Express", "JD01")]
    assert units(seen) == [("A", 3, "open")]
    shop.ship(made, {number: 1}, "east")
    assert units(read(hub, made["entity_id"])) == [("A", 3, "closed")]


def test_what_is_refunded_before_it_left_is_not_sold_and_what_is_refunded_after_it_was(shop: Shop, hub: Hub) -> None:
    made = shop.order(("A", 5))
    number = made["items"][0]["item_id"]
    shop.refund(made, {number: 2})
    assert units(read(hub, made["entity_id"])) == [("A", 3, "open")]
    shop.later()
    shop.ship(made, {number: 3})
    shop.later()
    shop.refund(made, {number: 1})
    seen = read(hub, made["entity_id"])
    assert units(seen) == [("A", 3, "closed")]
    assert [sum(parcel.lines.values()) for parcel in seen.parcels] == [3]


def test_a_cancelled_order_wants_nothing(shop: Shop, hub: Hub) -> None:
    made = shop.order(("A", 5))
    shop.cancel(made)
    assert units(read(hub, made["entity_id"])) == [("A", 0, "cancelled")]


def test_an_order_that_is_refunded_whole_before_it_left_is_cancelled(shop: Shop, hub: Hub) -> None:
    made = shop.order(("A", 5))
    shop.refund(made, {made["items"][0]["item_id"]: 5})
    assert units(read(hub, made["entity_id"])) == [("A", 0, "cancelled")]


def test_of_a_cancelled_order_what_left_stays_sold(shop: Shop, hub: Hub) -> None:
    made = shop.order(("A", 5))
    shop.ship(made, {made["items"][0]["item_id"]: 2})
    shop.cancel(made)
    assert units(read(hub, made["entity_id"])) == [("A", 2, "closed")]


def test_a_configurable_product_is_one_line(shop: Shop, hub: Hub) -> None:
    parent = shop.line("SHIRT-M", 2, product_type="configurable")
    child = shop.line("SHIRT-M", 2, parent_item_id=parent["item_id"], row_total=0.0)
    made = shop.order(items=[parent, child])
    assert [line.id for line in read(hub, made["entity_id"]).lines] == [str(parent["item_id"])]


def test_a_bundle_is_its_parts(shop: Shop, hub: Hub) -> None:
    bundle = shop.line("SET", 1, product_type="bundle")
    parts = [shop.line(sku, 2, parent_item_id=bundle["item_id"]) for sku in ("CUP", "SAUCER")]
    made = shop.order(items=[bundle, *parts])
    assert units(read(hub, made["entity_id"])) == [("CUP", 2, "open"), ("SAUCER", 2, "open")]


def test_what_is_complete_without_a_shipment_has_left(shop: Shop, hub: Hub) -> None:
    made = shop.order(items=[shop.line("EBOOK", 1, product_type="virtual")], state="complete")
    seen = read(hub, made["entity_id"])
    assert units(seen) == [("EBOOK", 1, "closed")]
    assert seen.parcels == [Parcel("untold", {str(made["items"][0]["item_id"]): 1})]


def test_an_order_that_is_not_understood_holds_up_no_other(shop: Shop, hub: Hub) -> None:
    strange = shop.order(("A", 1), state="teleported")
    part = shop.order(items=[shop.line("CLOTH", 1.5)])
    good = shop.order(("B", 1))
    ids = [str(one["entity_id"]) for one in (strange, part, good)]
    page = hub(lambda connector: connector.orders([*ids, "999", "no number"]))
    assert [order.id for order in page.orders] == [ids[2]]
    assert page.unread == {
        ids[0]: "the state teleported is not one of Magento's own",
        ids[1]: f"line {part['items'][0]['item_id']} is of 1.5 units, and the hub counts whole ones",
    }


def test_only_the_orders_of_some_stores_are_read(shop: Shop, hub: Hub) -> None:
    hub.settings["stores"] = "2,3"
    shop.order(("A", 1))
    other = shop.order(("B", 1))
    other["store_id"] = 3
    page = hub(lambda connector: connector.open_orders(""))
    assert [order.id for order in page.orders] == [str(other["entity_id"])]


async def walk(connector: MagentoConnector, cursor: str, *, still_open: bool = False) -> tuple[list[str], str]:
    """All pages from a cursor."""
    found: list[str] = []
    for _ in range(50):
        page = await (connector.open_orders(cursor) if still_open else connector.orders_since(cursor))
        found += [order.id for order in page.orders]
        cursor = page.cursor
        if not page.more:
            return found, cursor
    raise AssertionError("it never ends")


def test_pages_lose_no_order_of_one_second(shop: Shop, hub: Hub) -> None:
    made = [shop.order(("A", 1)) for _ in range(130)]
    begun = shop.clock
    found, _ = hub(lambda connector: walk(connector, connector.cursor_at(begun)))
    assert sorted(map(int, found)) == [order["entity_id"] for order in made]


def test_an_order_that_changes_while_pages_are_read_pushes_no_other_out(shop: Shop, hub: Hub) -> None:
    made = []
    for _ in range(120):
        made.append(shop.order(("A", 1)))
        shop.later(1)

    async def steps(connector: MagentoConnector) -> list[str]:
        page = await connector.orders_since(connector.cursor_at(shop.clock - timedelta(hours=1)))
        for order in made[:10]:  # they leave the front, and what is behind moves up
            shop.touch(order)
        rest, _ = await walk(connector, page.cursor)
        return [order.id for order in page.orders] + rest

    found = hub(steps)
    assert {int(one) for one in found} == {order["entity_id"] for order in made}


def test_the_next_pass_reads_what_changed_since(shop: Shop, hub: Hub) -> None:
    first = shop.order(("A", 1))
    shop.later(600)
    second = shop.order(("A", 1))

    async def steps(connector: MagentoConnector) -> tuple[list[str], list[str]]:
        before, cursor = await walk(connector, connector.cursor_at(shop.clock - timedelta(hours=1)))
        shop.later(600)
        shop.cancel(first)
        after, _ = await walk(connector, cursor)
        return before, after

    before, after = hub(steps)
    assert before == [str(first["entity_id"]), str(second["entity_id"])]
    assert str(first["entity_id"]) in after


def test_open_orders_are_read_whole(shop: Shop, hub: Hub) -> None:
    made = [shop.order(("A", 1)) for _ in range(110)]
    for order in made[::2]:
        shop.cancel(order)
    found, _ = hub(lambda connector: walk(connector, "", still_open=True))
    assert found == [str(order["entity_id"]) for order in made[1::2]]


def test_many_shipments_of_one_order_are_all_read(shop: Shop, hub: Hub) -> None:
    made = shop.order(("A", 150))
    for _ in range(130):
        shop.ship(made, {made["items"][0]["item_id"]: 1})
    page = hub(lambda connector: connector.orders([str(made["entity_id"])]))
    assert len(page.orders[0].parcels) == 130
    assert page.points == 2.0


def test_a_cursor_of_somebody_else_is_refused(shop: Shop, hub: Hub) -> None:
    with pytest.raises(ChannelDown, match="none of this connector's"):
        hub(lambda connector: connector.orders_since("2026"))
