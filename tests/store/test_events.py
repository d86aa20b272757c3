"""The outbox: what happened is there when its transaction is, for those alone who want it."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from truestock.core.identity import part_of
from truestock.store.database import Database
from truestock.store.events import (
    EVENTS,
    ChannelDown,
    DriftFound,
    Event,
    OrderShipped,
    OrderShort,
    OwedLine,
    announce,
    first_id_at,
    take_event_ids,
)

SHIPPED = OrderShipped("web", "1001", "00ff", "shipped", 3)
DOWN = ChannelDown("web", "nobody there")


def listen(db: Database, *kinds: str) -> None:
    with db.transaction() as conn:
        conn.execute(
            "INSERT INTO webhook (id, url, kinds, secrets, atp_seq, added_at) VALUES (1, 'u', %s, '', 0, now())",
            [list(kinds)],
        )


def found(db: Database) -> list[tuple[object, ...]]:
    with db.transaction() as conn:
        return conn.execute("SELECT kind, subject, data FROM event ORDER BY id").fetchall()


def tell(db: Database, *events: Event) -> None:
    with db.transaction() as conn:
        announce(conn, events)


def test_an_event_is_written_with_what_it_is_about(db: Database) -> None:
    listen(db, "order.shipped", "channel.down", "order.short", "drift.found")
    owed = OrderShort("web", 'a"b\\c', "00ff", [OwedLine("S1", 2)])
    tell(db, SHIPPED, DOWN, owed, DriftFound("web", "L1", "missing", 4, None))
    assert [(kind, subject) for kind, subject, _ in found(db)] == [
        ("order.shipped", "web/1001"), ("channel.down", "web"), ("order.short", 'web/a"b\\c'), ("drift.found", "web/L1")
    ]  # fmt: skip
    assert found(db)[2][2] == {
        "channel": "web", "ref": 'a"b\\c', "id": "00ff", "lines": [{"sku": "S1", "units": 2}]
    }  # fmt: skip


def test_what_nobody_wants_is_not_written(db: Database) -> None:
    tell(db, SHIPPED)
    listen(db, "channel.down")
    tell(db, SHIPPED, DOWN)
    tell(db)
    assert [kind for kind, *_ in found(db)] == ["channel.down"]


def test_what_is_undone_was_never_told(db: Database) -> None:
    listen(db, "channel.down")
    with pytest.raises(RuntimeError), db.transaction() as conn:
        announce(conn, [DOWN])
        raise RuntimeError
    assert found(db) == []


def test_ids_differ_also_when_many_take_them_at_once() -> None:
    taken: list[int] = []

    def take() -> None:
        for _ in range(50):
            taken.extend(take_event_ids(100))

    threads = [Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(taken)) == 4 * 50 * 100
    assert all(0 < event < 2**63 for event in taken)
    assert len({part_of(event) for event in taken}) > 200


def test_an_id_says_when() -> None:
    now = datetime.now(UTC)
    (event,) = take_event_ids(1)
    assert first_id_at(now - timedelta(seconds=1)) <= event < first_id_at(now + timedelta(minutes=1))
    assert first_id_at(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert first_id_at(datetime(9999, 1, 1, tzinfo=UTC)) == 2**63 - 1


def test_every_kind_is_listed_once() -> None:
    kinds = [shape.kind for shape in EVENTS]
    assert len(set(kinds)) == len(kinds)
