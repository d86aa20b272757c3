"""Ends the counting of lines: what was scanned is held against the ledger, and it is decided what becomes of it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from truestock.reconciliation.counts.lines import Desk, Line, keys_of, tasks_of
from truestock.reconciliation.counts.plans import queries
from truestock.reconciliation.counts.rules.judge import Compared, Outcome, Shelf, compare, judge
from truestock.reconciliation.counts.values import LineState
from truestock.store.arrays import ints, texts, times

NEXT: Final[dict[Outcome, LineState]] = {
    "right": "deciding",
    "within_tolerance": "deciding",
    "recount": "recount",
    "review": "review",
}
WORDS: Final[dict[Outcome, str]] = {
    "right": "the count and the ledger agree",
    "within_tolerance": "the difference is within tolerance",
    "recount": "past tolerance: somebody else counts again",
    "review": "past tolerance once more: somebody has to approve it",
}


class Scanned(NamedTuple):
    """What was counted of a lot in one round, between its first and its last scan."""

    qty: int
    first: datetime
    last: datetime
    expires_on: date | None


def scanned(desk: Desk, tasks: Sequence[int]) -> dict[tuple[int, int, int], dict[str, Scanned]]:
    """By (task, item, round), by lot."""
    found: dict[tuple[int, int, int], dict[str, Scanned]] = {}
    for task, item, number, lot, *counted in desk.conn.execute(queries.scanned, tasks_of(tasks)):
        found.setdefault((task, item, number), {})[lot] = Scanned(*counted)
    return found


def finish(desk: Desk, lines: Sequence[Line], who: str) -> None:
    """Decide what becomes of lines that are counted; lots that nobody scanned are stated to be empty."""
    if not lines:
        return
    counted = scanned(desk, [line.task for line in lines])
    of = [counted[line.task, line.item, line.round] for line in lines]
    shelves = _shelves(desk, lines, of)
    results: list[tuple[Line, Compared, date | None]] = []
    outcomes: list[Outcome] = []
    for line, lots, there in zip(lines, of, shelves, strict=True):
        first, last = _span(lots)
        empty = (Shelf(first, 0, 0), Shelf(last, 0, 0))
        # Without a lot nothing is said of an item that has lots, unless there is stock of it without one.
        codes = sorted(lot for lot in {*there, *lots} if lot or not line.lot_tracked or lot in there) or [""]
        compared = [compare(lot, lots[lot].qty if lot in lots else 0, *there.get(lot, empty)) for lot in codes]
        task = desk.tasks[line.task]
        outcome = judge(compared, task.tolerance_units, task.tolerance_percent, line.round)
        results += [(line, one, lots[one.lot].expires_on if one.lot in lots else None) for one in compared]
        outcomes.append(outcome)
        desk.decide(line, outcome, who, WORDS[outcome])
    _write(desk, results)
    for line, outcome in zip(lines, outcomes, strict=True):
        line.move(NEXT[outcome])


def _span(lots: dict[str, Scanned]) -> tuple[datetime, datetime]:
    return min(lot.first for lot in lots.values()), max(lot.last for lot in lots.values())


def _shelves(
    desk: Desk, lines: Sequence[Line], counted: Sequence[dict[str, Scanned]]
) -> list[dict[str, tuple[Shelf, Shelf]]]:
    """What the ledger has of each line by lot, at its first and its last scan."""
    spans = [_span(lots) for lots in counted]
    parameters = {
        "parts": ints(line.part for line in lines),
        "items": ints(line.item for line in lines),
        "locs": ints(desk.tasks[line.task].loc for line in lines),
        "firsts": times(first for first, _ in spans),
        "lasts": times(last for _, last in spans),
    }
    found: list[dict[str, tuple[Shelf, Shelf]]] = [{} for _ in lines]
    for n, lot, *figures in desk.conn.execute(queries.shelves, parameters):
        first, last = spans[n - 1]
        found[n - 1][lot] = (Shelf(first, *figures[:2]), Shelf(last, *figures[2:]))
    return found


def _write(desk: Desk, results: Sequence[tuple[Line, Compared, date | None]]) -> None:
    lines = [line for line, _, _ in results]
    compared = [one for _, one, _ in results]
    desk.conn.execute(
        queries.add_results,
        keys_of(lines)
        | {
            "rounds": ints(line.round for line in lines),
            "lots": texts(one.lot for one in compared),
            "expires": [expires for _, _, expires in results],
            "counted": ints(one.counted for one in compared),
            "expected": ints(one.shelf.sellable for one in compared),
            "in_doubt": ints(one.shelf.in_doubt for one in compared),
            "as_of": times(one.shelf.at for one in compared),
        },
    )
