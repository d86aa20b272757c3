"""What happened in the world, which is never refused: units that came, went, moved, or were counted.

Facts are owner-blind. Fewer takes free pool units, then free ring units of the lowest-ranked channel, then displaces
promises, and what is still missing makes the pool's row negative. More goes to the pool.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from truestock.core.book import ItemBook, Promise, Row, Short
from truestock.core.decide.bins_seen import Late, Told, late_in_bins, lots_left, note_late
from truestock.core.decide.settle import fill_negative, void
from truestock.core.words import NO_CHANNEL, NO_LOT, POOL, Kind, Place, Status


@dataclass(frozen=True, slots=True)
class Change:
    """`qty` units more (or, below zero, fewer) at a location; `lot` None where the source named none. `channel` is the
    one that sold them, where one did.

    `against` is the place outside the house that the units came from or went to, None for a move inside it, whose
    other side is a change of its own. `into` is the bin that it names, or 0; `of_bins`: a count of
    bins makes it. `happened_at` says when it happened where it is booked as of another time."""

    item: int
    loc: int
    qty: int
    kind: Kind
    against: int | None
    effective_at: datetime
    lot: int | None = None
    status: Status = Status.SELLABLE
    channel: int = NO_CHANNEL
    into: int = 0
    of_bins: bool = False
    happened_at: datetime | None = None

    @property
    def told(self) -> Told:
        """As counts of bins are held against it."""
        at = self.happened_at or self.effective_at
        return Told(self.loc, self.lot, self.status, self.qty, self.kind, at, self.into, self.of_bins)


@dataclass(frozen=True, slots=True)
class Applied:
    """What a change touched: the lots that gave units, and the cart holds it displaced (orders are short at once)."""

    taken: tuple[tuple[int, int], ...] = ()
    displaced: tuple[Promise, ...] = ()


def apply(book: ItemBook, change: Change, *, stated: bool = False) -> Applied:
    """Book a change; `stated`: it is what an absolute statement makes, whose own mark may stand already."""
    mark = None if stated else seen_by(book, change)
    if mark is not None:
        return _book_late(book, change, mark)
    parts, lots = late_in_bins(book, change.told), dict(lots_left(book, change.told))
    if parts or lots:
        return _apply_parts(book, change, parts, lots)
    return _apply(book, change)


def _apply_parts(book: ItemBook, change: Change, parts: list[Late], lots: dict[int, int]) -> Applied:
    """What counts of bins had seen, late; and what is left of it, like any other, out of the lots that gave then as far
    as they have free units."""
    left, taken = change.qty, dict.fromkeys((part.lot for part in parts), 0)
    for part in parts:
        _book_late(book, replace(change, qty=part.qty, lot=part.lot), part.as_of)
        note_late(book, change.told, part)
        left -= part.qty
        taken[part.lot] -= part.qty
    some = [replace(change, qty=-min(qty - taken.get(lot, 0), _free(book, change, lot)), lot=lot)
            for lot, qty in lots.items()]  # fmt: skip
    left -= sum(one.qty for one in some)
    applied = [_apply(book, one) for one in (*some, replace(change, qty=left)) if one.qty]
    if change.qty > 0:
        return Applied(displaced=tuple(promise for one in applied for promise in one.displaced))
    for lot, qty in (pair for one in applied for pair in one.taken):
        taken[lot] = taken.get(lot, 0) + qty
    return Applied(tuple(taken.items()), tuple(promise for one in applied for promise in one.displaced))


def _free(book: ItemBook, change: Change, lot: int) -> int:
    return sum(max(0, row.free) for row in _rows(book, replace(change, lot=lot)))


def _apply(book: ItemBook, change: Change) -> Applied:
    lot = change.lot or NO_LOT
    if change.against is not None:
        book.note(
            change.against, change.kind, -change.qty, lot=lot, channel=change.channel, effective_at=change.effective_at
        )
    applied = Applied()
    if change.qty >= 0:
        row = book.row(change.loc, lot, change.status, POOL)
        book.post(row, change.kind, change.qty, 0, change.channel, change.effective_at)
    else:
        applied = _take(book, change)
    if change.status == Status.SELLABLE:
        fill_negative(book, change.loc)
    return applied


def seen_by(book: ItemBook, change: Change) -> datetime | None:
    """The absolute statement that had already seen what a late fact tells; what happens now is never late."""
    mark = book.mark(change.loc, change.lot, change.status, ours=change.kind is Kind.SHIP)
    return mark if mark is not None and change.effective_at <= mark and change.effective_at < book.now else None


def move(book: ItemBook, out: Change, loc: int, status: Status, kind: Kind) -> Applied:
    """Take units by `out` (a change without `against`) and lay the same lots down elsewhere."""
    applied = apply(book, out)
    taken = applied.taken or ((out.lot or NO_LOT, -out.qty),)
    for lot, qty in taken:
        into = out.into if loc == out.loc else 0
        apply(book, Change(out.item, loc, qty, kind, None, out.effective_at, lot, status, into=into))
    return applied


def arrive(book: ItemBook, out: Change, status: Status) -> Applied:
    """Units under way come in by `out` (a change without `against`) with the lot that is named, whichever lots were
    sent in their place: its own first, then those that leave first."""
    if out.lot is None or seen_by(book, out) is not None:
        return move(book, out, out.loc, status, out.kind)
    left = -out.qty
    for row in sorted(_rows(book, replace(out, lot=None)), key=lambda row: row.lot != out.lot):
        qty = min(left, row.on_hand)
        if qty > 0:
            apply(book, replace(out, qty=-qty, lot=row.lot))
            left -= qty
    if left:
        apply(book, replace(out, qty=-left))
    apply(book, replace(out, qty=-out.qty, status=status))
    return Applied(((out.lot, -out.qty),))


def _book_late(book: ItemBook, change: Change, mark: datetime) -> Applied:
    """Its entry at its time and the opposite at the mark: history changes, today does not."""
    lot = change.lot or NO_LOT
    row = book.row(change.loc, lot, change.status, POOL)
    book.post(row, change.kind, change.qty, 0, change.channel, change.effective_at)
    if change.against is not None:
        book.note(
            change.against, change.kind, -change.qty, lot=lot, channel=change.channel, effective_at=change.effective_at
        )
    book.post(row, Kind.LATE, -change.qty, 0, effective_at=mark)
    book.note(Place.ADJUSTMENT, Kind.LATE, change.qty, lot=lot, effective_at=mark)
    return Applied()


def shortfall(book: ItemBook, change: Change, *, stated: bool = False) -> int:
    """Units of a change that no free row can give: before deciding, the promises there have to be read.

    `stated` as in `apply`."""
    if change.qty >= 0 or change.status != Status.SELLABLE or (not stated and seen_by(book, change) is not None):
        return 0
    free = sum(row.free for row in book.shelf(change.loc) if row.free > 0 and _of(row, change.lot))
    seen = sum(part.qty for part in late_in_bins(book, change.told))
    return max(0, seen - change.qty - free)


def _of(row: Row, lot: int | None) -> bool:
    return lot is None or row.lot == lot


def _rows(book: ItemBook, change: Change) -> list[Row]:
    rows = [row for row in book.stock.at(change.loc) if row.status == change.status and _of(row, change.lot)]
    ranks = book.rules.network.channels
    # Pool first, then the lowest-ranked channel; lot 0, then the earliest expiry.
    return sorted(
        rows,
        key=lambda r: (
            r.owner != POOL,
            -ranks[r.owner].rank if r.owner else 0,
            -r.owner,
            r.lot != NO_LOT,
            book.rotation(r),
        ),
    )


def _take(book: ItemBook, change: Change) -> Applied:
    left = -change.qty
    taken: dict[int, int] = {}
    displaced: list[Promise] = []

    def leave(row: Row, qty: int) -> None:
        nonlocal left
        if qty > 0:
            book.post(row, change.kind, -qty, 0, change.channel, change.effective_at)
            taken[row.lot] = taken.get(row.lot, 0) + qty
            left -= qty

    for row in _rows(book, change):
        leave(row, min(left, row.free))
    if change.status == Status.SELLABLE:
        for promise in _displaceable(book, change) if left else ():
            qty = min(left, promise.open - promise.picked)
            if qty > 0:
                _displace(book, promise, qty, displaced)
                leave(book.row(promise.loc, promise.lot, Status.SELLABLE, promise.owner), qty)
    leave(book.row(change.loc, change.lot or NO_LOT, change.status, POOL), left)
    return Applied(tuple(taken.items()), tuple(displaced))


def _displaceable(book: ItemBook, change: Change) -> list[Promise]:
    """Holds first, then the lowest priority, the newest first; never the picked."""
    found = [
        p
        for p in book.promises.values()
        if p.loc == change.loc and (change.lot is None or p.lot == change.lot) and p.open > p.picked
    ]
    return sorted(found, key=lambda p: (not p.cart, p.priority, -p.made_at.timestamp(), p.order_id, p.line, p.n))


def _displace(book: ItemBook, promise: Promise, qty: int, displaced: list[Promise]) -> None:
    void(book, promise, qty, Kind.DISPLACE)
    if promise.cart:
        promise.displaced += qty
        displaced.append(promise)
        return
    short = Short(promise.order_id, promise.line, promise.channel, promise.priority, promise.made_at, qty)
    book.owe(short, Kind.DISPLACE)


@dataclass(frozen=True, slots=True)
class Count:
    """An absolute statement: `qty` units lay in the cell at `as_of`; `lot` None counts all lots together."""

    item: int
    loc: int
    qty: int
    as_of: datetime
    lot: int | None = None
    status: Status = Status.SELLABLE
    kind: Kind = Kind.COUNT


def counted_change(book: ItemBook, count: Count, moved_since: int, against: int) -> Change | None:
    """The change a count makes: counted less what the ledger had then. None if an as-new statement stands already.

    `moved_since` is the sum of on-hand entries of the cell effective after `as_of`."""
    mark = book.mark(count.loc, count.lot, count.status)
    if mark is not None and count.as_of < mark:
        return None
    rows = (row for row in book.stock.at(count.loc) if row.status == count.status and _of(row, count.lot))
    now = sum(row.on_hand for row in rows)
    return Change(
        count.item,
        count.loc,
        count.qty - (now - moved_since),
        count.kind,
        against,
        count.as_of,
        count.lot,
        count.status,
    )


def booked_since(book: ItemBook, count: Count) -> int:
    """On-hand movements of the counted cell, effective after the count, that this transaction itself has booked."""
    return sum(
        deltas[0]
        for (_, _, effective_at, _, loc, lot, status, _), deltas in book.entries.items()
        if loc == count.loc
        and status == count.status
        and (count.lot is None or lot == count.lot)
        and (effective_at is None or effective_at > count.as_of)
    )
