"""Takes a file of an absolute feed in: compared as a whole, it stands from one instant on, and is booked by parts."""

import hashlib
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from itertools import zip_longest
from typing import Any, BinaryIO, Final, NamedTuple

import msgspec

from truestock.catalog.changes import take_ids
from truestock.catalog.rules import RuleBook
from truestock.core.checks import check_years, check_zone
from truestock.core.feed import ABSOLUTE
from truestock.core.problems import Conflict, Invalid
from truestock.feeds.stock.before import diff
from truestock.feeds.stock.before.diff import Changed, changed_lines
from truestock.feeds.stock.before.kept import Before, before_of, forget, keep, pieces_of
from truestock.feeds.stock.engine import queries
from truestock.feeds.stock.engine.booking import (
    PARTS,
    PARTS_AT_ONCE,
    Booker,
    Cell,
    Differing,
    book,
    differences,
    differing,
    tell_verdicts,
    unbind,
    weigh_written_down,
    weighed,
    write_down,
)
from truestock.feeds.stock.engine.feeds import Stored, read_feed
from truestock.feeds.stock.engine.happening.rows import Rows
from truestock.feeds.stock.engine.loading import (
    NEEDS,
    NotByLines,
    compare,
    faults_of,
    find_unmentioned,
    foreign,
    leave_new_lots,
    load,
    load_changed,
    make_lots,
)
from truestock.feeds.stock.engine.runs import FAULTS_SHOWN, LineFault, Report, Run, State, add_lines, set_run
from truestock.feeds.stock.engine.settings import FeedSettings
from truestock.feeds.stock.engine.telling import tell_agreed, tell_allocated
from truestock.feeds.stock.engine.undoing.before import keep_before, see_unbound
from truestock.feeds.stock.engine.undoing.interchanges import (
    Interchanges,
    interchanges_in,
    keep_interchanges,
    passed_over,
)
from truestock.feeds.stock.files import FeedFault, FeedRow, Lookups, names_in, read
from truestock.ledger.desk import Desk
from truestock.store.arrays import at_length
from truestock.store.database import Connection, Database, errors_translated
from truestock.store.jobs.kinds import Interrupted
from truestock.store.lane import Direct, GivingWay

