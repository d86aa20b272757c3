"""A pick that failed: what lies there is in doubt, damaged or fewer, and the promises on it are kept elsewhere."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from truestock.catalog.rules import Snapshot
from truestock.core.book import ItemBook, Promise
from truestock.core.decide import facts
from truestock.core.decide import promises as core
from truestock.core.words import NO_LOT, Kind, Place, Status
from truestock.ledger.movement import Movement
from truestock.ledger.work import Work
from truestock.orders.actions import NotDone, RejectPick
from truestock.orders.stored import Stored, StoredLine
from truestock.store.arrays import ints, texts, words
from truestock.store.database import Connection
from truestock.store.sql import load

queries = load(__package__)
Movements = Callable[..., Movement]


class Rejected(NamedTuple):
    """What a rejected pick did: units by lot that are not sellable any more, and the holds that lost theirs."""

    action: RejectPick
    order: Stored
    book: ItemBook
    loc: int
    movement: int
    actor: str
    lots: tuple[tuple[int, int], ...]
    displaced: tuple[Promise, ...]

    @property
    def units(self) -> int:
        """All of them."""
        return sum(qty for _, qty in self.lots)


def reject(
    work: Work, snapshot: Snapshot, action: RejectPick, order: Stored, actor: str, movement: Movements
) -> Rejected | NotDone:
    """Book it on the item's book, or say why it cannot be meant."""
    line = _line(snapshot, action, order)
    if isinstance(line, NotDone):
        return line
    book = work.books[line.item]
    promised = _promised_at(snapshot, action, core.of_line(book, order.id, line.n))
    if isinstance(promised, NotDone):
        return promised
    loc, open_there = promised
    if action.qty is not None and action.qty > open_there:
        return _refuse(action, "too-many", "qty", f"{action.qty} said, and {open_there} of the line are promised there")
    in_doubt = action.qty is None
    on_shelf = sum(max(0, row.on_hand) for row in book.shelf(loc))
    if in_doubt:
        # Picked units lie in a tote, not on the shelf; the book knows of picked promises once it has read them.
        work.read_displaceable(facts.Change(book.item, loc, -on_shelf, Kind.STATUS, None, work.now), on_shelf)
        on_shelf -= sum(p.picked for p in book.promises.values() if p.loc == loc and p.open)
    qty = action.qty or on_shelf
    kind = Kind.ADJUST if action.reason == "wrong_count" else Kind.STATUS
    against = Place.ADJUSTMENT if kind is Kind.ADJUST else None
    change = facts.Change(book.item, loc, -qty, kind, against, work.now, None if book.rules.lot_tracked else NO_LOT)
    if missing := facts.shortfall(book, change):
        work.read_displaceable(change, missing)
    made = movement(kind, actor, "pick", action.ref, f"pick rejected: {action.reason.replace('_', ' ')}")
    work.begin_movement(made, [book.item])
    if kind is Kind.ADJUST:
        applied = facts.apply(book, change)
    else:
        target = Status.QUARANTINE if in_doubt else Status.DAMAGED
        applied = facts.move(book, change, loc, target, kind)
    return Rejected(action, order, book, loc, made.id, actor, applied.taken, applied.displaced)


def add_rejected(conn: Connection, rejected: Sequence[Rejected], now: datetime) -> None:
    """Queue the rows, one a lot; what asks for counts reads them."""
    rows = sorted(
        (r.book.rules.part, r.book.item, r.movement, lot, qty, n) for n, r in enumerate(rejected) for lot, qty in r.lots
    )
    if not rows:
        return
    parts, items, movements, lots, qtys, numbers = zip(*rows, strict=True)
    of = [rejected[n] for n in numbers]
    conn.execute(
        queries.add_rejected,
        {
            "parts": ints(parts),
            "items": ints(items),
            "movements": ints(movements),
            "lots": ints(lots),
            "qtys": ints(qtys),
            "locs": ints(r.loc for r in of),
            "orders": words(r.order.id for r in of),
            "lines": ints(r.action.line for r in of),
            "reasons": words(r.action.reason for r in of),
            "actors": texts(r.actor for r in of),
            "now": now,
        },
    )


def _line(snapshot: Snapshot, action: RejectPick, order: Stored) -> StoredLine | NotDone:
    """The item of the line that was to be picked."""
    if order.state == "held":
        return _refuse(action, "not-confirmed", "ref", "the cart is not paid; nothing of it is to be picked yet")
    lines = [line for line in order.lines if line.n == action.line]
    if not lines:
        return _refuse(action, "not-found", "line", f"the order has no line {action.line}")
    if action.sku is None:
        if len(lines) == 1:
            return lines[0]
        return _refuse(action, "invalid", "sku", "the line takes several items; say the SKU of the one")
    item = snapshot.item_ids([action.sku]).get(action.sku)
    found = next((line for line in lines if line.item == item), None)
    return found or _refuse(action, "not-found", "sku", f"the line does not take {action.sku!r}")


def _promised_at(snapshot: Snapshot, action: RejectPick, promises: Sequence[Promise]) -> tuple[int, int] | NotDone:
    """The location, and how many base units of the line are promised there."""
    locs = {promise.loc for promise in promises}
    if action.location is None:
        if len(locs) > 1:
            return _refuse(action, "location-needed", "location", "the line is promised in several places; say which")
        loc = next(iter(locs), 0)
    else:
        location = snapshot.location(action.location)
        if location is None:
            return _refuse(action, "not-found", "location", f"there is no location {action.location!r}")
        loc = location.id
    units = sum(promise.open - promise.picked for promise in promises if promise.loc == loc)
    if not units:
        return _refuse(action, "nothing-open", "location", "nothing of the line is promised there, or all is picked")
    return loc, units


def _refuse(action: RejectPick, kind: str, field: str, detail: str) -> NotDone:
    return NotDone(action.channel, action.ref, kind, field, detail)
