"""Pushing to a store: what is shown afterwards, whom a refusal stops, and what is looked up when."""

import pytest

from tests.connectors.counterparts.woocommerce import Store
from tests.connectors.woocommerce.conftest import Hub, line
from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import Outcome, Pushed
from truestock.connectors.woocommerce.connector import WooCommerceConnector

APPLIED = Outcome("applied")
BATCH = "POST /wp-json/wc/v3/products/batch"
LOOKUP = "GET /wp-json/wc/v3/products"


def pushed(hub: Hub, *lines: Line) -> Pushed:
    return hub(lambda connector: connector.push(lines))


def kinds(answer: Pushed) -> dict[str, str]:
    return {sku: outcome.kind for sku, outcome in answer.by_sku.items()}


def test_products_go_in_one_call_and_variations_in_one_for_each_of_their_products(store: Store, hub: Hub) -> None:
    store.put("MUG", 3)
    shirt, hat = store.put("SHIRT", None, type="variable"), store.put("HAT", 0, type="variable")
    for sku, parent in {"SHIRT-S": shirt, "SHIRT-M": shirt, "HAT-S": hat}.items():
        store.put(sku, 1, parent=parent)
    skus = ["SHIRT-S", "HAT-S", "MUG", "SHIRT-M", "HAT"]
    answer = pushed(hub, *(line(sku, 5 + place) for place, sku in enumerate(skus)))
    assert answer.by_sku == dict.fromkeys(skus, APPLIED)
    assert [store.shown(sku) for sku in skus] == [5, 6, 7, 8, 9]
    of = "POST /wp-json/wc/v3/products/{}/variations/batch"
    assert store.calls == [LOOKUP, BATCH, of.format(shirt), of.format(hat)]


def test_where_a_sku_is_kept_is_looked_up_once(store: Store, hub: Hub) -> None:
    store.put("MUG", 3)

    async def twice(connector: WooCommerceConnector) -> None:
        await connector.push([line("MUG", 4)])
        await connector.push([line("MUG", 5, rev=2)])

    hub(twice)
    assert store.calls == [LOOKUP, BATCH, BATCH]
    assert store.shown("MUG") == 5


def test_what_takes_no_number_is_rejected_with_what_to_do_and_stops_no_other(store: Store, hub: Hub) -> None:
    store.put("MUG", 1)
    store.put("UNTRACKED", None)
    store.put("KIT", None, type="grouped")
    shirt = store.put("SHIRT", 9, type="variable")
    store.products[store.put("SHIRT-S", 9, parent=shirt)]["manage_stock"] = "parent"
    twins = [store.put("TWIN", 1), store.put("TWIN", 1)]
    skus = ("MUG", "UNTRACKED", "KIT", "SHIRT-S", "TWIN", "NOWHERE")
    answer = pushed(hub, *(line(sku, 2) for sku in skus))
    assert kinds(answer) == {sku: "applied" if sku == "MUG" else "rejected" for sku in skus}
    reasons = {sku: outcome.reason for sku, outcome in answer.by_sku.items()}
    assert "turn on Track stock quantity" in reasons["UNTRACKED"]
    assert "a grouped product keeps no stock" in reasons["KIT"]
    assert "turn on Manage stock at the variation itself" in reasons["SHIRT-S"]
    assert f"products {twins[0]}, {twins[1]} have the same SKU" in reasons["TWIN"]
    assert "no product with the SKU NOWHERE; give the product" in reasons["NOWHERE"]


def test_what_was_rejected_is_looked_up_again_when_it_was_mended(store: Store, hub: Hub) -> None:
    mug = store.put("MUG", None)

    async def steps(connector: WooCommerceConnector) -> list[str]:
        answers = [await connector.push([line("MUG", 2)])]
        store.products[mug] |= {"manage_stock": True, "stock_quantity": 0}
        answers += [await connector.push([line("MUG", 2)])]
        store.manages_stock = False
        answers += [await connector.push([line("MUG", 3)])]
        return [kinds(answer)["MUG"] for answer in answers]

    assert hub(steps) == ["rejected", "applied", "rejected"]


