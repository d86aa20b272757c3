"""The job library's own tables: made from the installed package, and brought up to date by its own steps.

They stand in a schema of their own, whose comment says the version that they are of."""

import re
from collections.abc import Iterable
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from typing import Final

from psycopg import sql

from truestock.store.database import Connection, errors_translated
from truestock.store.sql import load

queries = load(__package__)
SCHEMA: Final = "truestock_jobs"
LIBRARY: Final = "procrastinate"
Version = tuple[int, ...]
_STEP = re.compile(r"(\d+)\.(\d+)\.(\d+)_\d+_\w+\.sql")


def pending_steps(names: Iterable[str], since: Version) -> list[str]:
    """Of the library's steps, named like 03.04.00_01_pre_what.sql, those after a version, in order."""
    found = [(name, match) for name in names if (match := _STEP.fullmatch(name))]
    return sorted(name for name, match in found if tuple(map(int, match.groups())) > since)


def outdated(conn: Connection) -> bool:
    """Whether the job tables are missing, or the installed library has steps that they have not taken."""
    with errors_translated():
        version = _version(conn)
    return version is None or bool(pending_steps(_steps(), version))


def ensure_jobs(conn: Connection) -> None:
    """Make the job tables, or bring them up to date; several processes may do so at once."""
    with errors_translated(), conn.transaction():
        conn.execute("SET LOCAL lock_timeout = '30s'")
        conn.execute("LOCK TABLE migration IN SHARE ROW EXCLUSIVE MODE")
        version = _version(conn)
        if version is None:
            conn.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(SCHEMA)))
            _apply(conn, [resources.files(LIBRARY) / "sql" / "schema.sql"])
        elif names := pending_steps(steps := _steps(), version):
            _apply(conn, [steps[name] for name in names])


def _apply(conn: Connection, files: list[Traversable]) -> None:
    conn.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(SCHEMA)))
    for file in files:
        # Not our text to type-check: it is the library's own, at the version that is pinned.
        conn.execute(file.read_text("utf-8").encode())
    comment = f"{LIBRARY} {metadata.version(LIBRARY)}"
    conn.execute(sql.SQL("COMMENT ON SCHEMA {} IS {}").format(sql.Identifier(SCHEMA), sql.Literal(comment)))


def _version(conn: Connection) -> Version | None:
    """Of the tables that are there; None without any."""
    row = conn.execute(queries.schema_comment, {"schema": SCHEMA}).fetchone()
    return None if row is None else tuple(map(int, re.findall(r"\d+", row[0])[:3]))


def _steps() -> dict[str, Traversable]:
    return {step.name: step for step in (resources.files(LIBRARY) / "sql" / "migrations").iterdir()}
