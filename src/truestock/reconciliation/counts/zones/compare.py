"""Holds what was counted in the bins of a zone against what the ledger says they held then."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from truestock.reconciliation.counts.lines import Desk, Found, Line, Result, Scanned, Spot, span
from truestock.reconciliation.counts.rules.judge import Shelf, compare, in_zone
from truestock.reconciliation.counts.zones.bins import queries
from truestock.store.arrays import ints, texts, times

Ends = tuple[Shelf, Shelf]


def compare_bins(desk: Desk, lines: Sequence[Line], counted: Sequence[Mapping[Spot, Scanned]]) -> list[Found]:
    """One answer a line. Bins of the zone in which nobody scanned an item are stated to hold none of it."""
    if not lines:
        return []
    held, in_no_bin = _held(desk, lines, counted), _in_no_bin(desk, lines, counted)
    return [_found(*of) for of in zip(lines, counted, held, in_no_bin, strict=True)]


def _found(line: Line, scanned: Mapping[Spot, Scanned], held: dict[Spot, Ends], in_no_bin: dict[str, int]) -> Found:
    first, last = span(scanned)
    spots = sorted(spot for spot in {*scanned, *held} if spot[1]) or [("", "")]
    results: list[Result] = []
    for spot in spots:
        of = scanned.get(spot, Scanned(0, first, last, None))
        ends = held.get(spot, (Shelf(of.first, 0, 0), Shelf(of.last, 0, 0)))
        lot, bin_ = spot
        results.append(Result(compare(lot, of.qty, *ends), of.expires_on, bin_, in_no_bin.get(lot, 0)))
    by_lot: dict[str, list[Result]] = {}
    for result in results:
        by_lot.setdefault(result.compared.lot, []).append(result)
    judged = [in_zone([one.compared for one in of], of[0].without_bin) for of in by_lot.values()]
    return Found(line, results, judged)


def _held(desk: Desk, lines: Sequence[Line], counted: Sequence[Mapping[Spot, Scanned]]) -> list[dict[Spot, Ends]]:
    spots = [(n, spot, of) for n, scanned in enumerate(counted, 1) for spot, of in scanned.items() if spot[1]]
    parameters = _cells(desk, lines, counted) | {
        "zones": texts(desk.tasks[line.task].zone for line in lines),
        "firsts": times(span(scanned)[0] for scanned in counted),
        "ns": ints(n for n, *_ in spots),
        "lots": texts(lot for _, (lot, _), _ in spots),
        "bins": texts(bin_ for _, (_, bin_), _ in spots),
        "from": times(of.first for *_, of in spots),
        "to": times(of.last for *_, of in spots),
    }
    found: list[dict[Spot, Ends]] = [{} for _ in lines]
    for n, lot, bin_, first, last in desk.conn.execute(queries.held_then, parameters):
        begin, end = _ends(counted[n - 1], (lot, bin_))
        found[n - 1][lot, bin_] = (Shelf(begin, first, 0), Shelf(end, last, 0))
    return found


def _ends(scanned: Mapping[Spot, Scanned], spot: Spot) -> tuple[datetime, datetime]:
    of = scanned.get(spot)
    return span(scanned) if of is None else (of.first, of.last)


def _in_no_bin(desk: Desk, lines: Sequence[Line], counted: Sequence[Mapping[Spot, Scanned]]) -> list[dict[str, int]]:
    found: list[dict[str, int]] = [{} for _ in lines]
    for n, lot, units in desk.conn.execute(queries.in_no_bin, _cells(desk, lines, counted)):
        found[n - 1][lot] = units
    return found


def _cells(desk: Desk, lines: Sequence[Line], counted: Sequence[Mapping[Spot, Scanned]]) -> dict[str, object]:
    return {
        "parts": ints(line.part for line in lines),
        "items": ints(line.item for line in lines),
        "locs": ints(desk.tasks[line.task].loc for line in lines),
        "lasts": times(span(scanned)[1] for scanned in counted),
    }
