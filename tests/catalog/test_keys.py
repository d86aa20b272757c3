"""API keys: what is stored of them, who is found by a token, and what ends one."""

from datetime import UTC, datetime, timedelta

import pytest

from truestock.catalog.keys import KeyDraft, KeyRing, create_key, list_keys, revoke_key
from truestock.core.problems import Problem
from truestock.store.database import Database


def test_a_key_is_found_by_its_token_and_by_no_other(db: Database) -> None:
    made = create_key(db, KeyDraft("till", ("orders", "read")))
    other = create_key(db, KeyDraft("erp"))
    ring = KeyRing(db)
    found = ring.find(made.token)
    assert found is not None
    assert (found.id, found.name, set(found.scopes)) == (made.key.id, "till", {"orders", "read"})
    swapped = f"ts_live_{made.key.id}_{other.token.split('_', 3)[3]}"
    wrong = [swapped, made.token[:-1], made.token + "A", made.token.removeprefix("ts_"), "", "ts_live_", "ts_live_x_y"]
    assert [ring.find(token) for token in wrong] == [None] * len(wrong)


def test_no_secret_is_stored_or_shown(shop: Database) -> None:
    made = create_key(shop, KeyDraft("web", ("orders",), channel="web"))
    secret = made.token.split("_", 3)[3]
    with shop.transaction() as conn:
        stored = str(conn.execute("SELECT k::text, encode(digest, 'escape') FROM api_key k").fetchall())
    assert secret not in stored
    assert secret not in repr(made)
    assert secret not in repr(list_keys(shop))
    assert repr(KeyRing(shop).find(made.token)).count("digest") == 0


def test_a_revoked_and_an_expired_key_open_nothing(db: Database) -> None:
    revoked = create_key(db, KeyDraft("old"))
    expired = create_key(db, KeyDraft("past", expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    ring = KeyRing(db)
    assert ring.find(revoked.token)
    first = revoke_key(db, revoked.key.id).revoked_at
    assert first is not None
    assert revoke_key(db, revoked.key.id).revoked_at == first
    ring.refresh()
    assert ring.find(revoked.token) is None
    assert ring.find(expired.token) is None
    assert ring.exist


def test_a_key_that_expires_between_two_refreshes_ends_in_time(db: Database) -> None:
    made = create_key(db, KeyDraft("short", expires_at=datetime.now(UTC) + timedelta(seconds=0.2)))
    ring = KeyRing(db)
    assert ring.find(made.token)
    while datetime.now(UTC) <= made.key.expires_at:  # type: ignore[operator]
        pass
    assert ring.find(made.token) is None


def test_use_is_noted(db: Database) -> None:
    made = create_key(db, KeyDraft("till"))
    ring = KeyRing(db)
    ring.find(made.token)
    ring.note_use()
    (stored,) = list_keys(db).rows
    assert stored.last_used_at is not None


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (KeyDraft(""), "name"),
        (KeyDraft("a", ()), "scopes"),
        (KeyDraft("a", ("root",)), "scopes"),
        (KeyDraft("a", ("admin",), channel="web"), "scopes"),
        (KeyDraft("a", channel="nowhere"), "channel"),
        (KeyDraft("a", expires_at=datetime(2030, 1, 1)), "expires_at"),  # noqa: DTZ001
    ],
)
def test_a_key_that_cannot_be_meant_is_refused(db: Database, draft: KeyDraft, field: str) -> None:
    with pytest.raises(Problem) as refused:
        create_key(db, draft)
    assert refused.value.field == field
