"""The hub's lines as Shopify's variables, and Shopify's answers as the hub's outcomes; it calls nobody."""

import re
import uuid
from collections.abc import Mapping, Sequence
from hashlib import sha256

import msgspec

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import Outcome, Spot, Throttle
from truestock.connectors.shopify.documents import Cost, Fault, FoundItem, PlaceData, ReadItem, SetPayload, UserError
from truestock.connectors.shopify.settings import LOCATION

QUANTITY_MAX = 1_000_000_000
CALL_POINTS = 13.0  # what recorded calls of this mutation were charged at most, whatever they carried
PLACE = re.compile(rf"({LOCATION})?[0-9]+")
REASON = "correction"
# Writing includes reading.
NEEDED_SCOPES = ("write_inventory", "write_orders", "read_customers", "write_merchant_managed_fulfillment_orders")

# The call itself is wrong, whichever lines it carries.
OF_THE_CALL = {"INVALID_NAME", "INVALID_REASON", "INVALID_REFERENCE_DOCUMENT"}
# The key belongs to a call that failed, so nothing of it is in force and another key is safe.
KEY_SPENT = {"IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"}
UNDER_WAY = "IDEMPOTENCY_CONCURRENT_REQUEST"
STALE = {"CHANGE_FROM_QUANTITY_STALE", "COMPARE_QUANTITY_STALE"}
# The variant was replaced, or its SKU moved to another, since it was looked up.
LOOK_AGAIN = {"INVALID_INVENTORY_ITEM", "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"}
ADVICE = {
    "INVALID_LOCATION": "set the channel's location to one that the shop has",
    "ITEM_NOT_STOCKED_AT_LOCATION": "stock the variant at the location (inventoryActivate) and push again",
    "NON_MUTABLE_INVENTORY_ITEM": "its stock follows from its components; take the listing off this channel",
}
# Codes of errors[] that come before anything is carried out.
REFUSED = {
    "ACCESS_DENIED",
    "BAD_REQUEST",
    "INVALID_FIELD_ARGUMENTS",
    "INVALID_VARIABLE",
    "MAX_COST_EXCEEDED",
    "SHOP_INACTIVE",
    "THROTTLED",
}
THROTTLED = "THROTTLED"
TOO_DEAR = "MAX_COST_EXCEEDED"
THROTTLED_S = 1.0


class Write(msgspec.Struct, frozen=True):
    """A line, the inventory item that its SKU means, and the location."""

    line: Line
    item: str
    location: str

    @property
    def at(self) -> tuple[str, str]:
        """By which the writes of a call are ordered."""
        return self.item, self.location


class Verdict(msgspec.Struct, frozen=True):
    """What one call decided: outcomes by spot, what must be sent again, and how.

    `halve`: the fault could not be laid at a line's door. `new_key`: the key of this call is spent. `forget`: spots to
    be looked up anew. `in_doubt`: the same call is still under way, and this is what the shop said."""

    outcomes: dict[Spot, Outcome] = {}
    again: list[Write] = []
    halve: bool = False
    new_key: bool = False
    forget: list[Spot] = []
    in_doubt: str = ""


def call_key(writes: Sequence[Write], tries: int) -> str:
    """The idempotency key of one call: the same for the same lines with the same content, whatever their order.

    `tries` counts the calls with this content that the shop is known to have failed."""
    content = sorted(
        (write.line.key, write.item, write.location, write.line.quantity, write.line.was) for write in writes
    )
    digest = sha256(msgspec.json.encode([tries, content])).digest()
    return str(uuid.UUID(bytes=digest[:16]))


def set_variables(writes: Sequence[Write], tries: int) -> dict[str, object]:
    """The variables of SET; equal for equal keys, as the shop demands."""
    key = call_key(writes, tries)
    quantities = [
        {
            "inventoryItemId": write.item,
            "locationId": write.location,
            "quantity": write.line.quantity,
            "changeFromQuantity": write.line.was,
        }
        for write in sorted(writes, key=lambda write: write.at)
    ]
    reference = f"gid://truestock/StockPush/{key}"
    given = {"name": "available", "reason": REASON, "referenceDocumentUri": reference, "quantities": quantities}
    return {"input": given, "key": key}


def misfit(line: Line) -> Outcome | None:
    """Why a line cannot be sent at all: one number out of bounds would spoil the whole call."""
    if line.place and not PLACE.fullmatch(line.place):
        return Outcome("rejected", f"{line.place!r} is not a location of a shop; give its number")
    if all(abs(number) <= QUANTITY_MAX for number in (line.quantity, line.was or 0)):
        return None
    return Outcome("rejected", f"the shop takes quantities up to {QUANTITY_MAX:,}")


def judged(payload: SetPayload, writes: Sequence[Write]) -> Verdict:
    """The verdict of one call over `writes`, which went out ordered by item and location."""
    writes = sorted(writes, key=lambda write: write.at)
    codes = {error.code for error in payload.user_errors}
    if UNDER_WAY in codes:
        return Verdict(in_doubt=said(payload.user_errors))
    if codes & KEY_SPENT:
        return Verdict(again=writes, new_key=True)
    at_fault = {place: error for error in reversed(payload.user_errors) if (place := place_of(error, len(writes))) >= 0}
    if payload.user_errors and not at_fault:
        if len(writes) > 1 and not codes & OF_THE_CALL:
            return Verdict(again=writes, halve=True)
        return Verdict({write.line.spot: Outcome("rejected", said(payload.user_errors)) for write in writes})
    outcomes = {writes[place].line.spot: outcome_of(error) for place, error in at_fault.items()}
    forget = [writes[place].line.spot for place, error in at_fault.items() if error.code in LOOK_AGAIN]
    spared = [write for place, write in enumerate(writes) if place not in at_fault]
    # One error undoes the whole call: without a group nothing was changed, and the rest has to be sent again.
    if payload.user_errors and payload.inventory_adjustment_group is None:
        return Verdict(outcomes, again=spared, forget=forget)
    return Verdict(outcomes | {write.line.spot: Outcome("applied") for write in spared}, forget=forget)


