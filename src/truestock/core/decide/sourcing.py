"""From which stock rows units are taken: own before pool, a location that fills the whole order, then the order of
locations; inside a location the lot that must leave first, whoever owns it."""

from collections.abc import Sequence
from typing import NamedTuple

from truestock.core.book import Buyer, FreshPromise, ItemBook, Row
from truestock.core.book.view import View
from truestock.core.words import NO_LOT, POOL, Kind, Status


class Need(NamedTuple):
    """Base units of one item that an order wants, split into what the channel owns and what the pool gives."""

    book: ItemBook
    view: View
    own: int
    pool: int


def split(book: ItemBook, view: View, qty: int) -> Need:
    """Own units first, the rest from the pool."""
    own = min(qty, view.own_total)
    return Need(book, view, own, qty - own)


def whole_location(needs: Sequence[Need]) -> int | None:
    """The first location, in the channel's order, that fills every need by itself."""
    (_, view, own, pool), *others = needs
    for loc in view.places_with(own, pool):
        if all(need.view.own.get(loc, 0) >= need.own and need.view.free.at(loc) >= need.pool for need in others):
            return loc
    return None


def promise_units(book: ItemBook, view: View, buyer: Buyer, qty: int, kind: Kind) -> None:
    """Promise units of one item to one order line, which the view says are there."""
    if not view.free.owned and (loc := view.free.first_with(qty)) is not None:
        draw(book, view, loc, POOL, qty, buyer, kind)
        return
    need = split(book, view, qty)
    source(need, buyer, kind, whole_location((need,)))


def source(need: Need, buyer: Buyer, kind: Kind, whole: int | None) -> None:
    """Promise a need's units: at `whole` if one location fills it, else along the channel's order."""
    book, view, own, pool = need
    if whole is not None:
        if own:
            draw(book, view, whole, view.channel.id, own, buyer, kind)
        if pool:
            draw(book, view, whole, POOL, pool, buyer, kind)
        return
    for owner, left, places in ((view.channel.id, own, view.own_places()), (POOL, pool, view.free.stocked())):
        for loc, units in places if left else ():
            take = min(left, units)
            draw(book, view, loc, owner, take, buyer, kind)
            left -= take
            if not left:
                break
        assert not left, "the view promised units that no row has"


def draw(book: ItemBook, view: View, loc: int, owner: int, qty: int, buyer: Buyer, kind: Kind) -> None:
    """Reserve `qty` units that `owner` has at a location, the lot that must leave first first."""
    if not book.lots:
        shelf = book.shelf(loc)
        row = shelf[0] if len(shelf) == 1 else book.row(loc, NO_LOT, Status.SELLABLE, owner)
        _promise(book, row, qty, buyer, kind)
        return
    left = qty
    for row in sorted(book.shelf(loc), key=lambda row: (book.rotation(row), row.owner != owner)):
        if row.free <= 0 or row.lot in view.barred:
            continue
        if row.owner == owner:
            take = min(left, row.free)
            _promise(book, row, take, buyer, kind)
        else:
            take = min(left, row.free, _exchangeable(book, view, row, owner))
            if take > 0:
                _swap(book, view, row, owner, take)
                _promise(book, book.row(loc, row.lot, row.status, owner), take, buyer, kind)
        left -= max(0, take)
        if not left:
            return
    assert not left, "the view promised units that no row has"


def _later(book: ItemBook, view: View, row: Row, owner: int) -> list[Row]:
    """Rows of later lots at the row's location from which `owner` can give units in exchange."""
    other = row.owner
    barred_for_other = book.barred_lots(other) if other != POOL else frozenset()
    keeps_value = row.lot not in barred_for_other
    mine = book.rotation(row)
    return [
        later
        for later in book.shelf(row.loc)
        if later.owner == owner
        and later.free > 0
        and later.lot not in view.barred
        and book.rotation(later) > mine
        and not (keeps_value and later.lot in barred_for_other)
    ]


def _exchangeable(book: ItemBook, view: View, row: Row, owner: int) -> int:
    return sum(later.free for later in _later(book, view, row, owner))


def _swap(book: ItemBook, view: View, row: Row, owner: int, qty: int) -> None:
    """Exchange ownership: a ring-fence claims quantity, not particular lots."""
    other = row.owner
    book.post(row, Kind.SWAP, -qty, 0)
    book.post(book.row(row.loc, row.lot, row.status, owner), Kind.SWAP, qty, 0)
    left = qty
    for later in _later(book, view, row, owner):
        give = min(left, later.free)
        if give:
            book.post(later, Kind.SWAP, -give, 0)
            book.post(book.row(later.loc, later.lot, later.status, other), Kind.SWAP, give, 0)
            left -= give


def _promise(book: ItemBook, row: Row, qty: int, buyer: Buyer, kind: Kind) -> None:
    book.promised(FreshPromise(buyer, book.next_ordinal(), row, qty))
    channel = buyer.channel
    book.post(row, kind, 0, qty, channel)
    if book.kept:
        kept = book.kept.get(channel)
        if kept is not None:
            kept.used += qty
            kept.touched = True
