"""Brings a database's schema up to date: numbered SQL files, each applied once, in order, in its own transaction.

A file that has been applied never changes again; its checksum says so.
"""

import hashlib
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources

from psycopg import errors as pg

from truestock.store.database import Connection, errors_translated
from truestock.store.errors import StoreError
from truestock.store.jobs.install import ensure_jobs, outdated
from truestock.store.partitions import ensure_partitions
from truestock.store.sql import load

queries = load(__package__)
_FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")


class SchemaMismatch(StoreError):
    """The database's schema is not one that this version of truestock can work with."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema."""

    number: int
    name: str
    sql: str
    checksum: str


@dataclass(frozen=True, slots=True)
class Status:
    """Which steps a database has taken, and which are to come."""

    applied: tuple[Migration, ...]
    pending: tuple[Migration, ...]


def make_migration(file_name: str, sql: str) -> Migration:
    """Read a step from its file name and text."""
    match = _FILE_NAME.fullmatch(file_name)
    if not match:
        raise ValueError(f"{file_name}: a migration is named like 0001_name.sql")
    return Migration(int(match[1]), match[2], sql, hashlib.sha256(sql.encode()).hexdigest())


def packaged() -> tuple[Migration, ...]:
    """The steps this version of truestock brings, in order and without gaps."""
    folder = resources.files(__package__) / "migrations"
    files = [file for file in folder.iterdir() if file.name.endswith(".sql")]
    steps = sorted((make_migration(file.name, file.read_text("utf-8")) for file in files), key=lambda step: step.number)
    if [step.number for step in steps] != list(range(1, len(steps) + 1)):
        raise ValueError("migrations are not numbered 1, 2, 3 and so on")
    return tuple(steps)


def status(conn: Connection, known: Sequence[Migration] | None = None) -> Status:
    """Compare a database with the known steps; SchemaMismatch when its history is another one."""
    steps = tuple(packaged() if known is None else known)
    with errors_translated():
        (exists,) = conn.execute(queries.migration_table_exists).fetchone() or (False,)
        applied = conn.execute(queries.applied_migrations).fetchall() if exists else []
    for step, (number, name, checksum) in zip(steps, applied, strict=False):
        if step.number != number or step.checksum != checksum:
            raise SchemaMismatch(
                f"migration {number:04} ({name}) differs from the one that was applied to this database"
            )
    if len(applied) > len(steps):
        raise SchemaMismatch("this database was made by a newer truestock: install that version, or restore a backup")
    return Status(steps[: len(applied)], steps[len(applied) :])


def upgrade(conn: Connection, known: Sequence[Migration] | None = None, months_ahead: int = 3) -> tuple[Migration, ...]:
    """Apply what is pending, make the partitions of the coming months and the tables of jobs; returns what was applied.

    `conn` is in autocommit mode. Several processes may do this at once: each step looks again under a lock.
    """
    with errors_translated():
        _make_table(conn)
        done = []
        while step := _next(conn, known):
            done.append(step)
        ensure_partitions(conn, months_ahead)
        ensure_jobs(conn)
    return tuple(done)


def check(conn: Connection) -> None:
    """Raise SchemaMismatch unless every step has been taken."""
    if pending := status(conn).pending:
        names = ", ".join(f"{step.number:04}_{step.name}" for step in pending)
        raise SchemaMismatch(f"the database lacks {names}: run truestock db upgrade")
    if outdated(conn):
        raise SchemaMismatch("the tables of jobs are not up to date: run truestock db upgrade")


def _next(conn: Connection, known: Sequence[Migration] | None) -> Migration | None:
    with conn.transaction():
        # A migration may have to wait for the work that goes on, and then takes as long as it takes.
        conn.execute("SET LOCAL lock_timeout = '30s'")
        conn.execute("SET LOCAL statement_timeout = 0")
        conn.execute("LOCK TABLE migration IN SHARE ROW EXCLUSIVE MODE")
        step = next(iter(status(conn, known).pending), None)
        if step:
            conn.execute(step.sql)
            conn.execute(
                queries.record_migration, {"number": step.number, "name": step.name, "checksum": step.checksum}
            )
        return step


def _make_table(conn: Connection) -> None:
    # IF NOT EXISTS does not hold when two processes create at the same moment.
    with suppress(pg.UniqueViolation, pg.DuplicateObject, pg.DuplicateTable):
        conn.execute("""
            CREATE TABLE IF NOT EXISTS migration (
                number int PRIMARY KEY,
                name text NOT NULL,
                checksum text NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now()
            )""")
