"""Undoes a run: everything that it booked is reversed, and what it stated is taken back."""

from contextlib import closing
from typing import Final

import msgspec

from truestock.catalog.rules import RuleBook
from truestock.core.feed import ABSOLUTE
from truestock.core.problems import Conflict
from truestock.feeds.stock.before.kept import forget
from truestock.feeds.stock.engine.feeds import Stored
from truestock.feeds.stock.engine.figures.booking import CELLS_AT_ONCE
from truestock.feeds.stock.engine.runs import Run, set_run
from truestock.feeds.stock.engine.undoing import queries
from truestock.feeds.stock.engine.undoing.before import (
    see_again,
    state_again,
    take_back,
    wait_for_writers,
    would_change,
)
from truestock.feeds.stock.engine.undoing.interchanges import give_back
from truestock.feeds.stock.engine.undoing.supply import Supply, check_kept, put_supply_back
from truestock.ledger.desk import Desk
from truestock.ledger.documents import PutBack
from truestock.ledger.reverse import refuse_decided, reverse
from truestock.ledger.values import RowChange
from truestock.store.arrays import at_length
from truestock.store.database import Connection, Database
from truestock.store.lane import Direct

CHANGES_MAX: Final = 1_000
SHIPPED: Final = (
    "what was shipped is not undone, since its channel and the ERP are told of it; book what did not leave as a "
    "return: truestock book return, and take an order that is still to leave in anew, under a number of its own"
)


class Undone(msgspec.Struct, frozen=True):
    """What undoing a run changed, or in a preview would: movements that were reversed, units up and down, promised
    units given up, and the first rows that change. Of supply that it announced: how many lines were put
    back, how many stay because something newer was said of them, and the first lines, those that stay before others."""

    run: int
    movements: int
    up: int
    down: int
    promised: int
    changes: list[RowChange]
    lines_back: int = 0
    lines_stay: int = 0
    supply: list[PutBack] = []


def undo(
    db: Database, rules: RuleBook, conn: Connection, stored: Stored, run: Run, actor: str, reason: str, *, preview: bool
) -> Undone:
    """Undo a run of a feed that `conn` holds alone; one that was cut off goes on. Raises Conflict."""
    absolute = stored.feed.meaning in ABSOLUTE
    if stored.feed.meaning == "shipment":
        raise Conflict(SHIPPED, "run")
    if run.state not in ("done", "undoing"):
        raise Conflict(f"run {run.id} is {run.state}; only one that is done can be undone", "run")
    ((again,),) = conn.execute(queries.said_again, {"run": run.id}).fetchall()
    if again is not None and absolute:
        raise Conflict(f"run {again} is as of the same instant and stands on this one; undo that first", "run")
    if stored.feed.meaning == "expected":
        check_kept(conn, run)
    at_length(conn)
    movements = _movements(conn, run, absolute=absolute)
    desk = Desk(conn, rules)
    if not absolute:
        refuse_decided(desk, movements, "run")
    if not preview:
        with conn.transaction():
            first = run.state == "done"
            run = set_run(conn, run, "undoing", run.reached)
            if absolute and first:
                forget(conn, stored.id)
                take_back(conn, run)
        wait_for_writers(conn)
    why = reason or f"undo of run {run.id}"
    supply = Supply()
    if stored.feed.meaning == "expected":
        supply = put_supply_back(conn, run, actor, why, preview=preview, shown=CHANGES_MAX)
    changes = [
        change
        for movement in movements
        for change in reverse(desk, movement, actor, why, preview=preview, as_if_never=True).changes
    ]
    if preview:
        changes += would_change(db, rules, stored, run, actor, why) if absolute else []
    else:
        with closing(Direct(db, lambda own: Desk(own, rules), CELLS_AT_ONCE)) as direct:
            changes += see_again(direct, conn, run, actor, why)
            changes += state_again(direct, conn, stored, run, actor)
        with conn.transaction():
            give_back(conn, run.id)
            set_run(conn, run, "undone", run.reached)
    moved = [change.on_hand for change in changes]
    up, down = sum(units for units in moved if units > 0), -sum(units for units in moved if units < 0)
    promised = -sum(change.reserved for change in changes if change.reserved < 0)
    return Undone(
        run.id, len(movements), up, down, promised, changes[:CHANGES_MAX], supply.back, supply.stay, list(supply.lines)
    )


def _movements(conn: Connection, run: Run, *, absolute: bool) -> list[int]:
    """Figures are booked under the run's number; what happened under its document's."""
    parameters = {"run": run.id, "since": run.began_at, "source": run.feed, "ref": str(run.id), "absolute": absolute}
    return [movement for (movement,) in conn.execute(queries.movements_of, parameters)]
