"""Mends what a run did: rows that were not taken are tried again, and a whole run is undone."""

import csv
from collections.abc import Collection, Sequence
from collections.abc import Mapping as Dict
from contextlib import closing
from io import BytesIO, StringIO
from typing import Final

import msgspec

from truestock.catalog.rules import RuleBook
from truestock.core.feed import ABSOLUTE
from truestock.core.problems import Conflict, Invalid
from truestock.feeds.stock.engine.feeds import Stored, stored_feed
from truestock.feeds.stock.engine.figures.beside import said_otherwise
from truestock.feeds.stock.engine.happening.set_aside import mended
from truestock.feeds.stock.engine.runs import LineFault, Run, add_lines, lines_of, read_run, set_lines
from truestock.feeds.stock.engine.taking import FeedFile, Taking, alone, begun
from truestock.feeds.stock.engine.undoing.undo import Undone, undo
from truestock.feeds.stock.files import FIELDS, FeedRow, Format, Mapping, names_in
from truestock.store.database import Connection, Database

LINES_MAX: Final = 1_000


class Retried(msgspec.Struct, frozen=True):
    """What became of rows that were tried again: `taken` lines, and the `faults` of the others.

    `run` is the run that took them: a new one for figures, the same one for what happened."""

    run: int
    taken: list[int]
    faults: list[LineFault]


class Mending:
    """Of a process."""

    def __init__(self, db: Database, rules: RuleBook) -> None:
        self._db = db
        self._rules = rules

    def retry(self, run: int, lines: Sequence[int] | None, changes: Dict[int, Dict[str, str]], actor: str) -> Retried:
        """Try quarantined rows again, those that are named or all, some of them changed: by line, by the names that
        the row's fields have. Raises NotFound, Invalid, Conflict."""
        stored = stored_feed(self._db, read_run(self._db, run).feed)
        with alone(self._db, stored) as conn:
            found = read_run(self._db, run)
            if found.state != "done":
                raise Conflict(f"run {run} is {found.state}; only rows of one that is done can be tried again", "run")
            kept = self._wanted(run, lines, changes)
            names = names_in(self._db, stored.feed.settings.mapping)
            rows, faults = mended(stored, self._rules.refresh(), names, kept, changes)
            if stored.feed.meaning in ABSOLUTE:
                given = {line for line, change in changes.items() if "qty" in change}
                number, refused = self._figures(conn, stored, found, rows, given, actor)
            else:
                with closing(self._taking(conn, stored)) as taking:
                    number, refused = run, taking.retry(found, rows)
            return self._told(conn, run, number, [fault.line for fault in kept], [*faults, *refused])

    def drop(self, run: int, lines: Sequence[int]) -> None:
        """Say that quarantined rows are not wanted. Raises NotFound."""
        read_run(self._db, run)
        with self._db.transaction() as conn:
            set_lines(conn, run, lines, "dropped")

    def undo(self, run: int, actor: str, reason: str, *, preview: bool) -> Undone:
        """Reverse everything that a run booked, and take back what it stated. Raises NotFound, Conflict."""
        stored = stored_feed(self._db, read_run(self._db, run).feed)
        with alone(self._db, stored) as conn:
            found = read_run(self._db, run)
            return undo(self._db, self._rules, conn, stored, found, actor, reason, preview=preview)

    def _wanted(self, run: int, lines: Sequence[int] | None, changes: Dict[int, Dict[str, str]]) -> list[LineFault]:
        """Raises Invalid."""
        named = sorted({*(lines or ()), *changes})
        kept = {fault.line: fault for fault in self._waiting(run, named)}
        wanted = named if named or lines is not None else sorted(kept)
        for line in wanted:
            if line not in kept:
                raise Invalid("lines", f"line {line} of run {run} does not wait; truestock feed lines {run}")
        if not wanted:
            raise Invalid("lines", f"no line of run {run} waits")
        return [kept[line] for line in wanted]

    def _waiting(self, run: int, named: Sequence[int]) -> list[LineFault]:
        """The lines that wait, of those that are named; the first of them all if none is."""
        if not named:
            return list(lines_of(self._db, run, "open", limit=LINES_MAX).rows)
        return [
            fault for line in named for fault in lines_of(self._db, run, "open", line - 1, 1).rows if fault.line == line
        ]

    def _figures(
        self, conn: Connection, stored: Stored, run: Run, rows: Sequence[FeedRow], given: Collection[int], actor: str
    ) -> tuple[int, list[LineFault]]:
        """Those whose cell their file says otherwise wait on, unless their quantity is `given` now."""
        apart = said_otherwise(conn, stored, run.as_of, rows, given)
        aside = {fault.line for fault in apart}
        left = [row for row in rows if row.line not in aside]
        if aside and not left:
            return run.id, apart
        number, refused = self._stated(conn, stored, run, left, actor)
        return number, [*apart, *refused]

    def _stated(
        self, conn: Connection, stored: Stored, run: Run, rows: Sequence[FeedRow], actor: str
    ) -> tuple[int, list[LineFault]]:
        """Mended figures are a file of their own, as of the first one."""
        settings = msgspec.structs.replace(
            stored.feed.settings, format=Format(), mapping=Mapping(), complete=False, all_or_nothing=False
        )
        stored = stored._replace(feed=msgspec.structs.replace(stored.feed, settings=settings))
        file = FeedFile(f"{run.file}, mended", _table(rows), run.as_of, run.booked_until)
        anew = begun(self._db, stored, file, f"mended {run.digest}", actor)
        with closing(self._taking(conn, stored)) as taking:
            done = taking.file(anew, file, confirmed=True, preview=False)
        faults = lines_of(self._db, done.id, limit=LINES_MAX).rows
        by_row = dict(enumerate(rows, 2))
        return done.id, [msgspec.structs.replace(fault, line=by_row[fault.line].line) for fault in faults]

    def _told(self, conn: Connection, run: int, number: int, wanted: list[int], faults: list[LineFault]) -> Retried:
        bad = {fault.line for fault in faults}
        taken = [line for line in wanted if line not in bad]
        with conn.transaction():
            set_lines(conn, run, taken, "retried")
            if number != run:
                again = lines_of(self._db, number, limit=LINES_MAX).rows
                set_lines(conn, number, [fault.line for fault in again], "dropped")
            add_lines(conn, run, faults)
        return Retried(number, taken, faults)

    def _taking(self, conn: Connection, stored: Stored) -> Taking:
        return Taking(self._db, self._rules, conn, stored, lambda _what, _count: None, lambda: False)


def _table(rows: Sequence[FeedRow]) -> BytesIO:
    """Rows as a file in our own columns."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(FIELDS)
    writer.writerows([row.fields.get(name, "") for name in FIELDS] for row in rows)
    return BytesIO(text.getvalue().encode())
