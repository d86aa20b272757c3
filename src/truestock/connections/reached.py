"""How channels are reached: which connector, told what, with which secrets; paused or not, and what is wrong."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from truestock.connections import queries
from truestock.connections.rotation import Vault
from truestock.connections.seal import Seal
from truestock.connectors.contract.veil import veiled
from truestock.core.problems import Invalid, NotFound
from truestock.store.database import Database


class Connection(msgspec.Struct, frozen=True):
    """A channel's connection, without its secrets."""

    channel: str
    mode: str
    connector: str
    settings: dict[str, Any]
    paused: bool
    trouble: str
    trouble_since: datetime | None
    added_at: datetime
    drift_tolerance: int = 0
    drift_repush: bool = True


class Reached(msgspec.Struct, frozen=True):
    """A connection with what its connector is built of besides; `version` changes with how it is reached."""

    id: int
    connection: Connection
    sealed: bytes
    by_place: bool = False

    @property
    def runs(self) -> bool:
        """Whether anything is to run for the channel."""
        return self.connection.mode != "off" and not self.connection.paused

    @property
    def hears(self) -> bool:
        """Whether its messages are kept: also while it is paused, for they do not come again."""
        return self.connection.mode != "off"

    @property
    def live(self) -> bool:
        """Whether the channel is to be written to; else it is watched."""
        return self.connection.mode == "live"

    @property
    def version(self) -> tuple[object, ...]:
        """What a running connector was made of."""
        told = msgspec.json.encode(self.connection.settings)
        manner = (self.connection.drift_tolerance, self.connection.drift_repush)
        return (self.connection.mode, self.connection.connector, told, self.sealed, self.by_place, manner)


def connections(db: Database, code: str | None = None) -> list[Reached]:
    """All of them by code, or a channel's own."""
    with db.transaction() as conn:
        rows = conn.execute(queries.connections, {"code": code}).fetchall()
    return [
        Reached(channel, Connection(code, mode, connector, settings, *rest), sealed, by_place)
        for channel, code, mode, connector, settings, sealed, by_place, *rest in rows
    ]


def connection(db: Database, code: str) -> Reached:
    """A channel's connection. Raises NotFound."""
    found = connections(db, code)
    if not found:
        raise NotFound("connection", code, "channel")
    return found[0]


def channel_id(db: Database, code: str) -> int:
    """The id of a channel. Raises NotFound."""
    with db.transaction() as conn:
        row = conn.execute(queries.channel_id, {"code": code}).fetchone()
    if row is None:
        raise NotFound("channel", code, "channel")
    return int(row[0])


def whose(channel: int) -> str:
    """Whose the secrets of a channel are."""
    return f"channel {channel}"


VAULT = Vault("connection", whose, queries.lock_vault, queries.put_vault)


def put_connection(
    db: Database, seal: Seal, code: str, connector: str, settings: Mapping[str, Any], secrets: Mapping[str, str]
) -> None:
    """Connect a channel, or connect it otherwise. Raises NotFound."""
    channel = channel_id(db, code)
    parameters = {
        "channel": channel,
        "connector": connector,
        "settings": msgspec.json.encode(dict(settings)).decode(),
        "secrets": seal.close(whose(channel), secrets),
    }
    with db.transaction() as conn:
        conn.execute(queries.put_connection, parameters)


def pause(db: Database, code: str, *, paused: bool) -> None:
    """Send nothing to a channel for a while, or go on; what changes meanwhile is sent then. Raises NotFound."""
    reached = connection(db, code)
    if reached.connection.paused is paused:
        raise Invalid("channel", f"{code!r} is {'paused' if paused else 'not paused'} already")
    with db.transaction() as conn:
        conn.execute(queries.pause, {"channel": reached.id, "paused": paused})


def set_trouble(db: Database, channel: int, trouble: str) -> None:
    """Say why a channel does not answer; empty when it does again."""
    with db.transaction() as conn:
        conn.execute(queries.set_trouble, {"channel": channel, "trouble": veiled(trouble)[:500]})


def set_drift(db: Database, code: str, *, tolerance: int | None = None, repush: bool | None = None) -> Connection:
    """Say by how many units a channel may show another number, and whether a number changed there is sent again; None
    leaves it as it is. Raises NotFound and Invalid."""
    if tolerance is not None and not 0 <= tolerance <= 1_000_000_000:
        raise Invalid("tolerance", f"{tolerance} units cannot be tolerated; say 0 or more")
    reached = connection(db, code)
    with db.transaction() as conn:
        conn.execute(queries.set_drift, {"channel": reached.id, "tolerance": tolerance, "repush": repush})
    return connection(db, code).connection
