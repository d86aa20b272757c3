"""Takes rows in that tell what happened or will: kept first, then booked a few at a time, each once.

Cut off, a run goes on with the rows that are left: those that were booked and not crossed off answer by their keys."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, Final, NamedTuple

import msgspec

from truestock.catalog.rules import RuleBook, Snapshot
from truestock.core.identity import order_identity, part_of
from truestock.core.network import ItemRules
from truestock.core.problems import Conflict, NotFound, Problem
from truestock.core.words import Status
from truestock.feeds.receiving.receive import receive
from truestock.feeds.receiving.till import RingUp, ring_up
from truestock.feeds.receiving.values import ReceiptTold, Receive
from truestock.feeds.stock.engine import queries as shared
from truestock.feeds.stock.engine.feeds import Stored
from truestock.feeds.stock.engine.happening import queries
from truestock.feeds.stock.engine.happening.happened import Command, Told, command_of, orders_named, together
from truestock.feeds.stock.engine.happening.in_turn import OTHERWISE, held, waiting
from truestock.feeds.stock.engine.happening.keys import NTH, Source, keys_of, movements_in, place_of
from truestock.feeds.stock.engine.happening.set_aside import placed
from truestock.feeds.stock.engine.loading import FAULTS_MAX, TooManyFaults, Unreadable
from truestock.feeds.stock.engine.runs import FAULTS_SHOWN, LineFault, Run, add_lines, fault_of, set_run
from truestock.feeds.stock.files import FeedFault, FeedRow, Lookups, names_in
from truestock.ledger.desk import Desk
from truestock.ledger.documents import Document, put_document
from truestock.ledger.post import post
from truestock.ledger.values import NotBooked, Post, RowChange
from truestock.orders.act import act
from truestock.orders.actions import Act, NotDone
from truestock.orders.standing import standing
from truestock.store.arrays import ints, texts
from truestock.store.database import Connection, Database
from truestock.store.lane import Direct, Handler, Trial

ROWS_AT_ONCE: Final = 250
KEPT_AT_ONCE: Final = 2_000
CHANGES_MAX: Final = 1_000
HANDLERS: Final[dict[type, Handler]] = {Post: post, RingUp: ring_up, Receive: receive, Act: act}


class Ready(NamedTuple):
    """A row with what it asks."""

    row: FeedRow
    command: Command


class Done(NamedTuple):
    """A row that was booked, now or before, and the movements that say so."""

    row: FeedRow
    movements: list[int]


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

    def check(self, run: Run, answers: Iterable[FeedRow | FeedFault]) -> list[LineFault]:
        """Keep the rows that can be booked; the others are returned. Raises Unreadable, TooManyFaults."""
        faults: list[LineFault] = []
        left = iter(self._counted(answers))
        while some := list(islice(left, KEPT_AT_ONCE)):
            rows = [row for row in some if isinstance(row, FeedRow)]
            run.report.rows += len(some)
            faults += [fault_of(fault) for fault in some if isinstance(fault, FeedFault)]
            # Under which keys they are booked is found when they are.
            ready, refused = self._ready(run, rows, [""] * len(rows))
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
            keys = keys_of(self._conn, self._source(run), rows)
            ready, faults = self._ready(run, rows, keys)
            first, later = self._in_turn(run, ready, rows, keys)
            done, wrong = self._booked(run, first)
            if later:
                rest, told_otherwise = self._held(run, later, wrong)
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
        """Count in the run's report what booking the rows would change: each item's are booked, and rolled back."""
        trial, after = Trial(self._db, lambda conn: Desk(conn, self._rules)), ""
        which = {"run": run.id, "limit": ROWS_AT_ONCE}
        while found := self._conn.execute(queries.rows_of_items, {**which, "after": after}).fetchall():
            self._halt()
            rows = sorted(FeedRow(*row) for row in found)
            after = found[-1][1]["sku"]
            keys = keys_of(self._conn, self._source(run), rows)
            ready, refused = self._ready(run, rows, keys)
            first, later = self._in_turn(run, ready, rows, keys)
            if later:
                asked = [one.command for one in first]
                answers = trial.run(HANDLERS[type(asked[0])], asked, lambda _conn: None)[0] if asked else []
                rest, wrong = self._held(run, later, _answered(first, answers)[1])
                ready, refused = sorted([*first, *rest]), [*refused, *wrong]
            refused += self._tried(run, trial, ready)
            run.report.quarantined += len(refused)
            run.report.taken -= len(refused)
            run.report.faults = [*run.report.faults, *refused][:FAULTS_SHOWN]
            self._say("booking", len(rows))

    def _tried(self, run: Run, trial: Trial, ready: Sequence[Ready]) -> list[LineFault]:
        report = run.report
        commands = [one.command for one in ready if not isinstance(one.command, Document)]
        report.booked += len(ready) - len(commands)
        if not commands:
            return []
        since = self._conn.execute(shared.clock).fetchall()[0][0]

        def look(conn: Connection) -> list[tuple[Any, ...]]:
            return conn.execute(queries.changed_here, {"since": since}).fetchall()

        answers, changed = trial.run(HANDLERS[type(commands[0])], commands, look)
        done, refused = _answered(ready, answers)
        movements = [movement for one in done for movement in one.movements]
        told: list[tuple[Any, ...]] = self._conn.execute(queries.told_by, {"movements": movements}).fetchall()
        before = {movement for movement, *_ in told}
        known = sum(not before.isdisjoint(one.movements) for one in done)
        report.known += known
        report.booked += len(done) - known
        for sku, location, lot, status, owner, on_hand, reserved, displaced, owed in changed:
            report.displaced += displaced
            report.owed += owed
            if location and (on_hand or reserved):
                report.up += max(0, on_hand)
                report.down += max(0, -on_hand)
                change = RowChange(sku, location, lot, Status(status).name.lower(), owner, on_hand, reserved)
                report.changes = [*report.changes, change][:CHANGES_MAX]
        return refused

    def retry(self, run: Run, rows: Sequence[FeedRow]) -> list[LineFault]:
        """Book rows that were mended; those that are refused again are returned."""
        ready, faults = self._ready(run, rows, keys_of(self._conn, self._source(run), rows))
        done, refused = self._booked(run, ready)
        with self._conn.transaction():
            self._note(run, done)
        return [*faults, *refused]

    def _source(self, run: Run) -> Source:
        feed = self._stored.feed
        return Source(feed.code, feed.meaning, feed.settings.location, run.id)

    def _ready(self, run: Run, rows: Sequence[FeedRow], keys: Sequence[str]) -> tuple[list[Ready], list[LineFault]]:
        stored = self._stored
        told = Told(stored.feed.code, run.id, run.actor, stored.feed.settings.location, run.as_of)
        lines = self._order_lines(rows) if stored.feed.meaning == "shipment" else {}
        items = self._items(rows)
        ready: list[Ready] = []
        faults: list[LineFault] = []
        for row, key in zip(rows, keys, strict=True):
            try:
                self._check(row, items)
                ready.append(Ready(row, command_of(stored.feed.meaning, row, told, lines, key)))
            except Problem as problem:
                faults.append(_refused(row, problem.field or "line", problem.detail))
        return ready, faults

    def _in_turn(
        self, run: Run, ready: Sequence[Ready], rows: Sequence[FeedRow], keys: Sequence[str]
    ) -> tuple[list[Ready], list[Ready]]:
        """Rows that are booked first, and those that wait for what becomes of them."""
        by_line = {row.line: key for row, key in zip(rows, keys, strict=True)}
        lines = waiting(self._conn, self._source(run), [one.row for one in ready], by_line)
        return [one for one in ready if one.row.line not in lines], [one for one in ready if one.row.line in lines]

    def _held(
        self, run: Run, later: Sequence[Ready], refused: Sequence[LineFault]
    ) -> tuple[list[Ready], list[LineFault]]:
        """Of rows that have waited those that may be booked, and the others with the reason."""
        lines = held(self._conn, self._source(run), [one.row for one in later], refused)
        wrong = [_refused(one.row, "ref", OTHERWISE) for one in later if one.row.line in lines]
        return [one for one in later if one.row.line not in lines], wrong

    def _items(self, rows: Sequence[FeedRow]) -> dict[str, ItemRules]:
        def read(snapshot: Snapshot) -> dict[str, ItemRules]:
            ids = snapshot.item_ids({row.fields["sku"] for row in rows})
            rules = snapshot.items(ids.values())
            return {sku: rules[item] for sku, item in ids.items() if item in rules}

        return self._rules.read(read)

    def _check(self, row: FeedRow, items: dict[str, ItemRules]) -> None:
        """Raises NotFound, Conflict."""
        settings, sku = self._stored.feed.settings, row.fields["sku"]
        if sku not in items and self._stored.feed.meaning != "shipment":
            raise NotFound("item", sku, "sku")
        location = row.fields.get("location") or settings.location
        if location and self._rules.snapshot().location(location) is None:
            raise NotFound("location", location, "location")
        if settings.locations and location not in settings.locations:
            raise Conflict(f"{location} is not in the feed's scope; add it there, or take the row out", "location")
        if settings.categories and sku in items and items[sku].category not in settings.categories:
            raise Conflict(f"{sku} is not in the feed's scope; add its category, or take the row out", "sku")

    def _order_lines(self, rows: Sequence[FeedRow]) -> dict[tuple[str, str], list[int]]:
        snapshot = self._rules.refresh()
        ids = {}
        for code, ref in orders_named(rows):
            if (channel := snapshot.channel(code)) is not None:
                ids[order_identity(channel.id, ref).id] = ref
        found: dict[tuple[str, str], list[int]] = {}
        for order_id, order in standing(self._conn, ids).items():
            for line in order.lines.values():
                found.setdefault((ids[order_id], line.sku), []).append(line.n)
        return found

    def _booked(self, run: Run, ready: Sequence[Ready]) -> tuple[list[Done], list[LineFault]]:
        """Book; what was done, and what was refused."""
        refused: list[LineFault] = []
        documents = [one for one in ready if isinstance(one.command, Document)]
        for document in together(one.command for one in documents):
            assert isinstance(document, Document)
            try:
                put_document(self._db, self._rules, document, run.actor)
                run.report.booked += len(document.lines)
            except Problem as problem:
                mine = [one.row for one in documents if getattr(one.command, "ref", None) == document.ref]
                refused += [_refused(row, problem.field or "ref", problem.detail) for row in mine]
        others = [one for one in ready if not isinstance(one.command, Document)]
        if not others:
            return [], refused
        answers = self._direct.run(HANDLERS[type(others[0].command)], [one.command for one in others])
        done, wrong = _answered(others, answers)
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


def _answered(asked: Sequence[Ready], answers: Sequence[Any]) -> tuple[list[Done], list[LineFault]]:
    done: list[Done] = []
    refused: list[LineFault] = []
    for one, answer in zip(asked, answers, strict=True):
        wrong = _problem_of(answer)
        if wrong is not None:
            refused.append(_refused(one.row, wrong.field, wrong.detail))
        else:
            told = answer.lines if isinstance(answer, ReceiptTold) else answer
            done.append(Done(one.row, movements_in(msgspec.to_builtins(told))))
    return done, refused


def _sign(meaning: str) -> int:
    return {"delta": 1, "receipt": 1, "return": 1}.get(meaning, -1)


def _problem_of(answer: Any) -> NotBooked | NotDone | None:
    """What is wrong with a command, from whatever answers it."""
    if isinstance(answer, ReceiptTold):
        return answer.lines[0].problem
    if isinstance(answer, list):
        return _problem_of(answer[0])
    return answer if isinstance(answer, NotBooked | NotDone) else None


def _refused(row: FeedRow, field: str, detail: str) -> LineFault:
    """What is refused says itself what would mend it, behind the semicolon."""
    reason, _, repair = detail.partition("; ")
    fields = {name: cell for name, cell in row.fields.items() if name != NTH}
    return LineFault(row.line, field, reason, repair or "correct the row, and try it again", fields, mapped=True)
