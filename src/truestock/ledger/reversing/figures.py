"""Figures of a feed whose movement is reversed by hand: it says them no more, and what it said before stands again."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, NamedTuple

from truestock.core.words import Kind
from truestock.ledger.reversing import queries
from truestock.ledger.work import Work
from truestock.ledger.work.books import keys_of
from truestock.store.arrays import ints, nullable, times

RUN_DIGITS: Final = 9


class Figure(NamedTuple):
    """What a run said of a cell, from `since` on: as of when, and up to when its source had booked our documents.

    It `stood` where the feed has said nothing else of it since. Without it the feed says `qty` there, by another `run`,
    which is a mark where it `binds`; or nothing, by none."""

    item: int
    loc: int
    lot: int
    status: int
    said_as_of: datetime
    said_until: datetime
    since: datetime
    stood: bool
    qty: int | None
    as_of: datetime | None
    booked_until: datetime | None
    binds: bool
    net: bool
    run: int | None

    @property
    def mark(self) -> tuple[Any, ...]:
        """As those that are read."""
        return self.item, self.loc, self.lot, self.status, self.as_of, self.booked_until, self.net


class Figures(NamedTuple):
    """Those of one movement by the number of their run, 0 where it is of none."""

    run: int
    cells: list[Figure]

    @property
    def standing(self) -> list[Figure]:
        """Those that stood until now."""
        return [one for one in self.cells if one.stood]

    def since(self, recorded_at: datetime) -> datetime:
        """From when on facts were told that the figures, or a count that was recorded then, had seen."""
        return min((one.since for one in self.cells), default=recorded_at)


NONE: Final = Figures(0, [])


def figures_of(work: Work, movement: int, head: tuple[Any, ...]) -> Figures:
    """The figures that a movement, of this head, has booked, locked until the end of the transaction."""
    _, kind, _, source, ref, *_, recorded_at, _ = head
    if kind != Kind.COUNT or not (ref.isdecimal() and len(ref) <= RUN_DIGITS):
        return NONE
    keys = keys_of([book.rules for book in work.books.values()])
    which = {"movement": movement, "recorded_at": recorded_at, "source": source, "run": int(ref)}
    return Figures(int(ref), [Figure(*row) for row in work.conn.execute(queries.lock_figures, {**keys, **which})])


def cells_of(work: Work, figures: Iterable[Figure]) -> dict[str, Any]:
    """Their cells, as parameters."""
    found = list(figures)
    return {
        "f_parts": ints(work.books[one.item].rules.part for one in found),
        "f_items": ints(one.item for one in found),
        "f_locs": ints(one.loc for one in found),
        "f_lots": ints(one.lot for one in found),
        "f_statuses": ints(one.status for one in found),
    }


def take_back_figures(work: Work, figures: Figures) -> None:
    """Have what their feed said before them stand again. Its next file is read whole: each line of it may be news."""
    if figures.cells:
        work.conn.execute(
            queries.take_back_figures,
            {
                **cells_of(work, figures.cells),
                "run": figures.run,
                "stood": ints(int(one.stood) for one in figures.cells),
                "qtys": nullable(one.qty for one in figures.cells),
                "as_ofs": times(one.as_of for one in figures.cells),
                "untils": times(one.booked_until for one in figures.cells),
                "binds": ints(int(one.binds) for one in figures.cells),
                "runs": nullable(one.run for one in figures.cells),
            },
        )
