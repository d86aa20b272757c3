"""Compares a file of figures that was loaded, and has it stand from one instant on; or says why it does not."""

from datetime import datetime, timedelta
from typing import Any, BinaryIO, Final

import msgspec

from truestock.feeds.stock.before.kept import Before
from truestock.feeds.stock.engine.feeds import read_feed
from truestock.feeds.stock.engine.figures import queries
from truestock.feeds.stock.engine.figures.comparing import compare, find_unmentioned
from truestock.feeds.stock.engine.figures.faults import faults_of, foreign
from truestock.feeds.stock.engine.figures.loading import NotByLines
from truestock.feeds.stock.engine.refusals import ALL_OR_NOTHING
from truestock.feeds.stock.engine.runs import FAULTS_SHOWN, LineFault, Report, Run, State, set_run
from truestock.feeds.stock.engine.session import Session
from truestock.feeds.stock.engine.undoing.before import keep_before
from truestock.feeds.stock.engine.undoing.interchanges import Interchanges, keep_interchanges

NOTHING_LEFT: Final = "of what the file does not mention nothing is taken away, because not every row was read"


class Standing:
    """Of one file; `before`: the file before it, where this one was read by its changed lines alone."""

    def __init__(self, session: Session, interchanges: Interchanges, before: Before | None) -> None:
        self._session = session
        self._conn = session.conn
        self._settings = session.settings
        self._feed = session.stored.id
        self._interchanges = interchanges
        self._before = before
        self._was = read_feed(session.db, session.stored.feed.code).as_of
        self._scope = self._scope_of()

    def state(self, run: Run, source: BinaryIO, faults: list[LineFault], *, confirmed: bool, preview: bool) -> Run:
        """Compare the file, and have it stand; or say why not. Raises NotByLines, TooManyFaults."""
        conn, report, settings = self._conn, run.report, self._settings
        was = self._was
        report.moves = (was is None or was < run.as_of) and (settings.complete or 2 * report.rows >= self._known())
        if self._before is not None and not report.moves:
            raise NotByLines
        compare(
            conn, self._feed, settings, self._scope, run.began_at,
            rows=report.rows - len(faults), net=self._session.stored.feed.meaning == "available",
            every=not report.moves, silent=report.moves or settings.complete, by_lines=self._before is not None,
            preview=preview,
        )  # fmt: skip
        found = faults_of(conn, settings, source, run.began_at, preview=preview)
        bad = sorted([*faults, *found], key=lambda fault: fault.line)
        told = self._interchanges
        complete = settings.complete and not (faults or told.known or told.known_sets) and all(map(foreign, found))
        if settings.complete and not complete:
            report.notes.append(NOTHING_LEFT)
        if complete:
            find_unmentioned(conn, self._feed, settings, self._scope, self._before)
        first_at = self._count(report, bad, complete=complete)
        if self._before is not None and settings.complete:
            if report.zeroed or not complete:
                raise NotByLines
            report.zeroed = self._before.silent
        state: State = "preview" if preview else "booking"
        if bad and settings.all_or_nothing:
            report.notes.append(ALL_OR_NOTHING)
            state = "refused"
        elif complete and not confirmed and self._too_much(report):
            state = "asks"
        run = msgspec.structs.replace(run, state=state)
        if not preview:
            self._session.add_run(run, bad)
            if state == "booking":
                keep_interchanges(conn, run, self._interchanges)
        if state == "booking" or (preview and state != "refused"):
            self._bind(run, first_at, complete=complete)
        return run if preview else set_run(conn, run, state, 0)

    def _known(self) -> int:
        """How many cells the feed has stated."""
        if self._before is not None:
            return self._before.stated
        ((known,),) = self._conn.execute(queries.stated_count, {"feed": self._feed}).fetchall()
        return int(known)

    def _count(self, report: Report, bad: list[LineFault], *, complete: bool) -> datetime | None:
        """Into the report; returns the first of the times that rows name."""
        first_at: datetime | None
        ((told, report.otherwise, silent, opens, first_at),) = self._conn.execute(queries.what_changed).fetchall()
        report.fresh = told + opens
        report.zeroed = silent if complete else 0
        report.quarantined = len(bad)
        report.taken = report.rows - len(bad)
        report.faults = bad[:FAULTS_SHOWN]
        return first_at

    def _too_much(self, report: Report) -> bool:
        """Whether a complete feed would take more away than it may without being asked."""
        ((report.would_zero, report.in_scope),) = self._conn.execute(queries.zeroed, self._scope).fetchall()
        named = {"location": self._settings.location or None}
        without = [code for (code,) in self._conn.execute(queries.unmentioned_locations, named)]
        report.notes += [f"the file does not mention {code} at all" for code in without[:FAULTS_SHOWN]]
        share = self._settings.zero_share
        return report.would_zero * 100 > share * report.in_scope or (bool(without) and share < 100)

    def _bind(self, run: Run, first_at: datetime | None, *, complete: bool) -> None:
        """From the end of this transaction on, what the file says stands."""
        feed = {"feed": self._feed}
        times = {"as_of": run.as_of, "until": run.booked_until}
        late = timedelta(minutes=self._settings.booked_late_minutes)
        if run.report.moves:
            self._conn.execute(queries.keep_as_of, {**feed, "complete": complete})
        more = {"run": run.id, "moves": run.report.moves, "complete": complete, "late": late}
        keep_before(self._conn, {**feed, **times, **more})
        self._conn.execute(queries.state, {**feed, **times, **more, "was": self._was})
        if run.report.moves:
            self._conn.execute(queries.move_feed, {**feed, **times})
        run.report.since = min(run.booked_until, first_at - late) if first_at is not None else run.booked_until

    def _scope_of(self) -> dict[str, Any]:
        found = (self._session.snapshot.location(code) for code in self._settings.locations)
        return {
            "locs": [place.id for place in found if place is not None],
            "categories": list(self._settings.categories),
        }
