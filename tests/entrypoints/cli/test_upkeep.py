"""secrets rotate and erase: typed, with what they say."""

import base64

import pytest

from tests.entrypoints.cli.conftest import Answer, Cli
from tests.entrypoints.shops import SEALED_WITH
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.connections.reached import connections, put_connection, whose
from truestock.connections.seal import Seal, key_from
from truestock.store.database import Database

NEW = base64.b64encode(b"another key of thirty-two bytes.").decode()


@pytest.fixture
def sealed(db: Database) -> Database:
    """A channel whose secrets are sealed with the present key."""
    put_channels(db, [ChannelDraft("web")])
    put_connection(db, Seal(key_from(SEALED_WITH)), "web", "generic", {}, {"token": "canary"})
    return db


def test_secrets_are_sealed_with_the_configured_key(
    sealed: Database, answer: Answer, fault: Answer, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUESTOCK_SECRET_KEY", NEW)
    assert fault("secrets", "rotate")["field"] == "TRUESTOCK_SECRET_KEY_OLD"
    monkeypatch.setenv("TRUESTOCK_SECRET_KEY_OLD", SEALED_WITH)
    assert answer("secrets", "rotate") == {"resealed": 1, "broken": []}
    (reached,) = connections(sealed)
    assert Seal(key_from(NEW)).open(whose(reached.id), reached.sealed) == {"token": "canary"}
    assert "Take TRUESTOCK_SECRET_KEY_OLD away" in cli("secrets", "rotate").stdout


def test_a_key_that_is_none_is_told_without_itself(fault: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUESTOCK_SECRET_KEY", "no key")
    monkeypatch.setenv("TRUESTOCK_SECRET_KEY_OLD", SEALED_WITH)
    told = fault("secrets", "rotate")
    assert (told["type"], told["detail"]) == ("secret-key", "the secret key is not base64")


def test_a_person_is_erased_and_nobody_is_where_nobody_is_told(answer: Answer, fault: Answer, cli: Cli) -> None:
    assert answer("erase", "--email", "ada@example.org") == {"orders": 0, "messages": 0}
    assert "would be erased: 0" in cli("erase", "--email", "ada@example.org", "--dry-run").stdout
    assert fault("erase")["field"] == "email"
    assert fault("erase", "--order", "5001")["field"] == "channel"
