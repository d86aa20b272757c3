"""The counterpart's own judge: what a live store would not know or take is noticed."""

from typing import Any

import pytest

from tests.connectors.counterparts.woocommerce_contract import Contract, Json

PRODUCTS = "/wp-json/wc/v3/products"


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", "/wp-json/wc/v3/stock", {}, None),
        ("PUT", PRODUCTS, {}, None),
        ("GET", PRODUCTS, {"skus": "MUG"}, None),
        ("GET", PRODUCTS, {"per_page": "101"}, None),
        ("GET", PRODUCTS, {"per_page": "many"}, None),
        ("GET", PRODUCTS, {"status": "sold"}, None),
        ("POST", PRODUCTS + "/batch", {}, {"updates": []}),
        ("POST", PRODUCTS + "/batch", {}, {"update": [{"id": 12, "stock": 3}]}),
        ("POST", PRODUCTS + "/batch", {}, {"update": [{"id": "12"}]}),
        ("POST", PRODUCTS + "/7/variations/batch", {}, {"update": [{"id": 12, "stock_quantity": "3"}]}),
    ],
)
def test_a_call_that_the_routes_do_not_allow_is_noticed(
    dump: Json, method: str, path: str, query: dict[str, str], body: Json | None
) -> None:
    contract = Contract(dump)
    contract.asked(method, path, query, body)
    assert len(contract.violations) == 1


@pytest.mark.parametrize("wrong", [{"stock": 3}, {"sku": 3}, {"stock_quantity": "3"}, {"type": "bundle"}])
@pytest.mark.parametrize("right", [{"id": 12, "type": "simple"}, {"id": 12}])
def test_an_answer_that_the_schemas_do_not_allow_is_noticed(
    dump: Json, right: dict[str, Any], wrong: dict[str, Any]
) -> None:
    contract = Contract(dump)
    contract.answered(right)
    assert contract.violations == []
    contract.answered(right | wrong)
    assert len(contract.violations) == 1
