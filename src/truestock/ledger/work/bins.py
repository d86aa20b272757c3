"""Bins follow what is booked: units that leave a location leave its bins, and bookings may say which ones take or give.

Bins never hold more than lies at the location. Where a bin had fewer units than was said, or would hold more than there
are, the fact stands all the same, and the difference is written down as a gap.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from truestock.core.book import ItemBook
from truestock.core.decide.bins import ZONES, Held, Taken, Zone, giving_order, take
from truestock.core.decide.bins_seen import LateInBin
from truestock.core.problems import NotFound
from truestock.core.words import Kind, Status
from truestock.ledger import queries
from truestock.ledger.work.bin_rows import Cell, Key, write_entries, write_gaps
from truestock.ledger.work.counted_bins import BinsCounted
from truestock.store.arrays import ints
from truestock.store.database import Connection, Database


class Bin(NamedTuple):
    """A bin of a location."""

    id: int
    zone: Zone
    code: str


class Laying(NamedTuple):
    """Units that a movement laid into `into`: out of one bin, or as far as they lay there out of a zone, or of none."""

    movement: int
    kind: Kind
    effective_at: datetime
    item: int
    loc: int
    lot: int
    qty: int
    into: Bin
    out_of: Bin | None = None
    zone: Zone | None = None


class Leaving(NamedTuple):
    """Units of a lot that left a location by a movement; they had `status`. Bins in `counted` were counted since they
    left, and had seen it."""

    movement: int
    kind: int
    effective_at: datetime | None
    item: int
    loc: int
    lot: int
    qty: int
    status: int
    counted: frozenset[int] = frozenset()


@dataclass(slots=True)
class BinChanges:
    """What a transaction does to bins: `held` as they stand then, `changed` by entry, `gaps` by cell and bin."""

    held: dict[Cell, dict[int, Held]]
    changed: dict[Key, int] = field(default_factory=dict)
    gaps: dict[tuple[Cell, int], tuple[int, int]] = field(default_factory=dict)

    @property
    def items(self) -> frozenset[int]:
        """The items that are concerned."""
        return frozenset(key[3] for key in self.changed)

    def movements(self) -> Iterable[tuple[int, int]]:
        """(movement, item) of every change."""
        return ((key[0], key[3]) for key in self.changed)

    def leave(self, left: Leaving, there: int) -> None:
        """Take units that left the location out of its bins; what none gives lay in none. What a count of the whole
        location misses lay in none first: nobody knows where; `there` units are left."""
        cell = (left.item, left.loc, left.lot)
        held = self.held.get(cell, {}).values()
        qty = min(left.qty, sum(one.qty for one in held) - max(0, there)) if left.kind == Kind.COUNT else left.qty
        self._gave(left, take([one for one in held if one.bin not in left.counted], qty, giving_order(left.status)))

    def count(self, one: BinsCounted) -> None:
        """Bring bins up to what was counted in them; one that has given more since is empty."""
        cell = (one.item, one.loc, one.lot)
        held = self.held.setdefault(cell, {})
        for mark in one.marks:
            into = held.setdefault(mark.bin.bin, replace(mark.bin, qty=0))
            qty = max(mark.difference, -into.qty)
            into.qty += qty
            self._miss(cell, mark.bin.bin, qty - mark.difference, one.movement)
            if qty:
                key = (one.movement, one.kind, mark.as_of, *cell, mark.bin.bin)
                self.changed[key] = self.changed.get(key, 0) + qty

    def tell_late(self, item: int, late: LateInBin) -> None:
        """Say in a bin's entries what its count had seen: units left it then, and were missed already."""
        cell = (item, late.loc, late.lot)
        self.held.setdefault(cell, {}).setdefault(late.bin.bin, replace(late.bin, qty=0))
        for kind, at, qty in ((late.kind, late.at, late.qty), (Kind.LATE, late.as_of, -late.qty)):
            key = (late.movement, kind, at, *cell, late.bin.bin)
            self.changed[key] = self.changed.get(key, 0) + qty

    def lay(self, laid: Laying) -> None:
        """Lay units from where a booking says to where it says."""
        cell = (laid.item, laid.loc, laid.lot)
        held = self.held.setdefault(cell, {})
        if laid.out_of is not None:
            there = [held[laid.out_of.id]] if laid.out_of.id in held else []
            gave = take(there, laid.qty, ZONES)
            self._miss(cell, laid.out_of.id, laid.qty - sum(taken.qty for taken in gave), laid.movement)
            self._gave(laid, gave)
        elif laid.zone is not None:
            self._gave(laid, take([h for h in held.values() if h.zone == laid.zone], laid.qty, ZONES))
        into = held.setdefault(laid.into.id, Held(laid.into.id, laid.into.zone, laid.into.code, 0))
        into.qty += laid.qty
        self._change(laid, laid.into.id, laid.qty)

    def fit(
        self,
        there: Mapping[Cell, int],
        said: Collection[tuple[int, int, int, int]],
        movements: Mapping[int, tuple[int, datetime | None]],
    ) -> None:
        """Leave no more in the bins than lies there, out of those first of which nobody has said since what they hold:
        `said` has item, location, lot and bin of the others. It is so from when it happened that they hold too many."""
        for cell, held in self.held.items():
            excess = sum(h.qty for h in held.values()) - max(0, there.get(cell, 0))
            for bins in ([h for h in held.values() if (*cell, h.bin) not in said], list(held.values())):
                for taken in take(bins, excess, ZONES) if excess > 0 else ():
                    excess -= taken.qty
                    movement, at = movements[cell[0]]
                    self._miss(cell, taken.bin, taken.qty, movement)
                    key = (movement, Kind.BIN, at, *cell, taken.bin)
                    self.changed[key] = self.changed.get(key, 0) - taken.qty

    def _gave(self, what: Leaving | Laying, gave: Iterable[Taken]) -> None:
        for taken in gave:
            self._change(what, taken.bin, -taken.qty)

    def _change(self, what: Leaving | Laying, number: int, qty: int) -> None:
        key = (what.movement, what.kind, what.effective_at, what.item, what.loc, what.lot, number)
        self.changed[key] = self.changed.get(key, 0) + qty

    def _miss(self, cell: Cell, number: int, qty: int, movement: int) -> None:
        if qty > 0:
            before, _ = self.gaps.get((cell, number), (0, 0))
            self.gaps[cell, number] = (before + qty, movement)

    def write(self, conn: Connection, books: Mapping[int, ItemBook], now: datetime) -> None:
        """Queue the entries, what the bins hold, and the gaps."""
        write_entries(conn, books, self.changed, now)
        cells = sorted({(key[3], key[4], key[5], key[6]) for key in self.changed})
        conn.execute(
            queries.set_bins,
            {
                "parts": ints(books[item].rules.part for item, *_ in cells),
                "items": ints(item for item, *_ in cells),
                "locs": ints(loc for _, loc, _, _ in cells),
                "lots": ints(lot for _, _, lot, _ in cells),
                "bins": ints(number for *_, number in cells),
                "qtys": ints(self.held[item, loc, lot][number].qty for item, loc, lot, number in cells),
            },
        )
        if self.gaps:
            write_gaps(conn, books, self.gaps, now)


