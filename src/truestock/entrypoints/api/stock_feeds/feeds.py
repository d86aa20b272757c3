"""Feeds: what other systems say of stock, as files and as rows; their runs, what these lost, and undoing them."""

import asyncio
from datetime import UTC, datetime
from io import BytesIO
from typing import Annotated, Final

import msgspec
from fastapi import Depends, Query, Request
from msgspec import Meta

from truestock.entrypoints.api.framework.route import Body, Router, TheCall, TheHub
from truestock.entrypoints.api.framework.shapes import Rows
from truestock.entrypoints.api.front.call import ADMIN, STOCK
from truestock.entrypoints.api.front.wire import check_media, read_body
from truestock.entrypoints.api.routes.connections import Sent
from truestock.feeds.stock.engine import feeds as manage
from truestock.feeds.stock.engine import runs as kept
from truestock.feeds.stock.engine.engine import Pushed
from truestock.feeds.stock.engine.feeds import Feed
from truestock.feeds.stock.engine.mending import LINES_MAX, Mending, Retried
from truestock.feeds.stock.engine.runs import LineFault, LineState, Run
from truestock.feeds.stock.engine.settings import NewFeed
from truestock.feeds.stock.engine.taking import FeedFile
from truestock.feeds.stock.engine.undoing.undo import Undone

FILE: Final = "application/octet-stream"
TAKES: Final = {
    "requestBody": {"required": True, "content": {FILE: {"schema": {"type": "string", "format": "binary"}}}}
}
Instant = Annotated[datetime | None, Query(description="With a zone; now if left out.")]
router = Router("feeds", STOCK)
admin = Router("feeds", ADMIN)


class Answered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`take`: the file is taken all the same; false: it is not."""

    take: bool


class Retry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which lines, all that wait if left out; `changes` are other values, by line and field."""

    lines: Annotated[list[int], Meta(max_length=LINES_MAX)] | None = None
    changes: Annotated[dict[int, dict[str, str]], Meta(max_length=LINES_MAX)] = {}


class Drop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lines that are not wanted."""

    lines: Annotated[list[int], Meta(min_length=1, max_length=LINES_MAX)]


class Undo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why, and whether it is only looked at; it stands in the ledger."""

    reason: Annotated[str, Meta(max_length=500)] = ""
    preview: bool = False


@admin.get("/v1/feeds")
def list_feeds(hub: TheHub) -> Rows[Feed]:
    """All feeds by code, with when their last file came and whether one is late; they come on one page."""
    return Rows(manage.feeds(hub.db), None)


