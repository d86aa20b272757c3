"""A Vendure shop as its staff and its customers use it: by the Admin API and the Shop API."""

from collections.abc import Mapping
from itertools import count
from typing import Any

import httpx2

from tests.real.customers import SoldOut

SETUP = """
mutation Setup($zone: ID!, $tax: ID!) {
  updateChannel(input: {id: 1, defaultTaxZoneId: $zone, defaultShippingZoneId: $zone}) { __typename }
  createTaxRate(input: {name: "none", enabled: true, value: 0, categoryId: $tax, zoneId: $zone}) { id }
  createShippingMethod(input: {
    code: "post", fulfillmentHandler: "manual-fulfillment"
    checker: {code: "default-shipping-eligibility-checker", arguments: [{name: "orderMinimum", value: "0"}]}
    calculator: {code: "default-shipping-calculator", arguments: [
      {name: "rate", value: "0"}, {name: "includesTax", value: "auto"}, {name: "taxRate", value: "0"}]}
    translations: [{languageCode: en, name: "post", description: ""}]
  }) { id }
  createPaymentMethod(input: {
    code: "card", enabled: true
    handler: {code: "dummy-payment-handler", arguments: [{name: "automaticSettle", value: "true"}]}
    translations: [{languageCode: en, name: "card", description: ""}]
  }) { id }
}"""
VARIANT = """
mutation Variant($input: [CreateProductVariantInput!]!) { createProductVariants(input: $input) { id } }"""
ORDER = """
query Order($id: ID!) { order(id: $id) {
  id code state lines { id quantity productVariant { sku } } fulfillments { id state method trackingCode }
} }"""
FULFIL = """
mutation Fulfil($input: FulfillOrderInput!) {
  addFulfillmentToOrder(input: $input) { __typename ... on Fulfillment { id } ... on ErrorResult { message } }
}"""
COUNTRY = """
mutation Country {
  createCountry(input: {code: "GB", enabled: true, translations: [{languageCode: en, name: "GB"}]}) { id }
}"""
API_KEY = """
mutation Key($roles: [ID!]!) {
  createApiKey(input: {roleIds: $roles, translations: [{languageCode: en, name: "hub"}]}) { apiKey }
}"""
LEVELS = """
query Levels($id: ID!) {
  productVariant(id: $id) { stockLevels { stockLocationId stockOnHand stockAllocated } }
}"""
SHOWN = """
query Shown($id: ID!) {
  productVariant(id: $id) {
    name prices { currencyCode price }
    product { id name slug description featuredAsset { name } assets { id name } }
  }
}"""
PUT_ASSET = "mutation A($input: UpdateProductInput!) { updateProduct(input: $input) { id } }"
REFUSED = "__typename ... on ErrorResult { message }"
MOVE = """
mutation Move($id: ID!) {
  transitionFulfillmentToState(id: $id, state: "Shipped") { __typename ... on ErrorResult { message } }
}"""
CANCEL = """
mutation Cancel($input: CancelOrderInput!) { cancelOrder(input: $input) { __typename ... on ErrorResult { message } } }
"""


class Visitor:
    """Somebody with a session of their own at one of the two APIs."""

    def __init__(self, url: str) -> None:
        self._http = httpx2.Client(base_url=url, timeout=30, trust_env=False)

    def ask(self, document: str, **variables: Any) -> Any:
        """The data of an answer."""
        response = self._http.post("", json={"query": document, "variables": variables})
        if token := response.headers.get("vendure-auth-token"):
            self._http.headers["authorization"] = f"Bearer {token}"
        body = response.json()
        assert not body.get("errors"), body["errors"]
        return body["data"]

    def close(self) -> None:
        """Leave."""
        self._http.close()


