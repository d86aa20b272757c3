"""What somebody decides of counts that nobody may book by themselves: approved, counted once more, or dismissed."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from truestock.core.problems import Conflict, Invalid, NotFound, Problem
from truestock.reconciliation.counts.book import Outcome, book_decided, tell_accuracy
from truestock.reconciliation.counts.due import ask_for_rejected
from truestock.reconciliation.counts.lines import Desk, Line, lock
from truestock.reconciliation.counts.plans import check_limit, queries, read_limits
from truestock.reconciliation.counts.tasks import clock
from truestock.reconciliation.counts.values import (
    Book,
    Decided,
    LineResult,
    LineState,
    LotResult,
    Round,
    Verdict,
    by_lot,
)
from truestock.store.arrays import ints, times
from truestock.store.database import Connection, Database
from truestock.store.paging import Page, page_of

_DECISIONS = {"approve": "approved", "recount": "recount", "dismiss": "dismissed"}


class Waiting(msgspec.Struct, frozen=True):
    """What became of a verdict: the line's state after it, or why it was not taken."""

    task: int
    sku: str
    state: LineState


def decide(db: Database, book: Book, verdicts: Sequence[Verdict], who: str) -> list[Waiting | Problem]:
    """One answer a verdict, in their order; what is approved is booked before they are given."""
    if not who:
        raise Invalid("actor", "say who decides: the decision is kept with the name")
    tasks = sorted({verdict.task for verdict in verdicts})
    with db.transaction() as conn:
        desk = lock(conn, tasks, clock(conn))
        found = [_decide(desk, verdict, who) for verdict in verdicts]
        desk.write()
    outcome = book_decided(db, book, tasks)
    tell_accuracy(db, tasks)
    if any(task.zone for task in desk.tasks.values()):
        ask_for_rejected(db)  # a count of the whole location may have waited for this one
    return [
        one if isinstance(one, Problem) else _after(verdict, one, outcome)
        for verdict, one in zip(verdicts, found, strict=True)
    ]


def list_results(
    db: Database,
    state: LineState | None = None,
    task: int | None = None,
    after: str | None = None,
    limit: int = 100,
    location: str | None = None,
) -> Page[LineResult]:
    """Lines whose counting is over, by task; `after` goes on after an earlier page. Raises Invalid."""
    with db.transaction() as conn:
        rows = _results(conn, state, task, _cursor(after), limit + 1, location)
    page = page_of(rows, limit, lambda row: f"{row[0].task}.{row[1]}")
    return Page(tuple(result for result, _ in page.rows), page.next)


def _decide(desk: Desk, verdict: Verdict, who: str) -> Line | Problem:
    line = next((line for line in desk.of_task(verdict.task) if line.sku == verdict.sku), None)
    if line is None:
        return NotFound(f"line of {verdict.sku} in task", verdict.task, "task")
    if line.state != "review":
        return Conflict(f"the count of {line.sku} is {line.state}; only one in review is decided", "task")
    if verdict.decision == "approve":
        try:
            _check(desk, line, who)
        except Problem as problem:
            return problem
    desk.decide(line, _DECISIONS[verdict.decision], who, verdict.reason)
    states: dict[str, LineState] = {"approve": "deciding", "recount": "recount", "dismiss": "dismissed"}
    line.move(states[verdict.decision])
    return line


def _check(desk: Desk, line: Line, who: str) -> None:
    """Raise where `who` may not approve it, or where it cannot be booked as it was counted."""
    ((result, _),) = _results(desk.conn, "review", line.task, (line.task, line.item - 1), 1)
    lots = result.rounds[-1].lots
    units = sum(map(abs, by_lot(lots).values()))
    value = None if line.cost is None else units * line.cost
    check_limit(read_limits(desk.conn), who, units, value, line.counters)
    now = {"firsts": times([desk.now]), "lasts": times([desk.now])}
    keys = {"parts": ints([line.part]), "items": ints([line.item]), "locs": ints([desk.tasks[line.task].loc])}
    in_doubt = {lot: doubt for _, lot, _, _, _, doubt in desk.conn.execute(queries.shelves, keys | now)}
    if any(lot.in_doubt > in_doubt.get(lot.lot, 0) for lot in lots):
        raise Conflict(f"units of {line.sku} in doubt were moved since it was counted; have it counted again", "task")


def _after(verdict: Verdict, line: Line, outcome: Outcome) -> Waiting | Problem:
    key = (line.task, line.item)
    if key in outcome.refused:
        return Conflict(outcome.refused[key], "task")
    return Waiting(verdict.task, verdict.sku, "booked" if key in outcome.booked else line.state)


def _results(
    conn: Connection,
    state: LineState | None,
    task: int | None,
    after: tuple[int, int],
    limit: int,
    location: str | None = None,
) -> list[tuple[LineResult, int]]:
    which = {"state": state, "task": task, "location": location}
    page = {"after_task": after[0], "after_item": after[1], "limit": limit}
    return [_result(*row) for row in conn.execute(queries.results, which | page)]


def _result(
    task: int, location: str, sku: str, name: str, state: LineState, cost: Decimal | None, counters: list[str],
    item: int, results: list[list[Any]] | None, decisions: list[list[Any]] | None, zone: str,
) -> tuple[LineResult, int]:  # fmt: skip
    lots: dict[int, list[LotResult]] = {}
    for number, lot, counted, expected, in_doubt, as_of, *more in results or ():
        at = datetime.fromisoformat(as_of)
        lots.setdefault(number, []).append(LotResult(lot, counted, expected, in_doubt, at, *more))
    rounds = [
        Round(number, counters[number - 1], found, sum(by_lot(found).values()))
        for number, found in sorted(lots.items())
    ]
    difference = rounds[-1].difference if rounds else 0
    value = None if cost is None else difference * cost
    decided = [Decided(what, who, why, datetime.fromisoformat(at)) for what, who, why, at in decisions or ()]
    in_none = {lot.lot: lot.without_bin for lot in rounds[-1].lots} if rounds else {}
    without_bin = sum(in_none.values())
    return LineResult(task, location, sku, name, state, difference, value, rounds, decided, zone, without_bin), item


def _cursor(after: str | None) -> tuple[int, int]:
    task, _, item = (after or "0.0").partition(".")
    if not (task.isdecimal() and item.isdecimal() and len(task) < 19 and len(item) < 19):
        raise Invalid("cursor", "this cursor is of another list; take `next` of the page before")
    return int(task), int(item)
