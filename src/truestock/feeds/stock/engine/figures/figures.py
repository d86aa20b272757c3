"""Takes a file of figures in: compared as a whole, it stands from one instant on, and is booked by parts."""

import zlib
from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import BinaryIO

import msgspec

from truestock.feeds.stock.before.diff import Changed
from truestock.feeds.stock.before.kept import Before
from truestock.feeds.stock.engine import queries
from truestock.feeds.stock.engine.figures.booking import Booker, book, count_booked
from truestock.feeds.stock.engine.figures.by_lines import file_before, keep_lines, read_by_of
from truestock.feeds.stock.engine.figures.differing import PARTS, PARTS_AT_ONCE, Cell, ahead, lines_said, look_at_some
from truestock.feeds.stock.engine.figures.loading import NotByLines, load, load_changed, make_lots
from truestock.feeds.stock.engine.figures.preview import Preview
from truestock.feeds.stock.engine.figures.standing import Standing
from truestock.feeds.stock.engine.figures.telling import (
    differences,
    keep_allocated,
    tell_agreed,
    tell_allocated,
    tell_verdicts,
    unbind,
    weigh_written_down,
    weighed,
    write_down,
)
from truestock.feeds.stock.engine.runs import LineFault, Report, Run, set_run
from truestock.feeds.stock.engine.session import Session
from truestock.feeds.stock.engine.undoing.before import see_unbound, wait_for_writers
from truestock.feeds.stock.engine.undoing.interchanges import Interchanges
from truestock.feeds.stock.files import Lookups


class Figures:
    """One file of them, or a run that is gone on with."""

    def __init__(self, session: Session, bookers: Sequence[Booker]) -> None:
        self._session = session
        self._db = session.db
        self._conn = session.conn
        self._stored = session.stored
        self._bookers = bookers
        self._interchanges = Interchanges()
        self._before: Before | None = None
        self._loaded = False

    def take(
        self,
        run: Run,
        source: BinaryIO,
        lookups: Lookups,
        interchanges: Interchanges,
        *,
        confirmed: bool,
        preview: bool,
        asked: int | None,
    ) -> Run:
        """Take a file in; `asked`: the run that did and is over with it. Raises Unreadable, TooManyFaults,
        Interrupted."""
        self._interchanges = interchanges
        read_by = read_by_of(self._stored, lookups)
        self._before, changed = file_before(self._session, run, source, read_by) or (None, None)
        taken = partial(self._taken, source=source, lookups=lookups, confirmed=confirmed, preview=preview, asked=asked)
        try:
            done = taken(run, changed=changed)
        except NotByLines:
            self._before = None
            done = taken(msgspec.structs.replace(run, report=Report()), changed=None)
        if done.state == "done":
            keep_lines(self._session, done, source, read_by)
        return done

    def _taken(
        self, run: Run, source: BinaryIO, lookups: Lookups, changed: Changed | None, *,
        confirmed: bool, preview: bool, asked: int | None,
    ) -> Run:  # fmt: skip
        """With `changed`, by those lines alone. Raises NotByLines, Unreadable, TooManyFaults, Interrupted."""
        conn, settings, report, say = self._conn, self._session.settings, run.report, self._session.say
        if changed is not None and self._before is not None:
            faults = load_changed(conn, settings, changed, lookups, self._before.rows, report, say)
        else:
            source.seek(0)
            faults = load(conn, settings, source, lookups, report, say)
        self._loaded = True
        if preview:
            return self._previewed(run, source, faults, confirmed=confirmed)
        make_lots(self._db, conn)
        with conn.transaction():
            run = self._stated(run, source, faults, confirmed=confirmed, preview=False)
            if run.state == "booking":
                keep_allocated(conn, self._stored, run)
            if asked is not None:
                conn.execute(queries.answered, {"run": asked})
        if run.state == "asks":
            self._keep(run, source)
        return self._booked(run) if run.state == "booking" else run

    def _previewed(self, run: Run, source: BinaryIO, faults: list[LineFault], *, confirmed: bool) -> Run:
        """What it would do, by doing it in a transaction of which nothing stays."""
        with self._conn.transaction(force_rollback=True):
            run = self._stated(run, source, faults, confirmed=confirmed, preview=True)
            if run.state != "refused":
                self._book(run, Preview(self._session))
        return run

    def _stated(self, run: Run, source: BinaryIO, faults: list[LineFault], *, confirmed: bool, preview: bool) -> Run:
        standing = Standing(self._session, self._interchanges, self._before)
        return standing.state(run, source, faults, confirmed=confirmed, preview=preview)

    def go_on(self, run: Run) -> Run:
        """Book what a run that was cut off states otherwise than the ledger, from where it stands."""
        count_booked(self._conn, self._stored, run)
        return self._booked(run)

    def _booked(self, run: Run) -> Run:
        wait_for_writers(self._conn, self._session.halt)
        self._book(run)
        if self._stored.feed.posture == "reconcile":
            see_unbound(self._bookers[0].direct, self._conn, run)
        now = self._session.now()
        tell_agreed(self._db, self._conn, self._stored, run, now)
        tell_allocated(self._db, self._conn, self._stored, run, now)
        with self._conn.transaction():
            return set_run(self._conn, run, "done", PARTS)

    def _book(self, run: Run, preview: Preview | None = None) -> None:
        """With `preview` what would be changed is shown to it, and nothing is written."""
        conn, db, stored, halt = self._conn, self._db, self._stored, self._session.halt
        lines: dict[Cell, int] = lines_said(conn) if self._loaded else {}
        some = look_at_some(conn, stored, self._before, run.report.since)
        tried = preview is not None
        for part, found in ahead(conn, stored, run, lines, some=some):
            halt()
            if stored.feed.posture == "book":
                tell_verdicts(run.report, ["book"] * len(found))
                statements = [one.statement for one in found]
                if not tried:
                    write_down(conn, run, found)
            else:
                verdicts = weighed(db, stored, differences(run, found), self._session.now(), preview=tried)
                tell_verdicts(run.report, verdicts)
                statements = [one.statement for one, what in zip(found, verdicts, strict=True) if what == "book"]
                left = [one.statement for one, what in zip(found, verdicts, strict=True) if what != "book"]
                unbind(conn, stored.id, left)
            told = book(self._bookers, run, stored.feed, statements, preview=tried, halt=halt)
            self._session.say("booking", PARTS_AT_ONCE)
            if preview is None:
                set_run(conn, run, "booking", part + PARTS_AT_ONCE)
            else:
                changed = chain.from_iterable(effect.changed for effect in told)
                preview.see(zip(statements, changed, strict=True))
        if preview is None:
            weigh_written_down(db, conn, stored, run, self._session.now(), self._session.say)
        else:
            preview.tell(run)

    def _keep(self, run: Run, source: BinaryIO) -> None:
        source.seek(0)
        content = zlib.compress(source.read(), 1)
        self._conn.execute(queries.keep_content, {"run": run.id, "content": content})
