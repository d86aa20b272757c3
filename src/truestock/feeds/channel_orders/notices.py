"""Keeps what channels send by themselves, once, as it came; only which order to go and read is believed of it."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from truestock.connectors.contract.notices import Notice
from truestock.connectors.contract.orders import SeenOrder
from truestock.connectors.contract.veil import veiled
from truestock.feeds.channel_orders import queries
from truestock.store.arrays import ints, texts, words
from truestock.store.database import Connection, Database


class Heard(msgspec.Struct, frozen=True):
    """A genuine message of a channel, by its id, with the body as it came."""

    channel: int
    notice: Notice
    body: bytes
    weight: int = 1

    @property
    def id(self) -> str:
        """The same for the same message: some channels use a delivery's own id twice."""
        said = self.notice
        parts = (str(self.channel), said.topic, said.about, said.object, said.changed_at)
        digest = hashlib.blake2b(digest_size=16)
        for part in (*(part.encode() for part in parts), self.body):
            digest.update(b"%d:" % len(part) + part)
        return digest.hexdigest()


def add(conn: Connection, heard: Sequence[Heard], _wait: bool = True) -> list[bool]:
    """Write down messages in one transaction; one that is known already changes nothing. True for each, after it."""
    rows = {message.id: message for message in heard}
    ids = sorted(rows)
    with conn.transaction():
        conn.execute(
            queries.add_notices,
            {
                "parts": ints(int(i[:2], 16) for i in ids),
                "ids": words(ids),
                "channels": ints(rows[i].channel for i in ids),
                "topics": texts(rows[i].notice.topic for i in ids),
                "abouts": texts(rows[i].notice.about for i in ids),
                "objects": texts(rows[i].notice.object for i in ids),
                "changed": texts(rows[i].notice.changed_at for i in ids),
                "bodies": [rows[i].body for i in ids],
                "sent": texts(_sent(rows[i].notice) for i in ids),
            },
            prepare=True,
        )
    return [True] * len(heard)


def _sent(notice: Notice) -> str:
    return "" if notice.order is None else msgspec.json.encode(notice.order).decode()


def sent(db: Database, channel: int, limit: int) -> dict[str, SeenOrder]:
    """Orders that came whole and are to be taken, by their messages' ids, in the order of coming."""
    with db.transaction() as conn:
        rows = conn.execute(queries.sent_orders, {"channel": channel, "limit": limit}, prepare=True).fetchall()
    return {message: msgspec.json.decode(order, type=SeenOrder) for message, order in rows}


def settle_sent(db: Database, messages: Iterable[str]) -> None:
    """The orders of these messages were taken."""
    ids = list(messages)
    with db.transaction() as conn:
        conn.execute(queries.settle_sent, {"parts": ints(int(i[:2], 16) for i in ids), "ids": words(ids)})


def waiting(db: Database, channel: int, limit: int) -> tuple[list[str], datetime]:
    """Orders that were heard of and are to be read, and until when they were heard of."""
    with db.transaction() as conn:
        conn.execute(queries.settle_other_notices, {"channel": channel})
        ((now,),) = conn.execute(queries.clock).fetchall()
        rows = conn.execute(queries.objects_heard_of, {"channel": channel, "limit": limit}, prepare=True).fetchall()
    return [order for (order,) in rows], now


def settle(db: Database, channel: int, troubles: dict[str, str], before: datetime) -> None:
    """These orders were read, or could not be for a reason, after all that was heard of them before an instant."""
    parameters = {
        "channel": channel,
        "objects": texts(troubles),
        "troubles": texts(map(veiled, troubles.values())),
        "before": before,
    }
    with db.transaction() as conn:
        conn.execute(queries.settle_notices, parameters)
