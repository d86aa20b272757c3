"""Books what a run states otherwise than the ledger, some cells at a time, by bookers who give way to others."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice, pairwise
from typing import Final, NamedTuple

from truestock.core.feed import Statement
from truestock.feeds.stock.engine.feeds import Feed, Stored
from truestock.feeds.stock.engine.figures import queries
from truestock.feeds.stock.engine.runs import Report, Run
from truestock.ledger.posting.statements import Effect, State, state
from truestock.store.database import Connection
from truestock.store.lane import Direct, GivingWay

# Cells that are locked at once at most: nobody waits for long.
CELLS_AT_ONCE: Final = 128


class Booker(NamedTuple):
    """Who commits for a run, and how it lets others go first."""

    direct: Direct
    way: GivingWay


def reason_of(feed: Feed) -> str:
    """Why the movements of a feed's figures are."""
    return f"feed: {feed.meaning}{', within tolerance' if feed.posture == 'reconcile' else ''}"


def book(
    bookers: Sequence[Booker], run: Run, feed: Feed, statements: Sequence[Statement], *, preview: bool,
    halt: Callable[[], None],
) -> list[Effect]:  # fmt: skip
    """Book statements, each few in a transaction of their own, and count in the run's report. While the database works
    for one of the bookers, the next one decides; both give way to whoever else is at work. Of what each changed the
    effects tell in the order of the statements."""
    reason = reason_of(feed)

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
        told = list(chain.from_iterable(threads.map(booked, bookers, shares(statements, len(bookers)))))
    for effect in told:
        count(run.report, effect)
    return told


def shares(statements: Sequence[Statement], n: int) -> list[Sequence[Statement]]:
    """Statements in order of their items, in `n` parts; those of one item stay together, as each may fill another."""
    cuts = [0]
    for k in range(1, n):
        cut = max(cuts[-1], k * len(statements) // n)
        while 0 < cut < len(statements) and statements[cut].item == statements[cut - 1].item:
            cut += 1
        cuts.append(cut)
    return [statements[start:end] for start, end in pairwise([*cuts, len(statements)])]


def count_booked(conn: Connection, stored: Stored, run: Run) -> None:
    """Add to the report of a run that was cut off what it had booked since its progress was kept."""
    which = {
        "feed": stored.id,
        "code": run.feed,
        "run": run.id,
        "ref": str(run.id),
        "moves": run.report.moves,
        "began_at": run.began_at,
        "reached": run.reached,
    }
    ((cells, up, down, displaced, owed),) = conn.execute(queries.booked_from, which).fetchall()
    report = run.report
    report.differed += cells
    report.booked += cells
    report.up += up
    report.down += down
    report.displaced += displaced
    report.owed += owed


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