class VendureShop:
    """A shop with two stock locations that can sell. `location` is the one it sells from."""

    def __init__(self, url: str, password: str) -> None:
        self.url = f"{url}/admin-api"
        self._shop = f"{url}/shop-api"
        self._staff = Visitor(self.url)
        self._variants: dict[str, str] = {}
        self._numbers = count(1)
        login = 'mutation L($p: String!) { login(username: "superadmin", password: $p) { __typename } }'
        self._staff.ask(login, p=password)
        self._set_up()
        (first,) = self._staff.ask("{ stockLocations { items { id } } }")["stockLocations"]["items"]
        self.location: str = first["id"]
        made = self._staff.ask('mutation { createStockLocation(input: {name: "Second"}) { id } }')
        self.second: str = made["createStockLocation"]["id"]
        roles = self._staff.ask('{ roles(options: {filter: {code: {eq: "__super_admin_role__"}}}) { items { id } } }')
        made = self._staff.ask(API_KEY, roles=[role["id"] for role in roles["roles"]["items"]])
        self.api_key: str = made["createApiKey"]["apiKey"]

    def _set_up(self) -> None:
        ask = self._staff.ask
        member = ask(COUNTRY)["createCountry"]["id"]
        zone = ask('mutation Z($c: ID!) { createZone(input: {name: "all", memberIds: [$c]}) { id } }', c=member)
        tax = ask('mutation { createTaxCategory(input: {name: "none", isDefault: true}) { id } }')
        ask(SETUP, zone=zone["createZone"]["id"], tax=tax["createTaxCategory"]["id"])

    def put(self, sku: str) -> None:
        """Offer something, with no stock."""
        product = """mutation P($name: String!) { createProduct(input: {
          enabled: true, translations: [{languageCode: en, name: $name, slug: $name, description: ""}]}) { id } }"""
        made = self._staff.ask(product, name=f"product-{next(self._numbers)}")
        variant = {"productId": made["createProduct"]["id"], "sku": sku, "price": 1000}
        named = {**variant, "translations": [{"languageCode": "en", "name": sku}]}
        self._variants[sku] = self._staff.ask(VARIANT, input=[named])["createProductVariants"][0]["id"]

    def put_empty(self, sku: str) -> None:
        """Offer something, or take all that can be sold of it off the shelf."""
        if sku not in self._variants:
            self.put(sku)
        else:
            self.set(sku, self.levels(sku)[self.location][1])

    def levels(self, sku: str) -> dict[str, tuple[int, int]]:
        """(on hand, allocated) by location."""
        found = self._staff.ask(LEVELS, id=self._variants[sku])["productVariant"]["stockLevels"]
        return {each["stockLocationId"]: (each["stockOnHand"], each["stockAllocated"]) for each in found}

    def shown(self, sku: str) -> int:
        """What the shop would sell."""
        return sum(on_hand - allocated for on_hand, allocated in self.levels(sku).values())

    def page(self, sku: str) -> dict[str, Any]:
        """What customers see of something, as the staff is shown it: the variant with its product."""
        found: dict[str, Any] = self._staff.ask(SHOWN, id=self._variants[sku])["productVariant"]
        return found

    def show(self, sku: str, assets: list[str]) -> None:
        """Somebody of the staff sets the images of something, of which the first stands for it."""
        product = self.page(sku)["product"]["id"]
        self._staff.ask(PUT_ASSET, input={"id": product, "assetIds": assets, "featuredAssetId": assets[0]})

    def set(self, sku: str, on_hand: int) -> None:
        """Somebody of the staff changes the number on hand."""
        update = "mutation U($input: [UpdateProductVariantInput!]!) { updateProductVariants(input: $input) { id } }"
        level = {"stockLocationId": self.location, "stockOnHand": on_hand}
        self._staff.ask(update, input=[{"id": self._variants[sku], "stockLevels": [level]}])

    def buy(self, units: Mapping[str, int]) -> str:
        """A customer buys and pays; the order's id. Raises SoldOut."""
        visitor = Visitor(self._shop)
        try:
            for sku, quantity in units.items():
                self._do(
                    visitor, "addItemToOrder", "productVariantId: $v, quantity: $n", v=self._variants[sku], n=quantity
                )
            customer = 'firstName: "A", lastName: "B", emailAddress: "a@shop.test"'
            self._do(visitor, "setCustomerForOrder", f"input: {{{customer}}}")
            self._do(visitor, "setOrderShippingAddress", 'input: {streetLine1: "1 High St", countryCode: "GB"}')
            method = visitor.ask("{ eligibleShippingMethods { id } }")["eligibleShippingMethods"][0]["id"]
            self._do(visitor, "setOrderShippingMethod", f'shippingMethodId: ["{method}"]')
            self._do(visitor, "transitionOrderToState", 'state: "ArrangingPayment"')
            return self._do(visitor, "addPaymentToOrder", 'input: {method: "card", metadata: {}}')
        finally:
            visitor.close()

    @staticmethod
    def _do(visitor: Visitor, name: str, given: str, **variables: Any) -> str:
        declared = "($v: ID!, $n: Int!)" if variables else ""
        document = f"mutation M{declared} {{ {name}({given}) {{ {REFUSED} ... on Order {{ id }} }} }}"
        result = visitor.ask(document, **variables)[name]
        if result["__typename"] != "Order":
            raise SoldOut(f"{name}: {result}")
        order: str = result["id"]
        return order

    def order(self, order: str) -> dict[str, Any]:
        """An order as the staff sees it."""
        found: dict[str, Any] = self._staff.ask(ORDER, id=order)["order"]
        return found

    def ship(self, order: str, units: Mapping[str, int]) -> None:
        """The staff ships units by SKU."""
        handler = {
            "code": "manual-fulfillment",
            "arguments": [{"name": "method", "value": "Van"}, {"name": "trackingCode", "value": "T-1"}],
        }
        made = self._staff.ask(FULFIL, input={"lines": self._lines(order, units), "handler": handler})
        fulfillment = made["addFulfillmentToOrder"]
        assert fulfillment["__typename"] == "Fulfillment", fulfillment
        moved = self._staff.ask(MOVE, id=fulfillment["id"])["transitionFulfillmentToState"]
        assert moved["__typename"] == "Fulfillment", moved

    def cancel(self, order: str, units: Mapping[str, int]) -> None:
        """The staff cancels units by SKU."""
        cancelled = {"orderId": order, "lines": self._lines(order, units), "reason": "by phone"}
        result = self._staff.ask(CANCEL, input=cancelled)["cancelOrder"]
        assert result["__typename"] == "Order", result

    def _lines(self, order: str, units: Mapping[str, int]) -> list[dict[str, Any]]:
        lines = {line["productVariant"]["sku"]: line["id"] for line in self.order(order)["lines"]}
        return [{"orderLineId": lines[sku], "quantity": quantity} for sku, quantity in units.items()]

    def close(self) -> None:
        """The staff leaves."""
        self._staff.close()
