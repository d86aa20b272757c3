"""What booking the rows of a run would change: each item's rows are booked, and rolled back."""

from collections.abc import Callable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

import msgspec

from truestock.catalog.rules import RuleBook
from truestock.feeds.stock.engine.happening import queries
from truestock.feeds.stock.engine.happening.answers import HANDLERS, Ready, answered
from truestock.feeds.stock.engine.happening.asking import Asking
from truestock.feeds.stock.engine.happening.documents import in_parts
from truestock.feeds.stock.engine.runs import FAULTS_SHOWN, LineFault, Report, Run
from truestock.feeds.stock.files import FeedRow
from truestock.feeds.stock.previews.changes import AtpChange, Row, change_of_row
from truestock.feeds.stock.previews.trying import Trying
from truestock.ledger.documents import Document, older_lines
from truestock.store.database import Connection, Database

CHANGES_MAX: Final = 1_000


class Preview:
    """Of a run whose rows are kept; `rows_at_once` are read, with all others of their items."""

    def __init__(self, db: Database, rules: RuleBook, conn: Connection, asking: Asking) -> None:
        self._conn = conn
        self._asking = asking
        self._rules = rules
        self._trying = Trying(db, rules)

    def count(self, run: Run, rows_at_once: int, halt: Callable[[], None], say: Callable[[str, int], None]) -> None:
        """Count in the run's report what booking the rows would change."""
        after, which = "", {"run": run.id, "limit": rows_at_once}
        while found := self._conn.execute(queries.rows_of_items, {**which, "after": after}).fetchall():
            halt()
            rows = sorted(FeedRow(*row) for row in found)
            after = found[-1][1]["sku"]
            ready, refused = self._of_turns(run, rows)
            refused += self._tried(run, ready)
            run.report.quarantined += len(refused)
            run.report.taken -= len(refused)
            run.report.faults = [*run.report.faults, *refused][:FAULTS_SHOWN]
            say("booking", len(rows))

    def _of_turns(self, run: Run, rows: Sequence[FeedRow]) -> tuple[list[Ready], list[LineFault]]:
        """What would be booked in either turn, and what would not."""
        first, later, faults = self._asking.in_turn(run, rows)
        if not later:
            return first, faults
        commands = [one.command for one in first]
        answers = self._trying.answers(HANDLERS[type(commands[0])], commands) if commands else []
        rest, wrong = self._asking.held(run, later, answered(first, answers)[1])
        return sorted([*first, *rest]), [*faults, *wrong]

    def _tried(self, run: Run, ready: Sequence[Ready]) -> list[LineFault]:
        report = run.report
        commands = [one.command for one in ready if not isinstance(one.command, Document)]
        parts, too_many = in_parts(ready)
        for part in parts:
            older = older_lines(self._conn, self._rules, part.document, run.as_of)
            report.older += older
            report.booked += len(part.rows) - older
        if not commands:
            return too_many
        skus = {one.row.fields["sku"] for one in ready} if len(report.changes) < CHANGES_MAX else set[str]()
        items = self._rules.snapshot().item_ids(skus).values()
        tried = self._trying.run(HANDLERS[type(commands[0])], commands, items, lambda _: None)
        done, refused = answered(ready, tried.answers)
        movements = [movement for one in done for movement in one.movements]
        told: list[tuple[Any, ...]] = self._conn.execute(queries.told_by, {"movements": movements}).fetchall()
        before = {movement for movement, *_ in told}
        known = sum(not before.isdisjoint(one.movements) for one in done)
        report.known += known
        report.booked += len(done) - known
        for item, rows in groupby(tried.rows, key=attrgetter("item")):
            self._show(report, list(rows), tried.atp.get(item, ()))
        return refused

    def _show(self, report: Report, rows: Sequence[Row], atp: tuple[AtpChange, ...]) -> None:
        """What becomes of one item."""
        report.displaced += sum(row.displaced for row in rows)
        report.owed += (owed := sum(row.owed for row in rows))
        moved = [row for row in rows if row.moves]
        report.up += sum(max(0, row.d_on_hand) for row in moved)
        report.down += sum(max(0, -row.d_on_hand) for row in moved)
        shown = moved[: CHANGES_MAX - len(report.changes)]
        report.more += len(moved) - len(shown)
        changes = [change_of_row(row) for row in shown]
        if changes:
            changes[0] = msgspec.structs.replace(changes[0], owed=owed, atp=atp)
        report.changes = [*report.changes, *changes]
