"""Tables that come as files: the catalog's, opening stock, products, orders, fees."""

import io
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from tests.connectors.files.test_workbooks import made
from tests.fuzz.running import Target
from truestock.catalog.load import NOUNS, Report
from truestock.catalog.load.reading import Unreadable, rows_of
from truestock.connectors.files import filed
from truestock.connectors.files.orders.reading import Manner, orders_of
from truestock.connectors.files.sheets.figures import NoFigure
from truestock.connectors.files.sheets.reading import NoSheet, open_sheet
from truestock.connectors.files.stock.report import numbers_of
from truestock.core.problems import Invalid, Problem
from truestock.feeds.order_files.csv_form import read_csv
from truestock.feeds.order_files.order_file import OrderFileError
from truestock.feeds.product_files import sheet as product_sheet
from truestock.feeds.product_files.formats import FORMATS
from truestock.feeds.product_files.report import ImportReport
from truestock.feeds.product_files.shapes import ReadAs
from truestock.feeds.settlements import fee_file
from truestock.feeds.stock.opening.columns import aliases_of
from truestock.feeds.stock.opening.lines import Defaults, lines_of
from truestock.feeds.stock.opening.report import FileReport

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ORDERS = b"order;sku;quantity;price;placed_at;state\n1;A;2;1,50;2026-11-20 10:00;open\n1;B;1;9;2026-11-20;open\n"
FIELDS = ("order", "sku", "quantity", "price", "placed_at", "state")
SHOPIFY = b"Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Grams\ntee,Tee,Size,S,A,9,5\n"
PLAIN = b"sku;title;price;weight;barcode;images\nA;Tee;9,90;0.5;4006381333931;a.jpg|b.jpg\n"


def sheets(raw: bytes) -> None:
    """Any table; what is refused says where."""
    with suppress(NoSheet):
        for line, cells in open_sheet(io.BytesIO(raw)).rows:
            assert line > 0
            assert cells


def catalog(raw: bytes) -> None:
    """Every noun's columns over the same rows."""
    for noun in NOUNS.values():
        with suppress(Unreadable):
            for row in rows_of(io.BytesIO(raw), noun.columns, {"a": noun.columns[0].name}):
                for column in noun.columns:
                    if (cell := row.cells.get(column.name)) is not None:
                        with suppress(Problem):
                            column.parse(column.name, cell)


def opening(raw: bytes) -> None:
    """Opening balances; bad lines are in the report."""
    report = FileReport("fuzz.csv", "erp", dry_run=True)
    source = io.BufferedReader(io.BytesIO(raw))
    list(lines_of(source, report, aliases_of({}), Defaults("DC")))  # type: ignore[arg-type]  # in memory, not a file


def products(raw: bytes) -> None:
    """Every shop's form over the same bytes."""
    for name, form in FORMATS.items():
        report = ImportReport(name, "web", dry_run=True)
        with suppress(Unreadable, Invalid):
            list(form.read(product_sheet.open_sheet(io.BytesIO(raw)), report, ReadAs(True, {})))


def order_files(raw: bytes) -> None:
    """Files of past orders."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(raw)
        file.flush()
        with suppress(OrderFileError):
            list(read_csv(Path(file.name)))


def channel_files(raw: bytes) -> None:
    """Orders and reports of a channel that exchanges files."""
    for decimal in ("point", "comma"):
        with suppress(NoSheet, NoFigure):
            rows = list(filed.rows_of(io.BytesIO(raw), {name: name for name in FIELDS}, None))
            orders_of("fuzz.csv", NOW, rows, Manner({}, decimal, UTC, ""))
            numbers_of(rows)


def fees(raw: bytes) -> None:
    """Files of settled fees; bad lines are in the report."""
    list(fee_file._lines(io.BytesIO(raw), Report("fees", dry_run=True, written=False)))


TABLES = (
    Target("sheets", sheets, (ORDERS, PLAIN, made({(0, 0): "sku", (1, 0): 5, (2, 3): NOW.replace(tzinfo=None)}))),
    Target(
        "catalog", catalog, (b"sku,name,cost,lot_tracked\nX,Lamp,12.50,no\n", b"gtin,item,units\n4006381333931,A,6\n")
    ),
    Target("opening-stock", opening, (b"sku,location,qty,lot,expires_at\nA,DC,5,L,2027-01-01\n",)),
    Target("products", products, (SHOPIFY, PLAIN)),
    Target("order-files", order_files, (b"at,channel,order_ref,sku,qty,kind\n2026-03-02T14:05:00Z,web,1,A,2,order\n",)),
    Target("channel-files", channel_files, (ORDERS,)),
    Target("fees", fees, (b"order;sku;kind;amount;currency;posted_at\n1;MUG;commission;1.50;EUR;2026-11-20\n",)),
)
