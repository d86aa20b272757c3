"""The generated worlds obey the ledger's laws and have every kind of rule."""

from collections.abc import Callable

import pytest

from tests.conftest import TEMPLATE
from truestock.core.identity import part_of
from truestock.entrypoints.bench.stages.world import World, make
from truestock.ledger.proof.check import check
from truestock.store.database import Database

WORLDS = [
    World(items=3),
    World(items=30, locations=4, channels=3, sales=3, promises=7, hot_promises=250),
    World(items=1, sales=20),
]


@pytest.mark.parametrize("world", WORLDS, ids=str)
def test_a_world_passes_the_check(world: World, clone: Callable[[str], str]) -> None:
    with Database(clone(TEMPLATE)) as db:
        make(db, world)
        assert [finding for _, findings in check(db) for finding in findings] == []


def test_a_world_has_what_it_promises(clone: Callable[[str], str]) -> None:
    world = WORLDS[1]
    with Database(clone(TEMPLATE)) as db:
        make(db, world)
        with db.transaction() as conn:
            counts = {
                table: conn.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
                for table in ("stock", "entry", "promise", "orders", "kept")
            }
            kinds = {kind for (kind,) in conn.execute("SELECT kind FROM policy")}
            parts = conn.execute("SELECT id, part FROM item UNION ALL SELECT id, part FROM movement").fetchall()
            orders = conn.execute("SELECT part, channel, ref, id FROM orders").fetchall()
            (reserved,) = conn.execute("SELECT sum(reserved) FROM stock WHERE item = 1").fetchall()[0]
    promises = 29 * 7 + 250
    assert counts == {"stock": 120, "entry": 240 + 270 + promises, "promise": promises, "orders": promises, "kept": 3}
    assert kinds == {"safety_stock", "buffer", "cap", "sell_out_at", "protection"}
    assert all(part == part_of(number) for number, part in parts)
    assert reserved == 250
    assert len({ref for _, _, ref, _ in orders}) == promises
    for part, channel, ref, order_id in orders:
        shape = bytes((part, channel)) + int(ref.removeprefix("seed-")).to_bytes(5)
        assert order_id.bytes.startswith(shape)
