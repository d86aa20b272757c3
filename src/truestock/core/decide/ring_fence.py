"""Moves units between the pool and channels' rings at one location, and between rings; the sum never changes."""

from dataclasses import dataclass

from truestock.core.book import ItemBook
from truestock.core.words import POOL, Kind


@dataclass(frozen=True, slots=True)
class Refence:
    """`qty` units at a location from one owner to another (0 is the pool)."""

    item: int
    loc: int
    from_owner: int
    to_owner: int
    qty: int

    @property
    def kind(self) -> Kind:
        """Allocate, unallocate, or reallocate between channels."""
        if self.from_owner == POOL:
            return Kind.ALLOCATE
        return Kind.UNALLOCATE if self.to_owner == POOL else Kind.REALLOCATE


def free_units(book: ItemBook, loc: int, owner: int) -> int:
    """Units of an owner at a location that nobody is promised; the pool's negative rows count against it."""
    return sum(row.free for row in book.shelf(loc) if row.owner == owner)


def refence(book: ItemBook, wish: Refence) -> int:
    """Change ownership if that many units are free, and nothing otherwise; returns how many were free."""
    free = free_units(book, wish.loc, wish.from_owner)
    if free < wish.qty:
        return free
    left = wish.qty
    for row in list(book.shelf(wish.loc)):
        if row.owner != wish.from_owner or row.free <= 0:
            continue
        take = min(left, row.free)
        book.post(row, wish.kind, -take, 0, wish.from_owner or wish.to_owner)
        book.post(book.row(wish.loc, row.lot, row.status, wish.to_owner), wish.kind, take, 0, wish.to_owner)
        left -= take
        if not left:
            break
    return free
