"""The life of a promise after it was made: released, shipped whole or in part, moved to other rows."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from truestock.core.book import Buyer, FreshPromise, ItemBook, Promise, Short, open_shorts
from truestock.core.decide import facts
from truestock.core.decide.bins_seen import Told, late_in_bins, note_late
from truestock.core.decide.settle import void
from truestock.core.words import NO_LOT, POOL, Kind, Place, Status


class Shipment(NamedTuple):
    """`qty` base units of an order line that left; `loc` and `lot` where the source named them."""

    item: int
    order_id: str
    line: int
    channel: int
    qty: int
    effective_at: datetime
    loc: int | None = None
    lot: int | None = None


def of_line(book: ItemBook, order_id: str, line: int) -> list[Promise]:
    """Open promises of an order line, oldest first."""
    found = [p for p in book.promises.values() if p.order_id == order_id and p.line == line and p.open > 0]
    return sorted(found, key=lambda p: p.n)


def shorts_of_line(book: ItemBook, order_id: str, line: int) -> list[Short]:
    """Open shorts of an order line, in the order in which they are served."""
    return [s for s in open_shorts(book.shorts) if s.order_id == order_id and s.line == line]


def release(book: ItemBook, order_id: str, line: int, qty: int | None = None) -> int:
    """Give back up to `qty` base units (all of them if None), what is owed first; returns how many."""
    left = qty if qty is not None else open_units(book, order_id, line)
    asked = left
    for short in shorts_of_line(book, order_id, line):
        take = min(left, short.open)
        short.cancelled += take
        short.touched = True
        book.note(0, Kind.RELEASE, 0, -take, channel=short.channel)
        left -= take
    for promise in reversed(of_line(book, order_id, line)):
        take = min(left, promise.open)
        if take:
            void(book, promise, take, Kind.RELEASE)
            left -= take
    return asked - left


def open_units(book: ItemBook, order_id: str, line: int) -> int:
    """Base units of a line that are promised or owed and have not left."""
    return sum(p.open for p in of_line(book, order_id, line)) + sum(
        s.open for s in shorts_of_line(book, order_id, line)
    )


def confirm(book: ItemBook, order_id: str, line: int) -> int:
    """A cart's promises of a line become an order's, which never expire; returns their units.

    What a fact of this transaction has just taken from them is owed like any order's."""
    units = 0
    for promise in list(book.promises.values()):
        if promise.order_id != order_id or promise.line != line or not (promise.open or promise.displaced):
            continue
        units += promise.open + promise.displaced
        promise.confirmed = promise.touched = True
        row = book.row(promise.loc, promise.lot, Status.SELLABLE, promise.owner)
        book.post(row, Kind.CONFIRM, 0, 0, promise.channel)
        if promise.displaced:
            lost, promise.displaced = promise.displaced, 0
            owed = Short(order_id, line, promise.channel, promise.priority, promise.made_at, lost)
            book.owe(owed, Kind.DISPLACE)
    return units


def ship(book: ItemBook, shipment: Shipment) -> tuple[Promise, ...]:
    """Book what left, which is at most `open_units`; returns the cart holds that it displaced.

    Promises at the place it left from are posted first; a promise elsewhere is given up for it; what a promise lost
    to a fact still owes is settled as well."""
    left = shipment.qty
    displaced: list[Promise] = []
    mine = of_line(book, shipment.order_id, shipment.line)
    for promise in sorted(mine, key=lambda p: (not _matches(p, shipment), p.n)):
        take = min(left, promise.open)
        if not take:
            break
        promise.posted += take
        promise.picked = max(0, promise.picked - take)
        promise.touched = True
        row = book.row(promise.loc, promise.lot, Status.SELLABLE, promise.owner)
        if _matches(promise, shipment):
            book.post(row, Kind.SHIP, -take, -take, shipment.channel, shipment.effective_at)
            _to_customer(book, shipment, promise.lot, take)
            _undo_if_counted(book, shipment, promise, take)
        else:
            book.post(row, Kind.MOVE, 0, -take, shipment.channel)
            applied = _leave(book, shipment if shipment.loc else shipment._replace(loc=promise.loc), take)
            displaced += applied.displaced
        left -= take
    for short in shorts_of_line(book, shipment.order_id, shipment.line):
        take = min(left, short.open)
        if take:
            short.filled += take
            short.touched = True
            book.note(0, Kind.SHIP, 0, -take, channel=short.channel)
            applied = _leave(book, shipment, take)
            displaced += applied.displaced
            _remember(book, shipment, short, applied.taken or ((shipment.lot or NO_LOT, take),))
            left -= take
    assert not left, "more was shipped than was open: the use case has to refuse it"
    return tuple(displaced)


