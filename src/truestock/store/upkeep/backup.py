"""Backs a database up into a folder, and restores it: PostgreSQL's own dump beside a manifest that proves it whole.

Both see one snapshot, so a backup taken under load holds exactly the rows its manifest counts.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, LiteralString

import msgspec
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from truestock import __version__
from truestock.store import migrate
from truestock.store.database import Connection, Database, errors_translated
from truestock.store.embedded import Binaries
from truestock.store.errors import StoreError
from truestock.store.jobs.install import SCHEMA as JOBS
from truestock.store.sql import load

queries = load(__package__)
DUMP = "truestock.dump"
MANIFEST = "manifest.json"
# While a restore replaces a database, its old tables wait under these names.
REPLACED: Final = {"public": "truestock_replaced", JOBS: f"{JOBS}_replaced"}


class BackupBroken(StoreError):
    """A backup is not what its manifest says, or a restore did not bring back what it holds."""


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds."""

    truestock: str
    server: int
    migration: int
    made_at: datetime
    sha256: str
    rows: dict[str, int]


def backup(db: Database, folder: Path) -> Manifest:
    """Write a backup into a new folder; it appears there complete or not at all."""
    if folder.exists():
        raise StoreError(f"{folder} is there already; a backup goes into a folder of its own")
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    try:
        manifest = _dump(db, unfinished / DUMP)
        (unfinished / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2))
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return manifest


def verify(folder: Path) -> Manifest:
    """Read a backup's manifest and prove its dump unchanged."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
        digest = _sha256(folder / DUMP)
    except (OSError, msgspec.DecodeError) as error:
        raise BackupBroken(f"{folder} is not a whole backup: {error}") from error
    if digest != manifest.sha256:
        raise BackupBroken(f"{folder / DUMP} has changed since it was written")
    return manifest


def restore(folder: Path, db: Database, *, replace: bool = False) -> Manifest:
    """Bring a backup back into an empty database, or with `replace` in the place of what is there.

    What is replaced goes only once the backup is there and counted; an older backup's schema is upgraded afterwards.
    """
    manifest = verify(folder)
    with _connected(db) as conn:
        if _tables(conn) and not replace:
            raise StoreError("the database is not empty; say so if the backup shall replace what it holds")
        with _set_aside(conn):
            _run(db, _major(conn), "pg_restore", "--exit-on-error", "--single-transaction", "--no-owner",
                 "--no-privileges", str(folder / DUMP))  # fmt: skip
            if (rows := _rows(conn)) != manifest.rows:
                wrong = sorted(name for name, _ in rows.items() ^ manifest.rows.items())
                raise BackupBroken(f"rows are missing after the restore, in {', '.join(wrong)}")
        conn.execute("ANALYZE")
        migrate.upgrade(conn)
    return manifest


def _dump(db: Database, file: Path) -> Manifest:
    with _connected(db) as conn, conn.transaction():
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        (snapshot,) = conn.execute(queries.export_snapshot).fetchone() or ("",)
        major = _major(conn)
        _run(db, major, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}",
             f"--file={file}")  # fmt: skip
        return Manifest(
            truestock=__version__,
            server=major,
            migration=len(migrate.status(conn).applied),
            made_at=datetime.now(UTC),
            sha256=_sha256(file),
            rows=_rows(conn),
        )


@contextmanager
def _connected(db: Database) -> Iterator[Connection]:
    """A connection that waits for whoever is in its way, and takes as long as there are rows."""
    with db.connect() as conn, errors_translated():
        conn.execute(queries.no_hurry)
        yield conn


@contextmanager
def _set_aside(conn: Connection) -> Iterator[None]:
    """Nothing in the place of the present schemas, which come back should the work inside fail."""
    present = [name for (name,) in conn.execute(queries.schemas, {"names": list(REPLACED)})]
    with conn.transaction():
        for name in present:
            _ddl(conn, "ALTER SCHEMA {} RENAME TO {}", name, REPLACED[name])
        conn.execute("CREATE SCHEMA public")
    try:
        yield
    except BaseException:
        with conn.transaction():
            for name in REPLACED:
                _ddl(conn, "DROP SCHEMA IF EXISTS {} CASCADE", name)
            for name in present:
                _ddl(conn, "ALTER SCHEMA {} RENAME TO {}", REPLACED[name], name)
        raise
    for name in present:
        _ddl(conn, "DROP SCHEMA {} CASCADE", REPLACED[name])


def _ddl(conn: Connection, statement: LiteralString, *names: str) -> None:
    conn.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _run(db: Database, server_major: int, program: str, *arguments: str) -> None:
    parameters = conninfo_to_dict(db.url)
    # In the environment, because anyone on the machine may read a program's arguments.
    password = {"PGPASSWORD": str(secret)} if (secret := parameters.pop("password", None)) else {}
    done = subprocess.run(
        [Binaries.of_clients(server_major).program(program), f"--dbname={make_conninfo('', **parameters)}", *arguments],
        env={**os.environ, **password}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise StoreError(f"{program} failed: {done.stderr.strip()[-2000:]}")


def _major(conn: Connection) -> int:
    return conn.info.server_version // 10_000


def _tables(conn: Connection) -> list[str]:
    return [name for (name,) in conn.execute(queries.tables)]


def _rows(conn: Connection) -> dict[str, int]:
    counted: dict[str, int] = {}
    for name in _tables(conn):
        (counted[name],) = conn.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone() or (
            0,
        )
    return counted


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