PIECE: Final = 1 << 20
BOOKERS: Final = 2
# A file of which more lines than one in so many, and some, are new or gone is read whole.
CHANGED_ONE_IN: Final = 5
CHANGED_SOME: Final = 1_000
# Of so many cells it is known which line speaks of them.
LINES_KNOWN: Final = 100_000
ALL_OR_NOTHING: Final = "the feed goes in whole or not at all, and rows of this file are bad"
NOTHING_LEFT: Final = "of what the file does not mention nothing is taken away, because not every row was read"
Say = Callable[[str, int], None]


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
        self, db: Database, rules: RuleBook, conn: Connection, stored: Stored, say: Say, stopping: Callable[[], bool]
    ) -> None:
        self._db = db
        self._conn = conn
        self._stored = stored
        self._settings = stored.feed.settings
        self._say = say
        self._stopping = stopping
        self._loaded = False
        self._interchanges = Interchanges()
        self._before: Before | None = None
        self._was: datetime | None = None
        self._bookers = [Booker(Direct(db, self._desk, PARTS), GivingWay()) for _ in range(BOOKERS)]
        self._rules = rules
        self._snapshot = rules.refresh()
        at_length(conn)

    def close(self) -> None:
        """Give the connections back."""
        for booker in self._bookers:
            booker.direct.close()

    def _desk(self, conn: Connection) -> Desk:
        """What it commits is on the disk once the run's progress is, which is behind it in the log: what a crash takes
        was not counted as done, and differs still."""
        conn.execute(queries.commit_without_wait)
        return Desk(conn, self._rules)

    def file(self, run: Run, file: FeedFile, *, confirmed: bool, preview: bool, asked: int | None = None) -> Run:
        """Take a file in; `asked`: the run that did and is over with it. Raises Unreadable, TooManyFaults,
        Interrupted."""
        settings = self._settings
        self._interchanges = interchanges_in(self._conn, self._stored, file.source)
        run.report.notes += passed_over(self._interchanges)
        lookups = names_in(self._db, settings.mapping)._replace(interchanges=self._interchanges.known)
        if self._stored.feed.meaning not in ABSOLUTE:
            told = read(settings.format, file.source, settings.mapping, lookups, NEEDS)
            return self.rows(run, told, preview=preview)
        with errors_translated():
            read_by = read_by_of(self._stored, lookups)
            self._before, changed = self._file_before(run, file, read_by) or (None, None)
            take = partial(self._taken, file=file, lookups=lookups, confirmed=confirmed, preview=preview, asked=asked)
            try:
                done = take(run, changed=changed)
            except NotByLines:
                self._before = None
                done = take(msgspec.structs.replace(run, report=Report()), changed=None)
            if done.state == "done":
                self._keep_lines(done, file, read_by)
            return done

    def _taken(
        self, run: Run, file: FeedFile, lookups: Lookups, changed: Changed | None, *,
        confirmed: bool, preview: bool, asked: int | None,
    ) -> Run:  # fmt: skip
        """With `changed`, by those lines alone. Raises NotByLines, Unreadable, TooManyFaults, Interrupted."""
        conn, settings, report = self._conn, self._settings, run.report
        if changed is not None and self._before is not None:
            faults = load_changed(conn, settings, changed, lookups, self._before.rows, report, self._say)
        else:
            file.source.seek(0)
            faults = load(conn, settings, file.source, lookups, report, self._say)
        self._loaded = True
        if preview:
            return self._previewed(run, file.source, faults, confirmed=confirmed)
        make_lots(self._db, conn)
        with conn.transaction():
            run = self._stated(run, file.source, faults, confirmed=confirmed, preview=False)
            if asked is not None:
                conn.execute(queries.answered, {"run": asked})
        if run.state == "asks":
            self._keep(run, file.source)
        return self.go_on(run) if run.state == "booking" else run

    def _file_before(self, run: Run, file: FeedFile, read_by: bytes) -> tuple[Before, Changed] | None:
        """The file before and what this one has changed of it, if few lines; None: it is to be read whole."""
        was = read_feed(self._db, self._stored.feed.code).as_of
        if was is None or was >= run.as_of or (before := before_of(self._conn, self._stored.id, read_by)) is None:
            return None
        file.source.seek(0)
        pieces = iter(partial(file.source.read, PIECE), b"")
        at_most = before.rows // CHANGED_ONE_IN + CHANGED_SOME
        changed = changed_lines(pieces, pieces_of(self._conn, self._stored.id), at_most)
        return changed and (before, changed)

    def _keep_lines(self, run: Run, file: FeedFile, read_by: bytes) -> None:
        """Keep the file for the next one, if each of its rows says by itself what the feed's figure of a cell is."""
        settings, report, feed = self._settings, run.report, {"feed": self._stored.id}
        ((stated, cells, more),) = self._conn.execute(queries.said_by_lines, feed).fetchall()
        plain = settings.format.name == "csv" and not settings.format.columns and not more
        plain = plain and settings.format.encoding.lower() in diff.ENCODINGS
        # An item may be another since it was looked at.
        plain = plain and self._rules.refresh().epoch == self._snapshot.epoch
        whole = cells == report.taken + report.zeroed and not report.older and NOTHING_LEFT not in report.notes
        if not (plain and whole and report.moves) or report.since is None:
            forget(self._conn, self._stored.id)
            return
        bad = {line for (line,) in self._conn.execute(queries.lines_of_run, {"run": run.id})}
        before = Before(run.id, report.taken, report.zeroed, stated, report.since)
        file.source.seek(0)
        with suppress(diff.NotByLines):
            keep(self._conn, self._stored.id, read_by, before, iter(partial(file.source.read, PIECE), b""), bad)

    def rows(self, run: Run, answers: Iterable[FeedRow | FeedFault], *, preview: bool) -> Run:
        """Take rows in that tell what happened or will. Raises Unreadable, TooManyFaults, Interrupted."""
        report, rows = run.report, self._rows()
        with errors_translated():
            with self._conn.transaction(force_rollback=preview):
                self._add(run, [])
                bad = rows.check(run, answers)
                report.quarantined, report.faults = len(bad), bad[:FAULTS_SHOWN]
                add_lines(self._conn, run.id, bad)
                refused = bool(bad) and self._settings.all_or_nothing
                if refused:
                    report.notes.append(ALL_OR_NOTHING)
                    rows.forget(run)
                run = set_run(self._conn, run, "refused" if refused else "booking", 0)
                if not refused:
                    keep_interchanges(self._conn, run, self._interchanges)
                if preview and not refused:
                    rows.preview(run)
            if preview:
                return msgspec.structs.replace(run, state=run.state if refused else "preview")
            return run if refused else rows.book(run)

    def retry(self, run: Run, rows: Sequence[FeedRow]) -> list[LineFault]:
        """Book mended rows of a run that tells what happened; those that are refused again are returned."""
        return self._rows().retry(run, rows)

    def _rows(self) -> Rows:
        return Rows(self._db, self._rules, self._conn, self._bookers[0].direct, self._stored, self._halt, self._say)

    def _previewed(self, run: Run, source: BinaryIO, faults: list[LineFault], *, confirmed: bool) -> Run:
        """What it would do, by doing it in a transaction of which nothing stays."""
        if new := leave_new_lots(self._conn):
            run.report.notes.append(f"rows that name new lots are left out of a preview: {new}")
        with self._conn.transaction(force_rollback=True):
            run = self._stated(run, source, faults, confirmed=confirmed, preview=True)
            if run.state == "preview":
                self._book(run, preview=True)
        return run

    def go_on(self, run: Run) -> Run:
        """Book what a run states otherwise than the ledger, or the rows that are left, from where it stands."""
        with errors_translated():
            if self._stored.feed.meaning not in ABSOLUTE:
                return self._rows().book(run)
            self._wait_for_writers()
            self._book(run, preview=False)
            if self._stored.feed.posture == "reconcile":
                see_unbound(self._bookers[0].direct, self._conn, run)
            now = self._now()
            tell_agreed(self._db, self._conn, self._stored, run, now)
            if self._loaded:
                tell_allocated(self._db, self._conn, self._stored, run, now)
            with self._conn.transaction():
                return set_run(self._conn, run, "done", PARTS)

    def _stated(self, run: Run, source: BinaryIO, faults: list[LineFault], *, confirmed: bool, preview: bool) -> Run:
        """Compare the file, and have it stand; or say why not."""
        conn, feed, report, settings = self._conn, self._stored.id, run.report, self._settings
        scope = self._scope()
        was = self._was = read_feed(self._db, self._stored.feed.code).as_of
        report.moves = (was is None or was < run.as_of) and (settings.complete or 2 * report.rows >= self._known())
        if self._before is not None and not report.moves:
            raise NotByLines
        compare(
            conn, feed, settings, scope, run.began_at,
            rows=report.rows - len(faults), net=self._stored.feed.meaning == "available", every=not report.moves,
            silent=report.moves or settings.complete, by_lines=self._before is not None,
        )  # fmt: skip
        found = faults_of(conn, settings, source, run.began_at)
        bad = sorted([*faults, *found], key=lambda fault: fault.line)
        complete = settings.complete and not (faults or self._interchanges.known) and all(map(foreign, found))
        if settings.complete and not complete:
            report.notes.append(NOTHING_LEFT)
        if complete:
            find_unmentioned(conn, feed, settings, scope, self._before)
        self._count(report, bad, complete=complete)
        if self._before is not None and settings.complete:
            if report.zeroed or not complete:
                raise NotByLines
            report.zeroed = self._before.silent
        state: State = "preview" if preview else "booking"
        if bad and settings.all_or_nothing:
            report.notes.append(ALL_OR_NOTHING)
            state = "refused"
        elif complete and not confirmed and self._too_much(report, scope):
            state = "asks"
        run = msgspec.structs.replace(run, state=state)
        if not preview:
            self._add(run, bad)
            if state == "booking":
                keep_interchanges(conn, run, self._interchanges)
        if state in ("booking", "preview"):
            self._bind(run, complete=complete)
        return run if preview else set_run(conn, run, state, 0)

    def _known(self) -> int:
        """How many cells the feed has stated."""
        if self._before is not None:
            return self._before.stated
        ((known,),) = self._conn.execute(queries.stated_count, {"feed": self._stored.id}).fetchall()
        return int(known)

    def _count(self, report: Report, bad: list[LineFault], *, complete: bool) -> None:
        rows = self._conn.execute(queries.what_changed).fetchall()
        ((report.fresh, report.otherwise, silent, _, self._first_at),) = rows
        report.zeroed = silent if complete else 0
        report.quarantined = len(bad)
        report.taken = report.rows - len(bad)
        report.faults = bad[:FAULTS_SHOWN]

    def _too_much(self, report: Report, scope: dict[str, Any]) -> bool:
        """Whether a complete feed would take more away than it may without being asked."""
        ((report.would_zero, report.in_scope),) = self._conn.execute(queries.zeroed, scope).fetchall()
        named = {"location": self._settings.location or None}
        without = [code for (code,) in self._conn.execute(queries.unmentioned_locations, named)]
        report.notes += [f"the file does not mention {code} at all" for code in without[:FAULTS_SHOWN]]
        share = self._settings.zero_share
        return report.would_zero * 100 > share * report.in_scope or (bool(without) and share < 100)

    def _bind(self, run: Run, *, complete: bool) -> None:
        """From the end of this transaction on, what the file says stands."""
        feed = {"feed": self._stored.id}
        times = {"as_of": run.as_of, "until": run.booked_until}
        late = timedelta(minutes=self._settings.booked_late_minutes)
        if run.report.moves:
            self._conn.execute(queries.keep_as_of, {**feed, "complete": complete})
        more = {"run": run.id, "moves": run.report.moves, "complete": complete, "late": late}
        keep_before(self._conn, {**feed, **times, **more})
        self._conn.execute(queries.state, {**feed, **times, **more, "was": self._was})
        if run.report.moves:
            self._conn.execute(queries.move_feed, {**feed, **times})
        first = self._first_at
        run.report.since = min(run.booked_until, first - late) if first is not None else run.booked_until

    def _book(self, run: Run, *, preview: bool) -> None:
        lines: dict[Cell, int] = {}
        if self._loaded:
            lines = {
                (item, loc, lot, status): n
                for item, loc, lot, status, n in self._conn.execute(queries.lines_said, {"limit": LINES_KNOWN})
            }
        for part, found in self._ahead(run, lines):
            self._halt()
            if self._stored.feed.posture == "book":
                tell_verdicts(run.report, ["book"] * len(found))
                statements = [one.statement for one in found]
                if not preview:
                    write_down(self._conn, run, found)
            else:
                verdicts = weighed(self._db, self._stored, differences(run, found), self._now(), preview=preview)
                tell_verdicts(run.report, verdicts)
                statements = [one.statement for one, what in zip(found, verdicts, strict=True) if what == "book"]
                left = [one.statement for one, what in zip(found, verdicts, strict=True) if what != "book"]
                unbind(self._conn, self._stored.id, left)
            book(self._bookers, run, self._stored.feed, statements, preview=preview, halt=self._halt)
            self._say("booking", PARTS_AT_ONCE)
            if not preview:
                set_run(self._conn, run, "booking", part + PARTS_AT_ONCE)
        if not preview:
            weigh_written_down(self._db, self._conn, self._stored, run, self._now(), self._say)

    def _look_at_some(self, since: datetime | None) -> bool:
        """Whether only some cells can differ; these are in the table of changes then. Net figures, which promises move
        too, are looked at whole."""
        before, feed = self._before, self._stored.feed
        if before is None or feed.meaning == "available":
            return False
        # A source may say that it had booked less than it said before.
        looked_at = min(before.looked_at, since or before.looked_at)
        which = {"looked_at": looked_at, "before": str(before.run), "code": feed.code, "feed": self._stored.id}
        self._conn.execute(queries.look_at_moved, which)
        return True

    def _ahead(self, run: Run, lines: dict[Cell, int]) -> Iterator[tuple[int, list[Differing]]]:
        """What differs, by the first of some parts: looked for while the parts before are booked."""
        parts = list(range(run.reached, PARTS, PARTS_AT_ONCE))
        look = partial(differing, self._conn, self._stored, run, lines=lines, some=self._look_at_some(run.report.since))
        with ThreadPoolExecutor(1) as thread:
            found = [thread.submit(look, part) for part in parts[:1]]
            for part, after in zip_longest(parts, parts[1:]):
                here = found.pop().result()
                if after is not None:
                    found.append(thread.submit(look, after))
                yield part, here

    def _now(self) -> datetime:
        ((now,),) = self._conn.execute(queries.clock).fetchall()
        assert isinstance(now, datetime)
        return now

    def _add(self, run: Run, bad: list[LineFault]) -> None:
        self._conn.execute(
            queries.add_run,
            {
                "id": run.id,
                "feed": self._stored.id,
                "file": run.file,
                "digest": run.digest,
                "as_of": run.as_of,
                "until": run.booked_until,
                "state": run.state,
                "report": msgspec.json.encode(run.report).decode(),
                "actor": run.actor,
                "began_at": run.began_at,
            },
        )
        add_lines(self._conn, run.id, bad)

    def _keep(self, run: Run, source: BinaryIO) -> None:
        source.seek(0)
        content = zlib.compress(source.read(), 1)
        self._conn.execute(queries.keep_content, {"run": run.id, "content": content})

    def _wait_for_writers(self) -> None:
        """Until everybody who may not have seen that the file stands has written."""
        ((newest,),) = self._conn.execute(queries.newest_transaction).fetchall()
        while not self._conn.execute(queries.all_before_ended, {"newest": newest}).fetchall()[0][0]:
            self._halt()
            time.sleep(0.005)

    def _scope(self) -> dict[str, Any]:
        found = (self._snapshot.location(code) for code in self._settings.locations)
        return {
            "locs": [place.id for place in found if place is not None],
            "categories": list(self._settings.categories),
        }

    def _halt(self) -> None:
        if self._stopping():
            raise Interrupted("stopped before the whole file was booked; the next try goes on")


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


def read_by_of(stored: Stored, lookups: Lookups) -> bytes:
    """A digest of all that decides what a line of the feed's files means, but for the items that it names."""
    feed, names = stored.feed, (lookups.items, lookups.locations, lookups.barcodes)
    said = msgspec.json.encode((feed.meaning, feed.posture, feed.settings, names), order="sorted")
    return hashlib.sha256(said).digest()


def content_of(conn: Connection, run: int) -> BytesIO:
    """The file of a run that asks."""
    ((content,),) = conn.execute(queries.content, {"run": run}).fetchall()
    return BytesIO(zlib.decompress(content))
