"""Takes rows in that tell what happened or will: kept first, then booked a few at a time, each once.

Cut off, a run goes on with the rows that are left: those that were booked and not crossed off answer by their keys."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from itertools import islice
from typing import Any, Final

import msgspec

from truestock.catalog.rules import RuleBook
from truestock.core.identity import part_of
from truestock.core.problems import Problem
from truestock.feeds.stock.engine.feeds import Stored
from truestock.feeds.stock.engine.happening import queries
from truestock.feeds.stock.engine.happening.answers import HANDLERS, Done, Ready, answered, refusal
from truestock.feeds.stock.engine.happening.asking import Asking
from truestock.feeds.stock.engine.happening.documents import in_parts
from truestock.feeds.stock.engine.happening.keys import NTH, Named, place_of
from truestock.feeds.stock.engine.happening.preview import Preview
from truestock.feeds.stock.engine.happening.set_aside import placed
from truestock.feeds.stock.engine.refusals import FAULTS_MAX, TooManyFaults, Unreadable
from truestock.feeds.stock.engine.runs import FAULTS_SHOWN, LineFault, Run, add_lines, fault_of, set_lines, set_run
from truestock.feeds.stock.files import FeedFault, FeedRow, Lookups, names_in
from truestock.ledger.documents import Document, Teller, put_document
from truestock.store.arrays import ints, texts
from truestock.store.database import Connection, Database
from truestock.store.lane import Direct

ROWS_AT_ONCE: Final = 250
KEPT_AT_ONCE: Final = 2_000


class Rows:
    """The rows of one run; `conn` is the session's own, `direct` books."""

    def __init__(
        self,
        db: Database,
        rules: RuleBook,
        conn: Connection,
        direct: Direct,
        stored: Stored,
        halt: Callable[[], None],
        say: Callable[[str, int], None],
    ) -> None:
        self._db = db
        self._rules = rules
        self._conn = conn
        self._direct = direct
        self._stored = stored
        self._halt = halt
        self._say = say
        self._asking = Asking(rules, conn, stored)

    def check(self, run: Run, answers: Iterable[FeedRow | FeedFault]) -> list[LineFault]:
        """Keep the rows that can be booked; the others are returned. Raises Unreadable, TooManyFaults."""
        faults: list[LineFault] = []
        left = iter(self._counted(answers))
        while some := list(islice(left, KEPT_AT_ONCE)):
            rows = [row for row in some if isinstance(row, FeedRow)]
            run.report.rows += len(some)
            faults += [fault_of(fault) for fault in some if isinstance(fault, FeedFault)]
            # Under which keys they are booked is found when they are.
            ready, refused = self._asking.ready(run, rows, [Named("")] * len(rows))
            faults += refused
            if len(faults) > FAULTS_MAX:
                raise TooManyFaults(f"over {FAULTS_MAX:,} rows cannot be taken; check the feed's mapping", "mapping")
            self._keep(run.id, [one.row for one in ready])
            self._say("reading", len(some))
        run.report.taken = run.report.rows - len(faults)
        return faults

    def forget(self, run: Run) -> None:
        """Do not book the rows that are kept."""
        self._conn.execute(queries.drop_all_rows_of, {"run": run.id})

    def book(self, run: Run) -> Run:
        """Book the rows that are left, and cross them off."""
        while rows := self._left(run.id):
            self._halt()
            first, later, faults = self._asking.in_turn(run, rows)
            done, wrong = self._booked(run, first)
            if later:
                rest, told_otherwise = self._asking.held(run, later, wrong)
                more, also = self._booked(run, rest)
                done, wrong = [*done, *more], [*wrong, *told_otherwise, *also]
            refused = [*faults, *wrong]
            run.report.quarantined += len(refused)
            run.report.taken -= len(refused)
            run.report.faults = [*run.report.faults, *refused][:FAULTS_SHOWN]
            with self._conn.transaction():
                self._note(run, done)
                add_lines(self._conn, run.id, refused)
                self._conn.execute(queries.drop_rows_of, {"run": run.id, "lines": [row.line for row in rows]})
                run = set_run(self._conn, run, "booking", rows[-1].line)
            self._say("booking", len(rows))
        with self._conn.transaction():
            return set_run(self._conn, run, "done", run.reached)

    def preview(self, run: Run) -> None:
        """Count in the run's report what booking the rows would change; nothing stays."""
        Preview(self._db, self._rules, self._conn, self._asking).count(run, ROWS_AT_ONCE, self._halt, self._say)

    def retry(self, run: Run, rows: Sequence[FeedRow]) -> list[LineFault]:
        """Book rows that were mended; those that are refused again are returned."""
        ready, faults = self._asking.ready(run, rows, self._asking.named(run, rows))
        done, refused = self._booked(run, ready, mended=True)
        with self._conn.transaction():
            self._note(run, done)
        return [*faults, *refused]

    def _booked(self, run: Run, ready: Sequence[Ready], *, mended: bool = False) -> tuple[list[Done], list[LineFault]]:
        """Book; what was done, and what was refused."""
        parts, refused = in_parts(ready, mended=mended)
        for document, rows in parts:
            # No row is told twice: the second time it would stand in the place of what others tell since.
            lines = [row.line for row in rows]
            older: list[int] = []
            keep = partial(_retried if mended else _told, run, lines, older)
            by = Teller(run.id, run.as_of, run.began_at, mended, keep)
            try:
                put_document(self._db, self._rules, document, run.actor, by)
                run.report.older += sum(older)
                run.report.booked += len(lines) - sum(older)
            except Problem as problem:
                refused += [refusal(row, problem.field or "ref", problem.detail) for row in rows]
        others = [one for one in ready if not isinstance(one.command, Document)]
        if not others:
            return [], refused
        answers = self._direct.run(HANDLERS[type(others[0].command)], [one.command for one in others])
        done, wrong = answered(others, answers)
        return done, refused + wrong

    def _note(self, run: Run, done: Sequence[Done]) -> None:
        """Keep what is this run's, and count it; what was told before is another's."""
        pairs = [(movement, one.row.line) for one in done for movement in one.movements]
        if not pairs:
            return
        movements = [movement for movement, _ in pairs]
        self._conn.execute(
            queries.add_movements,
            {
                "run": run.id,
                "parts": ints(map(part_of, movements)),
                "ids": ints(movements),
                "lines": ints(line for _, line in pairs),
            },
        )
        told: list[tuple[Any, ...]] = self._conn.execute(queries.told_by, {"movements": movements}).fetchall()
        mine = {movement for movement, by, _, _ in told if by == run.id}
        for one in done:
            if mine.isdisjoint(one.movements):
                run.report.known += 1
                continue
            run.report.booked += 1
            units = int(one.row.fields.get("qty", "0")) * _sign(self._stored.feed.meaning)
            run.report.up += max(0, units)
            run.report.down += max(0, -units)

    def _keep(self, run: int, rows: Sequence[FeedRow]) -> None:
        if rows:
            fields = texts(msgspec.json.encode(row.fields).decode() for row in rows)
            lines = ints(row.line for row in rows)
            self._conn.execute(queries.add_rows, {"run": run, "lines": lines, "fields": fields})

    def _left(self, run: int) -> list[FeedRow]:
        query = queries.rows_of_documents if self._stored.feed.meaning == "expected" else queries.rows
        rows: list[tuple[Any, ...]] = self._conn.execute(query, {"run": run, "limit": ROWS_AT_ONCE}).fetchall()
        return [FeedRow(*row) for row in rows]

    def _counted(self, answers: Iterable[FeedRow | FeedFault]) -> Iterator[FeedRow | FeedFault]:
        """Rows that name a document, each with which of its kind it is in it; those with a fault count too."""
        seen: dict[tuple[str, ...], int] = {}
        for row in answers:
            if isinstance(row, FeedFault) and row.ends:
                raise Unreadable(fault_of(row))
            if isinstance(row, FeedFault) and row.known:
                continue
            place = self._place(row)
            if place is not None:
                seen[place] = seen.get(place, 0) + 1
                if isinstance(row, FeedRow):
                    row.fields[NTH] = str(seen[place])
            yield row

    def _place(self, row: FeedRow | FeedFault) -> tuple[str, ...] | None:
        """Where a row stands in its document, as far as it names one; with a fault, as far as that leaves it known."""
        fields = row.fields if isinstance(row, FeedRow) else placed(self._stored, row, self._names)
        return tuple(place_of(fields, self._stored.feed.settings.location)) if "ref" in fields else None

    @cached_property
    def _names(self) -> Lookups:
        return names_in(self._db, self._stored.feed.settings.mapping)


def _retried(run: Run, lines: Sequence[int], _told_of: list[int], conn: Connection, _older: int) -> None:
    """Cross off rows that were mended in the transaction that tells them; of these none is older."""
    set_lines(conn, run.id, lines, "retried")


def _told(run: Run, lines: Sequence[int], told_of: list[int], conn: Connection, older: int) -> None:
    """Cross off rows of a document in the transaction that tells it; `told_of` gets how many of them are older."""
    told_of.append(older)
    conn.execute(queries.drop_rows_of, {"run": run.id, "lines": list(lines)})
    booked = run.report.booked + len(lines) - older
    report = msgspec.structs.replace(run.report, booked=booked, older=run.report.older + older)
    set_run(conn, msgspec.structs.replace(run, report=report), "booking", run.reached)


def _sign(meaning: str) -> int:
    return {"delta": 1, "receipt": 1, "return": 1}.get(meaning, -1)
