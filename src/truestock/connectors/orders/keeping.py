"""Orders as channels tell them, held to what can be kept: one that cannot be holds up no others. Pure."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

import msgspec

from truestock.connectors.contract.orders import Orders, SeenOrder
from truestock.connectors.reserving.http_calls import one_line

# What reading an order raises that makes no sense: of another form, with NaN, no time zone, or a year that is none.
NOT_READABLE: Final = (msgspec.MsgspecError, ArithmeticError, ValueError, TypeError, RecursionError)
UNITS_MAX: Final = 10**9
MONEY_MAX: Final = 10**13
TEXT_MAX: Final = 20_000
_NUL: Final = "\\u0000"
T = TypeVar("T")


class _Named(msgspec.Struct):
    id: str


def understood(
    raws: Iterable[msgspec.Raw], form: type[T], seen: Callable[[T], SeenOrder]
) -> tuple[list[T], dict[str, str]]:
    """The orders of this form that can be seen in the hub's words, and by id why the others cannot."""
    orders: list[T] = []
    unread: dict[str, str] = {}
    for raw in raws:
        try:
            order = msgspec.json.decode(raw, type=form)
            seen(order)
        except NOT_READABLE as error:
            unread[_id_of(raw)] = one_line(reason_of(error))
        else:
            orders.append(order)
    return orders, unread


def sifted(page: Orders) -> Orders:
    """The same page, with the orders that cannot be kept among those that were not understood."""
    wrong = {order.id: reason for order in page.orders if (reason := unfit(order))}
    if not wrong and not page.unread:
        return page
    kept = [order for order in page.orders if order.id not in wrong]
    unread = {order.replace("\0", " "): reason for order, reason in {**page.unread, **wrong}.items()}
    return msgspec.structs.replace(page, orders=kept, unread=unread)


def unfit(order: SeenOrder) -> str:
    """Why an order cannot be kept, and what is to be corrected there; empty where it can be."""
    if not order.id:
        return "the order has no id"
    for instant in _instants(order):
        if instant.tzinfo is None:
            return f"{instant.isoformat()} has no time zone"
        try:
            instant.astimezone(UTC)
        except OverflowError:
            return f"{instant.isoformat()} is outside the years 1 to 9999"
    for units in _units(order):
        if not 0 <= units <= UNITS_MAX:
            return f"{_short(units)} units are not from 0 to {UNITS_MAX:,}"
    for amount in _amounts(order):
        if not (amount.is_finite() and abs(amount) < MONEY_MAX):
            return f"the amount {_short(amount)} is not below {MONEY_MAX:,}"
    ids = [line.id for line in order.lines]
    if len(set(ids)) < len(ids):
        return "two lines have the same id"
    return _unfit_text(order)


def reason_of(error: Exception) -> str:
    """Why an order could not be read, in words where the error has none."""
    if isinstance(error, OverflowError):
        return f"a time or a number in it is out of all bounds: {error}"
    if isinstance(error, ArithmeticError) or "NaN" in str(error):
        return "an amount or a quantity in it is no number that can be reckoned with"
    if isinstance(error, TypeError):
        return f"times with and without a zone, or the like, stand beside each other: {error}"
    return str(error)


def _id_of(raw: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(raw, type=_Named).id
    except NOT_READABLE:
        return "an order without an id"


def _instants(order: SeenOrder) -> Iterator[datetime]:
    yield order.changed_at
    yield order.placed_at
    yield from (parcel.shipped_at for parcel in order.parcels if parcel.shipped_at)


def _units(order: SeenOrder) -> Iterator[int]:
    for line in order.lines:
        yield line.qty
        yield line.returned
    for parcel in order.parcels:
        yield from parcel.lines.values()


def _amounts(order: SeenOrder) -> Iterator[Decimal]:
    yield order.shipping
    yield order.shipping_tax
    for line in order.lines:
        yield from (line.price, line.discount, line.tax)
    yield from (fee.amount for fee in order.fees)


def _unfit_text(order: SeenOrder) -> str:
    """Hardly any order is looked through: most cannot have a text that is too long, or one with a NUL."""
    written = msgspec.json.encode(order).decode()
    if len(written) <= TEXT_MAX and _NUL not in written:
        return ""
    for text in _texts(msgspec.to_builtins(order)):
        if "\0" in text:
            return f"{_short(text)} has a NUL character"
        if len(text) > TEXT_MAX:
            return f"{_short(text)} has {len(text):,} characters; at most {TEXT_MAX:,} are kept"
    return ""


def _texts(told: Any) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict):
        yield from _texts([*told, *told.values()])
    elif isinstance(told, list):
        for one in told:
            yield from _texts(one)


def _short(told: object) -> str:
    """As much of it as is shown."""
    return repr(str(told)[:40])
