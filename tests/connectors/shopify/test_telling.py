"""Parcels and cancellations, told to a shop over HTTP: once, whatever happens on the way."""

import pytest

from tests.connectors.counterparts.shopify import ELSEWHERE, LOCATION, Shop
from tests.connectors.counterparts.shopify_http import ServedShop
from tests.connectors.counterparts.shopify_orders import Json, Sales
from tests.connectors.shopify.conftest import Hub
from tests.connectors.shopify.test_orders import number, qtys, seen
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome
from truestock.connectors.contract.orders import Cancelling, Parcel
from truestock.connectors.shopify.connector import ShopifyConnector


def parcel(sales: Sales, order: Json, units: dict[str, int], name: str = "P-1", tracking: str = "1Z") -> Parcel:
    lines = {number(sales.line(order, sku)): qty for sku, qty in units.items()}
    return Parcel(name, lines, carrier="UPS", tracking=tracking, tracking_url="https://ups.example/1Z")


def told(hub: Hub, order: Json, *parcels: Parcel) -> list[Outcome]:
    async def steps(connector: ShopifyConnector) -> list[Outcome]:
        return [await connector.ship(number(order), one) for one in parcels]

    return hub(steps)


def cancelled(hub: Hub, order: Json, lines: dict[str, int], *, whole: bool, reason: str = "") -> Outcome:
    cancelling = Cancelling("key", lines, whole, reason)
    return hub(lambda connector: connector.cancel(number(order), cancelling))


def test_a_parcel_is_a_fulfillment_with_its_tracking_and_comes_back_as_it_was_told(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 3, "JAR": 2}, LOCATION)
    sent = parcel(sales, order, {"MUG": 2, "JAR": 2})
    (outcome,) = told(hub, order, sent)
    (made,) = order["fulfillments"]
    assert outcome == Outcome("applied", ticket=number(made))
    assert made["trackingInfo"] == [{"company": "UPS", "number": "1Z", "url": "https://ups.example/1Z"}]
    assert sales.made[0]["notifyCustomer"] is False
    (back,) = seen(hub, order).parcels
    assert (back.lines, back.carrier, back.tracking, back.tracking_url) == (
        sent.lines,
        "UPS",
        "1Z",
        "https://ups.example/1Z",
    )
    assert qtys(seen(hub, order)) == {"MUG": (3, 0), "JAR": (2, 0)}


def test_the_same_parcel_is_told_once_and_another_of_the_same_line_besides(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 3}, LOCATION)
    first = parcel(sales, order, {"MUG": 1})
    second = parcel(sales, order, {"MUG": 1}, "P-2", "2Z")
    outcomes = told(hub, order, first, first, second, first, second)
    assert [outcome.kind for outcome in outcomes] == ["applied"] * 5
    assert outcomes[0] == outcomes[1] == outcomes[3]
    assert len(order["fulfillments"]) == 2


def test_a_parcel_without_tracking_is_known_by_its_id(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 2}, LOCATION)
    first, second = (parcel(sales, order, {"MUG": 1}, name, "") for name in ("P-1", "P-2"))
    told(hub, order, first, first, second)
    assert [sent["trackingInfo"][0]["number"] for sent in order["fulfillments"]] == ["P-1", "P-2"]


def test_two_parcels_with_the_same_tracking_number_and_the_same_line_are_two(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 3}, LOCATION)
    first, second = (parcel(sales, order, {"MUG": 1}, name) for name in ("P-1", "P-2"))
    outcomes = told(hub, order, first, second, first, second)
    assert len(order["fulfillments"]) == 2
    assert [outcome.ticket for outcome in outcomes] == [number(one) for one in order["fulfillments"]] * 2


def test_what_the_order_keeps_may_be_lost_and_a_parcel_is_still_known_by_its_number(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 3}, LOCATION)
    sent = parcel(sales, order, {"MUG": 1})
    for kept in (None, {"value": "[]"}, {"value": "{"}):
        order["metafield"] = kept
        assert told(hub, order, sent)[0].ticket == number(order["fulfillments"][0])
    assert len(order["fulfillments"]) == 1
    order["fulfillments"][0]["status"] = "CANCELLED"
    assert told(hub, order, sent)[0].kind == "applied"
    assert len(order["fulfillments"]) == 1


