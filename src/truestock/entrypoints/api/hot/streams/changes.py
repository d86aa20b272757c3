"""GET /v1/changes and GET /v1/changes/stream: which listings have a new ATP."""

from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from fastapi import Header, Query, Request
from fastapi.responses import StreamingResponse

from truestock.availability.publishing.stream import Change
from truestock.core.checks import BIGINT_MAX
from truestock.core.problems import Invalid
from truestock.entrypoints.api.framework.route import Router, TheCall
from truestock.entrypoints.api.framework.shapes import ThePage, opened, sealed
from truestock.entrypoints.api.front.call import READ, Call
from truestock.entrypoints.api.hot.streams.feed import Feed
from truestock.entrypoints.api.operate.tally import Tally
from truestock.entrypoints.api.problems.surface import TooMany

HEARTBEAT_S = 15.0
STREAMS_MAX = 500
router = Router("availability", READ, by_channel=True)
Channel = Annotated[str | None, Query(max_length=200, description="Only this channel's changes.")]


class ChangePage(msgspec.Struct, frozen=True):
    """Go on from `next`, also when there is nothing yet. `lost`: older ones are thrown out; read the listings anew."""

    changes: list[Change]
    next: str
    lost: bool


@router.get("/v1/changes")
async def read_changes(request: Request, call: TheCall, page: ThePage, channel: Channel = None) -> ChangePage:
    """Changes in order from a cursor on; without one from the oldest that is kept."""
    feed: Feed = request.app.state.feed
    found = await feed.page(_seq(page.after), _allowed(call, channel), page.limit)
    return ChangePage(found.changes, sealed(str(found.cursor)), found.lost)


@router.get(
    "/v1/changes/stream", responses={200: {"description": "Server-sent events", "content": {"text/event-stream": {}}}}
)
async def stream_changes(
    request: Request,
    call: TheCall,
    channel: Channel = None,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
) -> StreamingResponse:
    """Server-sent events named `atp`, from the cursor or Last-Event-ID on, else from now; `lost` as above.

    A comment comes every 15 seconds while nothing changes."""
    feed: Feed = request.app.state.feed
    tally: Tally = request.app.state.tally
    if tally.open_streams >= STREAMS_MAX:
        raise TooMany(f"{STREAMS_MAX} streams are open already; read /v1/changes instead")
    given = last_event_id or cursor
    after = _seq(opened(given)) if given is not None else await feed.start_of()
    events = _events(feed, tally, after, _allowed(call, channel))
    return StreamingResponse(events, media_type="text/event-stream", headers={"cache-control": "no-store"})


async def _events(feed: Feed, tally: Tally, cursor: int, channel: str | None) -> AsyncIterator[bytes]:
    feed.listeners += 1
    tally.open_streams += 1
    try:
        yield b"retry: 2000\n: from %d on\n\n" % cursor
        if (await feed.page(cursor, None, 1)).lost:
            yield b"event: lost\ndata: {}\n\n"
        while not feed.ended:
            found = await feed.after(cursor, HEARTBEAT_S)
            chosen = [told for told in found if channel in (None, told.channel)]
            cursor = found[-1].seq if found else cursor
            yield b"".join(_event(told.seq, told.data) for told in chosen) or b": still here\n\n"
    finally:
        feed.listeners -= 1
        tally.open_streams -= 1


def _event(seq: int, data: bytes) -> bytes:
    return b"id: %s\nevent: atp\ndata: %s\n\n" % (sealed(str(seq)).encode(), data)


def _allowed(call: Call, channel: str | None) -> str | None:
    """The channel asked for, or the one the key is bound to."""
    if channel is None:
        return call.caller.channel
    call.caller.require_channel(channel)
    return channel


def _seq(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 20 and int(cursor) <= BIGINT_MAX):
        raise Invalid("cursor", "this is no cursor of the changes; take `next`, or the id of the last event")
    return int(cursor)
