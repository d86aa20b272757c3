"""The import of a shop's product file: read, compared with what is there, and unless it is a dry run written.

Quantities are never booked here: whoever asks for a stock column is told what it says. Cut off, an import is finished
by running it again; the second time it changes nothing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, BinaryIO, Final

from truestock.catalog.barcodes import find_barcodes, put_barcodes
from truestock.catalog.changes import Result
from truestock.catalog.channels import read_channels
from truestock.catalog.items import put_items, read_items
from truestock.catalog.listings import put_listings, read_listings
from truestock.catalog.listings.content import ContentDraft, Key, check_content, put_content, read_content
from truestock.catalog.listings.content_rules import read_content_rules
from truestock.catalog.load import put_patiently
from truestock.catalog.load.reading import Unreadable
from truestock.catalog.load.run import Put
from truestock.core.checks import check_choice
from truestock.core.problems import Conflict, NotFound, Problem
from truestock.feeds.product_files.changes import Change, There, decide, item_of
from truestock.feeds.product_files.formats import FORMATS
from truestock.feeds.product_files.pages import renamed
from truestock.feeds.product_files.report import ImportReport
from truestock.feeds.product_files.shapes import Format, ReadAs, Told
from truestock.feeds.product_files.sheet import Sheet, open_sheet
from truestock.store.database import Database

CHUNK: Final = 1_000
Progress = Callable[[int], None]
Stocked = Callable[[Change], None]


def import_products(
    db: Database,
    source: BinaryIO,
    format: str,  # noqa: A002  the word that people type
    channel: str,
    dry_run: bool = False,
    how: ReadAs | None = None,
    currency: str | None = None,
    encoding: str | None = None,
    progress: Progress | None = None,
    stocked: Stocked | None = None,
) -> ImportReport:
    """Import a product file (`format` is a key of FORMATS) into a channel; `progress` is told the rows done, `stocked`
    each variant that went in, if a stock column was asked for.

    Missing items and listings are made, of what is there only what differs is changed. `currency` holds for prices
    that name none. Raises Invalid for a wrong format or mapping, NotFound for the channel."""
    check_choice("format", format, list(FORMATS), required=True)
    if channel not in read_channels(db, [channel]):
        raise NotFound("channel", channel, "channel")
    if currency is not None:
        check_content(ContentDraft("any", currency=currency))
    report = ImportReport(format, channel, dry_run)
    names = {rule.called.casefold(): rule.field for rule in read_content_rules(db, channel) if rule.called}
    rows = _told(FORMATS[format], source, report, how or ReadAs(), encoding)
    done = 0
    owners: dict[str, str] = {}
    while chunk := list(islice(rows, CHUNK)):
        for row in chunk:
            for name in ("options", "attributes"):
                if names and name in row.content:
                    row.content[name] = renamed(row.content[name], names)
            if currency is not None and "price" in row.content:
                row.content.setdefault("currency", currency)
        there = _there(db, channel, chunk, owners)
        changes = [change for row in chunk if (change := _decided(row, channel, there, report)) is not None]
        if not dry_run:
            _write(db, changes, report)
        for change in changes:
            _count(change, report)
            if stocked and change.told.kind == "variant" and how and how.stock is not None:
                stocked(change)
        done += len(chunk)
        if progress:
            progress(done)
    return report


def _told(form: Format, source: BinaryIO, report: ImportReport, how: ReadAs, encoding: str | None) -> Iterator[Told]:
    """What the file says, each product and variant once."""
    try:
        sheet = open_sheet(source, encoding)
        report.encoding = sheet.encoding
        report.ignored += [name for name in stock_columns(sheet.header, form) if name != how.stock]
        cells: dict[int, str] = {}
        if how.stock is not None:
            sheet = replace(sheet, rows=_noting(sheet, sheet.header.index(how.stock), cells))
        first: dict[tuple[str, str], int] = {}
        for told in form.read(sheet, report, how):
            if (line := first.setdefault((told.kind, told.code), told.line)) != told.line:
                report.refuse(told.line, Conflict(f"line {line} is about the same; keep one of them", "sku"), told.code)
            else:
                if told.kind == "variant":
                    told.stock = cells.pop(told.line, "")
                yield told
    except Unreadable as end:
        report.stopped = end.line
        report.refuse(end.line, end.problem)


def stock_columns(header: Sequence[str], form: Format) -> list[str]:
    """The headers under which stock stands, as far as a format knows."""
    return [name for name in header if name.lower().replace(" ", "_") in form.quantities]


def _noting(sheet: Sheet, column: int, cells: dict[int, str]) -> Iterator[tuple[int, list[str]]]:
    """The sheet's rows; what stands in a column is noted by line as they go by."""
    for line, row in sheet.rows:
        cells[line] = row[column]
        yield line, row


def _there(db: Database, channel: str, rows: Sequence[Told], owners: dict[str, str]) -> There:
    """What is there of what the rows tell of; `owners` goes on from chunk to chunk, for files that name one twice."""
    listings = read_listings(db, [(channel, row.code) for row in rows if row.kind == "variant"])
    skus = [item_of(row, listings.get((channel, row.code))) for row in rows]
    items = read_items(db, {sku for sku in skus if sku is not None})
    keys: list[Key] = [(channel, row.kind, row.code) for row in rows]
    keys += [(None, row.kind, sku or row.code) for row, sku in zip(rows, skus, strict=True)]
    barcodes = find_barcodes(db, {row.gtin for row in rows if row.gtin})
    for gtin, barcode in barcodes.items():
        owners.setdefault(gtin, barcode.item)
    return There(listings, items, read_content(db, keys), owners)


def _decided(row: Told, channel: str, there: There, report: ImportReport) -> Change | None:
    """What the row changes; None of one that cannot be kept, which is refused here so that a dry run finds it."""
    change = decide(row, channel, there)
    try:
        for draft in change.content:
            check_content(draft)
    except Problem as problem:
        report.refuse(row.line, problem)
        return None
    return change


def _write(db: Database, changes: list[Change], report: ImportReport) -> None:
    """Each kind of thing in a call of its own, items first; a row that is refused on the way goes no further."""
    steps: tuple[tuple[Put, Callable[[Change], Sequence[Any]]], ...] = (
        (put_items, lambda change: [change.item] if change.item else []),
        (put_barcodes, lambda change: [change.barcode] if change.barcode else []),
        (put_listings, lambda change: [change.listing] if change.listing else []),
        (put_content, lambda change: change.content),
    )
    refused: set[int] = set()
    for put, drafts_of in steps:
        drafts = [(n, draft) for n, change in enumerate(changes) if n not in refused for draft in drafts_of(change)]
        if not drafts:
            continue
        results: list[Result] = put_patiently(put, db, [draft for _, draft in drafts])
        for (n, _), result in zip(drafts, results, strict=True):
            if isinstance(result, Problem) and n not in refused:
                report.refuse(changes[n].told.line, result, changes[n].told.code)
                refused.add(n)
    changes[:] = [change for n, change in enumerate(changes) if n not in refused]


def _count(change: Change, report: ImportReport) -> None:
    told = change.told
    report.products += told.kind == "product"
    report.variants += told.kind == "variant"
    report.items_created += change.item_is_new
    report.listings_created += change.listing_is_new
    report.count(change.outcome)
    for problem, value in change.notes:
        report.note(told.line, problem, value)
    for name, before, after in change.differences:
        report.differ(told.line, told.code, name, before, after)
