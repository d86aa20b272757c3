"""A backup holds everything of one instant, proves itself, and comes back whole or not at all."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from truestock.store.database import Database, Limits
from truestock.store.errors import StoreError
from truestock.store.jobs.queue import enqueue, list_jobs
from truestock.store.upkeep import backup as backups
from truestock.store.upkeep.backup import BackupBroken, backup, restore, verify

COPY = """SELECT (SELECT jsonb_agg(e ORDER BY e.part, e.item, e.version, e.n) FROM entry e),
                 (SELECT jsonb_agg(s ORDER BY s.part, s.item) FROM stock s),
                 (SELECT jsonb_agg(l ORDER BY l.part, l.n, l.item) FROM order_line l),
                 (SELECT jsonb_agg(m ORDER BY m.number) FROM migration m)"""


def fill(db: Database, items: int = 50) -> None:
    """Rows enough to show what gets lost: a head, a stock row, two entries and an order an item."""
    with db.transaction() as conn:
        conn.execute("INSERT INTO head SELECT i %% 256, i, 2, now() FROM generate_series(1, %s) i", [items])
        conn.execute("INSERT INTO stock SELECT i %% 256, i, 1, 0, 0, 0, 10, 3 FROM generate_series(1, %s) i", [items])
        conn.execute(
            "INSERT INTO entry SELECT i %% 256, i, v, 0, now(), now(), 1, 1, 1, 0, 0, 0, 0, 10, 3, 0, NULL, NULL "
            "FROM generate_series(1, %s) i, generate_series(1, 2) v",
            [items],
        )
        conn.execute(
            "INSERT INTO orders (part, channel, ref, id, content, mode, state, priority, placed_at, recorded_at, "
            "actor, lines) SELECT i %% 256, 1, i, gen_random_uuid(), '', 'sold', 'open', 0, now(), now(), '', "
            "ARRAY[[0, i, 1, 0, 2, 2, 2], [1, i + 1, 1, 0, 3, 3, 3]] FROM generate_series(1, %s) i",
            [items],
        )


def everything(db: Database) -> object:
    with db.transaction() as conn:
        return conn.execute(COPY).fetchone()


@pytest.fixture
def empty_db(clone: Callable[[str], str]) -> Iterator[Database]:
    with Database(clone("template0")) as opened:
        yield opened


def test_what_was_backed_up_comes_back_row_for_row(db: Database, empty_db: Database, tmp_path: Path) -> None:
    fill(db)
    made = backup(db, tmp_path / "b")
    assert (made.rows["stock"], made.rows["entry"]) == (50, 100)
    assert restore(tmp_path / "b", empty_db) == made
    assert everything(empty_db) == everything(db)


def test_a_restored_database_can_be_backed_up_and_restored_again(
    db: Database, empty_db: Database, tmp_path: Path
) -> None:
    fill(db)
    backup(db, tmp_path / "first")
    restore(tmp_path / "first", empty_db)
    backup(empty_db, tmp_path / "second")
    restore(tmp_path / "second", empty_db, replace=True)
    assert everything(empty_db) == everything(db)


def test_a_restore_waits_for_who_still_reads_what_it_replaces(db: Database, database_url: str, tmp_path: Path) -> None:
    backup(db, tmp_path / "b")
    hurried = Database(database_url, Limits(lock_timeout_ms=50, statement_timeout_ms=100))
    with db.connect() as reader, ThreadPoolExecutor() as pool:
        with reader.transaction():
            reader.execute("SELECT FROM item")
            restoring = pool.submit(restore, tmp_path / "b", hurried, replace=True)
            while not reader.execute("SELECT FROM pg_locks WHERE NOT granted").rowcount:
                assert not restoring.done(), restoring.result()
            time.sleep(0.3)
            assert not restoring.done(), restoring.result()
        restoring.result(60)


def test_jobs_come_back_and_go_on(db: Database, empty_db: Database, tmp_path: Path) -> None:
    with db.transaction() as conn:
        enqueue(conn, "reset", "web")
    backup(db, tmp_path / "b")
    for _ in range(2):
        restore(tmp_path / "b", empty_db, replace=True)
        assert [(job.kind, job.channel, job.state) for job in list_jobs(empty_db).rows] == [("reset", "web", "waiting")]
    with empty_db.transaction() as conn:
        assert enqueue(conn, "reset", "web") is None
        assert enqueue(conn, "reset", "market") is not None
        schemas = conn.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'truestock%'").fetchall()
    assert schemas == [("truestock_jobs",)]


def test_a_backup_taken_under_load_is_of_one_instant(db: Database, empty_db: Database, tmp_path: Path) -> None:
    stop = threading.Event()

    def load() -> None:
        number = 1000
        while not stop.is_set():
            number += 1
            with db.transaction() as conn:
                conn.execute("INSERT INTO head VALUES (0, %s, 1, now())", [number])
                conn.execute("INSERT INTO stock VALUES (0, %s, 1, 0, 0, 0, 1, 0)", [number])

    thread = threading.Thread(target=load)
    thread.start()
    try:
        made = backup(db, tmp_path / "b")
    finally:
        stop.set()
        thread.join()
    assert made.rows["head"] == made.rows["stock"]
    assert restore(tmp_path / "b", empty_db).rows == made.rows


def test_a_backup_does_not_replace_data_unasked(db: Database, tmp_path: Path) -> None:
    backup(db, tmp_path / "b")
    fill(db)
    before = everything(db)
    with pytest.raises(StoreError, match="not empty"):
        restore(tmp_path / "b", db)
    assert everything(db) == before


def test_a_restore_that_fails_leaves_what_was_there(db: Database, tmp_path: Path) -> None:
    backup(db, tmp_path / "b")
    fill(db)
    before = everything(db)
    manifest = tmp_path / "b" / backups.MANIFEST
    manifest.write_text(manifest.read_text().replace('"stock": 0', '"stock": 1'))
    with pytest.raises(BackupBroken, match="in stock"):
        restore(tmp_path / "b", db, replace=True)
    assert everything(db) == before


def test_a_damaged_backup_is_refused_before_anything_is_touched(db: Database, tmp_path: Path) -> None:
    backup(db, tmp_path / "b")
    with (tmp_path / "b" / backups.DUMP).open("r+b") as dump:
        dump.seek(200)
        dump.write(b"x")
    with pytest.raises(BackupBroken, match="has changed"):
        verify(tmp_path / "b")


def test_a_backup_never_overwrites_another(db: Database, tmp_path: Path) -> None:
    backup(db, tmp_path / "b")
    with pytest.raises(StoreError, match="there already"):
        backup(db, tmp_path / "b")


def test_a_folder_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackupBroken, match="not a whole backup"):
        verify(tmp_path)
