"""Deletes what has been kept long enough. Rooms say what may go, settings for how many days it stays."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from truestock.core.identity import PARTS
from truestock.store.database import Connection, Database
from truestock.store.jobs.kinds import Interrupted
from truestock.store.sql import load

queries = load(__package__)


class Trim(NamedTuple):
    """`delete` takes an instant and a part, deletes what is older there, and says how many rows that were.

    Part by part each transaction is short, and a table is read once by its key; without `by_part` the part is 0."""

    name: str
    delete: Callable[[Connection, datetime, int], int]
    by_part: bool = True


class Kept(NamedTuple):
    """A trim, and for how many days its rows are kept."""

    trim: Trim
    days: int


def trim_all(db: Database, kept: Iterable[Kept], stopping: Callable[[], bool] = lambda: False) -> dict[str, int]:
    """Delete what is older than it is kept: how many rows by name. Twice does no harm.

    Raises Interrupted when `stopping` turns true; what is deleted by then stays deleted."""
    return {one.trim.name: _trim(db, one, stopping) for one in kept}


def _trim(db: Database, kept: Kept, stopping: Callable[[], bool]) -> int:
    deleted = 0
    with db.transaction() as conn:
        rows: list[tuple[datetime]] = conn.execute(queries.clock).fetchall()
    before = rows[0][0] - timedelta(days=kept.days)
    for part in range(PARTS if kept.trim.by_part else 1):
        if stopping():
            raise Interrupted(f"{kept.trim.name}: stopped after {deleted} rows")
        with db.transaction() as conn:
            deleted += kept.trim.delete(conn, before, part)
    return deleted
