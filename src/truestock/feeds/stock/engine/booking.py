"""Books what a run states otherwise than the ledger, some cells at a time, and lets reconciliation weigh it first.

What is stated binds already, so a run that was cut off goes on with what differs still."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import islice, pairwise
from typing import Any, Final, NamedTuple

import msgspec

from truestock.core.feed import Statement, Then, on_hand_of
from truestock.core.reconcile import Difference, Verdict
from truestock.core.words import ANY_LOT, Status
from truestock.feeds.stock.engine import queries
from truestock.feeds.stock.engine.feeds import Feed, Stored
from truestock.feeds.stock.engine.runs import Report, Run
from truestock.ledger.posting.statements import Effect, State, cells_then, state
from truestock.reconciliation.discrepancies.weigh import weigh
from truestock.store.arrays import ints
from truestock.store.database import Connection, Database
from truestock.store.lane import Direct, GivingWay

PARTS: Final = 256
# Parts of which differences are looked for at once, and cells that are locked at once at most: nobody waits for long.
PARTS_AT_ONCE: Final = 16
CELLS_AT_ONCE: Final = 128
WEIGHED_AT_ONCE: Final = 1_000
Cell = tuple[int, int, int, int]
Say = Callable[[str, int], None]


class Differing(NamedTuple):
    """A statement that the ledger has otherwise: the units it means there, and what entries up to then add up to.

    `opens`: the cell never had any stock."""

    statement: Statement
    stated: int
    expected: int
    opens: bool


class Booker(NamedTuple):
    """Who commits for a run, and how it lets others go first."""

    direct: Direct
    way: GivingWay


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


def differences(run: Run, found: Sequence[Differing]) -> list[Difference]:
    """What reconciliation is told of statements."""
    return [
        Difference(
            one.statement.part, one.statement.item, one.statement.loc, one.statement.lot, one.statement.status,
            one.stated, one.expected, one.statement.as_of, run.id, one.statement.line,
        )
        for one in found
    ]  # fmt: skip


def write_down(conn: Connection, run: Run, found: Sequence[Differing]) -> None:
    """Keep what a master states otherwise until it is weighed, once it is booked; after a kill nobody would find it."""
    # What never had any stock is opened by a master.
    told = differences(run, [one for one in found if not one.opens])
    if told:
        conn.execute(queries.write_down, {"run": run.id, "found": msgspec.msgpack.encode(told)})


def weigh_written_down(db: Database, conn: Connection, stored: Stored, run: Run, now: datetime, say: Say) -> None:
    """Weigh what was written down, and cross it off."""
    way = GivingWay()
    while rows := conn.execute(queries.written_down, {"run": run.id}).fetchall():
        ((n, found),) = rows
        told = msgspec.msgpack.decode(found, type=list[Difference])
        with way.piece(len(told)):
            weighed(db, stored, told, now)
        conn.execute(queries.cross_off, {"run": run.id, "n": n})
        say("explaining", len(told))


def weighed(
    db: Database, stored: Stored, differences: Sequence[Difference], now: datetime, *, preview: bool = False
) -> list[Verdict]:
    """What is to become of each difference; why it is so is looked into when the run ends."""
    verdicts: list[Verdict] = []
    for start in range(0, len(differences), WEIGHED_AT_ONCE):
        some = differences[start : start + WEIGHED_AT_ONCE]
        verdicts += weigh(db, stored.feed.code, stored.feed.posture, some, now, preview=preview, explained=False)
    return verdicts


def unbind(conn: Connection, feed: int, left: Sequence[Statement]) -> None:
    """What was not booked is no mark."""
    if left:
        conn.execute(
            queries.unbind,
            {
                "feed": feed,
                "parts": ints(one.part for one in left),
                "items": ints(one.item for one in left),
                "locs": ints(one.loc for one in left),
                "lots": ints(ANY_LOT if one.lot is None else one.lot for one in left),
                "statuses": ints(one.status for one in left),
            },
        )


def book(
    bookers: Sequence[Booker], run: Run, feed: Feed, statements: Sequence[Statement], *, preview: bool,
    halt: Callable[[], None],
) -> None:  # fmt: skip
    """Book statements, each few in a transaction of their own, and count in the run's report. While the database works
    for one of the bookers, the next one decides; both give way to whoever else is at work."""
    reason = f"feed: {feed.meaning}{', within tolerance' if feed.posture == 'reconcile' else ''}"

    def booked(booker: Booker, share: Sequence[Statement]) -> list[Effect]:
        effects: list[Effect] = []
        rest = iter(share)
        while some := list(islice(rest, booker.way.size(CELLS_AT_ONCE))):
            halt()
            command = State(some, run.feed, str(run.id), reason, run.actor, preview=preview)
            with booker.way.piece(len(some)):
                effects += booker.direct.run(state, [command])
        return effects

    with ThreadPoolExecutor(len(bookers)) as threads:
        for effects in threads.map(booked, bookers, shares(statements, len(bookers))):
            for effect in effects:
                count(run.report, effect)


def shares(statements: Sequence[Statement], n: int) -> list[Sequence[Statement]]:
    """Statements in order of their items, in `n` parts; those of one item stay together, as each may fill another."""
    cuts = [0]
    for k in range(1, n):
        cut = max(cuts[-1], k * len(statements) // n)
        while 0 < cut < len(statements) and statements[cut].item == statements[cut - 1].item:
            cut += 1
        cuts.append(cut)
    return [statements[start:end] for start, end in pairwise([*cuts, len(statements)])]


def count(report: Report, effect: Effect) -> None:
    """Add to a report what statements changed."""
    for units in effect.changed:
        if units is None:
            report.older += 1
        else:
            report.booked += 1
            report.up += max(0, units)
            report.down += max(0, -units)
    report.displaced += effect.displaced
    report.owed += effect.owed


def tell_verdicts(report: Report, verdicts: Sequence[Verdict]) -> None:
    """Add to a report what became of differences."""
    told = Counter(verdicts)
    report.differed += len(verdicts)
    report.review += told["review"]
    report.left += told["leave"]
