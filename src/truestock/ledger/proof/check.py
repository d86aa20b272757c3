"""Proves that the ledger holds its laws, from one snapshot and without writing anything."""

from collections.abc import Iterator
from typing import Final, LiteralString, NamedTuple

from truestock.store.database import Database
from truestock.store.sql import load

queries = load(__package__)

LAWS: Final[dict[str, LiteralString]] = {
    "rows equal entries": queries.rows_equal_entries,
    "promises equal reserved": queries.promises_equal_reserved,
    "units come from somewhere": queries.units_come_from_somewhere,
    "shorts equal entries": queries.shorts_equal_entries,
    "holds equal promises": queries.holds_equal_promises,
    "heads lead entries": queries.heads_lead_entries,
    "movements have heads": queries.movements_have_heads,
    "protection used equals entries": queries.kept_equals_entries,
    "bins equal entries": queries.bins_equal_entries,
    "bins hold what is there": queries.bins_hold_what_is_there,
    "what waits lies there": queries.waiting_lies_there,
}


class Finding(NamedTuple):
    """Where a law does not hold: the item, the place, what is there and what should be."""

    law: str
    part: int
    item: int
    where: str
    found: str
    wanted: str


def check(db: Database, limit: int = 100) -> Iterator[tuple[str, list[Finding]]]:
    """Every law with what breaks it, at most `limit` findings a law; all read from one snapshot."""
    with db.transaction() as conn:
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        conn.execute("SET LOCAL statement_timeout = 0")
        for law, query in LAWS.items():
            yield law, [Finding(law, *row) for row in conn.execute(query, {"limit": limit})]
