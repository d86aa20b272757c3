"""The kinds of jobs that this room brings: sending a channel everything anew, at once or as the last stage of the start
of a day, computing guards, and deleting what is kept long enough."""

from collections.abc import Callable, Sequence

from truestock.catalog.rules import RuleBook
from truestock.connections.reached import connection, connections
from truestock.store.database import Database
from truestock.store.jobs.kinds import JobKind, Work
from truestock.store.jobs.stages import Progress, Stage, in_order
from truestock.store.upkeep.retention import Kept, trim_all
from truestock.sync import outbound
from truestock.sync.guards.recompute import recompute
from truestock.sync.manage import reset


def reset_kind(db: Database) -> JobKind:
    """Every listing of a channel is sent anew with the number it has."""

    def run(work: Work) -> str:
        assert work.channel is not None
        return f"listings that are sent anew: {reset(db, work.channel)}"

    return JobKind("reset", "sends every listing of a channel anew, with the number it has", True, run)


def start_of_day_kind(db: Database, stages: Sequence[Stage]) -> JobKind:
    """The stages in their order: what takes in comes first, and what is sent last."""
    about = "takes what waits of feeds, has every number computed, then sends every listing anew"
    return JobKind("start-of-day", about, True, in_order(db, stages), or_all=True, alone=True)


def reset_live(db: Database) -> Callable[[Progress], str]:
    """The stage of a job that has live channels sent every listing anew. It raises NotFound.

    One that an earlier stage passed over keeps the numbers it shows: they may know of sales that the hub does not."""

    def run(progress: Progress) -> str:
        found = connections(db) if progress.channel is None else [connection(db, progress.channel)]
        sent = 0
        for reached in found:
            progress.halt(0)
            code, mode = reached.connection.channel, reached.connection.mode
            if not reached.live:
                progress.tell("passed", f"its mode is {mode}, so nothing is written there", code)
            elif code in progress.passed:
                progress.tell("passed", "what it sold is not all here, so nothing is sent anew", code)
            else:
                listings = outbound.reset(db, reached.id)
                progress.tell("done", f"listings that are sent anew: {listings}", code)
                sent += listings
        return f"listings that are sent anew: {sent}"

    return run


def guards_kind(db: Database, rules: RuleBook) -> JobKind:
    """What channels may have sold and the hub has not heard of is computed anew."""

    def run(work: Work) -> str:
        done = recompute(db, rules, work.stopping)
        return f"guards that stand: {done.standing}, changed: {done.changed}"

    return JobKind("guards", "computes anew what channels may have sold and the hub has not heard of", False, run)


def retention_kind(db: Database, kept: Sequence[Kept]) -> JobKind:
    """What has been kept for as long as the settings say is deleted."""

    def run(work: Work) -> str:
        deleted = trim_all(db, kept, work.stopping)
        return "deleted: " + ", ".join(f"{count} {name}" for name, count in deleted.items())

    return JobKind("retention", "deletes what has been kept for as long as the settings say", False, run)
