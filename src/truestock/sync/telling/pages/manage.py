"""What people do with a channel's pages: have them written or not, and see what the channel would not take."""

import asyncio
from datetime import UTC, datetime

import msgspec

from truestock.connections.connecting import build, client
from truestock.connections.reached import Reached, connection
from truestock.connections.seal import Seal, SealBroken
from truestock.connectors.contract.pages import SAYS, PushesPages
from truestock.connectors.registry import UnknownKind
from truestock.core.problems import Conflict, Invalid
from truestock.store.database import Database
from truestock.sync.telling.pages import queries, state

TROUBLES_MAX = 100


class PageTrouble(msgspec.Struct, frozen=True):
    """A page that the channel would not take: why the last try failed, in its words."""

    sku: str
    tries: int
    next_try_at: datetime | None
    reason: str


class PagesStatus(msgspec.Struct, frozen=True):
    """Whether a channel's pages are written, how many were, may have to be now, and are in trouble: 100 are shown.

    `left` is what pages say here and is left to the channel, as its connector does not write it; all, where it writes
    none."""

    channel: str
    on: bool
    pushed: int
    waiting: int
    in_trouble: int
    troubles: list[PageTrouble]
    left: list[str]


def switch(db: Database, seal: Seal, channel: str, *, on: bool) -> PagesStatus:
    """Have a channel's pages written from now on, all of them first, or no longer; what was written stays there.

    Raises NotFound, and Invalid for a connector that writes none."""
    reached = connection(db, channel)
    if on and not asyncio.run(_written(seal, reached)):
        detail = f"{reached.connection.connector} writes no pages; export a file instead (truestock export products)"
        raise Invalid("channel", detail)
    before = status(db, seal, channel)
    if on and not before.on:
        state.forget(db, reached.id)
    with db.transaction() as conn:
        conn.execute(queries.switch_pages, {"channel": reached.id, "on": on})
    return status(db, seal, channel)


def status(db: Database, seal: Seal, channel: str) -> PagesStatus:
    """How a channel's pages stand. Raises NotFound, and Conflict when its connector cannot be made."""
    reached = connection(db, channel)
    written = asyncio.run(_written(seal, reached))
    with db.transaction() as conn:
        ((on, pushed, in_trouble),) = conn.execute(queries.pages_told, {"channel": reached.id}).fetchall()
        rows = conn.execute(queries.page_troubles, {"channel": reached.id, "limit": TROUBLES_MAX}).fetchall()
    waiting = len(state.due(db, reached.id, datetime.now(UTC), None)) if on else 0
    left = [name for name in SAYS if name not in written]
    return PagesStatus(channel, on, pushed, waiting, in_trouble, [PageTrouble(*row) for row in rows], left)


async def _written(seal: Seal, reached: Reached) -> frozenset[str]:
    """What of pages the connector writes; nothing if it is none for that."""
    async with client() as http:
        try:
            connector = build(http, seal, reached)
            return connector.page_fields if isinstance(connector, PushesPages) else frozenset()
        except (SealBroken, UnknownKind, ValueError) as fault:
            raise Conflict(str(fault), "connection") from None
