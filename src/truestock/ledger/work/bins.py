"""Bins follow what is booked: units that leave a location leave its bins, and bookings may say which ones take or give.

Bins never hold more than lies at the location. Where a bin had fewer units than was said, or would hold more than there
are, the fact stands all the same, and the difference is written down as a gap.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from truestock.core.book import ItemBook
from truestock.core.decide.bins import ZONES, Held, Taken, Zone, giving_order, take
from truestock.core.problems import NotFound
from truestock.core.words import Kind, Status
from truestock.ledger import queries
from truestock.store.arrays import ints, times
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
    """Units of a lot that left a location by a movement; they had `status`."""

    movement: int
    kind: int
    effective_at: datetime | None
    item: int
    loc: int
    lot: int
    qty: int
    status: int


Cell = tuple[int, int, int]  # item, location, lot
# Movement, kind, effective_at, item, location, lot, bin.
Key = tuple[int, int, datetime | None, int, int, int, int]


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

    def leave(self, left: Leaving) -> None:
        """Take units that left the location out of its bins; what none gives lay in none."""
        cell = (left.item, left.loc, left.lot)
        self._gave(left, take(self.held.get(cell, {}).values(), left.qty, giving_order(left.status)))

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

    def fit(self, there: Mapping[Cell, int], laid: Sequence[Laying], movements: Mapping[int, int]) -> None:
        """Leave no more in the bins than lies there, out of those first into which nobody has just laid anything."""
        fresh = {(one.item, one.loc, one.lot, one.into.id) for one in laid}
        for cell, held in self.held.items():
            excess = sum(h.qty for h in held.values()) - max(0, there.get(cell, 0))
            for bins in ([h for h in held.values() if (*cell, h.bin) not in fresh], list(held.values())):
                for taken in take(bins, excess, ZONES) if excess > 0 else ():
                    excess -= taken.qty
                    self._miss(cell, taken.bin, taken.qty, movements[cell[0]])
                    key = (movements[cell[0]], Kind.BIN, None, *cell, taken.bin)
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
        _write_entries(conn, books, self.changed, now)
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
            _write_gaps(conn, books, self.gaps, now)


def bins_changed(conn: Connection, books: Mapping[int, ItemBook], laid: Sequence[Laying]) -> BinChanges | None:
    """What the bookings of a transaction do to bins; None where they concern none.

    The books must have been read with all their rows."""
    any_book = next(iter(books.values()), None)
    if any_book is None or not any_book.rules.network.binned:
        return None
    happened: list[Leaving | Laying] = [one for book in books.values() for one in _leaving(book)]
    happened += laid
    if not happened:
        return None
    changes = BinChanges(_held(conn, books, sorted({(one.item, one.loc) for one in happened})))
    for one in sorted(happened, key=lambda one: one.movement):
        if isinstance(one, Laying):
            changes.lay(one)
        else:
            changes.leave(one)
    changes.fit(_there(books, changes.held), laid, {one.item: one.movement for one in happened})
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
    return (one for one in nets.values() if one.qty > 0)


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


def _write_entries(conn: Connection, books: Mapping[int, ItemBook], changed: Mapping[Key, int], now: datetime) -> None:
    rows = []
    ordinals = {item: len(books[item].entries) for *_, item, _, _, _ in changed}
    for key, qty in changed.items():
        rows.append((key, ordinals[key[3]], qty))
        ordinals[key[3]] += 1
    conn.execute(
        queries.add_bin_entries,
        {
            "parts": ints(books[key[3]].rules.part for key, _, _ in rows),
            "items": ints(key[3] for key, _, _ in rows),
            "versions": ints(books[key[3]].version + 1 for key, _, _ in rows),
            "ns": ints(n for _, n, _ in rows),
            "movements": ints(key[0] for key, _, _ in rows),
            "kinds": ints(key[1] for key, _, _ in rows),
            "effective": times(key[2] for key, _, _ in rows),
            "locs": ints(key[4] for key, _, _ in rows),
            "lots": ints(key[5] for key, _, _ in rows),
            "bins": ints(key[6] for key, _, _ in rows),
            "qtys": ints(qty for *_, qty in rows),
            "now": now,
        },
    )


def _write_gaps(
    conn: Connection, books: Mapping[int, ItemBook], gaps: Mapping[tuple[Cell, int], tuple[int, int]], now: datetime
) -> None:
    rows = [(*cell, number, *found) for (cell, number), found in gaps.items()]
    conn.execute(
        queries.open_bin_gaps,
        {
            "parts": ints(books[item].rules.part for item, *_ in rows),
            "items": ints(item for item, *_ in rows),
            "ids": ints((books[row[0]].version + 1 << 20) + n for n, row in enumerate(rows)),
            "locs": ints(row[1] for row in rows),
            "lots": ints(row[2] for row in rows),
            "bins": ints(row[3] for row in rows),
            "qtys": ints(row[4] for row in rows),
            "movements": ints(row[5] for row in rows),
            "now": now,
        },
    )


def close_gap(db: Database, movement: int, gap: int, actor: str) -> None:
    """Say that a gap was looked at and put right. Raises NotFound."""
    with db.transaction() as conn:
        found = conn.execute(queries.close_bin_gap, {"movement": movement, "id": gap, "actor": actor})
        if not found.rowcount:
            raise NotFound("open gap", gap, "id")