@pytest.mark.parametrize("sku", ['5" PIPE', "A,B", "R&B #1+2=3", "O'NEILL", "Größe 4", "100"])
def test_a_sku_is_found_whatever_is_in_it_and_in_its_own_case(store: Store, hub: Hub, sku: str) -> None:
    store.put(sku.swapcase() + "x", 1)
    store.put(sku.lower() + "-XL", 1)
    store.put("A", 1)
    store.put("B", 1)
    store.put(sku, 1)
    assert pushed(hub, line(sku, 2), line("A", 3)).by_sku == {sku: APPLIED, "A": APPLIED}
    assert (store.shown(sku), store.shown("B")) == (2, 1)


def test_only_another_case_is_another_sku(store: Store, hub: Hub) -> None:
    store.put("mug", 1)
    assert kinds(pushed(hub, line("MUG", 2))) == {"MUG": "rejected"}


def test_a_full_push_of_100_goes_in_one_batch_and_its_lookup_goes_on_over_pages(store: Store, hub: Hub) -> None:
    skus = [f"S{number:03}" for number in range(100)]
    for sku in skus:
        store.put(sku, 1)
        for _ in range(2):
            store.put(sku.lower(), 1)
    assert set(kinds(pushed(hub, *(line(sku, 2) for sku in skus))).values()) == {"applied"}
    assert store.calls == [*[LOOKUP] * 4, BATCH]


def test_a_product_that_was_made_anew_or_lost_its_sku_is_looked_up_again(store: Store, hub: Hub) -> None:
    mug, jar = store.put("MUG", 1), store.put("JAR", 1)

    async def steps(connector: WooCommerceConnector) -> list[dict[str, str]]:
        answers = [await connector.push([line("MUG", 2), line("JAR", 2)])]
        del store.products[mug]
        store.put("MUG", 0)
        store.products[jar]["sku"] = "OLD-JAR"
        answers += [await connector.push([line("MUG", 3), line("JAR", 3)]) for _ in range(2)]
        return [kinds(answer) for answer in answers]

    assert hub(steps) == [
        {"MUG": "applied", "JAR": "applied"},
        {"MUG": "later", "JAR": "later"},
        {"JAR": "rejected", "MUG": "applied"},
    ]
    assert store.shown("MUG") == 3


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        ({"code": "x", "message": "Stock is out of bounds.", "data": {"status": 400}}, "rejected", "out of bounds"),
        ({"code": "x", "message": "Sorry.", "data": {"status": 401}}, "rejected", "may not edit"),
        ({"code": "x", "message": "Sorry.", "data": {"status": 403}}, "rejected", "may not edit"),
        ({"code": "db_update_error", "message": "", "data": {"status": 500}}, "later", "db_update_error"),
        ({"code": "", "message": "", "data": None}, "rejected", "no reason"),
    ],
)
def test_an_error_for_one_entry_is_its_lines_alone(
    store: Store, hub: Hub, error: dict[str, object], kind: str, says: str
) -> None:
    store.entry_errors[store.put("MUG", 1)] = error
    store.put("JAR", 1)
    answer = pushed(hub, line("MUG", 2), line("JAR", 2))
    assert kinds(answer) == {"MUG": kind, "JAR": "applied"}
    assert says in answer.by_sku["MUG"].reason


def test_a_number_that_the_store_changed_on_its_way_is_told(store: Store, hub: Hub) -> None:
    mug = store.put("MUG", 1)
    body = b'{"update": [{"id": %d, "sku": "MUG", "type": "simple", "manage_stock": true, "stock_quantity": 4}]}'
    store.faults.spare, store.faults.body = 1, body % mug
    assert pushed(hub, line("MUG", 5)).by_sku == {"MUG": Outcome("stale", "told 5, it shows 4", 4)}


def test_nothing_to_push_calls_nobody(store: Store, hub: Hub) -> None:
    assert pushed(hub).by_sku == {}
    assert store.calls == []
