"""Availability beyond the one number: many at once, by location, the three figures, why, and as of a past instant."""

from datetime import datetime
from functools import partial
from typing import Annotated, Literal

import msgspec
from fastapi import Depends, Query
from msgspec import Meta

from truestock.availability.as_of import Past
from truestock.availability.explain import Explanation, explain, explain_past
from truestock.availability.figures import read_figures
from truestock.availability.over_time import DAYS_MOST, horizon
from truestock.availability.read import Reader
from truestock.availability.values import Answer, Available, FiguresPage, Horizon, ItemFigures, PlaceUnits, Unknown
from truestock.bootstrap import Hub
from truestock.core.checks import BIGINT_MAX
from truestock.core.problems import NotFound
from truestock.entrypoints.api.framework.route import Body, Router, TheCall, TheHub
from truestock.entrypoints.api.framework.shapes import LINES_MAX, ThePage, sealed
from truestock.entrypoints.api.front.call import READ
from truestock.orders.values import Name

router = Router("availability", READ, by_channel=True)
Code = Annotated[str, Query(min_length=1, max_length=200)]
Instant = Annotated[datetime | None, Query(description="A past instant with a zone; now, if left out.")]
Axis = Annotated[
    Literal["effective", "recorded"], Query(description="As it was in the world, or as the hub knew it then.")
]


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One SKU on one channel."""

    channel: Name
    sku: Name


class ManyWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Any number of them, answered from one snapshot."""

    wanted: Annotated[list[Wanted], Meta(min_length=1, max_length=LINES_MAX)]


class Many(msgspec.Struct, frozen=True):
    """One answer each, in their order; `state` says which are unknown."""

    answers: list[Answer]


class Places(msgspec.Struct, frozen=True):
    """What the channel may take of the SKU at each of its locations, in its order."""

    places: list[PlaceUnits]


class FigureRows(msgspec.Struct, frozen=True):
    """Items with their three figures per channel and channel group, and the cursor of the next page."""

    rows: list[ItemFigures]
    next: str | None
    as_of: datetime


@router.post("/v1/atp")
async def read_many(body: Annotated[ManyWanted, Depends(Body(ManyWanted))], hub: TheHub, call: TheCall) -> Many:
    """What channels may promise now, for many SKUs at once."""
    for channel in {one.channel for one in body.wanted}:
        call.caller.require_channel(channel)
    wanted = [(one.channel, one.sku) for one in body.wanted]
    return Many(await hub.study(lambda reader: reader.many(wanted)))


@router.get("/v1/atp/locations")
async def read_places(channel: Code, sku: Code, hub: TheHub, call: TheCall) -> Places:
    """What lies where the channel draws: what a shop that hands over orders can promise by itself."""
    call.caller.require_channel(channel)
    found = await hub.study(lambda reader: reader.places(channel, sku))
    if isinstance(found, Unknown):
        raise _missing(found)
    return Places(found)


@router.get("/v1/atp/explain")
async def explain_atp(
    channel: Code, sku: Code, hub: TheHub, call: TheCall, as_of: Instant = None, axis: Axis = "effective"
) -> Explanation:
    """Why the number is what it is: its terms down to stock rows, promises, rules and the last entries."""
    call.caller.require_channel(channel)
    if as_of is None:
        found = await hub.study(lambda reader: explain(reader, channel, sku))
    else:
        found = await hub.study(lambda reader: explain_past(Past(hub.db, reader.conn, as_of, axis), channel, sku))
    if isinstance(found, Unknown):
        raise _missing(found)
    return found


@router.get("/v1/atp/as-of")
async def read_past(
    channel: Code, sku: Code, as_of: datetime, hub: TheHub, call: TheCall, axis: Axis = "effective"
) -> Available:
    """What the channel might have promised at a past instant."""
    call.caller.require_channel(channel)
    found = await hub.study(lambda reader: Past(hub.db, reader.conn, as_of, axis).available(channel, sku))
    if isinstance(found, Unknown):
        raise _missing(found)
    return found


@router.get("/v1/atp/days")
async def read_days(
    channel: Code, sku: Code, hub: TheHub, call: TheCall, days: Annotated[int, Query(ge=1, le=DAYS_MOST)] = 14
) -> Horizon:
    """What the channel may promise for today and the days to come, from expected supply and dated demand."""
    call.caller.require_channel(channel)
    found = await hub.study(lambda reader: horizon(reader, channel, sku, days))
    if isinstance(found, Unknown):
        raise _missing(found)
    return found


@router.get("/v1/figures")
async def figures(
    hub: TheHub,
    call: TheCall,
    page: ThePage,
    sku: Annotated[list[Annotated[str, Query(max_length=200)]] | None, Query(max_length=1000)] = None,
    as_of: Instant = None,
    axis: Axis = "effective",
) -> FigureRows:
    """On hand, allocated and ATP per item, by channel and channel group: all items by pages, or those named.

    Of a past instant the items must be named."""
    call.caller.require_unbound()
    after = int(page.after_id or 0)
    if sku is None and as_of is None:
        found = await hub.study(partial(_page, hub, after=after, limit=page.limit))
    else:
        instant = as_of if as_of is not None else datetime.now().astimezone()
        found = await hub.study(lambda reader: Past(hub.db, reader.conn, instant, axis).figures(sku or []))
    return FigureRows(found.items, None if found.after is None else sealed(str(found.after)), found.as_of)


def _page(hub: Hub, reader: Reader, after: int, limit: int) -> FiguresPage:
    return hub.rules.read(lambda snapshot: read_figures(reader.conn, snapshot, min(after, BIGINT_MAX), limit))


def _missing(found: Unknown) -> NotFound:
    return NotFound(found.reason, found.channel if found.reason == "channel" else found.sku)
