"""Scans as they are kept, each under its key."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from truestock.reconciliation.counts.lines import Line, keys_of
from truestock.reconciliation.counts.values import Scan
from truestock.store.arrays import ints, texts, times
from truestock.store.database import Connection
from truestock.store.sql import load

queries = load(__package__)


class Row(NamedTuple):
    """A scan as it is kept; `units` base units."""

    scan: Scan
    line: Line
    round: int
    lot: str
    expires_on: date | None
    bin: str
    units: int
    at: datetime
    void: bool


def add_rows(
    conn: Connection, rows: Sequence[Row], contents: Mapping[tuple[int, str], bytes], who: str, now: datetime
) -> None:
    """Queue them; `contents` are digests of the scans by task and key."""
    if not rows:
        return
    conn.execute(
        queries.add_scans,
        keys_of([row.line for row in rows])
        | {
            "keys": texts(row.scan.key for row in rows),
            "rounds": ints(row.round for row in rows),
            "lots": texts(row.lot for row in rows),
            "expires": [row.expires_on for row in rows],
            "bins": texts(row.bin for row in rows),
            "qtys": ints(row.units for row in rows),
            "scanned": times(row.at for row in rows),
            "actors": texts(who for _ in rows),
            "contents": [contents[row.scan.task, row.scan.key] for row in rows],
            "voids": ints(row.void for row in rows),
            "now": now,
        },
    )