@router.get("/v1/feed-runs")
def list_runs(
    hub: TheHub,
    feed: str | None = None,
    before: Annotated[int | None, Query(ge=1)] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> Rows[Run]:
    """Runs of a feed, or of all, the newest first."""
    page = kept.runs_of(hub.db, feed, before, limit)
    return Rows(list(page.rows), page.next)


@router.get("/v1/feed-runs/{run}")
def read_run(run: int, hub: TheHub) -> Run:
    """How a run stands, and what it changed."""
    return kept.read_run(hub.db, run)


@router.get("/v1/feed-runs/{run}/lines")
def list_lines(
    run: int,
    hub: TheHub,
    state: LineState | None = "open",
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> Rows[LineFault]:
    """Rows of a run that were set aside, why, and what would mend them."""
    page = kept.lines_of(hub.db, run, state, after, limit)
    return Rows(list(page.rows), page.next)


@router.post("/v1/feed-runs/{run}/answer")
def answer(run: int, body: Annotated[Answered, Depends(Body(Answered))], hub: TheHub, call: TheCall) -> Run:
    """Answer a run that asks because it would take too much away; the answer is what came of it."""
    return hub.feeds.engine.confirm(run, call.caller.actor, take=body.take)


@router.post("/v1/feed-runs/{run}/retry")
def retry(run: int, body: Annotated[Retry, Depends(Body(Retry))], hub: TheHub, call: TheCall) -> Retried:
    """Try rows again that were set aside, some of them changed."""
    return Mending(hub.db, hub.rules).retry(run, body.lines, body.changes, call.caller.actor)


@router.post("/v1/feed-runs/{run}/drop")
def drop(run: int, body: Annotated[Drop, Depends(Body(Drop))], hub: TheHub) -> Run:
    """Say that rows which were set aside are not wanted."""
    Mending(hub.db, hub.rules).drop(run, body.lines)
    return kept.read_run(hub.db, run)


@router.post("/v1/feed-runs/{run}/undo")
def undo(run: int, body: Annotated[Undo, Depends(Body(Undo))], hub: TheHub, call: TheCall) -> Undone:
    """Undo a whole run by reversal; with `preview` say what that would change, and write nothing."""
    return Mending(hub.db, hub.rules).undo(run, call.caller.actor, body.reason, preview=body.preview)


@router.post("/v1/feeds/{feed:path}/rows")
def push_rows(
    feed: str, body: Annotated[Pushed, Depends(Body(Pushed))], hub: TheHub, call: TheCall, preview: bool = False
) -> Run:
    """Take rows in, by the names of our fields or of the mapping's columns; with `preview` say what they would do."""
    now = datetime.now(UTC)
    return hub.feeds.engine.push(feed, body, now, "rows", call.caller.actor, preview=preview)


@router.post("/v1/feeds/{feed:path}/files", openapi_extra=TAKES)
async def take_file(
    feed: str,
    request: Request,
    hub: TheHub,
    call: TheCall,
    name: Annotated[str, Query(min_length=1, max_length=200)] = "upload",
    as_of: Instant = None,
    booked_until: Instant = None,
    preview: bool = False,
) -> Run:
    """Take a file in, or with `preview` say what it would do. The same file twice is recognised."""
    check_media(call.content_type, FILE.encode())
    content = BytesIO(await read_body(request.receive, hub.settings.body_max_bytes))
    file = FeedFile(name, content, as_of or datetime.now(UTC), booked_until)
    return await asyncio.to_thread(hub.feeds.engine.take, feed, file, call.caller.actor, preview=preview)


@admin.post("/v1/feeds/{feed:path}/look")
def look(feed: str, _: Sent, hub: TheHub) -> Rows[Run]:
    """Take in what waits where a feed's files lie, and go on with what was cut off; the runs that came of it."""
    return Rows(hub.feeds.look(feed), None)


@admin.post("/v1/feeds/{feed:path}/pause")
def pause(feed: str, _: Sent, hub: TheHub) -> Feed:
    """Take nothing of a feed until it is resumed."""
    return manage.pause_feed(hub.db, feed, paused=True)


@admin.post("/v1/feeds/{feed:path}/resume")
def resume(feed: str, _: Sent, hub: TheHub) -> Feed:
    """Take what a paused feed brings again."""
    return manage.pause_feed(hub.db, feed, paused=False)


@admin.get("/v1/feeds/{feed:path}")
def read_feed(feed: str, hub: TheHub) -> Feed:
    """A feed with its settings; no answer has its secrets."""
    return manage.read_feed(hub.db, feed)


@admin.put("/v1/feeds/{feed:path}")
def put_feed(feed: str, body: Annotated[NewFeed, Depends(Body(NewFeed))], hub: TheHub) -> Feed:
    """Add a feed, or change it, all of it; its meaning is required and never guessed."""
    return manage.put_feed(hub.db, hub.seal(), feed, body, on_lan=hub.settings.sources_on_lan)


@admin.delete("/v1/feeds/{feed:path}")
def remove_feed(feed: str, hub: TheHub) -> Feed:
    """Forget a feed with its runs and what it stated; what it changed stays. The answer is what it was."""
    return manage.remove_feed(hub.db, feed)
