"""What people do with a channel: connect it, try it, pause it, have everything sent anew, and see how it stands."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from truestock.connections import connecting, places
from truestock.connections.connecting import try_connection
from truestock.connections.places import Place
from truestock.connections.reached import Connection, connection, connections
from truestock.connections.reached import pause as pausing
from truestock.connections.seal import Seal
from truestock.core.problems import Invalid
from truestock.store.database import Database
from truestock.sync import outbound
from truestock.sync.outbound import Backlog, Drifted, Trouble
from truestock.sync.telling.pages import state as pages

__all__ = ["ChannelStatus", "connect", "drift", "pause", "put_places", "reset", "resume", "status", "try_connection"]


class ChannelStatus(msgspec.Struct, frozen=True):
    """A connection, how far its channel is behind, and the listings that it would not take."""

    connection: Connection
    backlog: Backlog
    troubles: list[Trouble]


def connect(
    db: Database, seal: Seal, channel: str, connector: str, settings: Mapping[str, Any], secrets: Mapping[str, str]
) -> Connection:
    """Connect a channel, or connect it otherwise; every listing will be sent anew, and every page where pages are
    written. Nothing is called now.

    Settings may be text, as people type them. Raises NotFound, and Invalid naming the setting or secret at fault."""
    reached = connecting.connect(db, seal, channel, connector, settings, secrets)
    outbound.reset(db, reached.id)
    pages.forget(db, reached.id)
    return reached.connection


def put_places(db: Database, seal: Seal, channel: str, wanted: Mapping[str, Sequence[str]]) -> list[Place]:
    """Say which locations lie at which of the channel's own: each place of a listing is then sent its number.

    Raises NotFound, and Invalid for a channel that keeps one number a listing."""
    reached = connection(db, channel)
    if wanted and not connecting.traits_of(seal, reached).by_place:
        raise Invalid("places", f"{reached.connection.connector} keeps one number for a listing, not one by location")
    made = places.put_places(db, channel, wanted)
    outbound.reset(db, reached.id)
    return made


def pause(db: Database, channel: str) -> None:
    """Send nothing until it is resumed; what changes meanwhile is sent then. Raises NotFound, Invalid."""
    pausing(db, channel, paused=True)


def resume(db: Database, channel: str) -> None:
    """Go on where it was paused. Raises NotFound, Invalid."""
    pausing(db, channel, paused=False)


def reset(db: Database, channel: str) -> int:
    """Have every listing sent anew with the number it has; how many. Raises NotFound."""
    return outbound.reset(db, connection(db, channel).id)


def drift(db: Database, channel: str) -> list[Drifted]:
    """The listings that show another number than the channel acknowledged, the longest first. Raises NotFound."""
    return outbound.drifted(db, connection(db, channel).id)


def status(db: Database, channel: str | None = None) -> list[ChannelStatus]:
    """How connected channels stand, by code; or one channel. Raises NotFound."""
    found = connections(db) if channel is None else [connection(db, channel)]
    return [
        ChannelStatus(reached.connection, outbound.backlog(db, reached.id), outbound.troubles(db, reached.id))
        for reached in found
    ]
