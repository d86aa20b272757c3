"""Takes what a feed brings in: files of figures as a whole, rows of what happened one by one."""

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import BytesIO
from typing import BinaryIO, Final, NamedTuple

import msgspec

from truestock.catalog.changes import take_ids
from truestock.catalog.rules import RuleBook
from truestock.core.checks import check_years, check_zone
from truestock.core.feed import ABSOLUTE
from truestock.core.problems import Conflict, Invalid
from truestock.feeds.stock.engine import queries
from truestock.feeds.stock.engine.feeds import Stored
from truestock.feeds.stock.engine.figures.booking import Booker
from truestock.feeds.stock.engine.figures.differing import PARTS
from truestock.feeds.stock.engine.figures.figures import Figures
from truestock.feeds.stock.engine.figures.loading import NEEDS
from truestock.feeds.stock.engine.happening.rows import Rows
from truestock.feeds.stock.engine.refusals import ALL_OR_NOTHING
from truestock.feeds.stock.engine.runs import FAULTS_SHOWN, LineFault, Report, Run, add_lines, set_run
from truestock.feeds.stock.engine.session import Session
from truestock.feeds.stock.engine.settings import FeedSettings
from truestock.feeds.stock.engine.undoing.interchanges import (
    Interchanges,
    interchanges_in,
    keep_interchanges,
    passed_over,
)
from truestock.feeds.stock.files import FeedFault, FeedRow, Lookups, names_in, read
from truestock.ledger.desk import Desk
from truestock.store.database import Connection, Database, errors_translated
from truestock.store.lane import Direct, GivingWay

PIECE: Final = 1 << 20
BOOKERS: Final = 2


class FeedFile(NamedTuple):
    """A file that came; `as_of`: when its figures were true, `booked_until`: up to when its source had booked our
    documents, if it says so. `message`: what its source tells it from others by that say the same, if it does."""

    name: str
    source: BinaryIO
    as_of: datetime
    booked_until: datetime | None = None
    message: str = ""


class Taking:
    """One file, or a run that is gone on with, of one feed; `conn` is this session's own and holds the feed alone."""

    def __init__(
        self, db: Database, rules: RuleBook, conn: Connection, stored: Stored, say: Callable[[str, int], None],
        stopping: Callable[[], bool],
    ) -> None:  # fmt: skip
        self._session = Session(db, rules, conn, stored, say, stopping)
        self._bookers = [Booker(Direct(db, self._desk, PARTS), GivingWay()) for _ in range(BOOKERS)]
        self._figures = Figures(self._session, self._bookers)

    def close(self) -> None:
        """Give the connections back."""
        for booker in self._bookers:
            booker.direct.close()

    def _desk(self, conn: Connection) -> Desk:
        """What it commits is on the disk once the run's progress is, which is behind it in the log: what a crash takes
        was not counted as done, and differs still."""
        conn.execute(queries.commit_without_wait)
        return Desk(conn, self._session.rules)

    def file(self, run: Run, file: FeedFile, *, confirmed: bool, preview: bool, asked: int | None = None) -> Run:
        """Take a file in; `asked`: the run that did and is over with it. Raises Unreadable, TooManyFaults,
        Interrupted."""
        session, settings = self._session, self._session.settings
        interchanges, lookups = self._names(run, file)
        run.report.notes += passed_over(interchanges)
        with errors_translated():
            if session.stored.feed.meaning in ABSOLUTE:
                answer = {"confirmed": confirmed, "preview": preview}
                return self._figures.take(run, file.source, lookups, interchanges, asked=asked, **answer)
            told = read(settings.format, file.source, settings.mapping, lookups, NEEDS)
            return self._rows(run, told, interchanges, preview=preview)

    def _rows(
        self, run: Run, answers: Iterable[FeedRow | FeedFault], interchanges: Interchanges, *, preview: bool
    ) -> Run:
        """Take rows in that tell what happened or will. Raises Unreadable, TooManyFaults, Interrupted."""
        report, rows, conn = run.report, self._happening(), self._session.conn
        with conn.transaction(force_rollback=preview):
            self._session.add_run(run, [])
            bad = rows.check(run, answers)
            report.quarantined, report.faults = len(bad), bad[:FAULTS_SHOWN]
            add_lines(conn, run.id, bad)
            refused = bool(bad) and self._session.settings.all_or_nothing
            if refused:
                report.notes.append(ALL_OR_NOTHING)
                rows.forget(run)
            run = set_run(conn, run, "refused" if refused else "booking", 0)
            if not refused:
                keep_interchanges(conn, run, interchanges)
            if preview and not refused:
                rows.preview(run)
        if preview:
            return msgspec.structs.replace(run, state=run.state if refused else "preview")
        return run if refused else rows.book(run)

    def retry(self, run: Run, rows: Sequence[FeedRow]) -> list[LineFault]:
        """Book mended rows of a run that tells what happened; those that are refused again are returned."""
        return self._happening().retry(run, rows)

    def go_on(self, run: Run) -> Run:
        """Book what is left of a run, from where it stands. Raises Interrupted."""
        with errors_translated():
            if self._session.stored.feed.meaning not in ABSOLUTE:
                return self._happening().book(run)
            return self._figures.go_on(run)

    def _names(self, run: Run, file: FeedFile) -> tuple[Interchanges, Lookups]:
        """The interchanges of its file, and what is known of what it names: of those what other runs have taken in."""
        session = self._session
        interchanges = interchanges_in(session.conn, session.stored, file.source, run.id)
        lookups = names_in(session.db, session.settings.mapping)
        return interchanges, lookups._replace(interchanges=interchanges.known, sets=interchanges.known_sets)

    def _happening(self) -> Rows:
        session = self._session
        direct = self._bookers[0].direct
        return Rows(session.db, session.rules, session.conn, direct, session.stored, session.halt, session.say)


