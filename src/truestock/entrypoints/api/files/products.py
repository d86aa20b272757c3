"""Product files of a channel in, and its products and stock out, in the forms of the shop systems."""

import asyncio
from collections.abc import Callable
from io import BytesIO
from typing import Annotated, Any, BinaryIO, Final, Literal

from fastapi import Query, Request, Response

from truestock.catalog.listings.column_mappings import read_column_mapping
from truestock.entrypoints.api.framework.route import Router, TheCall, TheHub
from truestock.entrypoints.api.front.call import CATALOG, READ
from truestock.entrypoints.api.front.wire import check_media, read_body
from truestock.feeds.product_files import ExportReport, ImportReport, ReadAs, export_products, export_stock
from truestock.feeds.product_files import import_products as import_file
from truestock.feeds.product_files.since import instant_since, since

CSV: Final = "text/csv"
WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FormatName = Literal["shopify", "woocommerce", "magento", "plain"]
Since = Annotated[
    str | None,
    Query(
        max_length=64,
        description="Only what changed since: an instant, or for stock the "
        "`cursor` that the file before had in its headers.",
    ),
]
TAKES: Final = {
    "requestBody": {
        "required": True,
        "content": {CSV: {"schema": {"type": "string"}}, WORKBOOK: {"schema": {"type": "string", "format": "binary"}}},
    }
}
router = Router("product files", CATALOG)
reader = Router("product files", READ, by_channel=True)


class CsvFile(Response):
    """A CSV file to be saved, with what its report says in headers."""

    media_type = CSV


@router.post("/v1/product-files/{format}", openapi_extra=TAKES)
async def import_products(
    format: FormatName,  # noqa: A002  the word of the path
    request: Request,
    hub: TheHub,
    call: TheCall,
    channel: str,
    dry_run: bool = False,
    make_skus: bool = False,
    currency: str | None = None,
    mapping: str | None = None,
    encoding: Annotated[str | None, Query(max_length=40)] = None,
) -> ImportReport:
    """Take in a channel's product file: missing items and listings are made, what differs is changed, stock is not.

    With `dry_run` nothing is written and the report says what would be. `make_skus` makes SKUs of rows without one,
    `currency` holds for prices that name none, `mapping` is a saved column mapping for a plain file."""
    check_media(call.content_type, WORKBOOK.encode() if call.content_type == WORKBOOK.encode() else CSV.encode())
    body = BytesIO(await read_body(request.receive, hub.settings.body_max_bytes))

    def taken() -> ImportReport:
        how = ReadAs(make_skus, {} if mapping is None else read_column_mapping(hub.db, mapping))
        return import_file(hub.db, body, format, channel, dry_run, how, currency, encoding)

    return await asyncio.to_thread(taken)


@reader.get("/v1/product-files/{format}", response_class=CsvFile)
def give_products(
    format: FormatName,  # noqa: A002  the word of the path
    hub: TheHub,
    call: TheCall,
    channel: str,
    changed_since: Since = None,
    with_stock: bool = False,
) -> Response:
    """A channel's products as a file that the shop's importer takes; the header `as-of` is where to go on from."""
    call.caller.require_channel(channel)
    instant = instant_since(changed_since)
    return _file(
        f"products-{format}", lambda out: export_products(hub.db, hub.rules, channel, format, out, instant, with_stock)
    )


@reader.get("/v1/stock-files/{format}", response_class=CsvFile)
def give_stock(
    format: FormatName,  # noqa: A002  the word of the path
    hub: TheHub,
    call: TheCall,
    channel: str,
    changed_since: Since = None,
    place: Annotated[str, Query(max_length=200, description="The shop's own name of the location.")] = "",
) -> Response:
    """What a channel may sell of each listing, as a file that sets a shop's stock; the header `cursor` goes on."""
    call.caller.require_channel(channel)
    start = since(changed_since)
    return _file(f"stock-{format}", lambda out: export_stock(hub.db, hub.rules, channel, format, out, start, place))


def _file(name: str, write: Callable[[BinaryIO], ExportReport]) -> CsvFile:
    out = BytesIO()
    report = write(out)
    told: dict[str, Any] = {"rows": report.rows, "left-out": report.left_out, "whole": str(report.whole).lower()}
    if report.as_of is not None:
        told["as-of"] = report.as_of.isoformat()
    if report.cursor is not None:
        told["cursor"] = report.cursor
    headers = {key: str(value) for key, value in told.items()}
    return CsvFile(out.getvalue(), headers={**headers, "content-disposition": f'attachment; filename="{name}.csv"'})