def leaving(book: ItemBook, shipment: Shipment) -> facts.Change | None:
    """The fact that a shipment is where its line has no promise; None where it has one for all of it."""
    mine = of_line(book, shipment.order_id, shipment.line)
    units = shipment.qty - sum(p.open for p in mine if _matches(p, shipment))
    elsewhere = [p.loc for p in mine if not _matches(p, shipment)]
    loc = shipment.loc if shipment.loc is not None else next(iter(elsewhere), None)
    return _change(book, shipment._replace(loc=loc), units) if units > 0 and loc is not None else None


def _matches(promise: Promise, shipment: Shipment) -> bool:
    return shipment.loc in (None, promise.loc) and shipment.lot in (None, promise.lot)


def _to_customer(book: ItemBook, shipment: Shipment, lot: int, qty: int) -> None:
    book.note(Place.CUSTOMER, Kind.SHIP, qty, lot=lot, channel=shipment.channel, effective_at=shipment.effective_at)


def _undo_if_counted(book: ItemBook, shipment: Shipment, promise: Promise, qty: int) -> None:
    """A count that already missed the units stays right: the opposite is booked at its mark.

    A figure net of this very promise was taken as if its units still lay there, so they leave now."""
    mark = book.mark(promise.loc, promise.lot, Status.SELLABLE, ours=True)
    at = shipment.effective_at
    if mark is not None and at <= mark and at < book.now:
        if not book.put_back(promise):
            _come_back(book, promise, qty, mark)
        return
    told = Told(promise.loc, promise.lot, Status.SELLABLE, -qty, Kind.SHIP, at)
    for part in late_in_bins(book, told):
        _come_back(book, promise, -part.qty, part.as_of)
        note_late(book, told, part)


def _come_back(book: ItemBook, promise: Promise, qty: int, mark: datetime) -> None:
    row = book.row(promise.loc, promise.lot, Status.SELLABLE, promise.owner)
    book.post(row, Kind.LATE, qty, 0, effective_at=mark)
    book.note(Place.ADJUSTMENT, Kind.LATE, -qty, lot=promise.lot, effective_at=mark)


def _leave(book: ItemBook, shipment: Shipment, qty: int) -> facts.Applied:
    """Units that left from a row where the line had no promise: a fact like any other."""
    return facts.apply(book, _change(book, shipment, qty))


def _remember(book: ItemBook, shipment: Shipment, short: Short, taken: Iterable[tuple[int, int]]) -> None:
    """Owed units that left get a promise posted from the start: it says what the customer has, and which lot."""
    assert shipment.loc is not None, "owed units left from somewhere"
    buyer = Buyer(short.order_id, short.line, short.channel, short.priority)
    for lot, qty in taken:
        n = book.next_ordinal()
        book.promised(FreshPromise(buyer, n, book.row(shipment.loc, lot, Status.SELLABLE, POOL), qty))
        book.promises[short.order_id, short.line, n] = Promise(
            *buyer[:2], n, *buyer[2:4], shipment.loc, lot, POOL, qty, book.now, posted=qty, touched=True
        )


def _change(book: ItemBook, shipment: Shipment, qty: int) -> facts.Change:
    assert shipment.loc is not None, "a shipment beyond its promises has to name its location"
    lot = shipment.lot if shipment.lot is not None or book.rules.lot_tracked else NO_LOT
    at = shipment.effective_at
    return facts.Change(shipment.item, shipment.loc, -qty, Kind.SHIP, Place.CUSTOMER, at, lot)
