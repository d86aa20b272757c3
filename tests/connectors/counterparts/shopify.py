"""A shop that keeps stock: Shopify's published schema, with resolvers for what the connector asks.

Codes and texts of errors are those that recorded shops gave. What the schema does not allow, asked or answered, is
kept in `violations`, which the tests look at. Of a key whose call failed it says so: the harsher reading of the
contract."""

import re
import time
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo, GraphQLSchema, execute_sync, get_directive_values, parse, validate
from graphql.execution import ExecutionResult
from graphql.language import FieldNode, OperationDefinitionNode

from tests.connectors.counterparts.shopify_orders import RESOLVERS, Sales
from tests.connectors.counterparts.shopify_pages import Pages
from tests.connectors.counterparts.shopify_payments import RESOLVERS as OF_PAYMENTS
from tests.connectors.counterparts.shopify_payments import SCOPES as PAYMENTS_SCOPES
from tests.connectors.counterparts.shopify_payments import Payments

SCOPES = ("write_inventory", "write_orders", "read_customers", "write_merchant_managed_fulfillment_orders")
LOCATION = "gid://shopify/Location/77"
ELSEWHERE = "gid://shopify/Location/78"
TOKEN = "shpat_test"
DOMAIN = "corner-shop.myshopify.com"
POINTS = {"inventorySetQuantities": 13.0, "inventoryItems": 27.0, "nodes": 6.0, "fulfillmentCreate": 10.0}
TERM = re.compile(r'sku:"((?:[^"\\]|\\.)*)"(?: OR |$)')
REASONS = {"correction", "cycle_count_available", "other", "received", "restock", "shrinkage"}
Json = dict[str, Any]


class Refused(GraphQLError):
    """An error the shop means to give."""

    def __init__(self, message: str, code: str, **more: object) -> None:
        super().__init__(message, extensions={"code": code, **more})