@contextmanager
def alone(db: Database, stored: Stored) -> Iterator[Connection]:
    """A connection during which nobody else takes in what this feed brings. Raises Conflict."""
    conn = db.connect()
    try:
        with errors_translated():
            ((mine,),) = conn.execute(queries.try_alone, {"feed": stored.id}).fetchall()
        if not mine:
            raise Conflict(f"a file of feed {stored.feed.code!r} is being taken in just now; try again later", "feed")
        try:
            yield conn
        finally:
            # Closed, it would hold for a moment still.
            if not conn.closed:
                with errors_translated():
                    conn.rollback()
                    conn.execute(queries.not_alone, {"feed": stored.id})
    finally:
        conn.close()


def begun(db: Database, stored: Stored, file: FeedFile, digest: str, actor: str) -> Run:
    """A run of a file that is to be taken in. Raises Invalid."""
    for name, instant in (("as_of", file.as_of), ("booked_until", file.booked_until)):
        check_zone(name, instant)
        check_years(name, instant)
    with db.transaction() as conn:
        now: datetime = conn.execute(queries.clock).fetchall()[0][0]
    as_of = file.as_of
    if as_of > now:
        raise Invalid("as_of", f"{as_of.isoformat()} is in the future; check the clock, or the zone")
    late = timedelta(minutes=stored.feed.settings.booked_late_minutes)
    until = min(file.booked_until or as_of - late, as_of)
    number = next(take_ids(db, "feed_run", 1))
    report = Report()
    return Run(number, stored.feed.code, file.name, digest, as_of, until, "booking", 0, report, actor, now)


def digest_of(file: FeedFile, settings: FeedSettings, *, absolute: bool) -> str:
    """What tells this file from any other, whatever its name: its content and how it is read; of figures also their
    time, because the same ones said later are news."""
    source = file.source
    source.seek(0)
    as_of = file.as_of if absolute else None
    found = hashlib.sha256(msgspec.json.encode((settings.format, settings.mapping, as_of)) + file.message.encode())
    while piece := source.read(PIECE):
        found.update(piece)
    source.seek(0)
    return found.hexdigest()


def content_of(conn: Connection, run: int) -> BytesIO:
    """The file of a run that asks."""
    ((content,),) = conn.execute(queries.content, {"run": run}).fetchall()
    return BytesIO(zlib.decompress(content))
