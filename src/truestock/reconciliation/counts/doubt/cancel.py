"""Cancels a task; units that are in doubt on it are sellable again, or counted on another: none is forgotten."""

from typing import Final, NamedTuple

from truestock.core.problems import Conflict, NotFound
from truestock.ledger.values import ChangeStatus, NotBooked, Post
from truestock.reconciliation.counts.due import ask_for_rejected
from truestock.reconciliation.counts.lines import Desk, Line, lock, tasks_of
from truestock.reconciliation.counts.plans import queries
from truestock.reconciliation.counts.tasks import clock, read_task
from truestock.reconciliation.counts.values import Book, Cancel, LineState, Task
from truestock.store.arrays import ints, times
from truestock.store.database import Database

LEFT: Final[tuple[LineState, ...]] = ("open", "recount", "review")
NAMED_MOST: Final = 5


class Doubt(NamedTuple):
    """Units of a lot of a line that lie in quarantine since a pick failed."""

    line: Line
    lot: str
    units: int


def cancel(db: Database, book: Book, task: int, said: Cancel, who: str) -> Task:
    """Have an open task not counted any more; what is booked of it stays. Raises NotFound, Conflict.

    Where this is broken off, the job count-plans asks for what is in doubt still."""
    with db.transaction() as conn:
        desk = lock(conn, [task], clock(conn))
        head = desk.tasks.get(task)
        if head is None:
            raise NotFound("task", task, "task")
        if head.state != "open":
            raise Conflict("it has ended already", "task")
        left = [line for line in desk.of_task(task) if line.state in LEFT]
        doubts = [] if head.zone else _doubts(desk, left)  # they are looked for at the whole location
        if doubts and said.in_doubt is None:
            raise Conflict(_question(doubts), "in_doubt")
        for line in left:
            desk.decide(line, "cancelled", who, said.reason)
            line.move("dismissed")
        conn.execute(queries.cancel_task, tasks_of([task]) | {"now": desk.now})
        desk.write()
    if doubts and said.in_doubt == "sellable":
        _release(db, book, desk, doubts, said.reason, who)
    ask_for_rejected(db)
    return read_task(db, task)


def _doubts(desk: Desk, lines: list[Line]) -> list[Doubt]:
    now = times([desk.now] * len(lines))
    cells = {
        "parts": ints(line.part for line in lines),
        "items": ints(line.item for line in lines),
        "locs": ints(desk.tasks[line.task].loc for line in lines),
    }
    rows = desk.conn.execute(queries.shelves, cells | {"firsts": now, "lasts": now}).fetchall()
    return [Doubt(lines[n - 1], lot, units) for n, lot, _, _, _, units in rows if units > 0]


def _question(doubts: list[Doubt]) -> str:
    units: dict[str, int] = {}
    for doubt in doubts:
        units[doubt.line.sku] = units.get(doubt.line.sku, 0) + doubt.units
    named = ", ".join(f"{n} of {sku}" for sku, n in sorted(units.items())[:NAMED_MOST])
    more = f" and of {len(units) - NAMED_MOST} more items" if len(units) > NAMED_MOST else ""
    return (
        f"units lie in quarantine until this is counted, since a picker did not find them: {named}{more}. Say what "
        "becomes of them, as in_doubt: sellable, or recount, which makes another task"
    )


def _release(db: Database, book: Book, desk: Desk, doubts: list[Doubt], reason: str, who: str) -> None:
    posts = [
        Post(
            ChangeStatus(
                sku=doubt.line.sku,
                location=desk.tasks[doubt.line.task].location,
                lot=doubt.lot or None,
                qty=doubt.units,
                from_status="quarantine",
                to_status="sellable",
                source="count",
                ref=f"task {doubt.line.task}",
                reason=reason or "its count was cancelled",
            ),
            who,
            f"cancelled:{doubt.line.task}:{doubt.line.item}:{doubt.lot}",
        )
        for doubt in doubts
    ]
    answers = book(posts)
    refused = [(doubt, a) for doubt, a in zip(doubts, answers, strict=True) if isinstance(a, NotBooked)]
    kept = {doubt.line.item for doubt, _ in refused}
    lines = list({doubt.line.item: doubt.line for doubt in doubts if doubt.line.item not in kept}.values())
    with db.transaction() as conn:
        for line in lines:
            cell = {"part": line.part, "item": line.item, "loc": desk.tasks[line.task].loc}
            conn.execute(queries.settle_doubt, cell | {"as_of": desk.now})
    for doubt, answer in refused:
        ask_for_rejected(db)
        raise Conflict(
            f"the task is cancelled, but {doubt.line.sku} stays in doubt and is to be counted: {answer.detail}", "task"
        )
