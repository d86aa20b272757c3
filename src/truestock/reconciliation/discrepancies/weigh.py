"""Weighs what a source states otherwise than the ledger: what is booked now, what waits for somebody, what is left."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from truestock.catalog.changes import take_ids
from truestock.core.reconcile import Difference, Judged, Posture, Tolerance, Verdict, applying, judge
from truestock.core.words import Status
from truestock.reconciliation.discrepancies import queries
from truestock.reconciliation.discrepancies.cells import Found, Item, Key, arrays_of, items_of
from truestock.reconciliation.discrepancies.evidence import explain
from truestock.store.arrays import ints, nullable, texts, times, words
from truestock.store.database import Connection, Database
from truestock.store.errors import Duplicate

STOCK: Final = "stock"
_STATES: Final[dict[Verdict, str]] = {"book": "adjusted", "review": "review", "leave": "open"}


class Standing(NamedTuple):
    """What a cell has from the source already: the one that waits, or what was decided of an equal one."""

    id: int
    state: str
    units: int
    as_of: datetime

    def outlives(self, told: Found, judged: Judged) -> bool:
        """Whether it stands whatever is told now: something newer was stated, or the same was accepted before."""
        if self.state == "accepted":
            return self.units == told.units and judged.verdict != "book"
        return self.as_of > told.as_of


class Line(NamedTuple):
    """A row to write; `ref`: the order of what is allocated, else empty."""

    id: int
    found: Found
    ref: str
    value: Decimal | None
    beyond: int
    run: int | None
    line: int | None
    judged: Judged
    state: str
    decided_by: str


def weigh(
    db: Database,
    source: str,
    posture: Posture,
    differences: Sequence[Difference],
    now: datetime,
    *,
    preview: bool = False,
    explained: bool = True,
) -> list[Verdict]:
    """What becomes of each difference, in their order; `now`: when they were heard of.

    `book`: the caller books `stated` as of `as_of`; it is recorded as adjusted, and the same statement weighed again
    answers the same. `review`: it waits for somebody. `leave`: nothing is booked, since the source is only compared,
    the same difference was accepted before, or something newer was stated. What a master states of a cell that never
    had any stock is its opening, and no discrepancy. Of a cell told twice in one call the last line counts.
    `preview`: nothing is written. Without `explained` their causes are left to the end of their run, see `agreed`."""
    if not differences:
        return []
    if preview:
        return _weighed(db, source, posture, differences, [], now, explained=False)
    ids = take_ids(db, "discrepancy", len(differences))
    fresh = [next(ids) for _ in differences]
    try:
        return _weighed(db, source, posture, differences, fresh, now, explained=explained)
    except Duplicate:
        # Another process has just opened one of them: now it stands there.
        return _weighed(db, source, posture, differences, fresh, now, explained=explained)


def _weighed(
    db: Database,
    source: str,
    posture: Posture,
    differences: Sequence[Difference],
    ids: Sequence[int],
    now: datetime,
    *,
    explained: bool,
) -> list[Verdict]:
    """Without `ids` for new rows nothing is written."""
    with db.transaction() as conn:
        items = items_of(conn, {one.item for one in differences})
        found = [found_of(one, items[one.item], now) for one in differences]
        standing = standing_of(conn, STOCK, source, found, [""] * len(found))
        last = {one.key: n for n, one in enumerate(found)}
        opened = _opened(conn, found) if posture == "book" else set()
        rules = [Tolerance(*row) for row in conn.execute(queries.tolerances)]
        verdicts: list[Verdict] = []
        lines: list[Line] = []
        again: list[tuple[int, Difference]] = []
        for n, (one, told) in enumerate(zip(found, differences, strict=True)):
            item, before = items[one.key.item], standing.get(n)
            rule = applying(rules, source, item.id, item.category, one.key.loc)
            judged = judge(posture, rule, one.units, one.expected, item.cost)
            if n in opened and one.units:
                verdicts.append("book")
            elif not one.units or last[one.key] != n:
                verdicts.append("leave")
            elif before is not None and before.outlives(one, judged):
                verdicts.append("leave")
                again += [(before.id, told)] if before.as_of <= one.as_of else []
            else:
                verdicts.append(judged.verdict)
                lines += [_line(ids[n], one, told, item, judged, before)] if ids else []
        if not ids:
            return verdicts
        lines = _with_promises(conn, lines)
        write(conn, STOCK, source, lines, now)
        _see_again(conn, again, now)
        if explained:
            explain(conn, source, [(line.id, line.found) for line in lines], items)
    return verdicts


def found_of(told: Difference, item: Item, now: datetime) -> Found:
    """A difference as it is looked into."""
    key = Key(told.part, told.item, told.loc, item.lot(told.lot), told.status)
    return Found(key, told.stated, told.expected, told.as_of, now)


def _line(number: int, one: Found, told: Difference, item: Item, judged: Judged, before: Standing | None) -> Line:
    return Line(
        id=before.id if before is not None and before.state != "accepted" else number,
        found=one,
        ref="",
        value=None if item.cost is None else one.units * item.cost,
        beyond=0,
        run=told.run,
        line=told.line,
        judged=judged,
        state=_STATES[judged.verdict],
        decided_by="rule" if judged.verdict == "book" else "",
    )


def _opened(conn: Connection, found: Sequence[Found]) -> set[int]:
    """The places of those whose cell never had any stock."""
    rows = conn.execute(queries.known_cells, arrays_of([one.key for one in found]))
    return set(range(len(found))) - {n - 1 for (n,) in rows}


def standing_of(
    conn: Connection, kind: str, source: str, found: Sequence[Found], refs: Sequence[str]
) -> dict[int, Standing]:
    """What the source's cells have already, by their place."""
    parameters = {
        **arrays_of([one.key for one in found]),
        "refs": texts(refs),
        "as_ofs": times(one.as_of for one in found),
        "kind": kind,
        "source": source,
    }
    return {
        n - 1: Standing(number, state, units, as_of)
        for n, number, state, units, as_of in conn.execute(queries.standing, parameters)
    }