def bins_changed(
    conn: Connection, books: Mapping[int, ItemBook], laid: Sequence[Laying], counted: Sequence[BinsCounted] = ()
) -> BinChanges | None:
    """What the bookings of a transaction do to bins; None where they concern none.

    The books must have been read with all their rows."""
    any_book = next(iter(books.values()), None)
    if any_book is None or not any_book.rules.network.binned:
        return None
    told = {(one.movement, one.item, one.loc, one.lot) for one in counted}
    happened: list[Leaving | Laying | BinsCounted] = [
        one
        for book in books.values()
        for one in _leaving(book)
        if (one.movement, one.item, one.loc, one.lot) not in told
    ]
    happened += [*laid, *counted]
    late = [(book.item, one) for book in books.values() if book.seen_in_bins for one in book.seen_in_bins.late]
    if not (happened or late):
        return None
    places = {(one.item, one.loc) for one in happened} | {(item, one.loc) for item, one in late}
    changes = BinChanges(_held(conn, books, sorted(places)))
    there = _there(books, changes.held)
    for one in sorted(happened, key=lambda one: one.movement):
        match one:
            case Laying():
                changes.lay(one)
            case BinsCounted():
                changes.count(one)
            case Leaving():
                changes.leave(one, there.get((one.item, one.loc, one.lot), 0))
    for item, part in late:
        changes.tell_late(item, part)
    movements: dict[int, tuple[int, datetime | None]] = {item: (one.movement, one.at) for item, one in late}
    movements |= {one.item: (one.movement, one.effective_at) for one in happened}
    said = {(one.item, one.loc, one.lot, one.into.id) for one in laid}
    said |= {(one.item, one.loc, one.lot, mark.bin.bin) for one in counted for mark in one.marks}
    said |= {bin_ for item, (_, at) in movements.items() for bin_ in _counted_bins(books[item], at)}
    changes.fit(_there(books, changes.held), said, movements)
    return changes if changes.changed else None