def place_of(error: UserError, count: int) -> int:
    """The index of the quantity that an error is about, -1 for none."""
    path = error.field or []
    if path[:2] != ["input", "quantities"] or len(path) < 3 or not path[2].isdecimal():
        return -1
    return int(path[2]) if int(path[2]) < count else -1


def outcome_of(error: UserError) -> Outcome:
    """The outcome of the line that an error is about."""
    if error.code in STALE:
        return Outcome("stale", error.message)
    if error.code in LOOK_AGAIN:
        return Outcome("later", f"{error.message} The variant of this SKU has changed and is looked up anew.")
    advice = ADVICE.get(error.code or "")
    return Outcome("rejected", f"{error.message} {advice[0].upper()}{advice[1:]}." if advice else error.message)


def said(errors: Sequence[UserError] | Sequence[Fault]) -> str:
    """The shop's own words, each sentence once."""
    return " ".join(dict.fromkeys(error.message for error in errors))


def search_for(skus: Sequence[str]) -> str:
    """A search for items with any of these SKUs; the shop may find more, whose SKU only resembles one."""
    quoted = (sku.replace("\\", "\\\\").replace('"', '\\"') for sku in skus)
    return " OR ".join(f'sku:"{sku}"' for sku in quoted)


def located(found: Sequence[FoundItem], skus: Sequence[str]) -> tuple[dict[str, str], dict[str, Outcome]]:
    """The one stocked item of each SKU, and why the other SKUs have none."""
    by_sku: dict[str, dict[str, FoundItem]] = {sku: {} for sku in skus}
    for item in found:
        if item.sku in by_sku:
            by_sku[item.sku][item.id] = item
    items, without = {}, {}
    for sku, same in by_sku.items():
        if not same:
            without[sku] = Outcome("rejected", "the shop has no variant with this SKU")
        elif len(same) > 1:
            reason = (
                f"the shop has {len(same)} variants with this SKU, whose inventory items are {', '.join(sorted(same))}"
            )
            without[sku] = Outcome("rejected", f"{reason}; give each a SKU of its own")
        elif next(iter(same.values())).inventory_level is None:
            reason = "the variant is not stocked at the location"
            without[sku] = Outcome("rejected", f"{reason}; stock it there (inventoryActivate) and push again")
        else:
            items[sku] = next(iter(same))
    return items, without


def shown(nodes: Sequence[ReadItem | None], skus: Mapping[str, str]) -> tuple[dict[str, int], list[str]]:
    """What is available by SKU, and the SKUs whose item is gone or has another SKU by now; `skus` by item."""
    numbers, kept = {}, set()
    for node in nodes:
        if node is None or skus.get(node.id) != node.sku:
            continue
        kept.add(node.id)
        for quantity in node.inventory_level.quantities if node.inventory_level else []:
            if quantity.name == "available":
                numbers[skus[node.id]] = quantity.quantity
    return numbers, [sku for item, sku in skus.items() if item not in kept]


def throttle_of(cost: Cost) -> Throttle:
    """The bucket as the shop tells it."""
    status = cost.throttle_status
    if status is None:
        return Throttle()
    return Throttle(left=status.currently_available, burst=status.maximum_available, per_s=status.restore_rate)


def throttled_for(cost: Cost) -> Throttle:
    """The bucket after a call that it could not pay, with the time until it can."""
    status, known = cost.throttle_status, throttle_of(cost)
    if status is None or status.restore_rate <= 0:
        return msgspec.structs.replace(known, retry_after_s=THROTTLED_S)
    lacking = (cost.requested_query_cost or 0.0) - status.currently_available
    return msgspec.structs.replace(known, retry_after_s=max(lacking / status.restore_rate, THROTTLED_S))


def reason_of(faults: Sequence[Fault]) -> str:
    """What the shop said of a call that it refused, and the access that is missing."""
    missing = dict.fromkeys(fault.extensions.required_access for fault in faults if fault.extensions.required_access)
    return " ".join([said(faults), *(f"Give the app this access: {access}" for access in missing)])


def place_told(data: PlaceData, location: str) -> tuple[str, str]:
    """The location's name, or what is wrong with it."""
    if data.location is None:
        known = ", ".join(f"{place.name} ({place.id})" for place in data.locations.nodes)
        return "", f"the shop has no location {location}; it has {known}"
    if not data.location.is_active:
        return "", f"the location {data.location.name} is not active; activate it, or choose another"
    return data.location.name, ""


def lacking(granted: Sequence[str]) -> str:
    """The scopes that the app needs and does not have; empty when it has them all."""
    have = set(granted) | {f"read_{scope.removeprefix('write_')}" for scope in granted if scope.startswith("write_")}
    return ", ".join(scope for scope in NEEDED_SCOPES if scope not in have)
