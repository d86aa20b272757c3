"""A Medusa shop as its staff and its customers use it: by the Admin API and the Store API."""

from collections.abc import Mapping
from typing import Any

import httpx2

from tests.real.customers import SoldOut, Unwilling

ADDRESS = {
    "first_name": "A",
    "last_name": "B",
    "address_1": "1 High St",
    "city": "Town",
    "country_code": "de",
    "postal_code": "12345",
}


class MedusaShop:
    """A shop with two stock locations that can sell. `location` is the one it sells from."""

    def __init__(self, url: str, email: str, password: str) -> None:
        self.url = url
        self._http = httpx2.Client(base_url=url, timeout=30, trust_env=False)
        token = self._ask("POST", "/auth/user/emailpass", {"email": email, "password": password})["token"]
        self._staff = {"authorization": f"Bearer {token}"}
        self.api_key: str = self.admin("POST", "/api-keys", title="hub", type="secret")["api_key"]["token"]
        self.sales_channel: str = self.admin("GET", "/sales-channels")["sales_channels"][0]["id"]
        self._region = self.admin(
            "POST",
            "/regions",
            name="EU",
            currency_code="eur",
            countries=["de"],
            payment_providers=["pp_system_default"],
        )["region"]["id"]
        profile = self.admin("POST", "/shipping-profiles", name="Default", type="default")["shipping_profile"]
        self._profile = profile["id"]
        self.location = self._place("Main")
        self.second = self._place("Second")
        self._option = self._shipping(self.location)
        front = self.admin("POST", "/api-keys", title="front", type="publishable")["api_key"]
        self.admin("POST", f"/api-keys/{front['id']}/sales-channels", add=[self.sales_channel])
        self._customer = {"x-publishable-api-key": front["token"]}
        self._variants: dict[str, str] = {}
        self._items: dict[str, str] = {}

    def _ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        response = self._http.request(method, path, json=body, headers=dict(headers or {}))
        assert response.status_code < 300, f"{method} {path}: {response.status_code} {response.text[:2000]}"
        return response.json()

    def admin(self, method: str, path: str, **body: Any) -> Any:
        """The staff does something."""
        return self._ask(method, f"/admin{path}", body or None, self._staff)

    def _place(self, name: str) -> str:
        address = {"address_1": "1 High St", "country_code": "de"}
        made: str = self.admin("POST", "/stock-locations", name=name, address=address)["stock_location"]["id"]
        self.admin("POST", f"/stock-locations/{made}/sales-channels", add=[self.sales_channel])
        self.admin("POST", f"/stock-locations/{made}/fulfillment-providers", add=["manual_manual"])
        return made

    def _shipping(self, location: str) -> str:
        path = f"/stock-locations/{location}/fulfillment-sets"
        self.admin("POST", path, name="Post", type="shipping")
        found = self.admin("GET", f"/stock-locations/{location}?fields=*fulfillment_sets")["stock_location"]
        path = f"/fulfillment-sets/{found['fulfillment_sets'][0]['id']}/service-zones"
        zones = [{"type": "country", "country_code": "de"}]
        zone = self.admin("POST", path, name="all", geo_zones=zones)["fulfillment_set"]["service_zones"][0]["id"]
        option: str = self.admin(
            "POST", "/shipping-options", name="post", service_zone_id=zone, shipping_profile_id=self._profile,
            provider_id="manual_manual", price_type="flat", type={"label": "a", "description": "b", "code": "c"},
            prices=[{"currency_code": "eur", "amount": 0}], rules=[],
        )["shipping_option"]["id"]  # fmt: skip
        return option

    def put(self, sku: str) -> None:
        """Offer something, with no stock."""
        variant = {
            "title": "a",
            "sku": sku,
            "manage_inventory": True,
            "options": {"size": "one"},
            "prices": [{"currency_code": "eur", "amount": 10}],
        }
        product = self.admin(
            "POST", "/products", title=sku, status="published", shipping_profile_id=self._profile,
            options=[{"title": "size", "values": ["one"]}], sales_channels=[{"id": self.sales_channel}],
            variants=[variant],
        )["product"]  # fmt: skip
        self._variants[sku] = product["variants"][0]["id"]
        self._items[sku] = self.admin("GET", f"/inventory-items?sku={sku}")["inventory_items"][0]["id"]

    def put_empty(self, sku: str) -> None:
        """Offer something, or take all that can be sold of it off the shelf."""
        if sku not in self._variants:
            self.put(sku)
        else:
            self.set(sku, self.levels(sku)[self.location][1])

    def levels(self, sku: str) -> dict[str, tuple[int, int]]:
        """(stocked, reserved) by location."""
        found = self.admin("GET", f"/inventory-items/{self._items[sku]}/location-levels")["inventory_levels"]
        return {each["location_id"]: (each["stocked_quantity"], each["reserved_quantity"]) for each in found}

    def shown(self, sku: str) -> int:
        """What the shop would sell."""
        return sum(stocked - reserved for stocked, reserved in self.levels(sku).values())

    def set(self, sku: str, stocked: int) -> None:
        """Somebody of the staff changes the number in stock."""
        path = f"/inventory-items/{self._items[sku]}/location-levels/{self.location}"
        self.admin("POST", path, stocked_quantity=stocked)

    def buy(self, units: Mapping[str, int]) -> str:
        """A customer buys and pays; the order's id. Raises SoldOut."""
        items = [{"variant_id": self._variants[sku], "quantity": quantity} for sku, quantity in units.items()]
        given = {"region_id": self._region, "email": "a@shop.test", "shipping_address": ADDRESS, "items": items}
        cart = self._shop("/carts", given)["cart"]["id"]
        self._shop(f"/carts/{cart}/shipping-methods", {"option_id": self._option})
        payment = self._shop("/payment-collections", {"cart_id": cart})["payment_collection"]["id"]
        self._shop(f"/payment-collections/{payment}/payment-sessions", {"provider_id": "pp_system_default"})
        done = self._shop(f"/carts/{cart}/complete", {})
        if done["type"] != "order":
            raise SoldOut(str(done["error"]))
        order: str = done["order"]["id"]
        return order

    def _shop(self, path: str, body: Mapping[str, Any]) -> Any:
        response = self._http.post(f"/store{path}", json=body, headers=self._customer)
        if response.status_code >= 300:
            raise SoldOut(f"{path}: {response.status_code} {response.text[:2000]}")
        return response.json()

    def order(self, order: str) -> dict[str, Any]:
        """An order as the staff sees it."""
        fields = "id,status,*items,*items.detail,*fulfillments,*fulfillments.labels"
        found: dict[str, Any] = self.admin("GET", f"/orders/{order}?fields={fields}")["order"]
        return found

    def ship(self, order: str, units: Mapping[str, int]) -> None:
        """The staff ships units by SKU. Raises Unwilling where Medusa cannot: a part of a line of what is sold out."""
        items = self._lines(order, units)
        known = {each["id"] for each in self.order(order)["fulfillments"]}
        packed = {"items": items, "location_id": self.location}
        response = self._http.post(f"/admin/orders/{order}/fulfillments", json=packed, headers=self._staff)
        if response.status_code == 400 and "Not enough stock available" in response.text:
            raise Unwilling(response.text)
        assert response.status_code == 200, response.text
        (made,) = [each["id"] for each in self.order(order)["fulfillments"] if each["id"] not in known]
        self.admin("POST", f"/orders/{order}/fulfillments/{made}/shipments", items=items)

    def cancel(self, order: str, units: Mapping[str, int]) -> None:
        """The staff takes units by SKU off an order."""
        left = {item["id"]: item["detail"]["quantity"] for item in self.order(order)["items"]}
        self.admin("POST", "/order-edits", order_id=order)
        for line in self._lines(order, units):
            path = f"/order-edits/{order}/items/item/{line['id']}"
            self.admin("POST", path, quantity=left[line["id"]] - line["quantity"])
        self.admin("POST", f"/order-edits/{order}/request")
        self.admin("POST", f"/order-edits/{order}/confirm")

    def cancel_whole(self, order: str) -> None:
        """The staff cancels an order."""
        self.admin("POST", f"/orders/{order}/cancel")

    def _lines(self, order: str, units: Mapping[str, int]) -> list[dict[str, Any]]:
        lines = {item["variant_sku"]: item["id"] for item in self.order(order)["items"]}
        return [{"id": lines[sku], "quantity": quantity} for sku, quantity in units.items()]

    def close(self) -> None:
        """The staff leaves."""
        self._http.close()
