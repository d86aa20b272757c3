"""The export of a channel's products and of its stock, in the shops' own file forms, whole or what changed.

A product is written with all its variants when anything of it changed, because shops take a product as a whole."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from time import monotonic, sleep
from typing import BinaryIO, Final

from truestock.availability.publishing.publish import publish_once
from truestock.availability.publishing.stream import PAGE_MOST, changes_since, latest
from truestock.catalog.channels import read_channels
from truestock.catalog.rules import RuleBook
from truestock.core.checks import check_choice
from truestock.core.problems import Conflict, Invalid, NotFound, Problem
from truestock.feeds.product_files.formats import FORMATS
from truestock.feeds.product_files.formats.cells import Cells
from truestock.feeds.product_files.pages import WHOLE, Group, Row, groups_of, listings_of, pages_of
from truestock.feeds.product_files.report import ExportReport
from truestock.feeds.product_files.shapes import Columns, Format, Variant
from truestock.feeds.product_files.sheet import inert
from truestock.store.database import Database
from truestock.store.sql import load

queries = load(__package__)
PUBLISHED_WITHIN_S: Final = 20.0
LOOK_AGAIN_S: Final = 0.02


def export_products(
    db: Database,
    rules: RuleBook,
    channel: str,
    format: str,  # noqa: A002  the word that people type
    out: BinaryIO,
    changed_since: datetime | None = None,
    with_stock: bool = False,
) -> ExportReport:
    """Write a channel's products, whole or those changed after an instant, with their published stock if wanted.

    The report's `as_of` is the instant to go on from. Raises Invalid for the format, NotFound for the channel."""
    form = _checked(db, channel, format)
    report = ExportReport(format, channel, whole=changed_since is None)
    if with_stock:
        _publish(db, rules)
    with db.transaction() as conn:
        ((report.as_of,),) = conn.execute(queries.clock).fetchall()
        pages = conn.execute(queries.products_to_export, {"channel": channel}).fetchall()
        kept = conn.execute(queries.kept_columns, {"channel": channel, "format": format}).fetchall()
        ((most,),) = conn.execute(queries.most_attributes, {"channel": channel}).fetchall()
    rows = listings_of(db, channel)
    groups = groups_of(_counted(rows, report) if with_stock else [row._replace(stock=None) for row in rows])
    with_variants = {row.product for row in rows}
    alone = [Group(code, ()) for code, at in pages if code not in with_variants and _after(at, changed_since)]
    wanted = [group for group in groups if any(_is_new(row, changed_since, with_stock) for row in group.rows)]
    writer = _Writer(out, form.header(Columns(frozenset(name for (name,) in kept), most, with_stock)), report)
    for page in pages_of(db, channel, [*wanted, *alone]):
        report.variants += len(page.variants)
        writer.write(form.write(page), page.variants)
    writer.close()
    return report


def export_stock(
    db: Database,
    rules: RuleBook,
    channel: str,
    format: str,  # noqa: A002  the word that people type
    out: BinaryIO,
    changed_since: datetime | int | None = None,
    place: str = "",
) -> ExportReport:
    """Write what a channel may sell of each listing, whole or what changed after an instant or a report's `cursor`.

    `place` is the shop's name of the location that the numbers are for, where its form has one; if it is one of the
    channel's places, they are that place's. Changes behind a cursor are known for seven days; with an older one
    everything is written. Raises Invalid, and NotFound for the channel."""
    form = _checked(db, channel, format)
    header = form.stock_header(place)
    report = ExportReport(format, channel)
    _publish(db, rules)
    with db.transaction() as conn:
        ((report.as_of,),) = conn.execute(queries.clock).fetchall()
        found = conn.execute(queries.place_called, {"channel": channel, "code": place}).fetchone()
        report.cursor = None if found else latest(conn)
    rows = listings_of(db, channel, found[0] if found else WHOLE)
    rows = _changed(db, channel, _counted(rows, report), changed_since, report)
    writer = _Writer(out, header, report)
    for page in pages_of(db, channel, groups_of(rows)):
        for variant in page.variants:
            try:
                cells = form.stock_row(page, variant, place)
            except Problem as problem:
                report.leave_out(problem, variant.sku)
                continue
            report.variants += 1
            writer.write([cells], [variant])
    writer.close()
    return report


