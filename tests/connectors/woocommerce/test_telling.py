"""Parcels and cancellations, told to a store over HTTP: once, whatever happens on the way."""

from datetime import UTC, datetime

import pytest

from tests.connectors.counterparts.woocommerce import Store
from tests.connectors.counterparts.woocommerce_contract import Json
from tests.connectors.counterparts.woocommerce_orders import Sales
from tests.connectors.woocommerce.conftest import Hub
from tests.connectors.woocommerce.test_orders import qtys, seen
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome
from truestock.connectors.contract.orders import Cancelling, Parcel
from truestock.connectors.woocommerce.connector import WooCommerceConnector

AT = datetime(2026, 11, 22, 9, 0, 30, tzinfo=UTC)


def parcel(sales: Sales, order: Json, units: dict[str, int], name: str = "P-1", tracking: str = "1Z") -> Parcel:
    lines = {str(sales.line(order, sku)["id"]): qty for sku, qty in units.items()}
    return Parcel(name, lines, AT, "pune", "UPS", tracking, "https://ups.example/1Z")


def told(hub: Hub, order: Json, *parcels: Parcel) -> list[Outcome]:
    async def steps(connector: WooCommerceConnector) -> list[Outcome]:
        return [await connector.ship(str(order["id"]), one) for one in parcels]

    return hub(steps)


def cancelled(hub: Hub, order: Json, lines: dict[str, int], *, whole: bool) -> Outcome:
    return hub(lambda connector: connector.cancel(str(order["id"]), Cancelling("key", lines, whole)))


def test_an_order_is_completed_by_its_last_parcel_and_they_come_back_as_they_were_told(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 3, "JAR": 2})
    first, last = parcel(sales, order, {"MUG": 2}), parcel(sales, order, {"MUG": 1, "JAR": 2}, "P-2", "2Z")
    assert told(hub, order, first) == [Outcome("applied", ticket="P-1")]
    assert (order["status"], seen(hub, order).parcels) == ("processing", [first])
    assert told(hub, order, last) == [Outcome("applied", ticket="P-2")]
    found = seen(hub, order)
    assert (order["status"], found.state, found.parcels) == ("completed", "closed", [first, last])
    assert qtys(found) == {"MUG": (3, 0), "JAR": (2, 0)}
    tracking = [meta["value"] for meta in order["meta_data"] if meta["key"].startswith("_tracking")]
    assert tracking == ["2Z", "UPS"]
    assert [(note["note"], note["customer_note"]) for note in sales.notes[order["id"]]] == [
        ("Parcel P-1: UPS 1Z https://ups.example/1Z; 2 x A mug", False),
        ("Parcel P-2: UPS 2Z https://ups.example/1Z; 1 x A mug, 2 x A jar", False),
    ]


def test_the_same_parcel_is_told_once(sales: Sales, hub: Hub) -> None:
    hub.settings["notify_customer"] = True
    order = sales.order({"MUG": 3})
    first, other = parcel(sales, order, {"MUG": 1}), parcel(sales, order, {"MUG": 1}, "P-2", "")
    assert {outcome.kind for outcome in told(hub, order, first, first, other, first, other)} == {"applied"}
    assert len(seen(hub, order).parcels) == 2
    assert [note["customer_note"] for note in sales.notes[order["id"]]] == [True, True]
    assert len([meta for meta in order["meta_data"] if meta["key"] == "_truestock_parcels"]) == 1


@pytest.mark.parametrize("spare", [1, 2, 3])
@pytest.mark.parametrize("fault", ["drop_before_effect", "hang_after_effect"])
def test_whatever_breaks_off_is_told_again_without_a_second_effect(
    store: Store, sales: Sales, hub: Hub, spare: int, fault: str
) -> None:
    hub.settings["timeout_s"] = 1.0 if fault == "hang_after_effect" else 5.0
    order = sales.order({"MUG": 3})
    sent = parcel(sales, order, {"MUG": 1})

    async def steps(connector: WooCommerceConnector) -> Outcome:
        store.faults.spare = spare
        setattr(store.faults, fault, True)
        with pytest.raises((InDoubt, ChannelDown)) as failed:
            await connector.ship(str(order["id"]), sent)
        assert failed.type is (ChannelDown if spare == 1 else InDoubt)
        return await connector.ship(str(order["id"]), sent)

    assert hub(steps).kind == "applied"
    assert (len(seen(hub, order).parcels), len(sales.notes[order["id"]])) == (1, 1)


