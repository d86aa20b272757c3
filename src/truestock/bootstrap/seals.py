"""The keys that secrets are sealed with, as configured or from the data directory, and their change."""

from pathlib import Path
from typing import Final

from truestock.config import Settings
from truestock.connections.key_file import keys_in
from truestock.connections.reached import VAULT as CONNECTIONS
from truestock.connections.rotation import SETTLED_AFTER_S, Rotated, reseal, rotate_file
from truestock.connections.seal import Seal, key_from
from truestock.core.problems import Invalid
from truestock.feeds.file_sources.sources import VAULT as SOURCES
from truestock.feeds.stock.engine.feeds import VAULT as FEEDS
from truestock.store.database import Database
from truestock.sync.messages.alerts.targets import VAULT as ALERT_TARGETS
from truestock.sync.messages.rules import VAULT as MESSAGES
from truestock.sync.webhooks.manage import VAULT as WEBHOOKS

# Every table with sealed secrets.
VAULTS: Final = (CONNECTIONS, WEBHOOKS, MESSAGES, ALERT_TARGETS, SOURCES, FEEDS)


def seal_of(settings: Settings) -> Seal:
    """The seal of the configured keys, or of those in the data directory. Raises ValueError, OSError."""
    if settings.secret_key is not None:
        return Seal(key_from(settings.secret_key.get_secret_value()), _older_keys(settings))
    newest, *before = keys_in(_key_file(settings))
    return Seal(newest, [*before, *_older_keys(settings)])


def rotate_secrets(settings: Settings, db: Database, settled_after_s: float = SETTLED_AFTER_S) -> Rotated:
    """Seal all secrets anew: with the configured key where there is one, else with a new one in the data directory.

    Raises Invalid while the key before it is not configured as well, and what changing the file raises."""
    if settings.secret_key is None:
        return rotate_file(db, VAULTS, _key_file(settings), _older_keys(settings), settled_after_s)
    if settings.secret_key_old is None:
        raise Invalid(
            "TRUESTOCK_SECRET_KEY_OLD",
            "the key is configured, so make a new one (openssl rand -base64 32), run every process with it as "
            "TRUESTOCK_SECRET_KEY and with the present one as TRUESTOCK_SECRET_KEY_OLD, then run this again",
        )
    return reseal(db, VAULTS, seal_of(settings))


def _key_file(settings: Settings) -> Path:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return settings.data_dir / "secret.key"


def _older_keys(settings: Settings) -> list[bytes]:
    return [] if settings.secret_key_old is None else [key_from(settings.secret_key_old.get_secret_value())]
