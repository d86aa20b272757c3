"""Bins of what is reversed: what a movement laid into them is taken out again, and what it took is laid back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from truestock.core.decide.bins import Counted, Held, found_in
from truestock.core.words import Status
from truestock.ledger.movement import Movement
from truestock.ledger.reversing import queries
from truestock.ledger.work import Work
from truestock.ledger.work.books import keys_of
from truestock.ledger.work.counted_bins import BinsCounted, Mark

Cell = tuple[int, int, int]  # item, location, lot


class InBin(NamedTuple):
    """What a movement brought into a bin of a lot, and as of when another has counted that bin since, if one has."""

    item: int
    loc: int
    lot: int
    bin: Held
    qty: int
    at: datetime
    counted_at: datetime | None

    @property
    def cell(self) -> Cell:
        """Item, location and lot."""
        return self.item, self.loc, self.lot


class Seen(NamedTuple):
    """Units of an opposite (below zero: that leave) that counts of bins have seen, the newest as of an instant."""

    qty: int
    as_of: datetime


def bins_of(work: Work, movement: int, recorded_at: datetime) -> list[InBin]:
    """What a movement did to bins, by bin and lot."""
    if not any(book.rules.network.binned for book in work.books.values()):
        return []
    keys = keys_of([book.rules for book in work.books.values()])
    rows = work.conn.execute(queries.movement_bins, {**keys, "movement": movement, "recorded_at": recorded_at})
    return [
        InBin(item, loc, lot, Held(number, zone, code, 0), qty, at, counted_at)
        for item, loc, lot, number, zone, code, qty, at, counted_at in rows
    ]


def seen_since(changed: Mapping[Cell, int], in_bins: Sequence[InBin]) -> dict[Cell, Seen]:
    """By cell, the units of a movement's opposite, as if it never was, that change nothing today: bins that were
    counted since hold what was counted. `changed` is what the movement did to each cell."""
    found = {}
    for cell, qty in changed.items():
        mine = [one for one in in_bins if one.cell == cell]
        since = [one for one in mine if one.counted_at is not None]
        without_bin = max(0, sum(one.qty for one in mine) - max(0, qty))
        units = found_in([Counted(one.bin.bin, one.qty, 0) for one in since], without_bin)
        if units:
            found[cell] = Seen(-units, max(one.counted_at for one in since if one.counted_at is not None))
    return found


def opposite(
    work: Work, made: Movement, moved: Iterable[tuple[Cell, int]], in_bins: Sequence[InBin], *, then: bool
) -> list[BinsCounted]:
    """What a reversal, `made`, does to bins in all cells that it `moved` something in, each with the status: what came
    into no bin leaves none. `then`: as if it never was, and bins that were counted since stay."""
    cells = {one.cell for one in in_bins}
    for (item, loc, lot), status in moved:
        if loc in work.books[item].rules.network.binned and status != Status.IN_TRANSIT:
            cells.add((item, loc, lot))
    taken_back = []
    for cell in sorted(cells):
        mine = [one for one in in_bins if one.cell == cell and one.qty and not (then and one.counted_at is not None)]
        marks = [Mark(one.bin, one.at if then else work.now, 0, -one.qty, 0) for one in mine]
        taken_back.append(BinsCounted(made.id, *cell, marks, taken_back=True, kind=made.kind))
    return taken_back
