"""What people do with a channel: connect it, try it, pause it, have everything sent anew, and see how it stands."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx2
import msgspec

from truestock.connectors.abilities import Checked
from truestock.connectors.answers import ChannelDown
from truestock.connectors.kind import Kind
from truestock.connectors.registry import UnknownKind, kind_of
from truestock.core.problems import Conflict, Invalid
from truestock.store.database import Database
from truestock.sync import connections, outbound
from truestock.sync.connections import Connection
from truestock.sync.outbound import Backlog, Drifted, Trouble
from truestock.sync.secrets import Seal, SealBroken
from truestock.sync.worker import TIMEOUT_S, build

__all__ = ["ChannelStatus", "connect", "drift", "pause", "reset", "resume", "status", "try_connection"]


class ChannelStatus(msgspec.Struct, frozen=True):
    """A connection, how far its channel is behind, and the listings that it would not take."""

    connection: Connection
    backlog: Backlog
    troubles: list[Trouble]


def connect(
    db: Database, seal: Seal, channel: str, connector: str, settings: Mapping[str, Any], secrets: Mapping[str, str]
) -> Connection:
    """Connect a channel, or connect it otherwise; every listing will be sent anew, and nothing is called now.

    Settings may be text, as people type them. Raises NotFound, and Invalid naming the setting or secret at fault."""
    connections.channel_id(db, channel)
    kind = _kind(connector)
    try:
        found = msgspec.convert(dict(settings), kind.settings, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid("settings", f"{error}; {connector} takes {', '.join(kind.settings.__struct_fields__)}") from None
    for name in secrets.keys() - kind.secrets.keys():
        raise Invalid("secrets", f"{connector} has no secret {name!r}; it takes {', '.join(kind.secrets)}")
    asyncio.run(_built(kind, found, secrets))
    connections.put_connection(db, seal, channel, connector, msgspec.to_builtins(found), secrets)
    reached = connections.connection(db, channel)
    outbound.reset(db, reached.id)
    return reached.connection


def try_connection(db: Database, seal: Seal, channel: str) -> str:
    """Call the channel without changing anything: one line about it. Raises NotFound; Conflict says what to do."""
    reached = connections.connection(db, channel)

    async def ask() -> str:
        async with httpx2.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False) as client:
            connector = build(client, seal, reached)
            if not isinstance(connector, Checked):
                return "this connector cannot be tried without sending something"
            return await connector.check()

    try:
        return asyncio.run(ask())
    except ChannelDown as down:
        raise Conflict(str(down), "channel") from None
    except (SealBroken, UnknownKind, ValueError) as fault:
        raise Conflict(str(fault), "connection") from None


def pause(db: Database, channel: str) -> None:
    """Send nothing until it is resumed; what changes meanwhile is sent then. Raises NotFound, Invalid."""
    connections.pause(db, channel, paused=True)


def resume(db: Database, channel: str) -> None:
    """Go on where it was paused. Raises NotFound, Invalid."""
    connections.pause(db, channel, paused=False)


def reset(db: Database, channel: str) -> int:
    """Have every listing sent anew with the number it has; how many. Raises NotFound."""
    return outbound.reset(db, connections.connection(db, channel).id)


def drift(db: Database, channel: str) -> list[Drifted]:
    """The listings that show another number than the channel acknowledged, the longest first. Raises NotFound."""
    return outbound.drifted(db, connections.connection(db, channel).id)


def status(db: Database, channel: str | None = None) -> list[ChannelStatus]:
    """How connected channels stand, by code; or one channel. Raises NotFound."""
    found = connections.connections(db) if channel is None else [connections.connection(db, channel)]
    return [
        ChannelStatus(reached.connection, outbound.backlog(db, reached.id), outbound.troubles(db, reached.id))
        for reached in found
    ]


async def _built(kind: Kind, settings: object, secrets: Mapping[str, str]) -> None:
    """Whether the connector can be made of this. Raises Invalid."""
    async with httpx2.AsyncClient() as client:
        try:
            kind.build(client, settings, secrets)
        except ValueError as error:
            raise Invalid("connection", str(error)) from None


def _kind(name: str) -> Kind:
    try:
        return kind_of(name)
    except UnknownKind as error:
        raise Invalid("connector", str(error)) from None
