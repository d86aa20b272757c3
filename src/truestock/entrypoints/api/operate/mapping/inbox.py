"""The inbox: what channels sell or ask for that means nothing here, and what people say of it."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

import msgspec
from fastapi import Depends, Query
from msgspec import Meta

from truestock.bootstrap import Hub
from truestock.catalog.listings import ListingDraft
from truestock.core.problems import Problem
from truestock.entrypoints.api.framework.route import Body, Router, TheCall, TheHub
from truestock.entrypoints.api.framework.shapes import LineAnswer, Lines, Rows, TheHow, ThePage, answers_of, rows_of
from truestock.entrypoints.api.front.call import CATALOG, READ
from truestock.feeds.inbox import accept, entries, lister
from truestock.store.errors import StoreError

log = logging.getLogger(__name__)
router = Router("inbox", CATALOG)
reader = Router("inbox", READ)


class Taken(msgspec.Struct, frozen=True):
    """Orders that were looked at now because of it, and those that wait still; null: that is done within seconds."""

    orders: int | None
    waiting: int | None


class MapAnswers(msgspec.Struct, frozen=True):
    """One answer a line, in their order, and the orders that waited; HTTP says 207 when any line was refused."""

    statuses: ClassVar = (200, 207)
    refused: int
    lines: list[LineAnswer]
    taken: Taken

    @property
    def http_status(self) -> int:
        """207 makes a caller look who sees only statuses."""
        return 207 if self.refused else 200


class NoStock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """SKUs of a channel that nobody keeps stock of, and why."""

    channel: str
    skus: Annotated[list[str], Meta(min_length=1, max_length=accept.SKUS_MAX)]
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class OfChannel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A connected channel."""

    channel: str


@reader.get("/v1/inbox")
def list_inbox(
    hub: TheHub, page: ThePage, channel: str | None = None, kind: str | None = None, suggest: bool = True
) -> Rows[entries.Entry]:
    """What means nothing here, over all channels, each with what it may mean: what holds up orders comes first.

    `kind`: unmapped_sku, unread_order, order_trouble, unmapped_listing or missing_listing. With `suggest` a page has
    at most 100 rows."""
    return rows_of(entries.list_inbox(hub.db, channel, kind, page.after, page.limit, suggest=suggest))


@router.post("/v1/inbox/map")
async def map_skus(
    drafts: Annotated[list[ListingDraft], Depends(Lines(ListingDraft))], hub: TheHub, how: TheHow
) -> MapAnswers:
    """Say what SKUs of channels take: each becomes a listing, and the orders that waited for it are taken now."""
    results = await asyncio.to_thread(accept.map_skus, hub.db, drafts, how)
    answers = answers_of(results)
    mapped: dict[str, list[str]] = {}
    for draft, result in zip(drafts, results, strict=True):
        if not isinstance(result, Problem) and not how.dry_run:
            mapped.setdefault(draft.channel, []).append(draft.sku)
    return MapAnswers(answers.refused, answers.lines, await _taken(hub, mapped))


@reader.get("/v1/inbox/ignored")
def list_ignored(hub: TheHub, page: ThePage, channel: str | None = None) -> Rows[accept.Ignored]:
    """The SKUs that are no stock, by channel."""
    return rows_of(accept.list_ignored(hub.db, channel, page.after, page.limit))


@router.post("/v1/inbox/ignored")
async def ignore(body: Annotated[NoStock, Depends(Body(NoStock))], hub: TheHub, call: TheCall) -> Taken:
    """These are no stock, such as gift wrap or a service: lines of theirs ask nothing of it, and wait no more."""
    actor = call.caller.actor
    await asyncio.to_thread(accept.ignore, hub.db, body.channel, body.skus, body.reason, actor)
    return await _taken(hub, {body.channel: body.skus})


@router.delete("/v1/inbox/ignored")
async def heed(hub: TheHub, channel: str, sku: Annotated[list[str], Query(max_length=accept.SKUS_MAX)]) -> Taken:
    """Ignore these no longer: lines that were left out are asked for again, also those that have left meanwhile."""
    await asyncio.to_thread(accept.heed, hub.db, channel, sku)
    return await _taken(hub, {channel: sku})


@router.post("/v1/inbox/read")
def read_again(body: Annotated[OfChannel, Depends(Body(OfChannel))], hub: TheHub) -> lister.LastReading:
    """Read anew what a connected channel lists, rather than a few hours after the last time; how that went."""
    return lister.read_again(hub.db, body.channel)


async def _taken(hub: Hub, skus: Mapping[str, Sequence[str]]) -> Taken:
    """What was said stands whether this comes through or not: the channel's own thread looks at what is left."""
    try:
        came = await accept.take_concerned(hub.db, hub.rules, hub.call, skus)
    except StoreError as fault:
        log.warning("orders that waited are taken later: %s", fault)
        return Taken(None, None)
    return Taken(came.orders, came.waiting)
