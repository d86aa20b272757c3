"""What reconciliation is told of a run: what differs, where it agrees, and what its source keeps for orders."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

import msgspec

from truestock.core.feed import Statement
from truestock.core.reconcile import Allocated, Cell, Difference, Verdict
from truestock.core.words import ANY_LOT
from truestock.feeds.stock.engine.feeds import Stored
from truestock.feeds.stock.engine.figures import queries
from truestock.feeds.stock.engine.figures.differing import Differing
from truestock.feeds.stock.engine.runs import Report, Run
from truestock.reconciliation.discrepancies.agree import agreed, waiting
from truestock.reconciliation.discrepancies.allocations import allocations
from truestock.reconciliation.discrepancies.weigh import weigh
from truestock.store.arrays import ints
from truestock.store.database import Connection, Database
from truestock.store.lane import GivingWay

CELLS_AT_ONCE: Final = 1_000
Say = Callable[[str, int], None]


def differences(run: Run, found: Sequence[Differing]) -> list[Difference]:
    """What reconciliation is told of statements."""
    return [
        Difference(
            one.statement.part, one.statement.item, one.statement.loc, one.statement.lot, one.statement.status,
            one.stated, one.expected, one.statement.as_of, run.id, one.statement.line,
        )
        for one in found
    ]  # fmt: skip


def write_down(conn: Connection, run: Run, found: Sequence[Differing]) -> None:
    """Keep what a master states otherwise until it is weighed, once it is booked; after a kill nobody would find it."""
    # What never had any stock is opened by a master.
    told = differences(run, [one for one in found if not one.opens])
    if told:
        conn.execute(queries.write_down, {"run": run.id, "found": msgspec.msgpack.encode(told)})


def weigh_written_down(db: Database, conn: Connection, stored: Stored, run: Run, now: datetime, say: Say) -> None:
    """Weigh what was written down, and cross it off."""
    way = GivingWay()
    while rows := conn.execute(queries.written_down, {"run": run.id}).fetchall():
        ((n, found),) = rows
        told = msgspec.msgpack.decode(found, type=list[Difference])
        with way.piece(len(told)):
            weighed(db, stored, told, now)
        conn.execute(queries.cross_off, {"run": run.id, "n": n})
        say("explaining", len(told))


def weighed(
    db: Database, stored: Stored, differences: Sequence[Difference], now: datetime, *, preview: bool = False
) -> list[Verdict]:
    """What is to become of each difference; why it is so is looked into when the run ends."""
    verdicts: list[Verdict] = []
    for start in range(0, len(differences), CELLS_AT_ONCE):
        some = differences[start : start + CELLS_AT_ONCE]
        verdicts += weigh(db, stored.feed.code, stored.feed.posture, some, now, preview=preview, explained=False)
    return verdicts


def unbind(conn: Connection, feed: int, left: Sequence[Statement]) -> None:
    """What was not booked is no mark."""
    if left:
        conn.execute(
            queries.unbind,
            {
                "feed": feed,
                "parts": ints(one.part for one in left),
                "items": ints(one.item for one in left),
                "locs": ints(one.loc for one in left),
                "lots": ints(ANY_LOT if one.lot is None else one.lot for one in left),
                "statuses": ints(one.status for one in left),
            },
        )


def tell_verdicts(report: Report, verdicts: Sequence[Verdict]) -> None:
    """Add to a report what became of differences."""
    told = Counter(verdicts)
    report.differed += len(verdicts)
    report.review += told["review"]
    report.left += told["leave"]


def tell_agreed(db: Database, conn: Connection, stored: Stored, run: Run, now: datetime) -> None:
    """End a run: what was a discrepancy before and is none any more is gone."""
    which = {"feed": stored.id, "run": run.id, "moves": run.report.moves}
    cells = waiting(db, stored.feed.code, run.id)
    arrays = {
        "parts": ints(cell.part for cell in cells),
        "items": ints(cell.item for cell in cells),
        "locs": ints(cell.loc for cell in cells),
        "lots": ints(ANY_LOT if cell.lot is None else cell.lot for cell in cells),
        "statuses": ints(cell.status for cell in cells),
    }
    found: list[Cell] = [cells[n - 1] for (n,) in conn.execute(queries.stated_of, {**which, **arrays})] if cells else []
    counted: dict[int, int] = dict(conn.execute(queries.stated_at, which).fetchall())
    agreed(db, stored.feed.code, run.id, found, counted, run.as_of, now)


def keep_allocated(conn: Connection, stored: Stored, run: Run) -> None:
    """Keep what the source of the file keeps for orders until the run ends; after a kill nobody has the file."""
    parameters = {"as_of": run.as_of, "location": stored.feed.settings.location or None}
    rows: list[tuple[Any, ...]] = conn.execute(queries.allocated, parameters).fetchall()
    pieces: list[list[Allocated]] = [[]]
    # All that is said of an item at a location has to come together.
    for (part, item, loc), some in groupby(rows, key=lambda row: row[:3]):
        if len(pieces[-1]) >= CELLS_AT_ONCE:
            pieces.append([])
        for _, _, _, qty, at, order, channel, line in some:
            pieces[-1].append(Allocated(part, item, loc, qty, at, order, channel, run.id, line))
    for n, piece in enumerate(pieces):
        if piece:
            told = msgspec.msgpack.encode(piece)
            conn.execute(queries.keep_allocated, {"run": run.id, "n": n, "told": told})


def tell_allocated(db: Database, conn: Connection, stored: Stored, run: Run, now: datetime) -> None:
    """Compare what the source keeps for orders, each where it names them, with what is reserved; nothing is booked."""
    while rows := conn.execute(queries.kept_allocated, {"run": run.id}).fetchall():
        ((n, told),) = rows
        allocations(db, stored.feed.code, msgspec.msgpack.decode(told, type=list[Allocated]), now)
        conn.execute(queries.forget_allocated, {"run": run.id, "n": n})