def test_a_parcel_of_an_order_that_somebody_completed_is_a_part_of_what_left(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 3})
    sales.now += 60
    sales.change(order, "completed")
    sent = parcel(sales, order, {"MUG": 2})
    assert told(hub, order, sent)[0].kind == "applied"
    found = seen(hub, order)
    line = str(sales.line(order, "MUG")["id"])
    assert found.parcels[0] == sent
    assert [one.lines for one in found.parcels] == [{line: 2}, {line: 1}]
    assert qtys(found) == {"MUG": (3, 0)}


def test_refunded_units_are_not_waited_for(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 3})
    sales.refund(order, {"MUG": 1})
    told(hub, order, parcel(sales, order, {"MUG": 2}))
    assert (order["status"], qtys(seen(hub, order))) == ("completed", {"MUG": (2, 0)})


def test_what_cannot_be_told_says_why_and_what_to_do(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 3})
    sales.refund(order, {"MUG": 2})
    line = sales.line(order, "MUG")["id"]
    (outcome,) = told(hub, order, parcel(sales, order, {"MUG": 2}))
    assert outcome.kind == "rejected"
    assert f"1 of line {line}; they were refunded" in outcome.reason
    sales.change(order, "cancelled")
    (outcome,) = told(hub, order, parcel(sales, order, {"MUG": 1}))
    assert (outcome.kind, "get the parcel back" in outcome.reason) == ("rejected", True)
    order["meta_data"].append({"id": 1, "key": "_truestock_parcels", "value": "mine"})
    for outcome in (
        *told(hub, order, parcel(sales, order, {"MUG": 1})),
        *told(hub, {"id": 1}, Parcel("P-1", {"1": 1})),
        *told(hub, {"id": "²"}, Parcel("P-1", {"1": 1})),
    ):
        assert outcome.kind == "rejected"


def test_an_order_is_cancelled_once_and_the_store_raises_its_number_by_itself(
    store: Store, sales: Sales, hub: Hub
) -> None:
    store.put("MUG", 5)
    order = sales.order({"MUG": 2})
    assert store.shown("MUG") == 3
    assert [cancelled(hub, order, {}, whole=True) for _ in range(2)] == [Outcome("applied")] * 2
    assert (order["status"], store.shown("MUG"), seen(hub, order).state) == ("cancelled", 5, "cancelled")


def test_an_order_of_which_something_left_is_not_cancelled(sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 2})
    told(hub, order, parcel(sales, order, {"MUG": 1}))
    outcome = cancelled(hub, order, {}, whole=True)
    assert (outcome.kind, order["status"]) == ("rejected", "processing")
    assert "has left" in outcome.reason


def test_a_part_is_left_to_a_person_with_words_that_say_what_to_do_and_stands_when_it_was_done(
    sales: Sales, hub: Hub
) -> None:
    order = sales.order({"MUG": 3, "JAR": 1})
    mug = str(sales.line(order, "MUG")["id"])
    outcome = cancelled(hub, order, {mug: 2}, whole=False)
    assert outcome.kind == "rejected"
    assert f"open #{order['id']} there, refund 2 x A mug, with Restock refunded items off" in outcome.reason
    assert "1 of line 5" in cancelled(hub, order, {"5": 1}, whole=False).reason
    sales.refund(order, {"MUG": 3}, restock=False)
    assert cancelled(hub, order, {mug: 2}, whole=False) == Outcome("applied")
    assert cancelled(hub, {"id": 1}, {}, whole=True).kind == "rejected"


def test_an_order_that_goes_away_meanwhile_is_rejected(store: Store, sales: Sales, hub: Hub) -> None:
    order = sales.order({"MUG": 3})
    kept = sales.answer

    def gone(method: str, path: str, *rest: object) -> object:
        if method == "POST" or path.endswith("/notes"):
            sales.orders.pop(order["id"], None)
        return kept(method, path, *rest)  # type: ignore[arg-type]  # passed on as they came

    sales.answer = gone  # type: ignore[method-assign, assignment]  # somebody empties the bin
    assert cancelled(hub, order, {}, whole=True).kind == "rejected"
    sales.orders[order["id"]] = order
    assert told(hub, order, parcel(sales, order, {"MUG": 1}))[0].kind == "rejected"
