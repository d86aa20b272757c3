"""Makes the tasks of a day: what pickers did not find first, then by each plan what is most urgent."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from truestock.reconciliation.counts.book import book_decided, tell_accuracy
from truestock.reconciliation.counts.plans import Plan, queries, read_plans
from truestock.reconciliation.counts.rules.ranking import UNLAID_AFTER, Cell, Ranked, rank
from truestock.reconciliation.counts.tasks import ASKED, URGENT, Draft, Wanted, add_tasks, clock, in_open_tasks
from truestock.reconciliation.counts.values import Book
from truestock.reconciliation.counts.zones.bins import give_way
from truestock.store.arrays import ints, words
from truestock.store.database import Connection, Database
from truestock.store.jobs.kinds import JobKind, Work

# What a damaged unit leaves behind is known; where units are missing somebody has to look.
_WHY = {
    "not_found": "a picker did not find it",
    "rejected": "a picker rejected it",
    "wrong_count": "a picker found fewer than the books say",
}


def count_plans_kind(db: Database, book: Book) -> JobKind:
    """Tasks are made of what is due; counts that were decided and not booked are booked."""

    def run(_: Work) -> str:
        picks, recounts, planned = len(ask_for_rejected(db)), len(ask_for_recounts(db)), len(make_due(db))
        booked, refused = book_decided(db, book)
        tell_accuracy(db, {task for task, _ in booked})
        made = f"{picks} of picks, {recounts} of recounts, {planned} of plans"
        waited = f"counts booked that waited: {len(booked)}"
        return f"tasks made: {made}; {waited}" + (f"; refused by the ledger: {len(refused)}" if refused else "")

    return JobKind("count-plans", "makes the tasks of what is to be counted, by every plan", False, run, alone=True)


def ask_for_rejected(db: Database) -> list[int]:
    """A task a location for what pickers did not find since the last time; their ids."""
    with db.transaction() as conn:
        if not conn.execute(queries.unasked_picks).fetchall():
            return []
        conn.execute(queries.take_turn)
        rows = conn.execute(queries.unasked_picks).fetchall()
        now = clock(conn)
        wanted = [row for row in rows if row[3] in _WHY]
        give_way(conn, [(item, loc) for _, item, loc, _ in wanted], now)
        open_there = in_open_tasks(conn, ((item, loc) for _, item, loc, _ in wanted))
        drafts = []
        for loc, there in groupby(wanted, key=lambda row: row[2]):
            lines = {
                item: Wanted(item, URGENT, _WHY[why]) for _, item, _, why in there if (item, loc) not in open_there
            }
            if lines:
                drafts.append(Draft(loc, "", "pick", URGENT, list(lines.values())))
        parts, items, locs, reasons = zip(*rows, strict=True)
        asked = {"parts": ints(parts), "items": ints(items), "locs": ints(locs), "reasons": words(reasons)}
        conn.execute(queries.asked, asked | {"now": now})
        return add_tasks(conn, drafts, now)


def ask_for_recounts(db: Database) -> list[int]:
    """A task a location for discrepancies of which somebody wants a recount, and that was not counted since."""
    with db.transaction() as conn:
        conn.execute(queries.take_turn)
        wanted = conn.execute(queries.recounts_wanted).fetchall()
        give_way(conn, wanted, clock(conn))
        open_there = in_open_tasks(conn, wanted)
        drafts = [
            Draft(loc, "", "asked", ASKED, [Wanted(item, ASKED, "a recount is wanted") for item, _ in there])
            for loc, there in groupby((cell for cell in wanted if cell not in open_there), key=lambda cell: cell[1])
        ]
        return add_tasks(conn, drafts, clock(conn))


def make_due(db: Database) -> list[int]:
    """The tasks of every plan, up to what its counters manage in a day (UTC); their ids."""
    made: list[int] = []
    with db.transaction() as conn:
        conn.execute(queries.take_turn)
        now = clock(conn)
        for plan in read_plans(conn):
            if not plan.said.paused:
                made += add_tasks(conn, _drafts(conn, plan, now), now)
    return made


def _drafts(conn: Connection, plan: Plan, now: datetime) -> list[Draft]:
    parameters = {"loc": plan.loc, "zone": plan.said.zone, "now": now, "laid_by": now - UNLAID_AFTER}
    cells = [Cell(*row) for row in conn.execute(queries.planned_cells, parameters)]
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    today = dict[int, int](conn.execute(queries.made_today, {"plan": plan.id, "since": midnight}).fetchall())
    ranked = sorted(rank(cells, plan.pace, now), key=lambda r: r.cell.loc)
    drafts: list[Draft] = []
    for loc, there in groupby(ranked, key=lambda r: r.cell.loc):
        chosen = list(there)[: max(0, plan.said.lines_a_day - today.get(loc, 0))]
        for zone, walk in groupby(sorted(chosen, key=lambda r: r.cell.zone), key=lambda r: r.cell.zone):
            drafts += _walks(plan, loc, zone, list(walk))
    return drafts


def _walks(plan: Plan, loc: int, zone: str, due: Sequence[Ranked]) -> list[Draft]:
    """Tasks of a length that one person counts at a stretch, the most urgent items in the first."""
    said = plan.said
    return [
        Draft(
            loc,
            zone,
            "plan",
            min(max(r.score for r in walk), URGENT - 1),
            [Wanted(r.cell.item, r.score, r.why) for r in walk],
            plan.id,
            said.tolerance_units,
            said.tolerance_percent,
        )
        for start in range(0, len(due), said.lines_a_task)
        for walk in [due[start : start + said.lines_a_task]]
    ]
