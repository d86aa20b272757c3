"""One formula, read in two ways: item by item through core's view, and in sets through SQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.availability.worlds import CHANNELS, World, worlds
from truestock.availability.bulk import read_bulk
from truestock.availability.present import prepare, read_books
from truestock.core.available.listing import places_of
from truestock.core.book.view import view_of
from truestock.store.database import Connection, Database

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def conn(module_db: Database) -> Iterator[Connection]:
    with module_db.connect() as connected:
        yield prepare(connected)


@contextmanager
def written(conn: Connection, world: World) -> Iterator[None]:
    """The world in the tables until the block ends."""
    with conn.transaction(force_rollback=True):
        world.write(conn)
        yield


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_sql_and_core_agree_on_any_world(conn: Connection, data: st.DataObject) -> None:
    world = data.draw(worlds(NOW))
    with written(conn, world):
        books = read_books(conn, world.items, epoch=1)
        bulk = read_bulk(conn, world.network, world.items, CHANNELS)
    for item, book in books.items():
        for channel in CHANNELS:
            view = view_of(book, channel)
            assert bulk.atp(item, channel) == view.terms()
            assert {loc: n for loc, n in bulk.places(item, channel).items() if n} == {
                loc: n for loc, n in places_of(view).items() if n
            }
        assert bulk.versions[item] == book.version == 7
