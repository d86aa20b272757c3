"""Rows of an order file to orders; an order of which one row is wrong is not taken in part. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Final, Literal, NamedTuple, cast

import msgspec

from truestock.connectors.contract.orders import ZERO, Buyer, Parcel, SeenLine, SeenOrder
from truestock.connectors.files.filed import Row
from truestock.connectors.files.sheets.figures import NoFigure, amount, instant, units
from truestock.connectors.orders.money import plain

State = Literal["pending", "open", "cancelled", "shipped", "closed"]
STATES: Final = ("pending", "open", "cancelled", "shipped", "closed")
BUYER: Final = {
    "buyer_id": "id", "buyer_name": "name", "email": "email", "phone": "phone", "company": "company",
    "street": "street", "postcode": "postcode", "city": "city", "region": "region", "country": "country",
    "language": "language",
}  # fmt: skip
NEEDED: Final = ("order", "sku", "quantity")
FIELDS: Final = (
    "order", "line", "sku", "quantity", "title", "price", "discount", "tax", "returned", "name", "currency", "shipping",
    "shipping_tax", "placed_at", "changed_at", "state", "carrier", "tracking", "shipped_at", *BUYER,
)  # fmt: skip
TEXT_MAX: Final = 500
ID_MAX: Final = 200


class Manner(NamedTuple):
    """How the other side writes: what its words for states mean, its decimal sign, and its times."""

    states: Mapping[str, str]
    decimal: Literal["point", "comma"]
    zone: tzinfo
    time_format: str


class _Line(NamedTuple):
    """A row that was understood."""

    line: SeenLine
    state: State
    cells: Mapping[str, str]
    placed_at: datetime | None
    changed_at: datetime | None
    shipped_at: datetime | None


class Read(NamedTuple):
    """What a file says; `unread` by the order's id, or by file and line where a row names no order."""

    orders: list[SeenOrder]
    unread: dict[str, str]


def orders_of(file: str, written_at: datetime, rows: Iterable[Row], manner: Manner) -> Read:
    """The orders of a file in the order in which they stand there. `written_at`: the file's own time, which is an
    order's where its rows say none."""
    by_order: dict[str, list[Row]] = {}
    unread: dict[str, str] = {}
    for row in rows:
        order = row.cells["order"]
        if order and len(order) <= ID_MAX and order.isprintable():
            by_order.setdefault(order, []).append(row)
        else:
            unread[f"{file} line {row.line}"] = f"{file} line {row.line}: order: the row names no order; fill it in"
    found: list[SeenOrder] = []
    for order, mine in by_order.items():
        try:
            found.append(_order(order, [_understood(row, manner) for row in mine], written_at, manner))
        except _Wrong as wrong:
            unread[order] = f"{file} line {wrong.line or mine[0].line}: {wrong}"[:TEXT_MAX]
    return Read(found, unread)