def _with_promises(conn: Connection, lines: Sequence[Line]) -> list[Line]:
    """The lines with the units promised that are not there if the source is right."""
    if not lines:
        return []
    arrays = arrays_of([line.found.key for line in lines])
    arrays.pop("statuses")
    arrays["as_ofs"] = times(line.found.as_of for line in lines)
    promised = dict[int, int](conn.execute(queries.promised_then, arrays).fetchall())
    return [
        line._replace(beyond=max(0, promised[n] - max(0, line.found.stated)))
        if line.found.key.status == Status.SELLABLE
        else line
        for n, line in enumerate(lines, 1)
    ]


def _see_again(conn: Connection, again: Sequence[tuple[int, Difference]], now: datetime) -> None:
    """What was accepted is still as it was: the run that says so has seen it."""
    parameters = {
        "ids": ints(number for number, _ in again),
        "runs": nullable(told.run for _, told in again),
        "as_ofs": times(told.as_of for _, told in again),
        "now": now,
    }
    if again:
        conn.execute(queries.see_again, parameters)


def write(conn: Connection, kind: str, source: str, lines: Sequence[Line], now: datetime) -> None:
    """Write rows, or grow those that stand already; why they differ is not known yet."""
    if not lines:
        return
    found = [line.found for line in lines]
    parameters = {
        **arrays_of([one.key for one in found]),
        "kind": kind,
        "source": source,
        "now": now,
        "ids": ints(line.id for line in lines),
        "refs": texts(line.ref for line in lines),
        "stated": ints(one.stated for one in found),
        "expected": ints(one.expected for one in found),
        "values": words("NULL" if line.value is None else str(line.value) for line in lines),
        "beyond": ints(line.beyond for line in lines),
        "as_ofs": times(one.as_of for one in found),
        "runs": nullable(line.run for line in lines),
        "lines": nullable(line.line for line in lines),
        "within": ints(int(line.judged.within) for line in lines),
        "states": words(line.state for line in lines),
        "deciders": texts(line.decided_by for line in lines),
        "reasons": texts(line.judged.reason for line in lines),
    }
    conn.execute(queries.write, parameters)
