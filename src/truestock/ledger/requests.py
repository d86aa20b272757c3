"""Exactly once in effect: what a command's key was answered, kept beside what it did."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple

import msgspec

from truestock.core.identity import part_of_text
from truestock.ledger import queries
from truestock.store.arrays import ints, texts
from truestock.store.database import Connection
from truestock.store.upkeep.retention import Trim

# How a key begins that is made of what a document says: its number, the place of a line in it.
DOCUMENT: Final = '["'


class Key(NamedTuple):
    """A key is unique in its scope (the kind of command)."""

    scope: str
    key: str

    @property
    def part(self) -> int:
        """The part its row lives in."""
        return part_of_text(self.scope, self.key)


class Remembered(NamedTuple):
    """The digest of what was asked, and the answer as JSON."""

    content: bytes
    result: bytes


def recall(conn: Connection, keys: Iterable[Key]) -> dict[Key, Remembered]:
    """What these keys were answered before. Under the lock of what the command changes, if it is to be exact."""
    wanted = sorted(set(keys), key=lambda k: (k.part, k))
    if not wanted:
        return {}
    rows = conn.execute(
        queries.requests,
        {
            "parts": ints(k.part for k in wanted),
            "scopes": texts(k.scope for k in wanted),
            "keys": texts(k.key for k in wanted),
        },
        prepare=True,
    ).fetchall()
    return {Key(scope, key): Remembered(content, result.encode()) for scope, key, content, result in rows}


class Requests:
    """The keys of a batch: what they were answered before, and what this transaction answers them."""

    def __init__(self, conn: Connection, keys: Iterable[Key]) -> None:
        self._conn = conn
        self._known = recall(conn, keys)
        self._done: dict[Key, tuple[bytes, object, str]] = {}

    @property
    def answered(self) -> bool:
        """Whether this transaction has answered any."""
        return bool(self._done)

    def seen(self, key: Key) -> Remembered | None:
        """What a key was answered, before or by an earlier command of this transaction."""
        if key in self._done:
            content, result, _ = self._done[key]
            return Remembered(content, msgspec.json.encode(result))
        return self._known.get(key)

    def answer(self, key: Key, content: bytes, result: object, actor: str) -> None:
        """From now on this is the key's answer."""
        self._done[key] = (content, result, actor)

    def write(self, now: datetime) -> None:
        """Queue the rows; a key taken meanwhile breaks the transaction."""
        if not self._done:
            return
        rows = sorted(self._done.items(), key=lambda row: (row[0].part, row[0]))
        self._conn.execute(
            queries.add_requests,
            {
                "parts": ints(k.part for k, _ in rows),
                "scopes": texts(k.scope for k, _ in rows),
                "keys": texts(k.key for k, _ in rows),
                "contents": [content for _, (content, _, _) in rows],
                "results": texts(msgspec.json.encode(answer).decode() for _, (_, answer, _) in rows),
                "actors": texts(actor for _, (_, _, actor) in rows),
                "now": now,
            },
            prepare=True,
        )


def _trim(of_documents: bool, conn: Connection, before: datetime, part: int) -> int:
    which = {"before": before, "part": part, "documents": DOCUMENT, "of_documents": of_documents}
    return conn.execute(queries.trim_requests, which).rowcount


# A key may be forgotten once nobody sends its request again; until then it has to answer the same.
TRIM: Final = Trim("request keys", partial(_trim, False))
# What a document says is told again by a file much later than a request is sent again.
DOCUMENTS_TRIM: Final = Trim("keys of documents' lines", partial(_trim, True))
