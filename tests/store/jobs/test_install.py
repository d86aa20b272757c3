"""The job library's tables: made once, brought up to date by the library's own steps, and alike either way."""

from collections.abc import Callable
from importlib import resources

import pytest

from truestock.store.database import Connection, Database
from truestock.store.jobs.install import LIBRARY, SCHEMA, ensure_jobs, outdated, pending_steps
from truestock.store.migrate import SchemaMismatch, check, upgrade

OLD = (3, 1, 0)
WHAT_IS_THERE = """
SELECT 'column', c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod) || a.attnotnull
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'truestock_jobs'::regnamespace AND c.relkind IN ('r', 'c') AND a.attnum > 0
  AND NOT a.attisdropped
UNION ALL SELECT 'function', proname, md5(regexp_replace(prosrc, '\\s+', ' ', 'g'))
FROM pg_proc WHERE pronamespace = 'truestock_jobs'::regnamespace
UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'truestock_jobs'
"""


def steps(since: tuple[int, ...]) -> list[str]:
    """The library's steps after a version."""
    return pending_steps([step.name for step in (resources.files(LIBRARY) / "sql/migrations").iterdir()], since)


def there(conn: Connection) -> set[tuple[str, ...]]:
    """Everything in the schema of jobs."""
    return {tuple(row) for row in conn.execute(WHAT_IS_THERE)}


def test_steps_come_in_order_and_only_those_after_a_version() -> None:
    names = [
        "03.10.00_01_pre_b.sql",
        "03.02.00_50_post_a.sql",
        "03.02.00_01_pre_a.sql",
        "03.01.00_01_x.sql",
        "__init__.py",
    ]
    assert pending_steps(names, (3, 1, 0)) == [
        "03.02.00_01_pre_a.sql",
        "03.02.00_50_post_a.sql",
        "03.10.00_01_pre_b.sql",
    ]
    assert pending_steps(names, (3, 10, 0)) == []


def test_tables_of_an_older_library_become_those_of_the_installed_one(
    clone: Callable[[str], str], db: Database
) -> None:
    with Database(clone("template_truestock")).connect() as old, db.connect() as fresh:
        old.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
        assert outdated(old)
        old.execute(f"CREATE SCHEMA {SCHEMA}")
        old.execute(f"SET search_path = {SCHEMA}")
        newer = set(steps(OLD))
        for name in [name for name in steps((0,)) if name not in newer]:
            old.execute((resources.files(LIBRARY) / "sql/migrations" / name).read_text().encode())
        old.execute(f"COMMENT ON SCHEMA {SCHEMA} IS 'procrastinate 3.1.0'")
        old.execute("RESET search_path")
        assert there(old) != there(fresh)
        with pytest.raises(SchemaMismatch, match="truestock db upgrade"):
            check(old)
        assert upgrade(old) == ()
        check(old)
        assert there(old) ^ there(fresh) == set()


def test_tables_that_are_up_to_date_are_left_alone(db: Database) -> None:
    with db.connect() as conn:
        before = there(conn)
        ensure_jobs(conn)
        assert there(conn) == before
        (comment,) = conn.execute(f"SELECT obj_description('{SCHEMA}'::regnamespace)").fetchone() or ("",)
    assert comment.startswith("procrastinate 3.10.")
