"""Mends what a run did: rows that were not taken are tried again, and a whole run is undone by reversal."""

import csv
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from contextlib import closing
from io import BytesIO, StringIO
from typing import Final

import msgspec

from truestock.catalog.rules import RuleBook
from truestock.core.feed import ABSOLUTE
from truestock.core.problems import Conflict, Invalid
from truestock.feeds.stock.engine import queries
from truestock.feeds.stock.engine.feeds import Stored, stored_feed
from truestock.feeds.stock.engine.runs import LineFault, Run, add_lines, lines_of, read_run, set_lines, set_run
from truestock.feeds.stock.engine.taking import FeedFile, Taking, alone, begun
from truestock.feeds.stock.files import FIELDS, FeedRow, Format, Mapping, mapped, names_in
from truestock.ledger.desk import Desk
from truestock.ledger.reverse import reverse
from truestock.ledger.values import RowChange
from truestock.store.database import Connection, Database

LINES_MAX: Final = 1_000
NOT_REVERSED: Final = {
    "shipment": "what was shipped comes back by a return of its order",
    "expected": "what was announced is taken back by closing its documents: truestock expected close",
}


class Retried(msgspec.Struct, frozen=True):
    """What became of rows that were tried again: `taken` lines, and the `faults` of the others.

    `run` is the run that took them: a new one for figures, the same one for what happened."""

    run: int
    taken: list[int]
    faults: list[LineFault]


class Undone(msgspec.Struct, frozen=True):
    """What undoing a run changed, or in a preview would: movements that were reversed, units up and down, promised
    units given up, and the first rows that change."""

    run: int
    movements: int
    up: int
    down: int
    promised: int
    changes: list[RowChange]


class Mending:
    """Of a process."""

    def __init__(self, db: Database, rules: RuleBook) -> None:
        self._db = db
        self._rules = rules

    def retry(self, run: int, lines: Sequence[int] | None, changes: Dict[int, Dict[str, str]], actor: str) -> Retried:
        """Try quarantined rows again, those that are named or all, some of them changed: by line, by the names that
        the row's fields have. Raises NotFound, Invalid, Conflict."""
        found = read_run(self._db, run)
        stored = stored_feed(self._db, found.feed)
        named = sorted({*(lines or ()), *changes})
        kept = {fault.line: fault for fault in self._waiting(run, named)}
        wanted = named if named or lines is not None else sorted(kept)
        for line in wanted:
            if line not in kept:
                raise Invalid("lines", f"line {line} of run {run} does not wait; truestock feed lines {run}")
        if not wanted:
            raise Invalid("lines", f"no line of run {run} waits")
        rows, faults = self._rows(stored, [(line, {**kept[line].fields, **changes.get(line, {})}) for line in wanted])
        with alone(self._db, stored) as conn:
            if stored.feed.meaning in ABSOLUTE:
                number, refused = self._stated(conn, stored, found, rows, actor)
            else:
                with closing(self._taking(conn, stored)) as taking:
                    number, refused = run, taking.retry(found, rows)
            return self._told(conn, run, number, wanted, [*faults, *refused])

    def drop(self, run: int, lines: Sequence[int]) -> None:
        """Say that quarantined rows are not wanted. Raises NotFound."""
        read_run(self._db, run)
        with self._db.transaction() as conn:
            set_lines(conn, run, lines, "dropped")

    def undo(self, run: int, actor: str, reason: str, *, preview: bool) -> Undone:
        """Reverse everything that a run booked, and take back what it stated. Raises NotFound, Conflict."""
        found = read_run(self._db, run)
        stored = stored_feed(self._db, found.feed)
        if stored.feed.meaning in NOT_REVERSED:
            raise Conflict(NOT_REVERSED[stored.feed.meaning], "run")
        if found.state not in ("done", "undoing"):
            raise Conflict(f"run {run} is {found.state}; only one that is done can be undone", "run")
        with alone(self._db, stored) as conn:
            ((again,),) = conn.execute(queries.said_again, {"run": run}).fetchall()
            if again is not None and stored.feed.meaning in ABSOLUTE:
                raise Conflict(f"run {again} is as of the same instant and stands on this one; undo that first", "run")
            movements = self._movements(conn, found, absolute=stored.feed.meaning in ABSOLUTE)
            if not preview:
                with conn.transaction():
                    found = set_run(conn, found, "undoing", found.reached)
                    ((newest,),) = conn.execute(queries.is_newest, {"run": run}).fetchall()
                    conn.execute(queries.unstate, {"run": run, "newest": newest})
                    conn.execute(queries.move_feed_back, {"run": run, "newest": newest})
            desk = Desk(conn, self._rules)
            changes = [
                change
                for movement in movements
                for change in reverse(
                    desk, movement, actor, reason or f"undo of run {run}", preview=preview, as_if_never=True
                ).changes
            ]
            if not preview:
                set_run(conn, found, "undone", found.reached)
        moved = [change.on_hand for change in changes]
        up, down = sum(units for units in moved if units > 0), -sum(units for units in moved if units < 0)
        promised = -sum(change.reserved for change in changes if change.reserved < 0)
        return Undone(run, len(movements), up, down, promised, changes[:LINES_MAX])

    def _waiting(self, run: int, named: Sequence[int]) -> list[LineFault]:
        """The lines that wait, of those that are named; the first of them all if none is."""
        if not named:
            return list(lines_of(self._db, run, "open", limit=LINES_MAX).rows)
        return [
            fault for line in named for fault in lines_of(self._db, run, "open", line - 1, 1).rows if fault.line == line
        ]

    def _rows(self, stored: Stored, rows: list[tuple[int, dict[str, str]]]) -> tuple[list[FeedRow], list[LineFault]]:
        """Rows whose fields are ours are taken as they are, the others through the feed's mapping."""
        taken: list[FeedRow] = []
        faults: list[LineFault] = []
        for line, fields in rows:
            ours, settings = set(fields) <= set(FIELDS), stored.feed.settings
            form, mapping = (Format(), Mapping()) if ours else (settings.format, settings.mapping)
            (answer,) = mapped(form, [(line, dict(fields))], mapping, names_in(self._db, settings.mapping))
            if isinstance(answer, FeedRow):
                taken.append(answer)
            else:
                faults.append(LineFault(line, answer.field, answer.reason, answer.suggestion, fields))
        return taken, faults

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
                set_lines(conn, number, [fault.line for fault in lines_of(self._db, number).rows], "dropped")
            add_lines(conn, run, faults)
        return Retried(number, taken, faults)

    def _movements(self, conn: Connection, run: Run, *, absolute: bool) -> list[int]:
        """Figures are booked under the run's number; what happened under the document's, while the run went on."""
        parameters = {
            "since": run.began_at,
            "until": run.began_at if absolute else run.ended_at or run.began_at,
            "source": run.feed,
            "ref": str(run.id),
        }
        return [movement for (movement,) in conn.execute(queries.movements_of, parameters)]

    def _taking(self, conn: Connection, stored: Stored) -> Taking:
        return Taking(self._db, self._rules, conn, stored, lambda _what, _count: None, lambda: False)


def _table(rows: Sequence[FeedRow]) -> BytesIO:
    """Rows as a file in our own columns."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(FIELDS)
    writer.writerows([row.fields.get(name, "") for name in FIELDS] for row in rows)
    return BytesIO(text.getvalue().encode())
