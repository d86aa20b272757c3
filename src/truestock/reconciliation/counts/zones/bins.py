"""The bins of a zone: which one a scan is of, and counts of zones that give way to one of the whole location."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from truestock.core.problems import Invalid
from truestock.reconciliation.counts.lines import Desk, Line, lock, tasks_of
from truestock.store.arrays import ints
from truestock.store.database import Connection
from truestock.store.sql import load

queries = load(__package__)
JOB: Final = "count-plans"
INSTEAD: Final = "the whole location is counted instead"


def read_bins(desk: Desk) -> dict[int, frozenset[str]]:
    """The bins of each task of a zone, by task."""
    found: dict[int, set[str]] = {task.id: set() for task in desk.tasks.values() if task.zone}
    for task, code in desk.conn.execute(queries.bins_of_tasks, tasks_of(found)) if found else ():
        found[task].add(code)
    return {task: frozenset(codes) for task, codes in found.items()}


def bin_of(said: str | None, line: Line, zone: str, bins: frozenset[str]) -> str:
    """The bin that a scan is of: what it says, or where alone the item lies in the zone. Raises Invalid."""
    if said is None:
        if len(line.bins) == 1:
            return line.bins[0]
        where = f" ({', '.join(line.bins)})" if line.bins else ""
        raise Invalid("bin", f"scan the bin first, then {line.sku}: bin by bin is counted here{where}")
    if said not in bins:
        raise Invalid("bin", f"{said} is no bin of the zone {zone}, which this task counts; scan one of that zone")
    return said


def check_zone(conn: Connection, loc: int, location: str, zone: str) -> None:
    """Raise Invalid where a location has no bins in a zone."""
    ((there,),) = conn.execute(queries.zone_has_bins, {"loc": loc, "zone": zone}).fetchall()
    if not there:
        raise Invalid("zone", f"{location} has no bins in the zone {zone}; create some, or leave the zone out")


def give_way(conn: Connection, cells: Iterable[tuple[int, int]], now: datetime) -> None:
    """Dismiss lines of zones that nobody has begun, so that these (item, location) can be counted whole; where somebody
    has begun one, that waits for it."""
    wanted = sorted(set(cells))
    parameters = {"items": ints(item for item, _ in wanted), "locs": ints(loc for _, loc in wanted)}
    unbegun: list[tuple[int, int]] = conn.execute(queries.unbegun, parameters).fetchall()
    if not unbegun:
        return
    desk = lock(conn, [task for task, _ in unbegun], now)
    for key in unbegun:
        line = desk.lines[key]
        if line.state == "open" and not line.counters:
            desk.decide(line, "cancelled", JOB, INSTEAD)
            line.move("dismissed")
    desk.write()