@pytest.mark.parametrize("fault", ["drop_after", "hang_after", "refuse_after"])
def test_a_parcel_that_was_told_and_not_noted_is_noted_the_next_time(
    world: ServedShop, sales: Sales, hub: Hub, fault: str
) -> None:
    hub.settings["timeout_s"] = 1.0
    order = sales.order({"MUG": 3}, LOCATION)
    sent = parcel(sales, order, {"MUG": 1})

    async def steps(connector: ShopifyConnector) -> Outcome:
        if fault == "refuse_after":
            world.refuse_after(2, 503)
            assert (await connector.ship(number(order), sent)).kind == "later"
        else:
            getattr(world, fault)(2)
            with pytest.raises(InDoubt):
                await connector.ship(number(order), sent)
        return await connector.ship(number(order), sent)

    assert hub(steps) == Outcome("applied", ticket=number(order["fulfillments"][0]))
    assert len(order["fulfillments"]) == 1
    assert order["metafield"]


def test_a_parcel_over_two_locations_is_two_fulfillments_and_only_the_rest_is_told_again(
    world: ServedShop, sales: Sales, hub: Hub
) -> None:
    order = sales.order({"MUG": 3, "JAR": 1}, LOCATION)
    sales.split(order, "MUG", 2, ELSEWHERE)
    sent = parcel(sales, order, {"MUG": 3, "JAR": 1})

    async def steps(connector: ShopifyConnector) -> list[Outcome]:
        world.drop_after(2)
        with pytest.raises(InDoubt):
            await connector.ship(number(order), sent)
        assert len(order["fulfillments"]) == 1
        return [await connector.ship(number(order), sent) for _ in range(2)]

    outcomes = hub(steps)
    ids = sorted(number(one) for one in order["fulfillments"])
    assert [sorted(outcome.ticket.split()) for outcome in outcomes] == [ids, ids]
    places = {made["location"]["id"] for made in order["fulfillments"]}
    assert (len(ids), places) == (2, {LOCATION, ELSEWHERE})


def test_units_are_taken_from_where_they_left_first(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 3}, LOCATION)
    sales.split(order, "MUG", 2, ELSEWHERE)
    sent = Parcel("P-1", {number(sales.line(order, "MUG")): 2}, place="78", tracking="1Z")
    told(hub, order, sent)
    assert [made["location"]["id"] for made in order["fulfillments"]] == [ELSEWHERE]


def test_an_answer_that_never_comes_leaves_a_parcel_in_doubt_and_telling_it_again_settles_it(
    world: ServedShop, sales: Sales, hub: Hub
) -> None:
    hub.settings["timeout_s"] = 1.0
    order = sales.order({"MUG": 2}, LOCATION)
    sent = parcel(sales, order, {"MUG": 1})

    async def steps(connector: ShopifyConnector) -> Outcome:
        world.hang_after(1)
        with pytest.raises(InDoubt):
            await connector.ship(number(order), sent)
        return await connector.ship(number(order), sent)

    assert hub(steps).kind == "applied"
    assert len(order["fulfillments"]) == 1


def test_a_part_that_was_told_is_not_taken_back_when_the_shop_is_busy(
    world: ServedShop, sales: Sales, hub: Hub
) -> None:
    order = sales.order({"MUG": 3}, LOCATION)
    sales.split(order, "MUG", 2, ELSEWHERE)
    sent = parcel(sales, order, {"MUG": 3})

    async def steps(connector: ShopifyConnector) -> list[str]:
        world.refuse_after(2, 503)
        return [(await connector.ship(number(order), sent)).kind for _ in range(2)]

    assert hub(steps) == ["later", "applied"]


def test_what_cannot_be_told_says_why_and_what_to_do(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 3}, LOCATION)
    sales.fulfil_by_hand(order, {"MUG": 2})
    (outcome,) = told(hub, order, parcel(sales, order, {"MUG": 2}))
    assert outcome.kind == "rejected"
    assert f"1 of line {number(sales.line(order, 'MUG'))}; they were fulfilled" in outcome.reason
    order["fulfillmentOrders"][0]["status"] = "ON_HOLD"
    (outcome,) = told(hub, order, parcel(sales, order, {"MUG": 1}))
    assert outcome.kind == "later"
    assert "release the hold" in outcome.reason
    sales.cancel(order)
    (outcome,) = told(hub, order, parcel(sales, order, {"MUG": 1}))
    assert (outcome.kind, "is cancelled in Shopify" in outcome.reason) == ("rejected", True)
    missing = hub(lambda connector: connector.ship("1", Parcel("P-1", {"1": 1})))
    assert missing == Outcome("rejected", "the shop has no order 1")
    long = sales.order({f"S{n:03}": 1 for n in range(251)}, LOCATION)
    (outcome,) = told(hub, long, parcel(sales, long, {"S000": 1}))
    assert "over 250 lines" in outcome.reason


