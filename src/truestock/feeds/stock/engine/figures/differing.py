"""Finds what a run states otherwise than the ledger, some parts at a time.

What is stated binds already, so a run that was cut off goes on with what differs still."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from itertools import zip_longest
from typing import Any, Final, NamedTuple

from truestock.core.feed import Statement, Then, on_hand_of
from truestock.core.words import ANY_LOT, Status
from truestock.feeds.stock.before.kept import Before
from truestock.feeds.stock.engine.feeds import Stored
from truestock.feeds.stock.engine.figures import queries
from truestock.feeds.stock.engine.runs import Run
from truestock.ledger.posting.statements import cells_then
from truestock.store.database import Connection

PARTS: Final = 256
# Parts of which differences are looked for at once.
PARTS_AT_ONCE: Final = 16
# Of so many cells it is known which line speaks of them.
LINES_KNOWN: Final = 100_000
Cell = tuple[int, int, int, int]


class Differing(NamedTuple):
    """A statement that the ledger has otherwise: the units it means there, and what entries up to then add up to.

    `opens`: the cell never had any stock."""

    statement: Statement
    stated: int
    expected: int
    opens: bool


def differing(
    conn: Connection, stored: Stored, run: Run, part: int, lines: Mapping[Cell, int], *, some: bool
) -> list[Differing]:
    """What differs in some parts, from `part` on. `some`: all that can differ is in the session's table of changes."""
    settings, meaning = stored.feed.settings, stored.feed.meaning
    net = meaning == "available"
    parameters = {
        "feed": stored.id,
        "run": run.id,
        "moves": run.report.moves,
        "since": run.report.since,
        "net": net and settings.knows_orders,
        "some": some,
        "code": run.feed,
        "part": part,
        "to_part": part + PARTS_AT_ONCE,
    }
    rows: list[tuple[Any, ...]] = conn.execute(queries.differing, parameters).fetchall()
    told = [_statement(row, lines, net=net, knows_orders=settings.knows_orders) for row in rows]
    moved = [n for n, one in enumerate(told) if one.still_at is None]
    then = dict(zip(moved, cells_then(conn, [told[n] for n in moved]), strict=True))
    found = []
    for n, (one, row) in enumerate(zip(told, rows, strict=True)):
        at = then.get(n, Then())
        stated, expected = on_hand_of(one, at, row[9]), row[8] - at.moved_since
        if stated != expected:
            found.append(Differing(one, stated, expected, row[11]))
    return found


def _statement(row: tuple[Any, ...], lines: Mapping[Cell, int], *, net: bool, knows_orders: bool) -> Statement:
    part, item, loc, lot, status, qty, as_of, until, _, _, still_at, _ = row
    named, line = None if lot == ANY_LOT else lot, lines.get((item, loc, lot, status))
    return Statement(part, item, loc, named, Status(status), qty, as_of, until, net, knows_orders, still_at, line)


def lines_said(conn: Connection) -> dict[Cell, int]:
    """The lines that speak of some cells, as far as this session has read the file."""
    rows = conn.execute(queries.lines_said, {"limit": LINES_KNOWN})
    return {(item, loc, lot, status): n for item, loc, lot, status, n in rows}


def look_at_some(conn: Connection, stored: Stored, before: Before | None, since: datetime | None) -> bool:
    """Whether only some cells can differ; these are in the table of changes then. Net figures, which promises move
    too, are looked at whole."""
    feed = stored.feed
    if before is None or feed.meaning == "available":
        return False
    # A source may say that it had booked less than it said before.
    looked_at = min(before.looked_at, since or before.looked_at)
    which = {"looked_at": looked_at, "before": str(before.run), "code": feed.code, "feed": stored.id}
    conn.execute(queries.look_at_moved, which)
    return True


def ahead(
    conn: Connection, stored: Stored, run: Run, lines: Mapping[Cell, int], *, some: bool
) -> Iterator[tuple[int, list[Differing]]]:
    """What differs, by the first of some parts: looked for while the parts before are booked."""
    parts = list(range(run.reached, PARTS, PARTS_AT_ONCE))
    look = partial(differing, conn, stored, run, lines=lines, some=some)
    with ThreadPoolExecutor(1) as thread:
        found = [thread.submit(look, part) for part in parts[:1]]
        for part, after in zip_longest(parts, parts[1:]):
            here = found.pop().result()
            if after is not None:
                found.append(thread.submit(look, after))
            yield part, here
