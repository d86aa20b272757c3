"""Outside shops that answer beside the test, and a search for what must not be found."""

import asyncio
import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import sql

from tests.connectors.counterparts.generic import SECRET, Shop
from truestock.store.database import Database

SEALED_WITH = base64.b64encode(b"a key of thirty-two bytes, no 1.").decode()
SETTINGS = {"decrements": "never", "calls_per_s": 1000, "burst": 1000}
BEARER = "a-bearer-token-of-the-tests"


@contextmanager
def answering(shop: Shop) -> Iterator[Shop]:
    """The shop answers from a thread of its own until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(shop.up(), loop).result(10)
        yield shop
        asyncio.run_coroutine_threadsafe(shop.down(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def secret_forms() -> list[str]:
    """The secrets of the tests in every form in which somebody could find them."""
    texts = [SECRET, SECRET.removeprefix("whsec_"), BEARER]
    found = [*texts, *(text.encode().hex() for text in texts)]
    return [*found, *(base64.b64encode(text.encode()).decode().rstrip("=") for text in texts)]


def everything_stored(db: Database) -> str:
    """Every row of every table as text."""
    with db.transaction() as conn:
        tables = conn.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        found = [
            row
            for (table,) in tables.fetchall()
            for (row,) in conn.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table)))
        ]
    return "\n".join(found)
