"""What a feed said before: kept as a file says something else, and what it says again once that file is undone.

Facts that were told late changed nothing while the file stood that had seen them. Without it they count."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import chain, groupby
from typing import Any, Final, NamedTuple

from truestock.catalog.rules import RuleBook, Snapshot
from truestock.core.decide.settle import fill_negative, settle
from truestock.core.feed import Statement
from truestock.core.words import ANY_LOT, Kind, Status
from truestock.feeds.stock.engine.feeds import Stored
from truestock.feeds.stock.engine.figures.booking import CELLS_AT_ONCE
from truestock.feeds.stock.engine.runs import Run
from truestock.feeds.stock.engine.undoing import queries
from truestock.ledger.desk import Desk
from truestock.ledger.posting.statements import Effect, State, state
from truestock.ledger.reversing.marks import SeenFact, keep_seen, seen_by, tell_again
from truestock.ledger.values import RowChange
from truestock.ledger.work import Work
from truestock.store.database import Connection, Database
from truestock.store.lane import Direct, Trial
from truestock.store.upkeep.retention import Trim

PAUSE_S: Final = 0.005


def keep_before(conn: Connection, what: Mapping[str, Any]) -> None:
    """Before a file stands: keep what was said of the cells that it says something else of."""
    conn.execute(queries.keep_before, what)


def take_back(conn: Connection, run: Run) -> None:
    """Have the feed stand by what it said besides this run, and note the facts that only the run had seen."""
    ((newest,),) = conn.execute(queries.is_newest, {"run": run.id}).fetchall()
    conn.execute(queries.find_known, {"run": run.id})
    conn.execute(queries.find_unseen, {"run": run.id, "unbound": False})
    which = {"run": run.id, "newest": newest}
    for statement in (queries.restate, queries.unstate, queries.move_feed_back):
        conn.execute(statement, which)


def wait_for_writers(conn: Connection, halt: Callable[[], None] = lambda: None) -> None:
    """Until everybody who may have seen the statements of before has written; `halt` may raise meanwhile."""
    ((newest,),) = conn.execute(queries.newest_transaction).fetchall()
    while not conn.execute(queries.all_before_ended, {"newest": newest}).fetchall()[0][0]:
        halt()
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
    conn.execute(queries.find_unseen, {"run": run.id, "unbound": True})
    see_again(direct, conn, run, run.actor, "told late, of a figure that was not booked")


def state_again(direct: Direct, conn: Connection, stored: Stored, run: Run, actor: str) -> list[RowChange]:
    """Book what stands again, as far as the ledger has it otherwise: a file that was passed over for the undone one."""
    changes: list[RowChange] = []
    for command, cells in _again(conn, stored, run, actor):
        changes += _changed(cells, direct.run(state, [command]))
    return changes


def would_change(db: Database, rules: RuleBook, stored: Stored, run: Run, actor: str, reason: str) -> list[RowChange]:
    """The changes that these would make, by making them; nothing stays, and items are locked for a moment only."""

    def tried(desk: Desk, runs: Sequence[Run], wait: bool) -> list[list[RowChange]]:
        (run,) = runs
        take_back(desk.conn, run)
        changes: dict[int, list[RowChange]] = {}
        more: list[RowChange] = []
        unseen = [item for (item,) in desk.conn.execute(queries.items_unseen, {"run": run.id})]
        # An item at a time, since facts lock theirs before statements do.
        for command, cells in _again(desk.conn, stored, run, actor, by_item=True):
            mine = {one.item for one in command.statements}
            with desk.conn.transaction(force_rollback=True):
                changes |= {item: _seen_one(desk, Facts(run, item, actor, reason)) for item in unseen if item in mine}
                more += _changed(cells, state(desk, [command], wait))
        for item in unseen:
            if item not in changes:
                with desk.conn.transaction(force_rollback=True):
                    changes[item] = _seen_one(desk, Facts(run, item, actor, reason))
        return [[*chain.from_iterable(changes[item] for item in unseen), *more]]

    ((changes,), _) = Trial(db, lambda own: Desk(own, rules)).run(tried, [run], lambda _: None)
    return list(changes)


class _Cell(NamedTuple):
    """What a cell that is stated again is called."""

    status: int
    sku: str
    location: str
    lot: str


def _again(
    conn: Connection, stored: Stored, run: Run, actor: str, *, by_item: bool = False
) -> Iterator[tuple[State, list[_Cell]]]:
    """What stands again, some cells at a time, with `by_item` each item's by themselves."""
    feed = stored.feed
    if feed.posture != "book":
        return
    rows: list[tuple[Any, ...]] = conn.execute(queries.restated, {"run": run.id}).fetchall()
    for (by, _), some in groupby(rows, key=lambda row: (row[0], row[2] if by_item else None)):
        told = [
            (
                Statement(
                    part, item, loc, None if lot == ANY_LOT else lot, Status(status), qty, as_of, until,
                    feed.meaning == "available", feed.settings.knows_orders,
                ),
                _Cell(status, *names),
            )
            for _, part, item, loc, lot, status, qty, as_of, until, *names in some
        ]  # fmt: skip
        for start in range(0, len(told), CELLS_AT_ONCE):
            batch = told[start : start + CELLS_AT_ONCE]
            command = State([one for one, _ in batch], feed.code, str(by), f"feed: {feed.meaning}", actor)
            yield command, [cell for _, cell in batch]


