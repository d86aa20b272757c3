"""What a feed said before: kept as a file says something else, and what it says again once that file is undone.

Facts that were told late changed nothing while the file stood that had seen them. Without it they count."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

from truestock.catalog.rules import Snapshot
from truestock.core.book import ItemBook, Promise
from truestock.core.decide import facts
from truestock.core.decide.facts import Change
from truestock.core.decide.settle import fill_negative, settle
from truestock.core.feed import Statement
from truestock.core.words import ANY_LOT, NO_LOT, POOL, Kind, Place, Status
from truestock.feeds.stock.engine import queries as shared
from truestock.feeds.stock.engine.booking import CELLS_AT_ONCE
from truestock.feeds.stock.engine.feeds import Stored
from truestock.feeds.stock.engine.runs import Run
from truestock.feeds.stock.engine.undoing import queries
from truestock.ledger.desk import Desk
from truestock.ledger.posting.statements import State, state
from truestock.ledger.values import RowChange
from truestock.ledger.work import Work
from truestock.store.arrays import ints, times
from truestock.store.database import Connection
from truestock.store.lane import Direct

PAUSE_S: Final = 0.005


def keep_before(conn: Connection, what: Mapping[str, Any]) -> None:
    """Before a file stands: keep what was said of the cells that it says something else of."""
    conn.execute(queries.keep_before, what)


def take_back(conn: Connection, run: Run) -> None:
    """Have the feed stand by what it said besides this run, and note the facts that only the run had seen."""
    ((newest,),) = conn.execute(queries.is_newest, {"run": run.id}).fetchall()
    conn.execute(queries.find_unseen, {"run": run.id})
    which = {"run": run.id, "newest": newest}
    for statement in (queries.restate, queries.unstate, queries.move_feed_back):
        conn.execute(statement, which)


def wait_for_writers(conn: Connection) -> None:
    """Until everybody who may have seen the statements of before has written."""
    ((newest,),) = conn.execute(shared.newest_transaction).fetchall()
    while not conn.execute(shared.all_before_ended, {"newest": newest}).fetchall()[0][0]:
        time.sleep(PAUSE_S)


class Facts:
    """The facts of an item that a run had seen, and why they are seen anew."""

    __slots__ = ("actor", "item", "reason", "run", "weight")

    def __init__(self, run: Run, item: int, actor: str, reason: str) -> None:
        self.run = run
        self.item = item
        self.actor = actor
        self.reason = reason
        self.weight = 1


def see_again(direct: Direct, conn: Connection, run: Run, actor: str, reason: str) -> list[RowChange]:
    """Book the facts that nothing has seen any more, item by item, each item in a transaction of its own."""
    items = [item for (item,) in conn.execute(queries.items_unseen, {"run": run.id})]
    told: list[list[RowChange]] = direct.run(_seen, [Facts(run, item, actor, reason) for item in items])
    return [change for changes in told for change in changes]


def see_unbound(direct: Direct, conn: Connection, run: Run) -> None:
    """Book the facts that were neutral because of a figure that waits for somebody: what is not booked is no mark."""
    wait_for_writers(conn)
    conn.execute(queries.find_unbound, {"run": run.id})
    see_again(direct, conn, run, run.actor, "told late, of a figure that was not booked")


def state_again(direct: Direct, conn: Connection, stored: Stored, run: Run, actor: str) -> None:
    """Book what stands again, as far as the ledger has it otherwise: a file that was passed over for the undone one."""
    feed = stored.feed
    if feed.posture != "book":
        return
    rows: list[tuple[Any, ...]] = conn.execute(queries.restated, {"run": run.id}).fetchall()
    for by, some in groupby(rows, key=itemgetter(0)):
        statements = [
            Statement(
                part, item, loc, None if lot == ANY_LOT else lot, Status(status), qty, as_of, until,
                feed.meaning == "available", feed.settings.knows_orders,
            )
            for _, part, item, loc, lot, status, qty, as_of, until in some
        ]  # fmt: skip
        for start in range(0, len(statements), CELLS_AT_ONCE):
            batch = statements[start : start + CELLS_AT_ONCE]
            direct.run(state, [State(batch, feed.code, str(by), f"feed: {feed.meaning}", actor)])


def would_count(conn: Connection, run: Run) -> list[RowChange]:
    """The changes that this would make; nothing stays."""
    with conn.transaction(force_rollback=True):
        take_back(conn, run)
        return [change for fact in _unseen(conn, run, None) for change in fact.changes]


class _Fact(NamedTuple):
    movement: int
    loc: int
    lot: int
    status: int
    qty: int
    seen_at: datetime
    seen_by: datetime | None
    lot_tracked: bool
    sku: str
    location: str
    lot_code: str

    @property
    def changes(self) -> list[RowChange]:
        status = Status(self.status).name.lower()
        change = RowChange(self.sku, self.location, self.lot_code, status, "", self.qty, 0)
        return [change] if self.seen_by is None else []


def _unseen(conn: Connection, run: Run, item: int | None) -> list[_Fact]:
    return [_Fact(*row) for row in conn.execute(queries.unseen, {"run": run.id, "item": item})]


def _seen(desk: Desk, commands: Sequence[Facts], wait: bool = True) -> list[list[RowChange]]:
    assert wait, "what is undone is booked by who can wait"
    return [desk.with_rules(partial(_see_again, desk, command)) for command in commands]


def _see_again(desk: Desk, command: Facts, snapshot: Snapshot) -> list[RowChange]:
    run, item = command.run, command.item
    work = desk.begin(snapshot.items({item}).values(), wait=True).open(snapshot.epoch, desk.movement)
    found = _unseen(desk.conn, run, item)
    if not found:
        work.rollback()
        return []
    work.begin_movement(desk.movement(Kind.LATE, command.actor, run.feed, str(run.id), command.reason), [item])
    book = work.books[item]
    displaced = [(book, _booked(work, book, fact)) for fact in found]
    for loc in book.stock.locs():
        fill_negative(book, loc)
    settle(work.books.values(), displaced)
    cells = {
        "movements": ints(fact.movement for fact in found),
        "locs": ints(fact.loc for fact in found),
        "lots": ints(fact.lot for fact in found),
        "statuses": ints(fact.status for fact in found),
        "seen_by": times(fact.seen_by for fact in found),
    }
    desk.conn.execute(queries.see_again, {"run": run.id, "item": item, **cells})
    work.write()
    work.commit()
    return [change for fact in found for change in fact.changes]


def _booked(work: Work, book: ItemBook, fact: _Fact) -> tuple[Promise, ...]:
    """A fact counts; or something else has seen it as of another time, so that today nothing changes."""
    if fact.seen_by is not None:
        row = book.row(fact.loc, fact.lot, fact.status, POOL)
        for qty, at in ((fact.qty, fact.seen_at), (-fact.qty, fact.seen_by)):
            book.post(row, Kind.LATE, qty, 0, effective_at=at)
            book.note(Place.ADJUSTMENT, Kind.LATE, -qty, lot=fact.lot, effective_at=at)
        return ()
    lot = None if fact.lot == NO_LOT and fact.lot_tracked else fact.lot
    change = Change(book.item, fact.loc, fact.qty, Kind.LATE, Place.ADJUSTMENT, fact.seen_at, lot, Status(fact.status))
    if missing := facts.shortfall(book, change, stated=True):
        work.read_displaceable(change, missing)
    return facts.apply(book, change, stated=True).displaced