class _Wrong(Exception):
    """A row cannot be understood."""

    def __init__(self, line: int, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.line = line


def _understood(row: Row, manner: Manner) -> _Line:
    """Raises _Wrong."""
    cells = row.cells
    field = ""

    def of(name: str, read: Callable[[str], object], otherwise: object) -> object:
        nonlocal field
        field = name
        return read(cells[name]) if cells.get(name) else otherwise

    def money(name: str) -> Decimal:
        return plain(cast(Decimal, of(name, lambda cell: amount(cell, manner.decimal), ZERO)))

    def count(name: str) -> int:
        return cast(int, of(name, lambda cell: units(cell, decimal=manner.decimal), 0))

    def at(name: str) -> datetime | None:
        return cast("datetime | None", of(name, lambda cell: instant(cell, manner.zone, manner.time_format), None))

    if not cells["quantity"]:
        raise _Wrong(row.line, "quantity", "is empty; write a whole number such as 12")
    try:
        state = cast(State, of("state", lambda cell: _state(cell, manner.states), "open"))
        qty, returned = count("quantity"), count("returned")
        line = SeenLine(
            cells.get("line", ""),
            cells["sku"],
            0 if state == "cancelled" else qty,
            money("price"),
            money("discount"),
            money("tax"),
            cells.get("title", "")[:TEXT_MAX],
            returned,
        )
        money("shipping")
        money("shipping_tax")
        return _Line(line, state, cells, at("placed_at"), at("changed_at"), at("shipped_at"))
    except NoFigure as error:
        raise _Wrong(row.line, field, str(error)) from error


def _state(cell: str, states: Mapping[str, str]) -> str:
    try:
        return states[cell.casefold()]
    except KeyError:
        raise NoFigure(f"{cell[:60]!r} is not known; say in order_states what it means") from None


def _order(order: str, lines: Sequence[_Line], written_at: datetime, manner: Manner) -> SeenOrder:
    """What a row says of the whole order is taken from the first that says it. Raises _Wrong."""
    numbered = _numbered([one.line for one in lines])
    cells = _first(one.cells for one in lines)
    changed_at = max((one.changed_at for one in lines if one.changed_at), default=written_at)
    placed_at = min((one.placed_at for one in lines if one.placed_at), default=changed_at)
    currency = cells.get("currency", "").upper()
    if currency and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise _Wrong(0, "currency", f"{currency[:20]!r} is no currency; write three letters such as EUR")
    return SeenOrder(
        order,
        changed_at,
        placed_at,
        numbered,
        _whole_state([one.state for one in lines]),
        cells.get("name", "")[:ID_MAX],
        currency,
        _money(cells, "shipping", manner),
        _money(cells, "shipping_tax", manner),
        parcels=_parcels(lines, numbered),
        buyer=msgspec.convert(
            {theirs: cells[ours][:TEXT_MAX] for ours, theirs in BUYER.items() if ours in cells}, Buyer
        ),
    )


def _numbered(lines: Sequence[SeenLine]) -> list[SeenLine]:
    """Each with an id of its own: its own one, or its SKU with a number for all but the first. Raises _Wrong."""
    named = Counter(line.id for line in lines if line.id)
    if named and max(named.values()) > 1:
        raise _Wrong(0, "line", f"two rows have the line {max(named, key=lambda one: named[one])!r}; give each its own")
    seen: Counter[str] = Counter()
    found = []
    for line in lines:
        name = line.id or line.sku or "line"
        seen[name] += not line.id
        unique = line.id or (name if seen[name] == 1 else f"{name}#{seen[name]}")
        if len(unique) > ID_MAX or not unique.isprintable() or not line.sku.isprintable():
            raise _Wrong(0, "sku", f"{unique[:40]!r} is too long or has signs that nobody sees")
        found.append(msgspec.structs.replace(line, id=unique))
    if len({line.id for line in found}) < len(found):
        raise _Wrong(0, "line", "some rows have a line and others none, and they come to the same; fill in all")
    return found


def _whole_state(states: Sequence[State]) -> Literal["pending", "open", "cancelled", "closed"]:
    """Of an order by its rows: what is least far along decides, and only rows that are not cancelled count."""
    alive = [state for state in states if state != "cancelled"]
    if not alive:
        return "cancelled"
    if "pending" in alive:
        return "pending"
    return "open" if "open" in alive else "closed"


def _parcels(lines: Sequence[_Line], numbered: Sequence[SeenLine]) -> list[Parcel]:
    """One for each tracking number among the rows that have left."""
    found: dict[str, Parcel] = {}
    for one, line in zip(lines, numbered, strict=True):
        if one.state != "shipped" or not line.qty:
            continue
        tracking, carrier = one.cells.get("tracking", "")[:ID_MAX], one.cells.get("carrier", "")[:100]
        name = f"row {tracking}".strip()
        before = found.get(name)
        units_of = {**(before.lines if before else {}), line.id: line.qty}
        found[name] = Parcel(name, units_of, one.shipped_at, "", carrier, tracking)
    return [found[name] for name in sorted(found)]


def _first(rows: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """By field, the first cell that is not empty."""
    found: dict[str, str] = {}
    for cells in rows:
        for field, cell in cells.items():
            if cell:
                found.setdefault(field, cell)
    return found


def _money(cells: Mapping[str, str], field: str, manner: Manner) -> Decimal:
    return plain(amount(cells[field], manner.decimal)) if field in cells else ZERO
