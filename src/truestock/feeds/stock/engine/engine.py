"""What feeds bring, taken in: files of figures at once, and rows of what happened one by one; each file once."""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from io import BytesIO
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from truestock.catalog.rules import RuleBook
from truestock.core.feed import ABSOLUTE
from truestock.core.problems import Conflict, Invalid
from truestock.feeds.stock.engine import queries
from truestock.feeds.stock.engine.feeds import Stored, stored_feed
from truestock.feeds.stock.engine.refusals import TooManyFaults, Unreadable
from truestock.feeds.stock.engine.runs import Run, find_runs, read_run
from truestock.feeds.stock.engine.taking import FeedFile, Taking, alone, begun, content_of, digest_of
from truestock.feeds.stock.files import Format
from truestock.ledger.values import Instant
from truestock.store.database import Connection, Database

ROWS_MAX: Final = 5_000
TROUBLE: Final = "the last file could not be taken: "


class Pushed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows by the names of our fields, or of the mapping's columns; they are true as of `as_of`, now if left out.

    `booked_until`: up to when their source had booked our documents; `name` is what the run is called."""

    rows: Annotated[list[dict[str, str | int | float | None]], Meta(min_length=1, max_length=ROWS_MAX)]
    as_of: Instant | None = None
    booked_until: Instant | None = None
    name: Annotated[str, Meta(max_length=200)] = ""


def rows_of(body: bytes) -> Pushed:
    """What a body says. Raises Invalid."""
    try:
        return msgspec.json.decode(body, type=Pushed)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid("body", f"this is no list of rows: {error}") from None


def _is_news(conn: Connection, stored: Stored, run: Run, file: FeedFile) -> bool:
    """Whether what a run's file said of supply is said again after another file has said otherwise."""
    which = {"feed": stored.id, "run": run.id}
    return (
        stored.feed.meaning == "expected"
        and file.as_of > run.as_of
        and bool(conn.execute(queries.said_since, which).fetchall()[0][0])
    )


def _formed(stored: Stored, form: Format) -> Stored:
    settings = msgspec.structs.replace(stored.feed.settings, format=form)
    return stored._replace(feed=msgspec.structs.replace(stored.feed, settings=settings))


def _silent(_what: str, _count: int) -> None:
    pass


def _never() -> bool:
    return False


class FeedEngine:
    """Of a process. `say` is told what is done and how many rows, or parts of 256, were."""

    def __init__(self, db: Database, rules: RuleBook) -> None:
        self._db = db
        self._rules = rules

    def take(
        self,
        code: str,
        file: FeedFile,
        actor: str,
        *,
        preview: bool = False,
        form: Format | None = None,
        say: Callable[[str, int], None] = _silent,
        stopping: Callable[[], bool] = _never,
    ) -> Run:
        """Take a file in, or say what that would do. The same file twice is recognised, and one that was cut off is
        gone on with. `form`: of the file, where it is not the feed's own.

        Raises NotFound, Conflict, Invalid, Interrupted; Unreadable and TooManyFaults where nothing is taken."""
        stored = self._open(code) if form is None else _formed(self._open(code), form)
        digest = digest_of(file, stored.feed.settings, absolute=stored.feed.meaning in ABSOLUTE)
        with alone(self._db, stored) as conn, closing(Taking(self._db, self._rules, conn, stored, say, stopping)) as t:
            if not preview:
                self._cut_gone_on(conn, stored, t)
            known = [] if preview else find_runs(conn, feed=stored.id, digest=digest)
            if known and not _is_news(conn, stored, known[0], file):
                return msgspec.structs.replace(known[0], known=True)
            run = begun(self._db, stored, file, digest, actor)
            try:
                run = t.file(run, file, confirmed=False, preview=preview)
            except (Unreadable, TooManyFaults) as fault:
                if not preview:
                    self._arrived(conn, stored, TROUBLE + fault.detail)
                raise
            if preview:
                return msgspec.structs.replace(run, id=0)
            self._arrived(conn, stored, "")
            return run

    def push(
        self,
        code: str,
        pushed: Pushed,
        as_of: datetime,
        name: str,
        actor: str,
        *,
        message: str = "",
        preview: bool = False,
    ) -> Run:
        """Take rows in that came as objects; `as_of` where they do not say it. Rows that say the same are the same,
        unless they are of another `message`, or of another time that they say themselves. Raises as `take`."""
        lines = b"\n".join(map(msgspec.json.encode, pushed.rows))
        message = message or (pushed.as_of.isoformat() if pushed.as_of else "")
        file = FeedFile(pushed.name or name, BytesIO(lines), pushed.as_of or as_of, pushed.booked_until, message)
        return self.take(code, file, actor, preview=preview, form=Format(name="json_lines"))

    def confirm(self, run: int, actor: str, *, take: bool) -> Run:
        """Answer a run that asks: have it done all the same, or not at all. Raises NotFound, Conflict."""
        stored = self._open(read_run(self._db, run).feed)
        with alone(self._db, stored) as conn, closing(self._taking(conn, stored)) as taking:
            asked = read_run(self._db, run)
            if asked.state != "asks":
                raise Conflict(f"run {run} does not ask; it is {asked.state}", "run")
            if not take:
                conn.execute(queries.answered, {"run": run})
                return read_run(self._db, run)
            self._cut_gone_on(conn, stored, taking)
            file = FeedFile(asked.file, content_of(conn, run), asked.as_of, asked.booked_until)
            anew = begun(self._db, stored, file, asked.digest, actor)
            return taking.file(anew, file, confirmed=True, asked=run, preview=False)

    def go_on(self, code: str, stopping: Callable[[], bool] = _never) -> list[Run]:
        """Go on with the runs of a feed that were cut off; what became of them. Raises NotFound, Conflict."""
        stored = self._open(code)
        with self._db.transaction() as conn:
            if not _cut(conn, stored):
                return []
        with alone(self._db, stored) as conn, closing(self._taking(conn, stored, stopping)) as taking:
            # Somebody else may have gone on with them meanwhile.
            return self._cut_gone_on(conn, stored, taking)

    def _taking(self, conn: Connection, stored: Stored, stopping: Callable[[], bool] = _never) -> Taking:
        return Taking(self._db, self._rules, conn, stored, _silent, stopping)

    def _open(self, code: str) -> Stored:
        stored = stored_feed(self._db, code)
        if stored.feed.paused:
            raise Conflict(f"feed {code!r} is paused; resume it first", "feed")
        return stored

    def _cut_gone_on(self, conn: Connection, stored: Stored, taking: Taking) -> list[Run]:
        """What runs that were cut off have still to book, booked before anything newer stands: later it would be booked
        over that, or that under their numbers. Their files arrived when they began."""
        done = []
        for run in reversed(_cut(conn, stored)):
            done.append(taking.go_on(run))
            conn.execute(queries.arrived_before, {"feed": stored.id, "at": run.began_at})
        return done

    def _arrived(self, conn: Connection, stored: Stored, trouble: str) -> None:
        conn.execute(queries.arrived, {"feed": stored.id, "trouble": trouble[:500]})


def _cut(conn: Connection, stored: Stored) -> list[Run]:
    """Runs that were cut off, or are under way elsewhere, the newest first."""
    return [run for run in find_runs(conn, feed=stored.id, limit=100, is_under_way=True) if run.state == "booking"]
