"""How a feed's files are read: a mapping suggested from a file, and tried on its first rows."""

import asyncio
from datetime import UTC, datetime
from io import BytesIO
from typing import Annotated, Final

from fastapi import Query, Request, Response

from truestock.entrypoints.api.framework.route import Router, TheCall, TheHub
from truestock.entrypoints.api.front.call import STOCK
from truestock.entrypoints.api.front.wire import check_media, read_body
from truestock.feeds.stock.files import Mapping, Preview, Suggestion, format_of, lookups_of, mapping_of
from truestock.feeds.stock.files import preview as previewed
from truestock.feeds.stock.files import suggest as suggested
from truestock.feeds.stock.files.edi.kept import answer

FORMAT_MAX: Final = 2_000
MAPPING_MAX: Final = 20_000
FILE: Final = "application/octet-stream"
TAKES: Final = {
    "requestBody": {"required": True, "content": {FILE: {"schema": {"type": "string", "format": "binary"}}}}
}
FormatText = Annotated[
    str, Query(alias="format", max_length=FORMAT_MAX, description='As JSON: {"name": "csv", "delimiter": ";"}.')
]
router = Router("feed files", STOCK)


@router.post("/v1/feed-files/suggest", openapi_extra=TAKES)
async def suggest(request: Request, hub: TheHub, call: TheCall, form: FormatText = "{}") -> Suggestion:
    """Say which column of a file is most likely which field, by its name and by what stands in it."""
    source = await _file(request, hub, call)
    return await asyncio.to_thread(suggested, format_of(form), source)


@router.post("/v1/feed-files/preview", openapi_extra=TAKES)
async def preview(
    request: Request,
    hub: TheHub,
    call: TheCall,
    form: FormatText = "{}",
    mapping: Annotated[
        str, Query(max_length=MAPPING_MAX, description="As JSON; columns of our own names if left out.")
    ] = "{}",
    rows: Annotated[int, Query(ge=1, le=1_000)] = 20,
) -> Preview:
    """Show the first rows of a file as they are mapped, and what is wrong with the bad ones; stock is left alone."""
    how: Mapping = mapping_of(mapping)
    wanted, source = format_of(form), await _file(request, hub, call)
    return await asyncio.to_thread(
        lambda: previewed(wanted, source, how, lookups_of(hub.db, how, wanted, source), rows)
    )


class Interchanges(Response):
    """A file of EDI."""

    media_type = "application/edi-x12"


@router.post("/v1/feed-files/acknowledge", openapi_extra=TAKES, response_class=Interchanges)
async def acknowledge(
    request: Request, hub: TheHub, call: TheCall, name: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Answer an X12 file by its 997s, and an EDIFACT file by its CONTRLs: which of its sets or messages are accepted,
    and what is wrong with the others.

    Its interchanges are remembered by their senders' numbers; the header `seen` says of each whether it is new, comes
    again, or is another one under a number that was used. The answer is empty for acknowledgements alone."""
    source = await _file(request, hub, call)
    answered, content = await asyncio.to_thread(answer, hub.db, name, source, datetime.now(UTC))
    media = "application/edifact" if content.startswith(b"UNB") else None
    return Interchanges(content, media_type=media, headers={"seen": ", ".join(one.seen for one in answered)})


async def _file(request: Request, hub: TheHub, call: TheCall) -> BytesIO:
    check_media(call.content_type, FILE.encode())
    return BytesIO(await read_body(request.receive, hub.settings.body_max_bytes))
