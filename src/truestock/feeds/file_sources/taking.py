"""Takes one file in: what it says of products, and then what it says of stock.

A file goes in whole or not at all, as far as that can be seen beforehand: one that breaks off, or lacks the stock
column, changes nothing. One that was cut off here is taken in again from its beginning, which comes to the same."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import BinaryIO, Final

from truestock.catalog.listings.column_mappings import read_column_mapping
from truestock.catalog.load.reading import Unreadable
from truestock.core.problems import Conflict, Problem
from truestock.feeds.file_sources.doors.door import Fetched
from truestock.feeds.file_sources.report import FileReport, StockReport, report_of
from truestock.feeds.file_sources.sources import Source, now_of
from truestock.feeds.file_sources.stock import HALF_KNOWN, LATE, SEVERAL, Commit, Figures, book, column_of, compare
from truestock.feeds.product_files import FORMATS, ImportReport, ReadAs, import_products
from truestock.feeds.product_files.sheet import open_sheet
from truestock.store.database import Database

# A file that is none may have a header of any length.
FAULT_MAX: Final = 1_000


class Taking:
    """Of one source. `halt` raises when it is to stop."""

    def __init__(
        self, db: Database, commit: Commit, source: Source, halt: Callable[[], None], *, dry_run: bool
    ) -> None:
        self._db = db
        self._commit = commit
        self._source = source
        self._halt = halt
        self._dry_run = dry_run

    async def file(self, fetched: Fetched, digest: str, content: BinaryIO, until: datetime | None) -> FileReport:
        """Take a file in; what is wrong with it as a whole stands in the report. `until`: as of when the newest
        file tells that was counted. Raises what `halt` raises."""
        name = fetched.entry.name
        figures = Figures()
        try:
            column = await asyncio.to_thread(self._checked, content)
            report = await asyncio.to_thread(self._products, content, column, figures)
            stock = await self._stock(report, figures, column, fetched, until) if column is not None else None
        except Unreadable as end:
            return FileReport(name, digest, fault=f"line {end.line}: {end.problem.detail}"[:FAULT_MAX])
        except Problem as problem:
            return FileReport(name, digest, fault=problem.detail[:FAULT_MAX])
        return report_of(name, digest, report, stock)

    def _checked(self, content: BinaryIO) -> str | None:
        """The header of the stock column, if stock is counted, of a file that can be read to its end.

        Raises Unreadable and Invalid."""
        settings = self._source.settings
        content.seek(0)
        sheet = open_sheet(content, settings.encoding or None)
        for _ in sheet.rows:
            pass
        if self._source.location is None:
            return None
        return column_of(sheet.header, FORMATS[settings.format], settings.stock_column)

    def _products(self, content: BinaryIO, column: str | None, figures: Figures) -> ImportReport:
        """Raises Unreadable where the header does not do, Problem, and what `halt` raises."""
        settings = self._source.settings
        mapping = read_column_mapping(self._db, settings.mapping) if settings.mapping else {}
        content.seek(0)
        report = import_products(
            self._db,
            content,
            settings.format,
            self._source.channel,
            self._dry_run,
            ReadAs(settings.make_skus, mapping, column),
            settings.currency or None,
            settings.encoding or None,
            lambda _: self._halt(),
            figures.take,
        )
        if report.stopped is not None:
            raise Unreadable(report.stopped, report.problems[-1].reason)
        return report

    async def _stock(
        self, report: ImportReport, figures: Figures, column: str, fetched: Fetched, until: datetime | None
    ) -> StockReport:
        source, db = self._source, self._db
        assert source.location is not None
        figures.note(report, column)
        whole = source.settings.whole_stock
        if whole and not (report.clean and figures.clean and figures.found):
            whole = False
            why = "not every row could be read, so the stock of what the file does not name stays as it is"
            report.note(0, Conflict(why, column))
        as_of = min(fetched.as_of, await asyncio.to_thread(now_of, db))
        late = until is not None and as_of < until
        found = await asyncio.to_thread(
            compare, db, source.channel, figures, source.location, as_of, whole=whole, late=late
        )
        if found.late:
            report.note(0, Conflict(LATE, column))
        fresh = 0
        for figure in found.unknown:
            if self._dry_run and figure.is_new:
                fresh += figure.qty > 0
            else:
                report.note(figure.line, Conflict(SEVERAL, column), figure.sku)
        for figure in found.unclear:
            report.note(figure.line, Conflict(HALF_KNOWN, column), figure.sku)
        if self._dry_run:
            return _stock_report(column, source.location, as_of, figures, len(found.counts) + fresh, found.late)
        ended = await book(self._commit, found.counts, source.code, fetched.entry.name, self._halt)
        for sku, why in ended.refused:
            report.note(0, Conflict(why, column), sku)
        return _stock_report(column, source.location, as_of, figures, ended.booked, ended.older + found.late)


def _stock_report(
    column: str, location: str, as_of: datetime, figures: Figures, changed: int, older: int
) -> StockReport:
    return StockReport(column, location, as_of, len(figures.found), changed, older)
