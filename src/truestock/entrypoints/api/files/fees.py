"""Fees that channels settle: a channel's file of them in, the list of what is kept, and the sums."""

import asyncio
from datetime import datetime
from io import BytesIO
from typing import Annotated, Final

from fastapi import Query, Request

from truestock.catalog.load import Report
from truestock.core.checks import check_zone
from truestock.entrypoints.api.framework.route import Router, TheCall, TheHub
from truestock.entrypoints.api.framework.shapes import Rows, ThePage, rows_of
from truestock.entrypoints.api.front.call import ORDERS, READ
from truestock.entrypoints.api.front.wire import check_media, read_body
from truestock.feeds.settlements.fee_file import Doing, load_fees
from truestock.reporting import lists
from truestock.reporting.lists.fees import FeeRow, FeeTotals

CSV: Final = b"text/csv"
TAKES: Final = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}}
Instant = Annotated[datetime | None, Query(description="With its zone, as 2026-11-01T00:00:00Z.")]
router = Router("fees", ORDERS, by_channel=True)
reader = Router("fees", READ, by_channel=True)


@router.post("/v1/fees", openapi_extra=TAKES)
async def import_fees(request: Request, hub: TheHub, call: TheCall, channel: str, doing: Doing = "keep") -> Report:
    """Keep a channel's fees from a CSV file: order, line, sku, kind, amount, currency, posted_at, settlement, id.

    Good lines go in and bad ones are reported with their number; what was sent before is unchanged. With `doing` as
    `try` nothing is written, and as `undo` what the file has brought is taken out again."""
    call.caller.require_channel(channel)
    check_media(call.content_type, CSV)
    body = BytesIO(await read_body(request.receive, hub.settings.body_max_bytes))
    return await asyncio.to_thread(load_fees, hub.db, channel, body, doing)


@reader.get("/v1/fees")
def list_fees(
    hub: TheHub, call: TheCall, page: ThePage, channel: str, settlement: str | None = None, unmatched: bool = False
) -> Rows[FeeRow]:
    """A channel's settled fees, the newest first; with `unmatched` only those whose order is not here, or of none."""
    call.caller.require_channel(channel)
    return rows_of(lists.list_fees(hub.db, channel, settlement, unmatched, page.after, page.limit))


@reader.get("/v1/fee-totals")
def fee_totals(
    hub: TheHub, call: TheCall, channel: str | None = None, since: Instant = None, until: Instant = None
) -> FeeTotals:
    """What channels keep, by currency, source and kind, from `since` and before `until`; and how far it was read.

    Fees that orders tell count when their order was placed, settled ones when they were posted."""
    if channel is not None:
        call.caller.require_channel(channel)
    for name, instant in (("since", since), ("until", until)):
        check_zone(name, instant)
    return lists.fee_totals(hub.db, channel or call.caller.channel, since, until)