def _leaving(book: ItemBook) -> Iterable[Leaving]:
    """By movement and lot what left the locations that have bins; what arrives lies in none until somebody says so."""
    binned = book.rules.network.binned
    nets: dict[tuple[int, int, int], Leaving] = {}
    for (movement, kind, at, _, loc, lot, status, _), deltas in book.entries.items():
        if loc not in binned or status == Status.IN_TRANSIT or not deltas[0]:
            continue
        out = Leaving(movement, kind, at, book.item, loc, lot, -deltas[0], status)
        before = nets.get((movement, loc, lot))
        if before is not None:
            out = max(before, out, key=lambda one: one.qty)._replace(qty=before.qty + out.qty)
        nets[movement, loc, lot] = out
    return (one._replace(counted=_counted_since(book, one)) for one in nets.values() if one.qty > 0)


def _counted_since(book: ItemBook, left: Leaving) -> frozenset[int]:
    found = _counted_bins(book, left.effective_at)
    return frozenset(number for _, loc, lot, number in found if (loc, lot) == (left.loc, left.lot))


def _counted_bins(book: ItemBook, at: datetime | None) -> set[tuple[int, int, int, int]]:
    """Item, location, lot and bin of those that were counted after something that is told late."""
    seen = book.seen_in_bins
    if seen is None or at is None or at >= book.now:
        return set()
    return {(book.item, *shelf, mark.bin) for shelf, marks in seen.marks.items() for mark in marks if mark.as_of >= at}


def _held(
    conn: Connection, books: Mapping[int, ItemBook], places: Sequence[tuple[int, int]]
) -> dict[Cell, dict[int, Held]]:
    rows = conn.execute(
        queries.bins_held,
        {
            "parts": ints(books[item].rules.part for item, _ in places),
            "items": ints(item for item, _ in places),
            "locs": ints(loc for _, loc in places),
        },
    )
    held: dict[Cell, dict[int, Held]] = {}
    for item, loc, lot, number, zone, code, qty in rows:
        held.setdefault((item, loc, lot), {})[number] = Held(number, zone, code, qty)
    return held


def _there(books: Mapping[int, ItemBook], cells: Iterable[Cell]) -> dict[Cell, int]:
    return {
        (item, loc, lot): sum(
            row.on_hand for row in books[item].stock.at(loc) if row.lot == lot and row.status != Status.IN_TRANSIT
        )
        for item, loc, lot in cells
    }


def close_gap(db: Database, movement: int, gap: int, actor: str) -> None:
    """Say that a gap was looked at and put right. Raises NotFound."""
    with db.transaction() as conn:
        found = conn.execute(queries.close_bin_gap, {"movement": movement, "id": gap, "actor": actor})
        if not found.rowcount:
            raise NotFound("open gap", gap, "id")
