"""Queues the jobs that are due: each once, however many processes look, and once for however many runs were missed."""

from typing import Final

from truestock.store.database import Database
from truestock.store.jobs.cron import next_run
from truestock.store.jobs.kinds import Kinds
from truestock.store.jobs.queue import enqueue
from truestock.sync.schedules import queries

AT_ONCE: Final = 100


def queue_due(db: Database, kinds: Kinds) -> int:
    """Queue what is due and set when it is due next, in one transaction; how many schedules were due."""
    with db.transaction() as conn:
        due = conn.execute(queries.lock_due, {"kinds": list(kinds), "limit": AT_ONCE}).fetchall()
        for schedule, what, channel, source, cron, zone, now in due:
            enqueue(conn, what, channel, source, alone=kinds[what].alone)
            conn.execute(queries.set_run, {"id": schedule, "now": now, "next_run": next_run(cron, zone, now)})
    return len(due)
