"""The kinds of jobs that this room brings: sending a channel everything anew, computing guards, and deleting what is
kept long enough."""

from collections.abc import Sequence

from truestock.catalog.rules import RuleBook
from truestock.store.database import Database
from truestock.store.jobs.kinds import JobKind, Work
from truestock.store.upkeep.retention import Kept, trim_all
from truestock.sync.guards.recompute import recompute
from truestock.sync.manage import reset


def reset_kind(db: Database) -> JobKind:
    """Every listing of a channel is sent anew with the number it has."""

    def run(work: Work) -> str:
        assert work.channel is not None
        return f"listings that are sent anew: {reset(db, work.channel)}"

    return JobKind("reset", "sends every listing of a channel anew, with the number it has", True, run)


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
