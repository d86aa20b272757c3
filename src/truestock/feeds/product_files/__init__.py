"""Product and stock files in the shops' own forms: taken in with a preview, and written out, whole or what changed."""

from truestock.feeds.product_files.check import CheckReport, check_content_of
from truestock.feeds.product_files.export import export_products, export_stock
from truestock.feeds.product_files.formats import FORMATS
from truestock.feeds.product_files.import_products import import_products
from truestock.feeds.product_files.report import ExportReport, ImportReport
from truestock.feeds.product_files.shapes import ReadAs

__all__ = [
    "FORMATS",
    "CheckReport",
    "ExportReport",
    "ImportReport",
    "ReadAs",
    "check_content_of",
    "export_products",
    "export_stock",
    "import_products",
]
