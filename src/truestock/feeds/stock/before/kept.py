"""Keeps the lines of the last file that a feed's figures stand by, deflated."""

import zlib
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Final, NamedTuple

from truestock.feeds.stock.before import queries
from truestock.store.database import Connection

LEVEL: Final = 1


class Before(NamedTuple):
    """The file of a run: how many rows it has, all of them good, each of another cell; how many cells are empty because
    it does not mention them (`silent`); of how many its feed has `stated` anything. What has not moved since
    `looked_at` the ledger has as the file says, unless its statement does not bind."""

    run: int
    rows: int
    silent: int
    stated: int
    looked_at: datetime


def before_of(conn: Connection, feed: int, read_by: bytes) -> Before | None:
    """The file before, if a line of it means now what it meant; `read_by` is what else its meaning hangs on."""
    rows = conn.execute(queries.before, {"feed": feed, "read_by": read_by}).fetchall()
    return Before(*rows[0]) if rows else None


def pieces_of(conn: Connection, feed: int) -> Iterator[bytes]:
    """The lines of the file before, many at a time."""
    n = 0
    while rows := conn.execute(queries.lines, {"feed": feed, "n": n}).fetchall():
        yield zlib.decompress(rows[0][0])
        n += 1


def keep(
    conn: Connection, feed: int, read_by: bytes, before: Before, lines: Iterable[list[bytes]], leave: Collection[int]
) -> None:
    """Keep the lines of a file, which are given some at a time, but for some of them, by number."""
    with conn.transaction():
        forget(conn, feed)
        conn.execute(queries.keep, {"feed": feed, "read_by": read_by, **before._asdict()})
        number = 1
        for n, some in enumerate(lines):
            kept = [line for at, line in enumerate(some, number) if at not in leave] if leave else some
            conn.execute(queries.keep_lines, {"feed": feed, "n": n, "lines": zlib.compress(b"".join(kept), LEVEL)})
            number += len(some)


def forget(conn: Connection, feed: int) -> None:
    """The next file is read whole."""
    conn.execute(queries.forget, {"feed": feed})
