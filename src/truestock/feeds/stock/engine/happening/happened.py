"""What rows of a feed mean that tells what happened or will: commands for the rooms that book it. Pure."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from truestock.core.checks import check_years
from truestock.core.feed import Meaning
from truestock.core.problems import Invalid
from truestock.feeds.receiving.till import RingUp
from truestock.feeds.receiving.values import Receipt, ReceiptLine, Receive, TillLine, TillReceipt
from truestock.feeds.stock.files import FeedRow
from truestock.ledger.documents import Document, DocumentLine
from truestock.ledger.values import Adjust, Post, Return
from truestock.orders.actions import Act, Ship

Command = Post | RingUp | Receive | Act | Document


class Told(NamedTuple):
    """Whose rows they are: the feed, its run, who sends it, what holds for rows that do not say it, as of when, and in
    which zone days without a time are."""

    feed: str
    run: int
    actor: str
    location: str
    as_of: datetime
    zone: ZoneInfo = ZoneInfo("UTC")


def command_of(
    meaning: Meaning, row: FeedRow, told: Told, lines: dict[tuple[str, str], list[int]], key: str
) -> Command:
    """What a row asks to be booked, under its key. `lines`: of the orders named, by (order, SKU), the lines that take
    it. Raises Invalid naming the field."""
    try:
        match meaning:
            case "delta":
                return _delta(row, told, key)
            case "return":
                return _return(row, told, key)
            case "sales":
                return _sale(row, told, key)
            case "receipt":
                return _receipt(row, told, key)
            case "shipment":
                return _shipment(row, told, lines, key)
            case "expected":
                return _expected(row, told)
            case _:
                raise AssertionError(meaning)
    except msgspec.ValidationError as error:
        raise Invalid("line", str(error)) from None


def _delta(row: FeedRow, told: Told, key: str) -> Post:
    fields = row.fields
    booking = msgspec.convert(
        {
            "kind": "adjust",
            **_shared(row, told),
            "qty": _units(row, least=-(10**9)),
            "reason": fields.get("reason", f"feed {told.feed}"),
            "status": fields.get("status", "sellable"),
        },
        Adjust,
    )
    return Post(booking, told.actor, key)


def _return(row: FeedRow, told: Told, key: str) -> Post:
    fields = {"kind": "return", **_shared(row, told), "qty": _units(row), "reason": row.fields.get("reason", "")}
    booking = msgspec.convert({**fields, "status": row.fields.get("status", "sellable")}, Return)
    return Post(booking, told.actor, key)


def _sale(row: FeedRow, told: Told, key: str) -> RingUp:
    """Below zero units came back over the counter."""
    units = _units(row, least=-(10**9))
    line = msgspec.convert(
        {"qty": abs(units), "sku": row.fields["sku"], "lot": row.fields.get("lot"), "returned": units < 0}, TillLine
    )
    ref = row.fields.get("ref") or f"{told.run}-{row.line}"
    receipt = TillReceipt(ref, _location(row, told), [line], _at(row, told), row.fields.get("channel"), told.feed)
    return RingUp(msgspec.convert(msgspec.to_builtins(receipt), TillReceipt), told.actor, [key])


def _receipt(row: FeedRow, told: Told, key: str) -> Receive:
    fields = row.fields
    line = msgspec.convert(
        {"qty": _units(row), "sku": fields["sku"], "lot": fields.get("lot"), "expires_at": fields.get("expires_at")},
        ReceiptLine,
    )
    ref = fields.get("ref") or f"{told.run}-{row.line}"
    receipt = Receipt(ref, _location(row, told), [line], fields.get("order"), "", _at(row, told), told.feed)
    return Receive(msgspec.convert(msgspec.to_builtins(receipt), Receipt), told.actor, key)


def _shipment(row: FeedRow, told: Told, lines: dict[tuple[str, str], list[int]], key: str) -> Act:
    order, channel, sku = row.fields.get("order"), row.fields.get("channel"), row.fields["sku"]
    if order is None:
        raise Invalid("order", "a shipment names its order; map the column that has its number")
    if channel is None:
        raise Invalid("channel", "a shipment names the channel that sold the order; map a column, or give a constant")
    found = lines.get((order, sku), [])
    if not found:
        raise Invalid("sku", f"order {order} of {channel} has no line of {sku}, or is not known here")
    if len(found) > 1:
        raise Invalid("sku", f"order {order} takes {sku} in several lines; ship it by the API, line by line")
    line = {"line": found[0], "qty": _units(row), "location": row.fields.get("location") or told.location or None}
    action = {"channel": channel, "ref": order, "lines": [{**line, "lot": row.fields.get("lot")}]}
    ship = msgspec.convert({**action, "shipped_at": _at(row, told)}, Ship)
    return Act(ship, told.actor, key)


def _expected(row: FeedRow, told: Told) -> Document:
    fields = row.fields
    ref = fields.get("ref") or fields.get("order")
    if ref is None:
        raise Invalid("ref", "expected supply names its document; map the column that has its number")
    if "due_at" not in fields:
        raise Invalid("due_at", "expected supply says when it comes; map the column of its date")
    shared = {"sku": fields["sku"], "qty": _units(row), "location": _location(row, told)}
    line = msgspec.convert({**shared, "due_at": fields["due_at"]}, DocumentLine)
    check_years("due_at", line.due_at)
    return Document(ref, [line], whole=False)


def _shared(row: FeedRow, told: Told) -> dict[str, Any]:
    return {
        "sku": row.fields["sku"],
        "location": _location(row, told),
        "lot": row.fields.get("lot"),
        "effective_at": _at(row, told),
        "source": told.feed,
        "ref": row.fields.get("ref", str(told.run)),
    }


def _location(row: FeedRow, told: Told) -> str:
    location = row.fields.get("location") or told.location
    if not location:
        raise Invalid("location", "the row names no location; name it, or set the feed's location")
    return location


def _units(row: FeedRow, *, least: int = 1) -> int:
    if "qty" not in row.fields:
        raise Invalid("qty", "the quantity is missing; write how many units it were")
    units = int(row.fields["qty"])
    if units < least or not units:
        raise Invalid("qty", f"{units} is not a quantity that can have moved; write at least {max(least, 1)}")
    return units


def _at(row: FeedRow, told: Told) -> datetime:
    """In UTC, whatever zone it was written or kept in: what is told again is compared.

    A day alone says no more than the file that tells it on that day."""
    at = None if day_alone(row, told.zone) == told.as_of.astimezone(told.zone).date() else row.fields.get("at")
    return (told.as_of if at is None else datetime.fromisoformat(at)).astimezone(UTC)


def day_alone(row: FeedRow, zone: ZoneInfo) -> date | None:
    """The day that a row names without a time, which is how its beginning is read too."""
    if "at" not in row.fields:
        return None
    at = datetime.fromisoformat(row.fields["at"]).astimezone(zone)
    return at.date() if at.time() == time() else None


def orders_named(rows: Sequence[FeedRow]) -> list[tuple[str, str]]:
    """The (channel, order) that rows of shipments name."""
    named = {(row.fields.get("channel", ""), row.fields.get("order", "")) for row in rows}
    return sorted(pair for pair in named if all(pair))
