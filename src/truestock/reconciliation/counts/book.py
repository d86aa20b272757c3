"""Books what is decided: the count into the ledger, found units back to the sellable, and what it says of accuracy."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from itertools import groupby
from typing import Any, Final, NamedTuple

from truestock.catalog.lots import LotDraft, put_lots
from truestock.core.problems import Problem
from truestock.core.reconcile import Difference
from truestock.core.words import Status
from truestock.ledger.values import Adjust, AnyBooking, BinCount, ChangeStatus, Count, CountBins, NotBooked, Post
from truestock.reconciliation.counts.lines import end_tasks, lock, tasks_of
from truestock.reconciliation.counts.plans import queries
from truestock.reconciliation.counts.rules.judge import Compared, Shelf, in_zone, resolve
from truestock.reconciliation.counts.tasks import clock
from truestock.reconciliation.counts.values import Book
from truestock.reconciliation.discrepancies.agree import agreed
from truestock.reconciliation.discrepancies.weigh import weigh
from truestock.store.arrays import ints, texts
from truestock.store.database import Connection, Database

SOURCE: Final = "count"
LEDGER: Final = "ledger"
WHAT_TO_DO: Final = "Mend that and approve the count, have it counted again, or dismiss it."


class Decided(NamedTuple):
    """A lot of a line whose count is to be booked."""

    task_part: int
    task: int
    part: int
    item: int
    sku: str
    lot_tracked: bool
    loc: int
    location: str
    round: int
    lot: str
    expires_on: date | None
    counted: int
    expected: int
    in_doubt: int
    as_of: datetime
    actor: str
    reason: str
    lot_id: int
    movement: int | None
    zone: str
    bin: str
    without_bin: int

    @property
    def compared(self) -> Compared:
        """The count beside the ledger's figures."""
        return Compared(self.lot, self.counted, Shelf(self.as_of, self.expected, self.in_doubt))

    @property
    def key(self) -> str:
        """Under which it is booked once."""
        return f"count:{self.task}:{self.item}:{self.round}:{self.lot}"


class Outcome(NamedTuple):
    """By (task, item): the lines that are booked now, and why the ledger refused others."""

    booked: set[tuple[int, int]]
    refused: dict[tuple[int, int], str]


def book_decided(db: Database, book: Book, tasks: Iterable[int] | None = None) -> Outcome:
    """Book every line that is decided, of these tasks or of all.

    Each booking has its own key, so that a line is booked once however often this is broken off. What the ledger
    refuses waits in review, with the reason. Raises what kept the ledger from answering; the next call goes on."""
    outcome = Outcome(set(), {})
    for task in sorted(set(tasks)) if tasks is not None else [None]:
        with db.transaction() as conn:
            waiting = _waiting(conn, task)
        for line, lots in groupby(waiting, key=lambda lot: (lot.task, lot.item)):
            why = _book_line(db, book, list(lots))
            if why is None:
                outcome.booked.add(line)
            else:
                outcome.refused[line] = why
    return outcome


def tell_accuracy(db: Database, tasks: Iterable[int]) -> None:
    """Of tasks that are done: how many cells were counted, so that it is known how many of them were right."""
    with db.transaction() as conn:
        now = clock(conn)
        rows = conn.execute(queries.cells_counted, tasks_of(tasks)).fetchall()
    for task, loc, cells, as_of in rows:
        agreed(db, SOURCE, task, [], {loc: cells}, as_of, now)


def _waiting(conn: Connection, task: int | None) -> list[Decided]:
    return [Decided(*row) for row in conn.execute(queries.deciding, {"task": task})]


def _book_line(db: Database, book: Book, lots: Sequence[Decided]) -> str | None:
    """None where it is booked, else why not."""
    first = lots[0]
    new = [LotDraft(lot.sku, lot.lot, _end_of(lot.expires_on)) for lot in lots if lot.expires_on and not lot.lot_id]
    faults = [made.detail for made in (put_lots(db, new) if new else ()) if isinstance(made, Problem)]
    unbooked_lots = [] if faults else [lot for lot in lots if lot.movement is None]
    posts = (
        _posts_of_zone(unbooked_lots)
        if first.zone
        else [(lot.lot, one) for lot in unbooked_lots for one in _posts(lot)]
    )
    movements: dict[str, int] = {}
    unbooked: set[str] = set()
    for (lot_code, _), answer in zip(posts, book([post for _, post in posts]) if posts else (), strict=True):
        if isinstance(answer, NotBooked):
            faults.append(answer.detail)
            unbooked.add(lot_code)
        else:
            movements[lot_code] = answer.movement
    if faults:
        whole = {lot_code: movement for lot_code, movement in movements.items() if lot_code not in unbooked}
        return _refused(db, first, whole, f"The ledger does not take it: {faults[0]}. {WHAT_TO_DO}")
    with db.transaction() as conn:
        now = clock(conn)
        known = {lot.lot: lot.lot_id for lot in _waiting(conn, first.task) if lot.item == first.item}
    differing = [one for one in _by_lot(lots) if one.difference]
    weigh(db, SOURCE, "book", [_difference(first, one, known.get(one.lot, 0)) for one in differing], now)
    with db.transaction() as conn:
        conn.execute(queries.lock_tasks, tasks_of([first.task]))
        _note_movements(conn, first, movements)
        conn.execute(queries.booked, _line_of(first))
        if not first.zone:
            # What a picker did not find may lie in any zone: only a count of all of them says that it is not there.
            cell = {"part": first.part, "item": first.item, "loc": first.loc}
            conn.execute(queries.settle_doubt, cell | {"as_of": max(lot.as_of for lot in lots)})
        end_tasks(conn, [first.task], now)
    return None


