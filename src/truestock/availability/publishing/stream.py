"""Reads the change stream from a cursor on, for long polls, server-sent events and the sync."""

from datetime import datetime

import msgspec

from truestock.availability.publishing import queries
from truestock.store.database import Connection, Database

PAGE_MOST = 5_000


class Change(msgspec.Struct, frozen=True):
    """A listing's ATP, in its own units, has a new value; of two changes of a listing the one with the higher `rev`
    holds."""

    seq: int
    channel: str
    sku: str
    atp: int
    rev: int
    recorded_at: datetime


class Changes(msgspec.Struct, frozen=True):
    """Go on from `cursor`. `lost`: changes before it have been thrown out; read the listings anew, then go on."""

    changes: list[Change]
    cursor: int
    lost: bool = False


def changes_since(conn: Connection, cursor: int, channel: str | None = None, limit: int = 500) -> Changes:
    """The changes after a cursor, in order; 0 is the beginning. With `channel`, those of the others are passed over,
    so that fewer than `limit`, or none, says nothing about whether more follow: the cursor does."""
    limit = min(limit, PAGE_MOST)
    ((first, newest),) = conn.execute(queries.ends_of_stream, prepare=True).fetchall()
    rows = conn.execute(queries.stream, {"after": cursor, "limit": limit}, prepare=True).fetchall()
    last = rows[-1][0] if rows else cursor
    lost = cursor < (newest if first is None else first - 1)
    return Changes([Change(*row) for row in rows if channel in (None, row[1])], last, lost)


def latest(conn: Connection) -> int:
    """The cursor from which on only changes to come are read."""
    ((_, last),) = conn.execute(queries.ends_of_stream, prepare=True).fetchall()
    return int(last)


def trim_stream(db: Database, before: datetime, limit: int = 10_000) -> int:
    """Throw out changes older than an instant, at most `limit` at once; how many. The listings keep their last."""
    with db.transaction() as conn:
        return conn.execute(queries.trim_stream, {"before": before, "limit": limit}).rowcount
