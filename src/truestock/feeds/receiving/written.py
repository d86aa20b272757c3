"""What receipts write beside the ledger: lines fulfilled and closed, and what was received; gathered, then in sets."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from truestock.core.decide.receiving import Portion
from truestock.feeds.receiving import queries
from truestock.ledger.documents import LockedLine
from truestock.ledger.posting.bookings import Case
from truestock.ledger.posting.fulfilled import Fulfilled
from truestock.store.arrays import ints, texts, times, words
from truestock.store.database import Connection


@dataclass(slots=True)
class Written:
    """Rows by table."""

    fulfilled: Fulfilled = field(default_factory=Fulfilled)
    closed: list[tuple[int, int, int, str, str]] = field(default_factory=list)
    received: list[tuple[Any, ...]] = field(default_factory=list)

    @property
    def anything(self) -> bool:
        """Whether there is something to write."""
        return bool(self.fulfilled.anything or self.closed or self.received)

    def close(self, line: LockedLine, reason: str, actor: str) -> None:
        """No more comes of a line."""
        self.closed.append((line.part, line.item, line.id, reason, actor))

    def receive(
        self,
        case: Case,
        movement: int,
        lot: int,
        portion: Portion,
        receipt: str,
        document: str,
        supplier: str,
        at: datetime,
    ) -> None:
        """What came, and how much of it waits to be approved, inspected or put away."""
        waiting = 0 if portion.lands == "sellable" else portion.qty
        what = (case.rules.part, case.rules.item, movement, receipt, document, supplier, case.loc, lot)
        booking = case.command.booking
        how = (booking.books.name.lower(), booking.source)
        self.received.append((*what, *portion, waiting, case.command.actor, at, *how))

    def write(self, conn: Connection, now: datetime) -> None:
        """Queue one statement a table; a line that is closed says why, also where the last of it came."""
        if self.closed:
            parts, items, ids, reasons, actors = zip(*self.closed, strict=True)
            conn.execute(
                queries.close_lines,
                {
                    "parts": ints(parts),
                    "items": ints(items),
                    "ids": ints(ids),
                    "reasons": texts(reasons),
                    "actors": texts(actors),
                    "now": now,
                },
            )
        self.fulfilled.write(conn, now)
        if self.received:
            self._write_received(conn, now)

    def _write_received(self, conn: Connection, now: datetime) -> None:
        columns = list(zip(*self.received, strict=True))
        parts, items, ids, receipts, documents, suppliers, locs, lots = columns[:8]
        qtys, outcomes, lands, thens, waiting, actors, at, kinds, sources = columns[8:]
        conn.execute(
            queries.add_received,
            {
                "parts": ints(parts),
                "items": ints(items),
                "ids": ints(ids),
                "receipts": texts(receipts),
                "documents": texts(documents),
                "suppliers": texts(suppliers),
                "locs": ints(locs),
                "lots": ints(lots),
                "qtys": ints(qtys),
                "outcomes": words(outcomes),
                "lands": words(lands),
                "thens": words(thens),
                "waiting": ints(waiting),
                "actors": texts(actors),
                "at": times(at),
                "kinds": words(kinds),
                "sources": texts(sources),
                "now": now,
            },
        )
