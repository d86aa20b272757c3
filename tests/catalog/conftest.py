"""A small company for the tests of this room: two channels, three locations, four items."""

from collections.abc import Sequence

import pytest

from truestock.catalog.changes import Result
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.catalog.items import ItemDraft, put_items
from truestock.catalog.locations import LocationDraft, put_locations
from truestock.core.problems import Problem
from truestock.store.database import Database


@pytest.fixture
def shop(db: Database) -> Database:
    """Items A, B and C of category toys, lot-tracked L; web and retail draw on dc, store and the virtual vendor."""
    put_items(db, [ItemDraft(sku, category="toys") for sku in "ABC"])
    put_items(db, [ItemDraft("L", lot_tracked=True)])
    put_locations(
        db,
        [
            LocationDraft("dc", kind="dc"),
            LocationDraft("store", kind="store"),
            LocationDraft("vendor", kind="supplier", tier="virtual"),
        ],
    )
    put_channels(
        db,
        [
            ChannelDraft("retail", group="retail", rank=1, locations=("store", "dc")),
            ChannelDraft("web", rank=2, locations=("dc", "store", "vendor")),
        ],
    )
    return db


def outcomes(results: Sequence[Result]) -> list[str]:
    """One word per line: what became of it, or the field at fault."""
    return [r.field or r.type if isinstance(r, Problem) else r.outcome for r in results]


def reason(result: Result) -> str:
    """Why a line was refused."""
    assert isinstance(result, Problem)
    return result.detail


def epoch(db: Database) -> int:
    """The rule epoch."""
    with db.transaction() as conn:
        return int(conn.execute("SELECT rules FROM epoch").fetchall()[0][0])


def versions(db: Database) -> dict[str, int]:
    """The version of every item's head."""
    with db.transaction() as conn:
        return dict(conn.execute("SELECT i.sku, h.version FROM head h JOIN item i ON i.id = h.item").fetchall())


def put_stock(db: Database, sku: str) -> None:
    """Give an item a stock row, as a receipt would."""
    with db.transaction() as conn:
        conn.execute("INSERT INTO stock SELECT part, id, 1, 0, 0, 0, 5, 0 FROM item WHERE sku = %s", [sku])
