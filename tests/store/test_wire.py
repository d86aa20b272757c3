"""Transactions sent ahead: in their order, each whole or not at all, and a broken one takes down those behind it."""

from collections.abc import Iterator

import pytest

from truestock.store.database import Database
from truestock.store.errors import Unavailable
from truestock.store.lane import GuessFailed, Statement, Wire


@pytest.fixture
def wire(db: Database) -> Iterator[Wire]:
    with db.transaction() as conn:
        conn.execute("CREATE TABLE told (n integer PRIMARY KEY, words text)")
    wire = Wire(db.connect())
    yield wire
    wire.close()


def tell(n: int, words: str | None = None) -> Statement:
    return "INSERT INTO told VALUES (%(n)s::integer, %(words)s::text)", {"n": n, "words": words}


def seen(n: int) -> Statement:
    return "SELECT n, words, 100 %% 7 FROM told WHERE n <= %(n)s::integer ORDER BY n", {"n": n}


def told(db: Database) -> list[int]:
    with db.transaction() as conn:
        return [n for (n,) in conn.execute("SELECT n FROM told ORDER BY n").fetchall()]


def test_each_is_answered_by_itself_and_sees_those_before_it(wire: Wire, db: Database) -> None:
    wire.send([tell(1, "été"), seen(9)])
    wire.send([tell(2), seen(9)])
    assert wire.land() == [[("1", "été", "2")]]
    wire.send([tell(3), seen(1)])
    assert wire.land() == [[("1", "été", "2"), ("2", None, "2")]]
    assert wire.land() == [[("1", "été", "2")]]
    assert told(db) == [1, 2, 3]


def test_a_failure_takes_down_those_behind_it_and_nothing_before(wire: Wire, db: Database) -> None:
    wire.send([tell(1)])
    wire.send([tell(2), tell(1)])
    # By itself this one would be fine; but it was decided on what the one before it was to write.
    wire.send([tell(3)])
    wire.land()
    for _ in range(2):
        with pytest.raises(GuessFailed):
            wire.land()
    wire.recover()
    assert told(db) == [1]


def test_statements_that_were_first_seen_behind_a_failure_work_later(wire: Wire, db: Database) -> None:
    wire.send([("SELECT 1 / %(n)s::integer", {"n": 0}), tell(1)])
    with pytest.raises(GuessFailed, match="division by zero"):
        wire.land()
    wire.recover()
    wire.send([("SELECT 1 / %(n)s::integer", {"n": 1}), tell(1)])
    assert wire.land() == [[("1",)]]
    assert told(db) == [1]


def test_more_than_the_sockets_hold_goes_through_both_ways(wire: Wire, db: Database) -> None:
    long = "x" * 8_000_000
    for n in range(3):
        wire.send([tell(n, long), seen(n)])
    for n in range(3):
        assert [(row[0], len(row[1] or "")) for row in wire.land()[0]] == [(str(m), len(long)) for m in range(n + 1)]
    assert told(db) == [0, 1, 2]


def test_a_lost_connection_says_so(wire: Wire, db: Database) -> None:
    wire.send([("SELECT pg_backend_pid()", {})])
    (((pid,),),) = wire.land()
    wire.send([("SELECT pg_sleep(20)", {}), tell(1)])
    with db.transaction() as conn:
        conn.execute("SELECT pg_terminate_backend(%s::integer)", [pid])
    with pytest.raises(Unavailable):
        wire.land()
    with pytest.raises(Unavailable):
        wire.send([tell(2)])
    assert told(db) == []
