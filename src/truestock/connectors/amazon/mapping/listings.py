"""Listings items: what Amazon has for a SKU, the patch that sets its quantity, and what the answers mean."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from truestock.connectors.amazon.mapping.reading import one_line
from truestock.connectors.amazon.mapping.tickets import Ticket
from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import Outcome

PAGE: Final = 20
MERCHANT: Final = "DEFAULT"
CENTRES: Final = "AMAZON_"
ATTRIBUTE: Final = "fulfillment_availability"
ERROR: Final = "ERROR"


class ProductType(msgspec.Struct, frozen=True, rename="camel"):
    """The product type that a listing has in one marketplace; also a summary, which says the same."""

    marketplace_id: str
    product_type: str


class Availability(msgspec.Struct, frozen=True, rename="camel"):
    """The quantity by fulfilment channel: DEFAULT is the merchant, AMAZON_... are Amazon's centres."""

    fulfillment_channel_code: str
    quantity: int | None = None


class Issue(msgspec.Struct, frozen=True, rename="camel"):
    """What Amazon finds wrong with a listing or a submission."""

    message: str
    code: str = ""
    severity: str = ERROR
    attribute_names: list[str] = []


class Item(msgspec.Struct, frozen=True, rename="camel"):
    """A listing."""

    sku: str
    summaries: list[ProductType] = []
    product_types: list[ProductType] = []
    fulfillment_availability: list[Availability] = []
    issues: list[Issue] = []


class Found(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to a search."""

    items: list[Item]
    number_of_results: int = 0


class Submission(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to a patch."""

    status: str
    submission_id: str
    issues: list[Issue] = []


class Write(NamedTuple):
    """A line, and the product type of its listing, without which Amazon takes no change."""

    line: Line
    product_type: str


def parts(skus: Iterable[str]) -> list[list[str]]:
    """As many SKUs as one search takes. They are parted by commas there, so a SKU with one is asked for by itself."""
    found: list[list[str]] = [[]]
    alone: list[list[str]] = []
    for sku in skus:
        if "," in sku:
            alone.append([sku])
        elif len(found[-1]) == PAGE:
            found.append([sku])
        else:
            found[-1].append(sku)
    return [part for part in (*found, *alone) if part]


def product_type(item: Item | None, sku: str, marketplace: str) -> str | Outcome:
    """The product type of a listing whose quantity we may set, or why we may not and what to do."""
    if item is None:
        return Outcome("rejected", one_line(f"the seller has no listing with the SKU {sku} in {marketplace}; list it"))
    codes = [one.fulfillment_channel_code for one in item.fulfillment_availability]
    for code in codes:
        if code.startswith(CENTRES):
            advice = (
                "Amazon fulfils it and counts it; list it on a channel with fulfilled_by=amazon, and not on this one"
            )
            return Outcome("rejected", one_line(f"{code}: {advice}"))
        if code != MERCHANT:
            advice = "the listing keeps a quantity for each supply source, which is not written here"
            return Outcome("rejected", one_line(f"{code}: {advice}; take multi-location inventory off it"))
    for one in (*item.product_types, *item.summaries):
        if one.marketplace_id == marketplace:
            return one.product_type
    return Outcome("rejected", one_line(f"the listing {sku} has no product type in {marketplace}; finish listing it"))


def shown(item: Item) -> int | None:
    """The merchant's quantity; None when there is none."""
    for one in item.fulfillment_availability:
        if one.fulfillment_channel_code == MERCHANT:
            return one.quantity
    return None


def patches(quantity: int) -> list[dict[str, object]]:
    """The change: merged into the attribute, for replacing it would drop handling time and restock date."""
    value = {"fulfillment_channel_code": MERCHANT, "quantity": quantity}
    return [{"op": "merge", "path": f"/attributes/{ATTRIBUTE}", "value": [value]}]


def patch(write: Write) -> bytes:
    """The body of a patch."""
    return msgspec.json.encode({"productType": write.product_type, "patches": patches(write.line.quantity)})


def submitted(submission: Submission, line: Line, now: datetime) -> Outcome:
    """What the answer to a patch means. Accepted is not applied: only looking at the listing tells."""
    if submission.status == "ACCEPTED":
        ticket = Ticket("patch", submission.submission_id, 0, line.quantity, now.timestamp(), line.was)
        return Outcome("accepted", ticket=ticket.text())
    if submission.status == "INVALID":
        return Outcome("rejected", said(submission.issues) or "Amazon found the change invalid and gave no reason")
    return Outcome("unknown", one_line(f"Amazon's answer to the change was {submission.status}"))


def said(issues: Sequence[Issue]) -> str:
    """The errors among issues, in Amazon's words."""
    errors = (
        f"{issue.code}: {issue.message}" if issue.code else issue.message for issue in issues if issue.severity == ERROR
    )
    return one_line("; ".join(dict.fromkeys(errors)))


def looked_at(
    ticket: Ticket, since: datetime, item: Item | None, now: datetime, patience_s: float, sold: int
) -> Outcome | None:
    """What became of an accepted number by what the listing shows now; None while that is open.

    One that does not come to show is stale and not rejected: the newest is sent, whatever kept this one. So is at once
    one that orders have moved by `sold` units since it was in force; below 0 they gave them back."""
    if item is None:
        return Outcome("rejected", "the listing is gone; list it again, or take it off this channel")
    quantity = shown(item)
    if quantity is not None and in_force(ticket, quantity):
        return Outcome("applied")
    moved = sold and quantity == ticket.quantity - sold
    if not moved and now - since < timedelta(seconds=patience_s):
        return None
    ours = [issue for issue in item.issues if ATTRIBUTE in issue.attribute_names]
    why = f": {told}" if (told := said(ours)) else ""
    reason = one_line(f"accepted {ticket.quantity}, it shows {'nothing' if quantity is None else quantity}{why}")
    return Outcome("rejected", reason) if quantity is None else Outcome("stale", reason, quantity)


def in_force(ticket: Ticket, quantity: int) -> bool:
    """Whether the accepted number is what shows, or was until units of it were sold: by itself a listing only shows
    fewer, so one that was raised and shows more than before, or was lowered and shows fewer still, has taken it."""
    raised = ticket.was is not None and ticket.was < quantity < ticket.quantity
    lowered = ticket.was is not None and quantity < ticket.quantity < ticket.was
    return quantity == ticket.quantity or raised or lowered


def numbers(items: Mapping[str, Item]) -> dict[str, int]:
    """The merchant's quantities by SKU, of the listings that have one."""
    return {sku: quantity for sku, item in items.items() if (quantity := shown(item)) is not None}
