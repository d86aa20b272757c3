"""What booking a stock file would do, found out in sets and without a lock: nothing is written."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from truestock.catalog.rules import RuleBook
from truestock.core.identity import content_digest
from truestock.core.problems import Conflict, Problem
from truestock.feeds.stock.opening.lines import Line
from truestock.feeds.stock.opening.refusal import Refused
from truestock.ledger.posting.batch import SCOPE
from truestock.ledger.posting.bookings import Case
from truestock.ledger.posting.resolve import resolve
from truestock.ledger.requests import Key, recall
from truestock.ledger.values import NotBooked, status_of
from truestock.store.arrays import ints, texts
from truestock.store.database import Connection, Database
from truestock.store.sql import load

queries = load(__package__)
OCCUPIED = "this cell already has entries; book a count or an adjustment instead"
Verdict = Problem | Literal["book", "known"]
Cell = tuple[int, int, str, int]


class Checker:
    """Remembers, over all files of one import, which line names which cell."""

    def __init__(self, db: Database, rules: RuleBook) -> None:
        self._db = db
        self._rules = rules
        self._named: dict[Cell, str] = {}

    def check(self, file: str, lines: Sequence[Line]) -> list[Verdict]:
        """One verdict a line."""
        commands = [line.command("") for line in lines]
        resolved = self._rules.read(lambda snapshot: resolve(snapshot, commands))
        verdicts: list[Verdict] = ["book"] * len(lines)
        open_lines: dict[int, Case] = {}
        for n, case in enumerate(resolved):
            if isinstance(case, NotBooked):
                verdicts[n] = Refused(case)
            else:
                open_lines[n] = case
        with self._db.transaction() as conn:
            for n, verdict in _known(conn, lines, open_lines).items():
                verdicts[n] = verdict
                del open_lines[n]
            for n in _occupied(conn, open_lines):
                verdicts[n] = Conflict(OCCUPIED, "location")
                del open_lines[n]
        for n, case in open_lines.items():
            here = f"line {lines[n].number} of {file}"
            if (first := self._named.setdefault(_cell(case), here)) != here:
                verdicts[n] = Conflict(f"{first} is about the same cell; add them up in one line", "location")
        return verdicts


def _known(conn: Connection, lines: Sequence[Line], open_lines: dict[int, Case]) -> dict[int, Verdict]:
    """The lines whose keys have been used."""
    seen = recall(conn, [Key(SCOPE, lines[n].key) for n in open_lines])
    found: dict[int, Verdict] = {}
    for n in open_lines:
        if (first := seen.get(Key(SCOPE, lines[n].key))) is not None:
            same = first.content == content_digest(msgspec.json.encode(lines[n].opening))
            found[n] = "known" if same else Conflict("this file was booked before from another source, or otherwise")
    return found


def _occupied(conn: Connection, open_lines: dict[int, Case]) -> list[int]:
    """The lines whose cells have entries already."""
    if not open_lines:
        return []
    numbers, cases = list(open_lines), list(open_lines.values())
    cells = [_cell(case) for case in cases]
    rows = conn.execute(
        queries.cells_with_entries,
        {
            "parts": ints(case.rules.part for case in cases),
            "items": ints(item for item, _, _, _ in cells),
            "locs": ints(loc for _, loc, _, _ in cells),
            "lots": texts(lot for _, _, lot, _ in cells),
            "statuses": ints(status for _, _, _, status in cells),
        },
    )
    return [numbers[n - 1] for (n,) in rows]


def _cell(case: Case) -> Cell:
    opening = case.command.booking
    return case.rules.item, case.loc, case.command.lot or "", int(status_of(getattr(opening, "status", "sellable")))
