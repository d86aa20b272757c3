"""Migrations: applied once, in order, by whoever comes first, and never changed afterwards."""

import threading
from collections.abc import Callable, Iterator

import pytest

from truestock.store import migrate
from truestock.store.database import Connection, Database
from truestock.store.errors import StoreError
from truestock.store.migrate import SchemaMismatch, make_migration, status, upgrade
from truestock.store.partitions import ensure_partitions, missing_partitions

FIRST = make_migration("0001_shelf.sql", "CREATE TABLE shelf (id int PRIMARY KEY); CREATE TABLE entry (at timestamptz) "
                       "PARTITION BY RANGE (at)")  # fmt: skip
SECOND = make_migration("0002_depth.sql", "ALTER TABLE shelf ADD depth int")
BROKEN = make_migration("0002_broken.sql", "ALTER TABLE shelf ADD depth int; SELECT no_such_column")


@pytest.fixture
def conn(clone: Callable[[str], str]) -> Iterator[Connection]:
    with Database(clone("template0")).connect() as connected:
        yield connected


def test_an_empty_database_is_brought_up_to_date_once(conn: Connection) -> None:
    assert upgrade(conn, [FIRST, SECOND]) == (FIRST, SECOND)
    assert upgrade(conn, [FIRST, SECOND]) == ()
    assert status(conn, [FIRST, SECOND]).applied == (FIRST, SECOND)


def test_a_broken_migration_leaves_nothing_behind_and_those_before_it_stay(conn: Connection) -> None:
    with pytest.raises(StoreError, match="no_such_column"):
        upgrade(conn, [FIRST, BROKEN])
    assert status(conn, [FIRST, SECOND]).pending == (SECOND,)
    assert upgrade(conn, [FIRST, SECOND]) == (SECOND,)


def test_a_migration_that_changed_after_it_was_applied_is_refused(conn: Connection) -> None:
    upgrade(conn, [FIRST])
    changed = make_migration("0001_shelf.sql", FIRST.sql + " -- edited")
    with pytest.raises(SchemaMismatch, match=r"0001 \(shelf\) differs"):
        upgrade(conn, [changed, SECOND])


def test_a_database_of_a_newer_version_is_refused(conn: Connection) -> None:
    upgrade(conn, [FIRST, SECOND])
    with pytest.raises(SchemaMismatch, match="newer"):
        status(conn, [FIRST])


def test_check_names_what_is_missing(conn: Connection) -> None:
    with pytest.raises(SchemaMismatch, match=r"0001_foundation.*truestock db upgrade"):
        migrate.check(conn)


def test_several_processes_may_upgrade_at_once(clone: Callable[[str], str]) -> None:
    database = Database(clone("template0"))
    done: list[int] = []

    def start_up() -> None:
        with database.connect() as conn:
            done.append(len(upgrade(conn, [FIRST, SECOND])))

    threads = [threading.Thread(target=start_up) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 6
    assert sum(done) == 2


@pytest.mark.parametrize("name", ["1_short.sql", "0001-dash.sql", "0001_Name.sql", "0001_name.txt"])
def test_a_migration_with_another_kind_of_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"0001_name\.sql"):
        make_migration(name, "")


def test_partitions_are_made_for_this_month_and_the_coming_ones_once(conn: Connection) -> None:
    upgrade(conn, [FIRST], months_ahead=0)
    assert len(ensure_partitions(conn, 14)) == 14
    assert ensure_partitions(conn, 14) == []
    assert missing_partitions(conn, 14) == []


def test_a_partition_takes_entries_from_the_first_instant_of_its_month_in_utc(conn: Connection) -> None:
    upgrade(conn, [FIRST], months_ahead=1)
    conn.execute("SET timezone = 'Pacific/Auckland'")
    row = conn.execute(
        "INSERT INTO entry SELECT date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' "
        "RETURNING tableoid::regclass::text = 'entry_' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMM')"
    ).fetchone()
    assert row == (True,)
