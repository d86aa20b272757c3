"""Bulk loads of the catalog from CSV files, with a report line by line."""

import asyncio
from io import BytesIO

from fastapi import Request

from truestock.catalog.load import NOUNS, Report, load_csv
from truestock.core.problems import NotFound
from truestock.entrypoints.api.framework.route import Router, TheCall, TheHub
from truestock.entrypoints.api.front.call import CATALOG
from truestock.entrypoints.api.front.wire import check_media, read_body

router = Router("catalog", CATALOG)
CSV = b"text/csv"


@router.post(
    "/v1/loads/{noun}",
    openapi_extra={"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def load(
    noun: str, request: Request, hub: TheHub, call: TheCall, dry_run: bool = False, all_or_nothing: bool = False
) -> Report:
    """Load items, barcodes, kits, channels, locations, bins, channel_locations, listings, policies, lots or
    aliases.

    Good rows go in and bad ones are reported with their line; with `all_or_nothing` one bad row keeps all out."""
    if noun not in NOUNS:
        raise NotFound("kind of file", noun, "noun")
    check_media(call.content_type, CSV)
    body = BytesIO(await read_body(request.receive, hub.settings.body_max_bytes))
    return await asyncio.to_thread(load_csv, hub.db, noun, body, dry_run=dry_run, all_or_nothing=all_or_nothing)
