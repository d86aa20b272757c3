"""Reads Online Retail II: two years of a wholesaler's invoices, with returns. Times carry no zone and count as UTC.

Left out, and counted: the first sheet where both overlap, stock adjustments, and lines that are no products.
The one seller's channels are derived from who bought: in the United Kingdom guests (no customer number) and accounts,
then Ireland, Germany, France, and all others together."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from truestock.core.replay.events import OrderEvent
from truestock.feeds.order_files import parquet
from truestock.feeds.order_files.order_file import OrderFile, ReadReport, merged

_COLUMNS = ("sheet", "invoice", "stock_code", "quantity", "invoice_date", "customer_id", "country")
_SECOND_SHEET_FROM = datetime(2010, 12, 1, tzinfo=UTC)
_INVOICE_STAYS_OPEN = timedelta(minutes=15)  # the longest took 9 minutes from its first line to its last
_CHANNELS = {"EIRE": "ireland", "Germany": "germany", "France": "france"}


class _Row(NamedTuple):
    invoice: str
    sku: str
    qty: int
    at: datetime
    channel: str


def read_online_retail_ii(path: Path) -> OrderFile:
    """The invoices in order of time, holding only those still open; needs the extra `truestock[parquet]`."""
    return OrderFile(lambda report: _events(path, report))


def _events(path: Path, report: ReadReport) -> Iterator[OrderEvent]:
    open_invoices: dict[str, list[_Row]] = {}
    for row in _product_rows(path, report):
        open_invoices.setdefault(row.invoice, []).append(row)
        # The file is sorted by time, so the invoice opened first is also the first that is complete.
        while True:
            oldest = next(iter(open_invoices))
            if row.at - open_invoices[oldest][0].at <= _INVOICE_STAYS_OPEN:
                break
            yield _event(open_invoices.pop(oldest))
    for invoice in open_invoices.values():
        yield _event(invoice)


def _product_rows(path: Path, report: ReadReport) -> Iterator[_Row]:
    for sheet, invoice, code, quantity, naive, customer, country in parquet.rows(path, _COLUMNS):
        report.rows += 1
        at = naive.replace(tzinfo=UTC)
        is_return = invoice.startswith("C")
        if sheet == "2009-2010" and at >= _SECOND_SHEET_FROM:
            report.left_out["in both sheets"] += 1
        elif not code[:5].isdigit() or len(code) < 5:
            report.left_out["not a product"] += 1
        elif quantity == 0 or (quantity < 0) != is_return:
            report.left_out["stock adjustment"] += 1
        else:
            yield _Row(invoice, code.strip().upper(), abs(quantity), at, _channel(country, customer))


def _channel(country: str, customer: int | None) -> str:
    if country == "United Kingdom":
        return "uk_guest" if customer is None else "uk_account"
    return _CHANNELS.get(country, "rest")


def _event(rows: list[_Row]) -> OrderEvent:
    first = rows[0]
    lines = merged((row.sku, row.qty) for row in rows)
    return OrderEvent(first.at, first.channel, first.invoice, "return" if first.invoice[0] == "C" else "order", lines)
