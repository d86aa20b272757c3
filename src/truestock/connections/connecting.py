"""Makes the connector of a connection, and takes down how a channel shall be reached."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import httpx2
import msgspec

from truestock.connections.reached import Reached, channel_id, connection, put_connection, whose
from truestock.connections.seal import Seal, SealBroken
from truestock.connectors.contract.abilities import Checked, Connector
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.kind import Kind
from truestock.connectors.contract.traits import Traits
from truestock.connectors.contract.veil import hide, veiled
from truestock.connectors.registry import UnknownKind, kind_of
from truestock.core.problems import Conflict, Invalid
from truestock.store.database import Database

TIMEOUT_S: Final = 20.0


def client() -> httpx2.AsyncClient:
    """What connectors call with: bounded in time, and never sent on to somewhere else."""
    return httpx2.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False)


def build(http: httpx2.AsyncClient, seal: Seal, reached: Reached) -> Connector:
    """The connector of a connection. Raises UnknownKind, SealBroken, and ValueError for settings that are none."""
    kind = kind_of(reached.connection.connector)
    settings = msgspec.convert(reached.connection.settings, kind.settings)
    secrets = seal.open(whose(reached.id), reached.sealed)
    hide(secrets.values())
    return kind.build(http, settings, secrets)


def connect(
    db: Database, seal: Seal, channel: str, connector: str, settings: Mapping[str, Any], secrets: Mapping[str, str]
) -> Reached:
    """Keep how a channel is reached; nothing is called now. Settings may be text, as people type them.

    Raises NotFound, and Invalid naming the setting or secret at fault."""
    channel_id(db, channel)
    kind = _kind(connector)
    try:
        found = msgspec.convert(dict(settings), kind.settings, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid("settings", f"{error}; {connector} takes {', '.join(kind.settings.__struct_fields__)}") from None
    for name in secrets.keys() - kind.secrets.keys():
        raise Invalid("secrets", f"{connector} has no secret {name!r}; it takes {', '.join(kind.secrets)}")
    for name in kind.secrets.keys() - kind.optional_secrets - secrets.keys():
        raise Invalid("secrets", f"{connector} needs the secret {name!r}: {kind.secrets[name]}")
    asyncio.run(_built(kind, found, secrets))
    put_connection(db, seal, channel, connector, msgspec.to_builtins(found), secrets)
    return connection(db, channel)


def traits_of(seal: Seal, reached: Reached) -> Traits:
    """What a connected channel is like. Raises Conflict when its connector cannot be made."""

    async def made() -> Traits:
        async with client() as http:
            return build(http, seal, reached).traits

    try:
        return asyncio.run(made())
    except (SealBroken, UnknownKind, ValueError) as fault:
        raise Conflict(str(fault), "connection") from None


def try_connection(db: Database, seal: Seal, channel: str) -> str:
    """Call the channel without changing anything: one line about it. Raises NotFound; Conflict says what to do."""
    reached = connection(db, channel)

    async def ask() -> str:
        async with client() as http:
            connector = build(http, seal, reached)
            if not isinstance(connector, Checked):
                return "this connector cannot be tried without sending something"
            return veiled(await connector.check())

    try:
        return asyncio.run(ask())
    except ChannelDown as down:
        raise Conflict(veiled(str(down)), "channel") from None
    except (SealBroken, UnknownKind, ValueError) as fault:
        raise Conflict(veiled(str(fault)), "connection") from None


async def _built(kind: Kind, settings: object, secrets: Mapping[str, str]) -> None:
    """Whether the connector can be made of this. Raises Invalid."""
    async with httpx2.AsyncClient() as http:
        try:
            kind.build(http, settings, secrets)
        except ValueError as error:
            raise Invalid("connection", str(error)) from None


def _kind(name: str) -> Kind:
    try:
        return kind_of(name)
    except UnknownKind as error:
        raise Invalid("connector", str(error)) from None