class Shop:
    """One shop with two locations."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self.scopes = set(SCOPES)
        self.sales = Sales(DOMAIN)
        self.pages = Pages()
        self.payments = Payments()
        self.items: dict[str, Json] = {}
        self.locations = {LOCATION: ("Main", True), ELSEWHERE: ("Cellar", True)}
        self.page = 250
        self.burst, self.left, self.per_s = 2000.0, 2000.0, 100.0
        self.throttle_next = 0
        self.busy_keys: set[str] = set()
        self.blank_errors = False
        self.writes: list[Json] = []
        self.violations: list[str] = []
        self._keys: dict[str, tuple[object, Json]] = {}
        self._ids = count(1001)
        self._seen = time.monotonic()

    def put(self, sku: str, available: int | None = 0, *, fixed: bool = False, elsewhere: int | None = None) -> str:
        """A variant with its item; None: not stocked at that location. `fixed`: its stock follows from components."""
        item = f"gid://shopify/InventoryItem/{next(self._ids)}"
        stocked = {LOCATION: available, ELSEWHERE: elsewhere}
        levels = {location: number for location, number in stocked.items() if number is not None}
        self.items[item] = {"__typename": "InventoryItem", "id": item, "sku": sku, "levels": levels, "fixed": fixed}
        return item

    def available(self, sku: str, location: str = LOCATION) -> int | None:
        """What buyers see of a SKU."""
        return next((item["levels"].get(location) for item in self.items.values() if item["sku"] == sku), None)

    def sell(self, lines: Mapping[str, int], **given: Any) -> Json:
        """Somebody buys, which makes an order."""
        for sku, quantity in lines.items():
            self.order(sku, quantity)
        return self.sales.order(lines, LOCATION, **given)

    def order(self, sku: str, quantity: int) -> None:
        """Somebody buys in the shop, which lowers `available` by itself."""
        next(item for item in self.items.values() if item["sku"] == sku)["levels"][LOCATION] -= quantity

    def answer(self, query: str, variables: Json) -> Json:
        """The body of the answer to one call."""
        document = parse(query)
        wrong = validate(self.schema, document)
        self.violations += [str(error) for error in wrong]
        if wrong:
            return {"errors": [error.formatted for error in wrong]}
        operation = document.definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        fields = [field.name.value for field in operation.selection_set.selections if isinstance(field, FieldNode)]
        points = sum(POINTS.get(field, 1.0) for field in fields)
        now = time.monotonic()
        self.left = min(self.burst, self.left + (now - self._seen) * self.per_s)
        self._seen = now
        if self.throttle_next or points > self.left:
            self.throttle_next = max(0, self.throttle_next - 1)
            throttled = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
            return {"errors": [throttled], "extensions": self._cost(points)}
        self.left -= points
        result = execute_sync(self.schema, document, root_value=self, variable_values=variables)
        assert isinstance(result, ExecutionResult)
        unmeant = [error for error in result.errors or [] if not isinstance(error.original_error or error, Refused)]
        self.violations += [str(error) for error in unmeant]
        if "orders" in fields and self.sales.between:
            self.sales.between()
        return {**result.formatted, "extensions": self._cost(points)}

    def _cost(self, points: float) -> Json:
        status = {"maximumAvailable": self.burst, "currentlyAvailable": self.left, "restoreRate": self.per_s}
        return {"cost": {"requestedQueryCost": points, "actualQueryCost": points, "throttleStatus": status}}

    def search(self, query: str, after: str | None) -> Json:
        """Items by SKU, as loosely as a search does: in any case, and also where the SKU only begins so."""
        terms = self.terms(query)
        hits = [item for item in self.items.values() if any(item["sku"].lower().startswith(term) for term in terms)]
        start = int(after or 0)
        end = start + self.page
        page = {
            "hasNextPage": end < len(hits),
            "hasPreviousPage": start > 0,
            "endCursor": str(end),
            "startCursor": after,
        }
        return {"nodes": hits[start:end], "pageInfo": page}

    def terms(self, query: str) -> list[str]:
        """The SKUs that a search is for, in small letters."""
        if "".join(match.group() for match in TERM.finditer(query)) != query:
            self.violations.append(f"no search that Shopify would understand as meant: {query}")
        return [re.sub(r"\\(.)", r"\1", term).lower() for term in TERM.findall(query)]

    def set_quantities(self, given: Json, key: str | None) -> Json:
        """inventorySetQuantities: all or nothing, and once for each key."""
        if not key:
            raise Refused(
                "The @idempotent directive is required for this mutation but was not provided.", "BAD_REQUEST"
            )
        if any("changeFromQuantity" not in quantity for quantity in given["quantities"]):
            message = "InventoryQuantityInput must include the following argument: changeFromQuantity."
            raise Refused(message, "INVALID_FIELD_ARGUMENTS")
        if len(given["quantities"]) > 250:
            raise Refused("The input array size is greater than the maximum allowed of 250.", "MAX_INPUT_SIZE_EXCEEDED")
        if key in self.busy_keys:
            return _failed([_error("IDEMPOTENCY_CONCURRENT_REQUEST", "This request is currently in progress.")])
        if key in self._keys:
            before, answer = self._keys[key]
            if before != given:
                message = "The same idempotency key cannot be used with different operation parameters."
                return _failed([_error("IDEMPOTENCY_KEY_PARAMETER_MISMATCH", message)])
            if answer["userErrors"]:
                message = "A previous request with this idempotency key failed."
                return _failed([_error("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", message)])
            return answer
        self.writes.append(given)
        errors = self._faults(given)
        answer = _failed(errors) if errors else self._apply(given)
        self._keys[key] = (given, answer)
        return answer

    def _faults(self, given: Json) -> list[Json]:
        if given["name"] not in {"available", "on_hand"}:
            message = "The quantity name must be either 'available' or 'on_hand'."
            return [_error("INVALID_NAME", message, "name")]
        if given["reason"] not in REASONS:
            return [_error("INVALID_REASON", "The specified reason is invalid.", "reason")]
        pairs = [(quantity["inventoryItemId"], quantity["locationId"]) for quantity in given["quantities"]]
        errors = []
        for place, quantity in enumerate(given["quantities"]):
            found = self._fault(quantity, twice=pairs.count(pairs[place]) > 1)
            if found and self.blank_errors:
                errors.append({"code": None, "field": None, "message": "Something is wrong."})
            elif found:
                code, field, message = found
                errors.append(_error(code, message, "quantities", str(place), field))
        return errors

    def _fault(self, quantity: Json, *, twice: bool) -> tuple[str, str, str] | None:
        item = self.items.get(quantity["inventoryItemId"])
        if item is None:
            return "INVALID_INVENTORY_ITEM", "inventoryItemId", "The specified inventory item could not be found."
        if quantity["locationId"] not in self.locations:
            return "INVALID_LOCATION", "locationId", "The specified location could not be found."
        if twice:
            message = "The combination of inventoryItemId and locationId must be unique."
            return "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR", "locationId", message
        if item["fixed"]:
            message = "The specified inventory item is not allowed to be adjusted via API."
            return "NON_MUTABLE_INVENTORY_ITEM", "inventoryItemId", message
        if quantity["quantity"] > 1_000_000_000:
            return "INVALID_QUANTITY_TOO_HIGH", "quantity", "The quantity can't be higher than 1,000,000,000."
        thought, holds = quantity["changeFromQuantity"], item["levels"].get(quantity["locationId"], 0)
        if thought is not None and thought != holds:
            message = "The changeFromQuantity value does not match persisted value."
            return "CHANGE_FROM_QUANTITY_STALE", "changeFromQuantity", message
        return None

    def _apply(self, given: Json) -> Json:
        changed = False
        for quantity in given["quantities"]:
            levels = self.items[quantity["inventoryItemId"]]["levels"]
            changed |= levels.get(quantity["locationId"]) != quantity["quantity"]
            levels[quantity["locationId"]] = quantity["quantity"]
        group = {"id": f"gid://shopify/InventoryAdjustmentGroup/{next(self._ids)}"} if changed else None
        return {"inventoryAdjustmentGroup": group, "userErrors": []}


def _error(code: str, message: str, *field: str) -> Json:
    return {"code": code, "message": message, "field": ["input", *field] if field else None}


def _failed(errors: Sequence[Json]) -> Json:
    return {"inventoryAdjustmentGroup": None, "userErrors": list(errors)}


def node(shop: Shop, gid: str) -> Json | None:
    """Whatever has this ID."""
    orders = shop.sales.orders
    parts = [part for order in orders.values() for kind in ("fulfillments", "refunds") for part in order[kind]]
    return shop.items.get(gid) or orders.get(gid) or next((part for part in parts if part["id"] == gid), None)


def orders(shop: Shop, _info: object, **given: Any) -> Json:
    """A page of orders, if it is not too dear."""
    if given["first"] > shop.sales.first_max:
        message = f"Query cost is {given['first'] * 60}, which exceeds the single query max cost limit (1000)."
        raise Refused(message, "MAX_COST_EXCEEDED")
    return shop.sales.page(given["query"], given["sortKey"], given["first"], given.get("after"))


def subscriptions(shop: Shop, _info: object, **given: Any) -> Json:
    """Those of one address."""
    known = shop.sales.subscriptions.values()
    found = [one for one in known if one["uri"] == given["uri"] and one["topic"] in given["topics"]]
    return {"nodes": found, "pageInfo": {"hasNextPage": False, "hasPreviousPage": False}}


def variants(shop: Shop, _info: object, **given: Any) -> Json:
    """A page of what is sold; an app without the scope is not told."""
    if "read_products" not in shop.scopes:
        needed = "`read_products` access scope."
        raise Refused("Access denied for productVariants field.", "ACCESS_DENIED", requiredAccess=needed)
    if given["query"].startswith("sku:"):
        hits = shop.pages.found(shop.terms(given["query"]))
        return {"nodes": hits, "pageInfo": {"hasNextPage": False, "hasPreviousPage": False}}
    if given["query"] != "product_status:ACTIVE":
        shop.violations.append(f"no search for what is sold: {given['query']}")
    start = int(given.get("after") or 0)
    end = start + min(shop.page, given["first"])
    found = [
        {
            "sku": item["sku"] or None,
            "barcode": item.get("barcode"),
            "displayName": f"Thing - {item['sku']}",
            "inventoryQuantity": sum(item["levels"].values()),
            "inventoryItem": {"tracked": bool(item["levels"])},
        }
        for item in shop.items.values()
    ]
    more = {"hasNextPage": end < len(found), "hasPreviousPage": start > 0, "endCursor": str(end)}
    return {"nodes": found[start:end], "pageInfo": more}


def writing(shop: Shop, scope: str = "write_products") -> Pages:
    """The pages, for an app that may write them."""
    if scope not in shop.scopes:
        needed = f"`{scope}` access scope."
        raise Refused("Access denied for productUpdate field.", "ACCESS_DENIED", requiredAccess=needed)
    return shop.pages


def payments(shop: Shop, _info: object) -> Payments | None:
    """The account with Shopify Payments, for an app that may read it."""
    if not set(PAYMENTS_SCOPES) <= shop.scopes:
        needed = f"`{PAYMENTS_SCOPES[0]}` access scope."
        raise Refused("Access denied for shopifyPaymentsAccount field.", "ACCESS_DENIED", requiredAccess=needed)
    return shop.payments if shop.payments.open else None


def resubscribe(shop: Shop, _info: object, **given: Any) -> Json:
    """Another way of being told."""
    change = given["webhookSubscription"]
    shop.sales.subscriptions[given["id"]] |= {**change, "filter": change.get("filter") or None}
    return {"userErrors": []}


def unsubscribe(shop: Shop, _info: object, **given: Any) -> Json:
    """Nobody is told any more."""
    del shop.sales.subscriptions[given["id"]]
    return {"userErrors": []}


ASKED: Mapping[str, Any] = {
    "orders": orders,
    "order": lambda shop, _info, **given: shop.sales.orders.get(given["id"]),
    "node": lambda shop, _info, **given: node(shop, given["id"]),
    "webhookSubscriptions": subscriptions,
    "productVariants": variants,
    "shopifyPaymentsAccount": payments,
    "product": lambda shop, _info, **given: shop.pages.told(given["id"]),
}
TOLD: Mapping[str, Any] = {
    "fulfillmentCreate": lambda shop, _info, **given: shop.sales.create_fulfillment(given["fulfillment"]),
    "metafieldsSet": lambda shop, _info, **given: shop.sales.keep(given["metafields"]),
    "orderCancel": lambda shop, _info, **given: shop.sales.cancel_order(given),
    "webhookSubscriptionCreate": lambda shop, _info, **given: shop.sales.subscribe(
        given["topic"], given["webhookSubscription"]
    ),
    "productUpdate": lambda shop, _info, **given: writing(shop).update_product(given["product"], given.get("media")),
    "fileUpdate": lambda shop, _info, **given: writing(shop, "write_files").update_files(given["files"]),
    "productReorderMedia": lambda shop, _info, **given: writing(shop).sort_media(given["id"], given["moves"]),
    "productVariantsBulkUpdate": lambda shop, _info, **given: writing(shop).update_variants(
        given["productId"], given["variants"]
    ),
    "webhookSubscriptionUpdate": resubscribe,
    "webhookSubscriptionDelete": unsubscribe,
}


def with_resolvers(schema: GraphQLSchema) -> GraphQLSchema:
    """The schema, answering from the shop that is the root value."""

    def key_of(info: GraphQLResolveInfo[Shop]) -> str | None:
        directive = info.schema.get_directive("idempotent")
        assert directive
        given = get_directive_values(directive, info.field_nodes[0], info.variable_values)
        return str(given["key"]) if given else None

    def place(shop: Shop, at: str) -> Json | None:
        known = shop.locations.get(at)
        return {"id": at, "name": known[0], "isActive": known[1]} if known else None

    def level(item: Json, _info: object, **given: Any) -> Json | None:
        held = item["levels"].get(given["locationId"])
        return None if held is None else {"id": f"gid://shopify/InventoryLevel/1?{item['id']}", "held": held}

    def scopes(shop: Shop) -> Json:
        return {"accessScopes": [{"handle": handle} for handle in sorted(shop.scopes)]}

    def mutate(shop: Shop, info: GraphQLResolveInfo[Shop], **given: Any) -> Json:
        if "write_inventory" not in shop.scopes:
            needed = "`write_inventory` access scope."
            raise Refused("Access denied for inventorySetQuantities field.", "ACCESS_DENIED", requiredAccess=needed)
        return shop.set_quantities(given["input"], key_of(info))

    resolvers: Mapping[str, Mapping[str, Any]] = {
        **RESOLVERS,
        **OF_PAYMENTS,
        "QueryRoot": {
            **ASKED,
            "shop": lambda _shop, _info: {"name": "Corner Shop", "currencyCode": "EUR"},
            "currentAppInstallation": lambda shop, _info: scopes(shop),
            "location": lambda shop, _info, **given: place(shop, given["id"]),
            "locations": lambda shop, _info, **_given: {"nodes": [place(shop, at) for at in shop.locations]},
            "inventoryItems": lambda shop, _info, **given: shop.search(given["query"], given.get("after")),
            "nodes": lambda shop, _info, **given: [node(shop, gid) for gid in given["ids"]],
        },
        "InventoryItem": {"inventoryLevel": level},
        "InventoryLevel": {
            "quantities": lambda held, _info, **given: [
                {"name": name, "quantity": held["held"]} for name in given["names"] if name == "available"
            ]
        },
        "Mutation": {**TOLD, "inventorySetQuantities": mutate},
    }
    for name, fields in resolvers.items():
        of_type: Any = schema.type_map[name]
        for field, resolve in fields.items():
            of_type.fields[field].resolve = resolve
    return schema
