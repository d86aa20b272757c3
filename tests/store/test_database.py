"""Transactions commit or leave nothing, and what the database refuses arrives in the house's words."""

import signal
import threading
from os import kill
from pathlib import Path

import pytest
from psycopg import pq

from tests.clocks import PATIENCE_S, until
from tests.postgres import FAST, binaries_under_test
from truestock.store.database import Database, Limits
from truestock.store.embedded import EmbeddedServer
from truestock.store.errors import Busy, ConstraintBroken, Duplicate, Missing, Rejected, StoreError, Unavailable

STOCK = "INSERT INTO stock VALUES (0, 1, 1, 0, 0, 0, %s, %s)"


def test_a_transaction_that_ends_well_is_committed(db: Database) -> None:
    with db.transaction() as conn:
        conn.execute(STOCK, [5, 0])
    with db.transaction() as conn:
        assert conn.execute("SELECT on_hand FROM stock").fetchall() == [(5,)]


def test_a_transaction_that_fails_leaves_nothing(db: Database) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction() as conn:
        conn.execute(STOCK, [5, 0])
        _ = 1 / 0
    with db.transaction() as conn:
        assert conn.execute("SELECT count(*) FROM stock").fetchall() == [(0,)]


def test_a_transaction_reads_committed_and_has_short_patience(db: Database) -> None:
    with db.transaction() as conn:
        assert conn.execute("SHOW transaction_isolation").fetchone() == ("read committed",)
        assert conn.execute("SHOW lock_timeout").fetchone() == ("250ms",)
        assert conn.execute("SHOW timezone").fetchone() == ("UTC",)


def test_a_dedicated_connection_commits_each_statement_and_is_held_to_the_same_limits(db: Database) -> None:
    with db.connect() as conn:
        conn.execute("SELECT 1")
        assert conn.info.transaction_status == pq.TransactionStatus.IDLE
        assert conn.execute("SHOW statement_timeout").fetchone() == ("30s",)


def test_session_options_in_the_url_are_kept_beside_ours(database_url: str) -> None:
    with Database(f"{database_url}&options=-c%20work_mem%3D7MB") as db, db.transaction() as conn:
        assert conn.execute("SHOW work_mem").fetchone() == ("7MB",)
        assert conn.execute("SHOW lock_timeout").fetchone() == ("250ms",)


def test_a_promise_beyond_what_is_there_names_the_law_it_breaks(db: Database) -> None:
    with pytest.raises(ConstraintBroken) as caught, db.transaction() as conn:
        conn.execute(STOCK, [5, 6])
    assert caught.value.constraint == "stock_no_promise_beyond"


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("INSERT INTO epoch (rules) VALUES (2)", Duplicate),
        ("INSERT INTO barcode VALUES ('00000000000000', 9)", Missing),
        ("SELECT nothing FROM nowhere", Rejected),
        ("SELECT 1 / 0", Rejected),
        ("SET LOCAL statement_timeout = 10; SELECT pg_sleep(5)", Busy),
        ("SELECT pg_terminate_backend(pg_backend_pid())", Unavailable),
    ],
)
def test_each_refusal_has_its_own_word(db: Database, statement: str, kind: type[StoreError]) -> None:
    with pytest.raises(kind), db.transaction() as conn:
        conn.execute(statement)


def test_a_row_that_another_holds_is_a_clean_busy(db: Database) -> None:
    with db.transaction() as conn:
        conn.execute("INSERT INTO head VALUES (0, 1, 0, now())")
    lock = "SELECT FROM head FOR NO KEY UPDATE"
    with db.transaction() as first, pytest.raises(Busy), db.transaction() as second:
        first.execute(lock)
        second.execute(lock)


def test_a_deadlock_is_busy_for_one_and_nothing_for_the_other(database_url: str) -> None:
    # Both wait longer than deadlock_timeout, which is a second.
    with Database(database_url, Limits(lock_timeout_ms=60_000, statement_timeout_ms=60_000)) as db:
        with db.transaction() as conn:
            conn.execute("INSERT INTO head VALUES (0, 1, 0, now()), (0, 2, 0, now())")
        meet, answers = threading.Barrier(2), []

        def cross(first: int, second: int) -> None:
            try:
                with db.transaction() as conn:
                    for item in (first, second):
                        conn.execute("SELECT FROM head WHERE item = %s FOR NO KEY UPDATE", [item])
                        meet.wait(PATIENCE_S) if item == first else None
                answers.append("done")
            except Busy:
                answers.append("busy")

        threads = [threading.Thread(target=cross, args=order) for order in [(1, 2), (2, 1)]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(answers) == ["busy", "done"]


def test_a_full_pool_is_busy_and_a_dead_server_is_unavailable(database_url: str, home: Path) -> None:
    limits = Limits(pool_max=1, pool_wait_s=0.2)
    with Database(database_url, limits) as db, db.transaction(), pytest.raises(Busy), db.transaction():
        pass
    nowhere = Database(f"postgresql://truestock@/truestock?host={home}", limits)
    with nowhere, pytest.raises(Unavailable), nowhere.transaction():
        pass
    with pytest.raises(Unavailable):
        nowhere.connect()


def test_after_the_server_came_back_one_failure_renews_all_pooled_connections(home: Path) -> None:
    with EmbeddedServer(home, binaries_under_test(), FAST) as server, Database(server.url) as db:
        with db.transaction(), db.transaction(), db.transaction():
            pass  # three idle connections from now on
        killed = server.pid
        assert killed
        kill(killed, signal.SIGKILL)
        until(lambda: server.pid != killed and server.cluster.answers())
        with pytest.raises(Unavailable), db.transaction() as conn:
            conn.execute("SELECT 1")
        for _ in range(5):
            with db.transaction() as conn:
                conn.execute("SELECT 1")
