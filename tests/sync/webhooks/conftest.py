"""A hub's webhooks over a fresh database, and couriers that may go to this machine."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from tests.sync.webhooks.receivers import Receiver
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.connections.seal import Seal
from truestock.store.database import Database
from truestock.store.events import Event, OrderShipped, announce
from truestock.sync.webhooks import manage
from truestock.sync.webhooks.courier import Courier
from truestock.sync.webhooks.manage import NewSecret
from truestock.sync.webhooks.sender import Sender

SEAL = Seal(b"k" * 32)


def shipped(ref: str, channel: str = "web") -> OrderShipped:
    """An order of a channel was shipped."""
    return OrderShipped(channel, ref, "00ff", "shipped", 1)


def courier(db: Database, timeout_s: float = 5.0, **how: Any) -> Courier:
    """One that looks often."""
    often = {"look_every_s": 0.02, "gather_every_s": 0.05}
    return Courier(db, lambda: SEAL, lambda: Sender(to_lan=True, timeout_s=timeout_s), **{**often, **how})


@contextmanager
def running(db: Database, **how: Any) -> Iterator[Courier]:
    """A courier at work until the block ends."""
    found = courier(db, **how)
    found.start()
    try:
        yield found
    finally:
        found.stop()


class Post:
    """What a test does with webhooks."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def add(self, receiver: Receiver, *kinds: str, channel: str | None = None) -> NewSecret:
        """Tell a receiver of some kinds, of what is shipped unless they are named."""
        return manage.add(self.db, SEAL, receiver.url, kinds or ("order.shipped",), channel, to_lan=True)

    def tell(self, *events: Event) -> None:
        """These have happened."""
        with self.db.transaction() as conn:
            announce(conn, events)

    def rows(self, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
        """Deliveries as they are stored."""
        with self.db.transaction() as conn:
            ordered = f"SELECT * FROM delivery WHERE {where} ORDER BY id, webhook"
            return conn.execute(f"SELECT {columns} FROM ({ordered}) d").fetchall()

    def states(self) -> list[str]:
        """The states of all deliveries."""
        return [state for (state,) in self.rows("state")]

    def events(self) -> int:
        """Events that are not made into deliveries yet."""
        with self.db.transaction() as conn:
            ((count,),) = conn.execute("SELECT count(*) FROM event").fetchall()
        return int(count)

    def set(self, change: str, table: str = "delivery", values: Sequence[object] = ()) -> None:
        """Change what is stored, as time would."""
        with self.db.transaction() as conn:
            conn.execute(f"UPDATE {table} SET {change}", values)


@pytest.fixture
def post(db: Database) -> Post:
    """Channels web and market, and no webhook yet."""
    put_channels(db, [ChannelDraft("web"), ChannelDraft("market")])
    return Post(db)