def _checked(db: Database, channel: str, name: str) -> Format:
    check_choice("format", name, list(FORMATS), required=True)
    if channel not in read_channels(db, [channel]):
        raise NotFound("channel", channel, "channel")
    return FORMATS[name]


def _publish(db: Database, rules: RuleBook) -> None:
    """Bring what channels shall show up to date with this instant, or wait for the process that is doing so.

    Past a bound the numbers are written as they are, which is as fresh as the channels that are connected have them."""
    with db.transaction() as conn:
        ((at, epoch),) = conn.execute(queries.clock_and_rules).fetchall()
    give_up = monotonic() + PUBLISHED_WITHIN_S
    while monotonic() < give_up:
        if publish_once(db, rules).more:
            continue
        with db.transaction() as conn:
            ((done,),) = conn.execute(queries.is_published, {"at": at, "rules": epoch}).fetchall()
        if done:
            return
        sleep(LOOK_AGAIN_S)


def _counted(rows: Iterable[Row], report: ExportReport) -> list[Row]:
    """The rows whose stock is known; the others are left out, as no number is better than a guessed one."""
    known = []
    for row in rows:
        if row.stock is None:
            report.leave_out(
                Conflict("what may be sold of it is not known yet; ask `truestock explain` why", "stock"), row.sku
            )
        else:
            known.append(row)
    return known


def _changed(
    db: Database, channel: str, rows: list[Row], since: datetime | int | None, report: ExportReport
) -> list[Row]:
    """The rows whose number changed after an instant or behind a cursor; all if that is no longer known."""
    report.whole = since is None
    if not isinstance(since, int):
        return [row for row in rows if _after(row.stock_at, since)]
    last = report.cursor
    if last is None:
        detail = "the numbers of a place go on from an instant; give the `as_of` of the report before"
        raise Invalid("changed_since", detail)
    if since > last:
        raise Invalid("changed_since", f"the cursor {since} is of another hub; leave it out, and take all rows")
    found: set[str] = set()
    with db.transaction() as conn:
        while since < last:
            changes = changes_since(conn, since, channel, limit=PAGE_MOST)
            report.whole = changes.lost
            if changes.lost or changes.cursor == since:
                break
            found.update(change.sku for change in changes.changes)
            since = changes.cursor
    return rows if report.whole else [row for row in rows if row.sku in found]


def _after(at: datetime | None, since: datetime | None) -> bool:
    return since is None or (at is not None and at > since)


def _is_new(row: Row, since: datetime | None, with_stock: bool) -> bool:
    return _after(row.changed_at, since) or (with_stock and _after(row.stock_at, since))


class _Writer:
    """CSV in UTF-8 that a spreadsheet may open."""

    def __init__(self, out: BinaryIO, header: Sequence[str], report: ExportReport) -> None:
        self._text = io.TextIOWrapper(out, "utf-8", newline="", write_through=True)
        self._rows = csv.DictWriter(self._text, header, restval="", extrasaction="ignore")
        self._report = report
        self._rows.writerow({name: inert(name) for name in header})

    def write(self, rows: Iterable[Cells], variants: Sequence[Variant]) -> None:
        for row in rows:
            self._rows.writerow({name: inert(cell) for name, cell in row.items()})
            self._report.rows += 1
        for variant in variants:
            if inert(variant.sku) != variant.sku:
                detail = (
                    "a spreadsheet would run this SKU, so it has an apostrophe in the file; the shop may not find it"
                )
                self._report.note(Invalid("sku", detail), variant.sku)

    def close(self) -> None:
        """Leave the file open for its owner."""
        self._text.flush()
        self._text.detach()
