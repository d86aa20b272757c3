"""The other side's orders in the hub's words, and the hub's parcels in its. Pure."""

from typing import Final

import msgspec

from truestock.connectors.contract.answers import Outcome
from truestock.connectors.contract.orders import Buyer, Cancelling, Fee, Orders, Parcel, SeenLine, SeenOrder
from truestock.connectors.generic.mapping import NO_REASON, NotAsAgreed, decoded
from truestock.connectors.generic.orders.forms import (
    Named,
    Order,
    OrderParcel,
    ParcelLine,
    RawPage,
    Telling,
    ToldCancelling,
)
from truestock.connectors.generic.refusals import one_line
from truestock.connectors.orders.keeping import NOT_READABLE, reason_of
from truestock.connectors.orders.money import plain

MONEY_MAX: Final = 10**14


def order_of(order: Order) -> SeenOrder:
    """The order as the hub sees it. Raises NotAsAgreed."""
    for what, ids in (
        ("lines", [line.id for line in order.lines]),
        ("parcels", [parcel.id for parcel in order.parcels]),
    ):
        if len(set(ids)) < len(ids):
            raise NotAsAgreed(f"two of its {what} have the same id")
    money = [order.shipping, order.shipping_tax, *(fee.amount for fee in order.fees)]
    money += [amount for line in order.lines for amount in (line.price, line.discount, line.tax)]
    if not all(amount.is_finite() and abs(amount) < MONEY_MAX for amount in money):
        raise NotAsAgreed(f"an amount is not below {MONEY_MAX:,}")
    known = {line.id for line in order.lines}
    if strange := {part.line for parcel in order.parcels for part in parcel.lines} - known:
        raise NotAsAgreed(one_line(f"its parcels name the line {min(strange)}, which it does not have"))
    lines = [
        SeenLine(
            line.id,
            line.sku,
            line.quantity,
            plain(line.price),
            plain(line.discount),
            plain(line.tax),
            line.title,
            line.returned,
        )
        for line in order.lines
    ]
    fees = [Fee(fee.kind, plain(fee.amount), fee.line) for fee in order.fees]
    return SeenOrder(
        order.id,
        order.changed_at,
        order.placed_at,
        sorted(lines, key=lambda line: line.id),
        order.status,
        order.name,
        order.currency,
        plain(order.shipping),
        plain(order.shipping_tax),
        sorted(fees, key=lambda fee: (fee.kind, fee.line, fee.amount)),
        sorted(map(_parcel, order.parcels), key=lambda parcel: parcel.id),
        msgspec.convert(msgspec.to_builtins(order.buyer), Buyer),
    )


def orders_of(page: RawPage) -> Orders:
    """A page of orders; one that cannot be read does not hold up the others."""
    seen: list[SeenOrder] = []
    unread: dict[str, str] = {}
    for raw in page.orders:
        try:
            seen.append(order_of(decoded(bytes(raw), Order)))
        except (NotAsAgreed, *NOT_READABLE) as error:
            unread[_name_of(bytes(raw))] = one_line(f"not as agreed: {reason_of(error)}")
    return Orders(seen, unread=unread)


def parcel_told(parcel: Parcel) -> bytes:
    """The body that tells of a parcel."""
    return msgspec.json.encode(
        OrderParcel(
            parcel.id,
            _lines(parcel.lines),
            parcel.shipped_at,
            parcel.place,
            parcel.carrier,
            parcel.tracking,
            parcel.tracking_url,
        )
    )


def cancelling_told(cancelling: Cancelling) -> bytes:
    """The body that tells of a cancellation."""
    lines = _lines(cancelling.lines)
    return msgspec.json.encode(ToldCancelling(cancelling.key, lines, cancelling.whole, cancelling.reason))


def outcome_of(told: Telling) -> Outcome:
    """What became of what was told."""
    reason = one_line(told.reason or "")
    return Outcome(told.status, reason or (NO_REASON if told.status in ("rejected", "later") else ""))


def _lines(units: dict[str, int]) -> list[ParcelLine]:
    return [ParcelLine(line, qty) for line, qty in sorted(units.items())]


def _parcel(parcel: OrderParcel) -> Parcel:
    lines: dict[str, int] = {}
    for part in sorted(parcel.lines, key=lambda part: part.line):
        lines[part.line] = lines.get(part.line, 0) + part.quantity
    return Parcel(
        parcel.id, lines, parcel.shipped_at, parcel.place, parcel.carrier, parcel.tracking, parcel.tracking_url
    )


def _name_of(raw: bytes) -> str:
    try:
        return one_line(decoded(raw, Named).id) or Named().id
    except NotAsAgreed:
        return Named().id