def test_what_changed_between_reading_and_writing_is_tried_again(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 3}, LOCATION)
    make = sales.create_fulfillment

    def late(given: Json) -> Json:
        sales.fulfil_by_hand(order, {"MUG": 3})
        sales.create_fulfillment = make  # type: ignore[method-assign]  # once only
        return make(given)

    sales.create_fulfillment = late  # type: ignore[method-assign]  # somebody is faster
    sent = parcel(sales, order, {"MUG": 1})
    assert [outcome.kind for outcome in told(hub, order, sent, sent)] == ["later", "rejected"]


@pytest.mark.parametrize("refund", ["no", "to_buyer"])
@pytest.mark.parametrize("notify", [False, True])
def test_a_whole_order_is_cancelled_once_without_restocking(
    shop: Shop, sales: Sales, hub: Hub, refund: str, *, notify: bool
) -> None:
    hub.settings |= {"refund_cancelled": refund, "notify_customer": notify}
    shop.put("MUG", 5)
    order = shop.sell({"MUG": 2})
    outcome = cancelled(hub, order, {}, whole=True, reason="x" * 300)
    assert outcome.kind == "accepted"
    assert cancelled(hub, order, {}, whole=True) == Outcome("applied")
    (asked,) = sales.made
    assert (asked["restock"], asked["reason"], asked["staffNote"]) == (False, "OTHER", "x" * 255)
    assert asked["refundMethod"] == {"originalPaymentMethodsRefund": refund == "to_buyer"}
    assert asked["notifyCustomer"] is notify
    assert seen(hub, order).state == "cancelled"


def test_a_cancellation_that_still_works_is_asked_for_again_and_stands_in_the_end(sales: Sales, hub: Hub) -> None:
    sales.jobs_run = False
    order = sales.order({"MUG": 2}, LOCATION)
    assert cancelled(hub, order, {}, whole=True).kind == "accepted"
    asked = sales.cancel_order

    def done_meanwhile(given: Json) -> Json:
        sales.cancel(order)
        return asked(given)

    sales.cancel_order = done_meanwhile  # type: ignore[method-assign]  # the job ends between reading and asking
    assert cancelled(hub, order, {}, whole=True) == Outcome("applied")


def test_an_order_of_which_something_left_is_not_cancelled(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 2}, LOCATION)
    sales.fulfil_by_hand(order, {"MUG": 1})
    outcome = cancelled(hub, order, {}, whole=True)
    assert outcome.kind == "rejected"
    assert "cancel the fulfillments of #1000 in Shopify first" in outcome.reason


def test_a_part_is_left_to_a_person_with_words_that_say_what_to_do_and_stands_when_it_was_done(
    sales: Sales, hub: Hub
) -> None:
    order = sales.order({"MUG": 3, "JAR": 1}, LOCATION)
    mug = number(sales.line(order, "MUG"))
    outcome = cancelled(hub, order, {mug: 2}, whole=False)
    assert outcome.kind == "rejected"
    assert "open #1000 there, remove or refund 2 x A mug, without restocking" in outcome.reason
    assert "1 of line 5" in cancelled(hub, order, {"5": 1}, whole=False).reason
    sales.edit(order, "MUG", 3)
    assert cancelled(hub, order, {mug: 2}, whole=False) == Outcome("applied")
    assert sales.made == []


@pytest.mark.parametrize("status", [500, 401])
def test_a_shop_that_fails_at_the_first_question_had_no_effect(world: ServedShop, hub: Hub, status: int) -> None:
    for steps in (
        lambda connector: connector.ship("1", Parcel("P-1", {"1": 1})),
        lambda connector: connector.cancel("1", Cancelling("k", {}, whole=True)),
    ):
        world.status = status
        with pytest.raises(ChannelDown):
            hub(steps)
