"""API keys: who may call, with which scopes, and for which channel.

Only a digest is stored; the secret is random, shown once, and nowhere else. Where a key is asked for is the surface's
affair.
"""

import hmac
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from truestock.catalog import queries
from truestock.core.checks import check_choice, check_text, check_zone
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.store.database import Connection, Database
from truestock.store.paging import Page, page_of

SCOPES = ("read", "orders", "stock", "approve", "catalog", "admin")
PREFIX = "ts_live_"
ID_BYTES = 6
SECRET_BYTES = 32
KEYS_MAX = 10_000
NOTE_USE_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class KeyDraft:
    """A key as somebody wants it: what it is for, what it may do, and the channel it acts for alone, if one."""

    name: str
    scopes: tuple[str, ...] = ("read",)
    channel: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key as it is, without its secret."""

    id: str
    name: str
    scopes: tuple[str, ...]
    channel: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A new key with its token, which nobody can read again."""

    key: StoredKey
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LiveKey:
    """What is checked of a key that is neither revoked nor expired."""

    id: str
    digest: bytes = field(repr=False)
    name: str
    scopes: frozenset[str]
    channel: str | None
    expires_at: datetime | None


def create_key(db: Database, draft: KeyDraft) -> NewKey:
    """Make a key. Raises Invalid, NotFound for the channel, Conflict past the bound."""
    _check(draft)
    key, secret = secrets.token_hex(ID_BYTES), secrets.token_urlsafe(SECRET_BYTES)
    parameters = {
        "id": key,
        "name": draft.name,
        "digest": _digest(secret),
        "scopes": list(draft.scopes),
        "channel": draft.channel,
        "expires_at": draft.expires_at,
    }
    with db.transaction() as conn:
        if _count(conn) >= KEYS_MAX:
            raise Conflict(f"there are {KEYS_MAX} keys already; a hub takes no more")
        if draft.channel is not None and draft.channel not in {code for (code,) in conn.execute(queries.channel_codes)}:
            raise NotFound("channel", draft.channel)
        conn.execute(queries.insert_key, parameters)
        (stored,) = _stored(conn, [key])
    return NewKey(stored, f"{PREFIX}{key}_{secret}")


def list_keys(db: Database, after: str | None = None, limit: int = 100) -> Page[StoredKey]:
    """Keys by id, a page at a time, the revoked ones too."""
    with db.transaction() as conn:
        rows = conn.execute(queries.list_keys, {"after": after or "", "limit": limit + 1})
        return page_of([_key(row) for row in rows], limit, lambda key: key.id)


def revoke_key(db: Database, key: str) -> StoredKey:
    """End a key for good; one that is revoked already stays so since then. Raises NotFound."""
    with db.transaction() as conn:
        conn.execute(queries.revoke_keys, {"ids": [key]})
        for stored in _stored(conn, [key]):
            return stored
    raise NotFound("key", key, "id")


class KeyRing:
    """The live keys in memory. `refresh` reads them anew; between two of them nothing asks the database."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._live: dict[str, LiveKey] = {}
        self._used: dict[str, datetime] = {}
        self._noted_at = time.monotonic()
        self.exist = False
        self.refresh()

    def refresh(self) -> None:
        """Take over what was made or revoked, and from time to time write down which keys were used."""
        with self._db.transaction() as conn:
            self.exist = _count(conn) > 0
            self._live = {
                key: LiveKey(key, bytes(digest), name, frozenset(scopes), channel, expires_at)
                for key, digest, name, scopes, channel, expires_at in conn.execute(queries.live_keys)
            }
            if self._used and time.monotonic() - self._noted_at >= NOTE_USE_EVERY_S:
                self._note_use(conn)

    def find(self, token: str) -> LiveKey | None:
        """The key of a token, if it is live."""
        key, _, secret = token.removeprefix(PREFIX).partition("_")
        live = self._live.get(key) if token.startswith(PREFIX) else None
        if live is None or not hmac.compare_digest(_digest(secret), live.digest):
            return None
        now = datetime.now(UTC)
        if live.expires_at is not None and live.expires_at <= now:
            return None
        self._used[key] = now
        return live

    def note_use(self) -> None:
        """Write down now which keys were used."""
        with self._db.transaction() as conn:
            self._note_use(conn)

    def _note_use(self, conn: Connection) -> None:
        used, self._used = self._used, {}
        conn.execute(queries.note_key_use, {"ids": list(used), "at": list(used.values())})
        self._noted_at = time.monotonic()


def _check(draft: KeyDraft) -> None:
    check_text("name", draft.name, required=True)
    if not draft.scopes:
        raise Invalid("scopes", f"a key needs a scope; choose from {', '.join(SCOPES)}")
    for scope in draft.scopes:
        check_choice("scopes", scope, SCOPES, required=True)
    if draft.channel is not None and "admin" in draft.scopes:
        raise Invalid("scopes", "a key that is bound to a channel cannot have the scope admin; leave one of them out")
    check_zone("expires_at", draft.expires_at)


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _count(conn: Connection) -> int:
    rows: list[tuple[int]] = conn.execute(queries.count_keys).fetchall()
    return rows[0][0]


def _stored(conn: Connection, ids: Sequence[str]) -> list[StoredKey]:
    return [_key(row) for row in conn.execute(queries.keys_by_id, {"ids": list(ids)})]


def _key(row: tuple[Any, ...]) -> StoredKey:
    key, name, scopes, *rest = row
    return StoredKey(key, name, tuple(scopes), *rest)