def _changed(cells: Sequence[_Cell], effects: Sequence[Effect]) -> list[RowChange]:
    told = zip(cells, chain.from_iterable(effect.changed for effect in effects), strict=True)
    return [
        RowChange(cell.sku, cell.location, cell.lot, Status(cell.status).name.lower(), "", units, 0)
        for cell, units in told
        if units
    ]


class _Fact(NamedTuple):
    """A fact that a run had seen, and what its cell is called."""

    told: SeenFact
    sku: str
    location: str
    lot: str

    def change(self, qty: int) -> list[RowChange]:
        status = Status(self.told.status).name.lower()
        return [RowChange(self.sku, self.location, self.lot, status, "", qty, 0)] if qty else []


def _unseen(work: Work, run: Run, item: int) -> list[_Fact]:
    """Those of an item of which it is not so any more that a statement sees them as of when the run did."""
    work.read_marks()
    rows = work.conn.execute(queries.unseen, {"run": run.id, "item": item}).fetchall()
    found = [_Fact(SeenFact(*row[:-3]), *row[-3:]) for row in rows]
    return [fact for fact in found if seen_by(work, fact.told) != fact.told.seen_at]


def _seen(desk: Desk, commands: Sequence[Facts], wait: bool = True) -> list[list[RowChange]]:
    assert wait, "what is undone is booked by who can wait"
    return [_seen_one(desk, command) for command in commands]


def _seen_one(desk: Desk, command: Facts) -> list[RowChange]:
    return desk.with_rules(partial(_see_again, desk, command))


def _see_again(desk: Desk, command: Facts, snapshot: Snapshot) -> list[RowChange]:
    run, item = command.run, command.item
    work = desk.begin(snapshot.items({item}).values(), wait=True).open(snapshot.epoch, desk.movement)
    found = _unseen(work, run, item)
    if not found:
        work.rollback()
        return []
    work.begin_movement(desk.movement(Kind.LATE, command.actor, run.feed, str(run.id), command.reason), [item])
    again = [tell_again(work, fact.told) for fact in found]
    book = work.books[item]
    for loc in book.stock.locs():
        fill_negative(book, loc)
    settle([book], [one.displaced for one in again])
    keep_seen(work, [fact.told for fact in found])
    work.write()
    work.commit()
    return [change for fact, one in zip(found, again, strict=True) for change in fact.change(one.units)]


def _trim(conn: Connection, before: datetime, _part: int) -> int:
    return conn.execute(queries.drop_old_unseen, {"before": before}).rowcount


# Longer than their run, for as long as an older one that is undone could find them anew.
TRIM: Final = Trim("facts of undone runs", _trim, by_part=False)