def _refused(db: Database, line: Decided, movements: dict[str, int], why: str) -> str:
    """Have a person decide what the ledger does not take; lots of it that are booked are not booked again."""
    with db.transaction() as conn:
        desk = lock(conn, [line.task], clock(conn))
        now = desk.lines[line.task, line.item]
        if now.state == "deciding":
            _note_movements(conn, line, movements)
            desk.decide(now, "refused", LEDGER, why)
            now.move("review")
        desk.write()
    return why


def _note_movements(conn: Connection, line: Decided, movements: dict[str, int]) -> None:
    lots = {"lots": texts(movements), "movements": ints(movements.values())}
    conn.execute(queries.note_movements, _line_of(line) | {"round": line.round} | lots)


def _line_of(line: Decided) -> dict[str, object]:
    return {"part": line.task_part, "task": line.task, "item": line.item}


def _posts(lot: Decided) -> list[Post]:
    """Found units first, so that the count sees them where it counted them."""
    found, lost = resolve(lot.compared)
    said: dict[str, Any] = {
        "sku": lot.sku,
        "location": lot.location,
        "lot": lot.lot or None,
        "effective_at": lot.as_of,
        "source": SOURCE,
        "ref": f"task {lot.task}",
    }
    bookings: list[tuple[str, AnyBooking]] = []
    if found:
        moved = ChangeStatus(
            **said, qty=found, from_status="quarantine", to_status="sellable", reason="found by a count"
        )
        bookings.append(("found", moved))
    if lost:
        gone = Adjust(**said, qty=-lost, status="quarantine", reason="not found by a count either")
        bookings.append(("lost", gone))
    difference = lot.counted - lot.expected - found
    if lot.lot or not lot.lot_tracked:
        bookings.append(("count", Count(**said, qty=lot.counted, reason=lot.reason)))
    elif difference:
        # A count that names no lot is of all lots together; of units without one only the difference can be booked.
        bookings.append(("count", Adjust(**said, qty=difference, reason=lot.reason)))
    return [Post(booking, lot.actor, f"{lot.key}:{what}") for what, booking in bookings]


def _posts_of_zone(lots: Sequence[Decided]) -> list[tuple[str, Post]]:
    """One count of all the bins for each lot; of bins in which nobody ever said that there is any, none."""
    found = []
    for lot_code, bins in groupby((lot for lot in lots if lot.bin), key=lambda lot: lot.lot):
        of = list(bins)
        said = CountBins(
            sku=of[0].sku,
            location=of[0].location,
            lot=lot_code or None,
            bins=[BinCount(one.bin, one.counted, one.as_of) for one in of],
            effective_at=max(one.as_of for one in of),
            source=SOURCE,
            ref=f"task {of[0].task}",
            reason=of[0].reason,
        )
        found.append((lot_code, Post(said, of[0].actor, f"{of[0].key}:bins")))
    return found


def _by_lot(lots: Sequence[Decided]) -> list[Compared]:
    """What the count says of each lot: over the bins of the zone, in a task of one."""
    if not lots[0].zone:
        return [lot.compared for lot in lots]
    by_lot = (list(of) for _, of in groupby(lots, key=lambda lot: lot.lot))
    return [in_zone([one.compared for one in of], of[0].without_bin) for of in by_lot]


def _difference(line: Decided, lot: Compared, lot_id: int) -> Difference:
    return Difference(
        line.part,
        line.item,
        line.loc,
        lot_id,
        int(Status.SELLABLE),
        lot.counted,
        lot.shelf.sellable + lot.shelf.in_doubt,
        lot.shelf.at,
        line.task,
    )


def _end_of(day: date | None) -> datetime | None:
    """A lot may be sold until the end of the day that its label says."""
    return datetime.combine(day, time.max, UTC) if day is not None else None
