"""Ends the counting of lines: what was scanned is held against the ledger, and it is decided what becomes of it."""

from collections.abc import Mapping, Sequence
from typing import Final

from truestock.reconciliation.counts.lines import Desk, Found, Line, Result, Scanned, Spot, keys_of, span, tasks_of
from truestock.reconciliation.counts.plans import queries as shared
from truestock.reconciliation.counts.rules.judge import Outcome, Shelf, compare, judge
from truestock.reconciliation.counts.taking.rows import queries
from truestock.reconciliation.counts.values import LineState
from truestock.reconciliation.counts.zones.compare import compare_bins
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


def scanned(desk: Desk, tasks: Sequence[int]) -> dict[tuple[int, int, int], dict[Spot, Scanned]]:
    """By (task, item, round), by lot and bin."""
    found: dict[tuple[int, int, int], dict[Spot, Scanned]] = {}
    for task, item, number, lot, bin_, *counted in desk.conn.execute(queries.scanned, tasks_of(tasks)):
        found.setdefault((task, item, number), {})[lot, bin_] = Scanned(*counted)
    return found


def finish(desk: Desk, lines: Sequence[Line], who: str) -> None:
    """Decide what becomes of lines that are counted; lots, and bins of a zone, that nobody scanned are stated to be
    empty."""
    if not lines:
        return
    counted = scanned(desk, [line.task for line in lines])
    whole = [line for line in lines if not desk.tasks[line.task].zone]
    of_zones = [line for line in lines if desk.tasks[line.task].zone]
    found = _compare(desk, whole, [counted[line.task, line.item, line.round] for line in whole])
    found += compare_bins(desk, of_zones, [counted[line.task, line.item, line.round] for line in of_zones])
    outcomes: list[Outcome] = []
    for line, _, judged in found:
        task = desk.tasks[line.task]
        outcome = judge(judged, task.tolerance_units, task.tolerance_percent, line.round)
        outcomes.append(outcome)
        desk.decide(line, outcome, who, WORDS[outcome])
    _write(desk, [(one.line, result) for one in found for result in one.results])
    for one, outcome in zip(found, outcomes, strict=True):
        one.line.move(NEXT[outcome])


def _compare(desk: Desk, lines: Sequence[Line], counted: Sequence[Mapping[Spot, Scanned]]) -> list[Found]:
    """Lines of a whole location, lot by lot."""
    found = []
    for line, scans, there in zip(lines, counted, _shelves(desk, lines, counted), strict=True):
        lots = {lot: of for (lot, _), of in scans.items()}
        first, last = span(scans)
        empty = (Shelf(first, 0, 0), Shelf(last, 0, 0))
        # Without a lot nothing is said of an item that has lots, unless there is stock of it without one.
        codes = sorted(lot for lot in {*there, *lots} if lot or not line.lot_tracked or lot in there) or [""]
        compared = [compare(lot, lots[lot].qty if lot in lots else 0, *there.get(lot, empty)) for lot in codes]
        results = [Result(one, lots[one.lot].expires_on if one.lot in lots else None) for one in compared]
        found.append(Found(line, results, compared))
    return found


def _shelves(
    desk: Desk, lines: Sequence[Line], counted: Sequence[Mapping[Spot, Scanned]]
) -> list[dict[str, tuple[Shelf, Shelf]]]:
    """What the ledger has of each line by lot, at its first and its last scan."""
    if not lines:
        return []
    spans = [span(scans) for scans in counted]
    parameters = {
        "parts": ints(line.part for line in lines),
        "items": ints(line.item for line in lines),
        "locs": ints(desk.tasks[line.task].loc for line in lines),
        "firsts": times(first for first, _ in spans),
        "lasts": times(last for _, last in spans),
    }
    found: list[dict[str, tuple[Shelf, Shelf]]] = [{} for _ in lines]
    for n, lot, *figures in desk.conn.execute(shared.shelves, parameters):
        first, last = spans[n - 1]
        found[n - 1][lot] = (Shelf(first, *figures[:2]), Shelf(last, *figures[2:]))
    return found


def _write(desk: Desk, results: Sequence[tuple[Line, Result]]) -> None:
    compared = [result.compared for _, result in results]
    desk.conn.execute(
        queries.add_results,
        keys_of([line for line, _ in results])
        | {
            "rounds": ints(line.round for line, _ in results),
            "lots": texts(one.lot for one in compared),
            "expires": [result.expires_on for _, result in results],
            "counted": ints(one.counted for one in compared),
            "expected": ints(one.shelf.sellable for one in compared),
            "in_doubt": ints(one.shelf.in_doubt for one in compared),
            "as_of": times(one.shelf.at for one in compared),
            "bins": texts(result.bin for _, result in results),
            "without_bin": ints(result.without_bin for _, result in results),
        },
    )
