"""What `truestock db check` looks at: whether this database can be trusted with the ledger, and what to do if not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from truestock.store import migrate
from truestock.store.database import Connection, errors_translated
from truestock.store.partitions import missing_partitions, partition_name
from truestock.store.sql import load

queries = load(__package__)
MAJORS = range(15, 19)
CLOCK_SKEW_MAX = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what was found, and how to mend it when it is not `ok`."""

    name: str
    ok: bool
    found: str
    fix: str = ""


class Facts(NamedTuple):
    """What the server says about itself."""

    version: int
    fsync: bool
    synchronous_commit: str
    full_page_writes: bool
    in_recovery: bool
    encoding: str
    now: datetime


def check(conn: Connection, months_ahead: int = 1) -> Iterator[Finding]:
    """Look at everything, in the order in which it is worth mending."""
    with errors_translated():
        row = conn.execute(queries.server_facts).fetchone()
    facts = Facts(*row or ())
    yield from _server(facts)
    try:
        migrate.check(conn)
    except migrate.SchemaMismatch as error:
        yield Finding("schema", False, str(error), "truestock db upgrade")
        return
    yield Finding("schema", True, "every migration is applied")
    missing = [partition_name(month) for month, _ in missing_partitions(conn, months_ahead)]
    found = f"lacks {', '.join(missing)}" if missing else "there for this month and the coming ones"
    yield Finding("partitions", not missing, found, "truestock db upgrade")
    yield _clock(conn, facts.now)


def _server(facts: Facts) -> Iterator[Finding]:
    major = facts.version // 10_000
    supported = f"PostgreSQL {MAJORS[0]} to {MAJORS[-1]}"
    yield Finding("version", major in MAJORS, f"PostgreSQL {major}.{facts.version % 10_000}", f"use {supported}")
    durable = {
        "fsync": facts.fsync,
        # Whatever waits for the local disk is durable; `remote_write` and `local` do too.
        "synchronous_commit": facts.synchronous_commit != "off",
        "full_page_writes": facts.full_page_writes,
    }
    for setting, on in durable.items():
        fix = f"ALTER SYSTEM SET {setting} = on; SELECT pg_reload_conf()"
        yield Finding(setting, on, "on" if on else "off: a crash may lose or damage what was answered", fix)
    found = "a read replica" if facts.in_recovery else "takes writes"
    yield Finding("primary", not facts.in_recovery, found, "point TRUESTOCK_DATABASE_URL at the primary")
    fix = "create the database with ENCODING 'UTF8'"
    yield Finding("encoding", facts.encoding == "UTF8", facts.encoding, fix)


def _clock(conn: Connection, server_now: datetime) -> Finding:
    """The database's clock decides; it must not be far from ours, nor behind what it has itself recorded."""
    skew = abs(server_now - datetime.now(UTC))
    with errors_translated():
        (newest,) = conn.execute(queries.newest_recorded_at).fetchone() or (None,)
    if newest is not None and newest > server_now:
        return Finding(
            "clock", False, f"behind the newest movement, of {newest:%F %T} UTC", "set the server's clock (NTP)"
        )
    found = f"{skew.total_seconds():.1f} s from this machine's"
    return Finding("clock", skew <= CLOCK_SKEW_MAX, found, "keep both machines' clocks by NTP")
