"""The key is changed: everything is sealed anew, all or nothing, and whoever runs meanwhile opens what there is."""

import base64
import os
import threading
import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from truestock.bootstrap import VAULTS, rotate_secrets, seal_of
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.config import Settings
from truestock.connections.key_file import add_key, alone, keys_in
from truestock.connections.reached import VAULT, connections, put_connection, whose
from truestock.connections.rotation import Rotated, reseal
from truestock.connections.seal import Seal
from truestock.core.problems import Conflict, Invalid
from truestock.store.database import Database
from truestock.store.errors import StoreError

CODES = ("web", "market", "retail")
SECRETS = {"token": "canary"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The key lies in a file."""
    return Settings(data_dir=tmp_path)


@pytest.fixture
def connected(db: Database, settings: Settings) -> Database:
    """Three channels with secrets."""
    put_channels(db, [ChannelDraft(code) for code in CODES])
    for code in CODES:
        put_connection(db, seal_of(settings), code, "generic", {}, SECRETS)
    return db


def opened(db: Database, seal: Seal) -> list[dict[str, str]]:
    """The secrets of all channels. Raises SealBroken."""
    return [seal.open(whose(reached.id), reached.sealed) for reached in connections(db)]


def file_of(settings: Settings) -> Path:
    return settings.data_dir / "secret.key"


def text(key: bytes) -> SecretStr:
    return SecretStr(base64.b64encode(key).decode())


def test_the_file_gets_a_new_key_which_alone_opens_everything(connected: Database, settings: Settings) -> None:
    (old,) = keys_in(file_of(settings))
    assert rotate_secrets(settings, connected, 0) == Rotated(len(CODES), [])
    (new,) = keys_in(file_of(settings))
    assert new != old
    assert opened(connected, Seal(new)) == [SECRETS] * len(CODES)
    assert file_of(settings).stat().st_mode & 0o777 == 0o600
    assert [file.name for file in settings.data_dir.iterdir()] == ["secret.key"]


def test_one_that_was_killed_is_gone_on_with_and_makes_no_third_key(connected: Database, settings: Settings) -> None:
    (old,) = keys_in(file_of(settings))
    add_key(file_of(settings))
    begun, kept = keys_in(file_of(settings))
    assert kept == old
    assert opened(connected, seal_of(settings)) == [SECRETS] * len(CODES)
    reseal(connected, VAULTS, seal_of(settings))
    assert opened(connected, seal_of(settings)) == [SECRETS] * len(CODES)
    assert rotate_secrets(settings, connected, 0) == Rotated(0, [])
    assert keys_in(file_of(settings)) == [begun]
    assert opened(connected, seal_of(settings)) == [SECRETS] * len(CODES)


def test_what_was_sealed_with_the_old_key_meanwhile_is_not_lost(connected: Database, settings: Settings) -> None:
    late = seal_of(settings)
    changing = threading.Thread(target=rotate_secrets, args=(settings, connected, 3.0))
    changing.start()
    while len(keys_in(file_of(settings))) == 1:
        time.sleep(0.01)
    put_connection(connected, late, "web", "generic", {}, {"token": "late"})
    changing.join()
    assert {"token": "late"} in opened(connected, seal_of(settings))


def test_everything_opens_at_every_moment(connected: Database, settings: Settings) -> None:
    changing = threading.Thread(target=rotate_secrets, args=(settings, connected, 0.5))
    changing.start()
    looks = 0
    while changing.is_alive():
        # Rows first, as whoever uses them: what they were sealed with is then still among the keys.
        found = connections(connected)
        seal = seal_of(settings)
        assert [seal.open(whose(reached.id), reached.sealed) for reached in found] == [SECRETS] * len(CODES)
        looks += 1
        time.sleep(0.005)
    assert looks > 1


def test_two_at_once_do_not_mix(connected: Database, settings: Settings) -> None:
    with alone(settings.data_dir), pytest.raises(Conflict, match="being changed already"):
        rotate_secrets(settings, connected, 0)
    assert rotate_secrets(settings, connected, 0).resealed == len(CODES)


def test_a_transaction_that_fails_seals_nothing_anew(connected: Database, settings: Settings) -> None:
    (old,) = keys_in(file_of(settings))
    seal = Seal(os.urandom(32), [old])
    with pytest.raises(StoreError):
        reseal(connected, [VAULT, VAULT._replace(lock="SELECT 1 / 0")], seal)
    assert opened(connected, Seal(old)) == [SECRETS] * len(CODES)


def test_what_no_key_opens_is_named_and_left(connected: Database, settings: Settings) -> None:
    put_connection(connected, Seal(os.urandom(32)), "market", "generic", {}, SECRETS)
    done = rotate_secrets(settings, connected, 0)
    assert (done.resealed, len(done.broken)) == (len(CODES) - 1, 1)
    assert done.broken[0].startswith("channel ")


def test_a_configured_key_takes_over_from_the_one_before_it(connected: Database, settings: Settings) -> None:
    (old,) = keys_in(file_of(settings))
    new = os.urandom(32)
    configured = settings.model_copy(update={"secret_key": text(new)})
    with pytest.raises(Invalid, match="openssl rand") as refused:
        rotate_secrets(configured, connected, 0)
    assert refused.value.field == "TRUESTOCK_SECRET_KEY_OLD"
    both = configured.model_copy(update={"secret_key_old": text(old)})
    assert opened(connected, seal_of(both)) == [SECRETS] * len(CODES)
    assert rotate_secrets(both, connected, 0) == Rotated(len(CODES), [])
    assert rotate_secrets(both, connected, 0) == Rotated(0, [])
    assert opened(connected, seal_of(configured)) == [SECRETS] * len(CODES)
    # And back into the file.
    back = settings.model_copy(update={"secret_key_old": text(new)})
    assert rotate_secrets(back, connected, 0) == Rotated(len(CODES), [])
    assert opened(connected, seal_of(settings)) == [SECRETS] * len(CODES)


def test_every_table_with_sealed_secrets_has_its_vault(db: Database) -> None:
    with db.transaction() as conn:
        tables = conn.execute(
            "SELECT table_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND data_type = 'bytea' AND column_name IN ('secrets', 'secret', 'sealed')"
        )
        assert {table for (table,) in tables} == {vault.table for vault in VAULTS}


def test_a_file_that_cannot_be_used_changes_nothing(connected: Database, settings: Settings) -> None:
    before = file_of(settings).read_text()
    file_of(settings).write_text("no key")
    with pytest.raises(ValueError, match="secret key"):
        rotate_secrets(settings, connected, 0)
    assert file_of(settings).read_text() == "no key"
    file_of(settings).write_text(before)
    assert opened(connected, seal_of(settings)) == [SECRETS] * len(CODES)
