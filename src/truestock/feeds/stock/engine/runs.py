"""Runs of feeds as they are kept: what each file was, how it stands, what it changed, and the rows it lost."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from truestock.core.problems import NotFound
from truestock.feeds.stock.engine import queries
from truestock.feeds.stock.engine.feeds import stored_feed
from truestock.feeds.stock.files import FeedFault
from truestock.feeds.stock.previews.changes import CellChange
from truestock.ledger.documents.told import forget_told
from truestock.store.arrays import ints, texts
from truestock.store.database import Connection, Database
from truestock.store.paging import Page, page_of
from truestock.store.upkeep.retention import Trim

State = Literal["preview", "asks", "booking", "done", "refused", "undoing", "undone"]
LineState = Literal["open", "retried", "dropped"]
FAULTS_SHOWN: Final = 20


class LineFault(msgspec.Struct, frozen=True):
    """A row that was not taken: the field at fault, why, and what would mend it.

    `fields` are the row's: by our names and through the mapping if `mapped`, else as the file has them."""

    line: int
    field: str
    reason: str
    repair: str
    fields: dict[str, str] = {}
    state: LineState = "open"
    mapped: bool = False


class Report(msgspec.Struct, kw_only=True):
    """What a run read and changed, in rows, cells and base units.

    `rows` were read: `taken`, or `quarantined`. Of what an absolute feed states, `fresh` cells are told for the first
    time, `otherwise` ones with another figure than before, `zeroed` ones are not mentioned by a complete feed. `known`
    rows of what happened were told before. `differed` cells were otherwise in the ledger: `booked`, left for `review`,
    `left` alone, or `older` than a newer statement, as rows of expected supply are too. `up` and `down` are units;
    `displaced` of them were promised, `owed` is by how many more units are owed after it. `would_zero` units of
    `in_scope` would be gone. `changes`: in a preview the first rows that would change, of figures the items that change
    most; `more` would too. `moves`: its time is the feed's from now on."""

    rows: int = 0
    taken: int = 0
    quarantined: int = 0
    fresh: int = 0
    otherwise: int = 0
    zeroed: int = 0
    known: int = 0
    differed: int = 0
    booked: int = 0
    review: int = 0
    left: int = 0
    older: int = 0
    up: int = 0
    down: int = 0
    displaced: int = 0
    owed: int = 0
    would_zero: int = 0
    in_scope: int = 0
    moves: bool = False
    since: datetime | None = None
    notes: list[str] = []
    faults: list[LineFault] = []
    changes: list[CellChange] = []
    more: int = 0


class Run(msgspec.Struct, frozen=True):
    """A run; `id` is 0 of a preview, which is not kept. `as_of`: when its figures were true, `booked_until`: up to when
    its source had booked our documents.

    `known`: the same file was taken before, and this is what became of it then."""

    id: int
    feed: str
    file: str
    digest: str
    as_of: datetime
    booked_until: datetime
    state: State
    reached: int
    report: Report
    actor: str
    began_at: datetime
    ended_at: datetime | None = None
    known: bool = False


def runs_of(db: Database, code: str | None, before: int | None = None, limit: int = 100) -> Page[Run]:
    """Runs of a feed, or of all, the newest first. Raises NotFound."""
    feed = None if code is None else stored_feed(db, code).id
    with db.transaction() as conn:
        return page_of(find_runs(conn, feed=feed, before=before, limit=limit + 1), limit, lambda run: run.id)


def read_run(db: Database, run: int) -> Run:
    """One of them. Raises NotFound."""
    with db.transaction() as conn:
        for found in find_runs(conn, run=run):
            return found
    raise NotFound("run", run, "run")


def under_way(db: Database) -> list[Run]:
    """Runs that were begun and not ended, the oldest first."""
    with db.transaction() as conn:
        return find_runs(conn, limit=1_000, is_under_way=True)[::-1]


def find_runs(
    conn: Connection,
    *,
    feed: int | None = None,
    run: int | None = None,
    digest: str | None = None,
    before: int | None = None,
    limit: int = 1,
    is_under_way: bool = False,
) -> list[Run]:
    """Runs by feed, by id, or by what the file was made of."""
    parameters = {
        "feed": feed,
        "run": run,
        "digest": digest,
        "before": before,
        "limit": limit,
        "under_way": is_under_way,
    }
    rows: list[tuple[Any, ...]] = conn.execute(queries.runs, parameters).fetchall()
    return [_run_of([*row[:8], msgspec.convert(row[8], Report), *row[9:]]) for row in rows]


def _run_of(fields: Sequence[Any]) -> Run:
    return Run(*fields)


def set_run(conn: Connection, run: Run, state: State, reached: int) -> Run:
    """Keep how a run stands, with its report."""
    report = msgspec.json.encode(run.report).decode()
    conn.execute(queries.set_run, {"run": run.id, "state": state, "reached": reached, "report": report})
    return msgspec.structs.replace(run, state=state, reached=reached)


def add_lines(conn: Connection, run: int, faults: Sequence[LineFault]) -> None:
    """Put rows into quarantine; what is wrong at one line is told together."""
    by_line: dict[int, LineFault] = {}
    for fault in faults:
        first = by_line.get(fault.line)
        reason = fault.reason if first is None else f"{first.reason}; {fault.reason}"
        by_line[fault.line] = msgspec.structs.replace(first or fault, reason=reason)
    if by_line:
        faults = list(by_line.values())
        conn.execute(
            queries.add_lines,
            {
                "run": run,
                "lines": ints(fault.line for fault in faults),
                "fields": texts(fault.field for fault in faults),
                "reasons": texts(fault.reason for fault in faults),
                "repairs": texts(fault.repair for fault in faults),
                "raws": texts(msgspec.json.encode(fault.fields).decode() for fault in faults),
                "mapped": ints(map(int, (fault.mapped for fault in faults))),
            },
        )


def lines_of(
    db: Database, run: int, state: LineState | None = "open", after: int = 0, limit: int = 100
) -> Page[LineFault]:
    """Rows of a run that were not taken, by line. Raises NotFound."""
    read_run(db, run)
    parameters = {"run": run, "state": state, "after": after, "limit": limit + 1}
    with db.transaction() as conn:
        rows: list[tuple[Any, ...]] = conn.execute(queries.lines, parameters).fetchall()
    return page_of([LineFault(*row) for row in rows], limit, lambda fault: fault.line)


def set_lines(conn: Connection, run: int, lines: Iterable[int], state: LineState) -> None:
    """Keep what became of quarantined rows."""
    conn.execute(queries.set_lines, {"run": run, "lines": list(lines), "state": state})


def fault_of(fault: FeedFault) -> LineFault:
    """A fault of a file as it is kept."""
    return LineFault(fault.line, fault.field, fault.reason, fault.suggestion, dict(fault.raw))


def _trim(conn: Connection, before: datetime, part: int) -> int:
    old = [run for (run,) in conn.execute(queries.old_runs, {"before": before, "part": part})]
    runs = ints(old)
    forget_told(conn, old)
    for statement in (
        queries.drop_lines_of_runs,
        queries.drop_differing_of_runs,
        queries.drop_allocated_of_runs,
        queries.drop_movements_of_runs,
        queries.drop_interchanges_of_runs,
        queries.drop_stated_by_runs,
    ):
        conn.execute(statement, {"runs": runs})
    return conn.execute(queries.drop_old_runs, {"runs": runs}).rowcount


# As long as a run is kept it can be undone, and its file is known again.
TRIM: Final = Trim("runs of feeds", _trim)
