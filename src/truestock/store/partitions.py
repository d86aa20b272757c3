"""The monthly partitions of the ledger's entries: made ahead of time, so that no insert ever waits for one."""

from datetime import datetime
from itertools import pairwise

from psycopg import sql

from truestock.store.database import Connection, errors_translated
from truestock.store.sql import load

queries = load(__package__)
PARENT = "entry"


def partition_name(month: datetime) -> str:
    """As in entry_202611."""
    return f"{PARENT}_{month:%Y%m}"


def missing_partitions(conn: Connection, months_ahead: int) -> list[tuple[datetime, datetime]]:
    """The months from the current one on, as their first and next first instant, that have no partition yet."""
    with errors_translated():
        months = [month for (month,) in conn.execute(queries.months_from_now, {"ahead": months_ahead + 1})]
        there = {name for (name,) in conn.execute(queries.partitions_of, {"parent": PARENT})}
    return [(month, after) for month, after in pairwise(months) if partition_name(month) not in there]


def ensure_partitions(conn: Connection, months_ahead: int) -> list[str]:
    """Make the partitions of this month and the coming ones that are missing; returns their names.

    Each table is made first and then attached: that lock, unlike CREATE ... PARTITION OF, lets reads and writes go on.
    """
    made = []
    with errors_translated(), conn.transaction():
        conn.execute("SET LOCAL lock_timeout = '30s'")
        conn.execute("LOCK TABLE migration IN SHARE ROW EXCLUSIVE MODE")
        for month, after in missing_partitions(conn, months_ahead):
            child, parent = sql.Identifier(partition_name(month)), sql.Identifier(PARENT)
            bounds = sql.SQL("FROM ({}) TO ({})").format(sql.Literal(month), sql.Literal(after))
            conn.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(child, parent))
            conn.execute(sql.SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES {}").format(parent, child, bounds))
            made.append(partition_name(month))
    return made
