"""Tasks: made for items that are due or asked for, listed, shown to who counts, cancelled."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec

from truestock.core.identity import part_of
from truestock.core.problems import Conflict, NotFound
from truestock.ledger.movement import movement_ids
from truestock.reconciliation.counts.lines import tasks_of
from truestock.reconciliation.counts.plans import location_ids, queries
from truestock.reconciliation.counts.values import NewTask, Package, Sheet, SheetLine, Task, TaskState
from truestock.reconciliation.counts.zones.bins import check_zone, give_way
from truestock.reconciliation.counts.zones.bins import queries as zones
from truestock.reconciliation.scanning.find import known_items
from truestock.store.arrays import ints, texts, words
from truestock.store.database import Connection, Database
from truestock.store.paging import Page, page_of

URGENT = 1_000_000
ASKED = 10_000


class Wanted(NamedTuple):
    """An item to be counted, and why."""

    item: int
    score: int
    why: str


class Draft(NamedTuple):
    """A task to be made."""

    loc: int
    zone: str
    why: Literal["plan", "pick", "asked"]
    priority: int
    lines: Sequence[Wanted]
    plan: int = 0
    tolerance_units: int = 1
    tolerance_percent: int = 2


def add_tasks(conn: Connection, drafts: Sequence[Draft], now: datetime) -> list[int]:
    """Make tasks; their ids."""
    if not drafts:
        return []
    numbers = movement_ids()
    made = [next(numbers) for _ in drafts]
    conn.execute(
        queries.add_tasks,
        {
            "parts": ints(map(part_of, made)),
            "ids": ints(made),
            "plans": ints(draft.plan for draft in drafts),
            "locs": ints(draft.loc for draft in drafts),
            "zones": texts(draft.zone for draft in drafts),
            "whys": words(draft.why for draft in drafts),
            "priorities": ints(draft.priority for draft in drafts),
            "units": ints(draft.tolerance_units for draft in drafts),
            "percents": ints(draft.tolerance_percent for draft in drafts),
            "now": now,
        },
    )
    lines = [(task, line) for task, draft in zip(made, drafts, strict=True) for line in draft.lines]
    conn.execute(
        queries.add_lines,
        {
            "parts": ints(part_of(task) for task, _ in lines),
            "tasks": ints(task for task, _ in lines),
            "items": ints(line.item for _, line in lines),
            "scores": ints(line.score for _, line in lines),
            "whys": texts(line.why for _, line in lines),
        },
    )
    return made


def ask(db: Database, wanted: NewTask, who: str) -> Task:
    """Have items counted at a location. Raises NotFound, and Conflict where all of them are to be counted already."""
    with db.transaction() as conn:
        conn.execute(queries.take_turn)
        loc = location_ids(conn, [wanted.location])[wanted.location]
        known = known_items(conn, wanted.skus, [])
        for n, sku in enumerate(wanted.skus):
            if sku not in known:
                raise NotFound("item", sku, f"skus[{n}]")
        items = dict.fromkeys(known[sku].item for sku in wanted.skus)
        if wanted.zone:
            check_zone(conn, loc, wanted.location, wanted.zone)
        else:
            give_way(conn, [(item, loc) for item in items], clock(conn))
        open_there = in_open_tasks(conn, ((item, loc) for item in items), wanted.zone)
        priority = URGENT if wanted.urgent else ASKED
        lines = [Wanted(item, priority, f"asked for by {who}") for item in items if (item, loc) not in open_there]
        if not lines:
            raise Conflict("all of these are in an open task there already; count that one", "skus")
        draft = Draft(loc, wanted.zone, "asked", priority, lines, 0, wanted.tolerance_units, wanted.tolerance_percent)
        (task,) = add_tasks(conn, [draft], clock(conn))
    return read_task(db, task)


def in_open_tasks(conn: Connection, cells: Iterable[tuple[int, int]], zone: str = "") -> set[tuple[int, int]]:
    """Which of these (item, location) are to be counted already, in the zone or, without one, in any part of it."""
    wanted = list(cells)
    parameters = {"items": ints(item for item, _ in wanted), "locs": ints(loc for _, loc in wanted), "zone": zone}
    return {(item, loc) for item, loc in conn.execute(queries.in_open_tasks, parameters)}


def list_tasks(
    db: Database,
    state: TaskState | None = "open",
    location: str | None = None,
    before: int | None = None,
    limit: int = 100,
    assigned_to: str | None = None,
) -> Page[Task]:
    """Tasks, the newest first; only those of one counter, or with "" those of nobody."""
    with db.transaction() as conn:
        rows = _tasks(conn, state=state, location=location, assigned_to=assigned_to, before=before, limit=limit + 1)
    return page_of(rows, limit, lambda task: task.id)


def read_task(db: Database, task: int) -> Task:
    """One of them. Raises NotFound."""
    with db.transaction() as conn:
        return _task(conn, task)


def assign(db: Database, task: int, to: str) -> Task:
    """Say who is to count an open task; "" for whoever comes. Raises NotFound, Conflict."""
    with db.transaction() as conn:
        _task(conn, task)
        if not conn.execute(queries.assign_task, {"part": part_of(task), "task": task, "to": to}).rowcount:
            raise Conflict("it has ended already", "task")
        return _task(conn, task)


def sheet(db: Database, task: int, who: str) -> Sheet:
    """What `who` is to count, along the bins. Raises NotFound."""
    with db.transaction() as conn:
        head = _task(conn, task)
        rows = conn.execute(queries.sheet, {"part": part_of(task), "task": task}).fetchall()
        bins = [code for _, code in conn.execute(zones.bins_of_tasks, tasks_of([task]))]
    return Sheet(head, [_line(*row, who=who) for row in rows], sorted(bins))


def clock(conn: Connection) -> datetime:
    """The database's."""
    rows: list[tuple[datetime]] = conn.execute(queries.clock).fetchall()
    return rows[0][0]


def _task(conn: Connection, task: int) -> Task:
    for found in _tasks(conn, task=task, limit=1):
        return found
    raise NotFound("task", task, "task")


def _tasks(
    conn: Connection,
    *,
    state: TaskState | None = None,
    location: str | None = None,
    assigned_to: str | None = None,
    task: int | None = None,
    before: int | None = None,
    limit: int,
) -> list[Task]:
    which = {"state": state, "location": location, "assigned_to": assigned_to, "id": task}
    parameters = which | {"before": before, "limit": limit}
    return [Task(*row) for row in conn.execute(queries.list_tasks, parameters)]


def _line(
    sku: str, name: str, unit: str, lot_tracked: bool, why: str, state: Any, number: int, counters: list[str],
    bins: list[str], barcodes: object, counted: int, *, who: str,
) -> SheetLine:  # fmt: skip
    mine = counters[number - 1 :] == [who]
    yours = state in ("open", "recount") and (mine or (len(counters) < number and who not in counters))
    packages = msgspec.convert(barcodes, list[Package])
    return SheetLine(sku, name, unit, lot_tracked, bins, packages, why, state, number, yours, counted if mine else 0)
