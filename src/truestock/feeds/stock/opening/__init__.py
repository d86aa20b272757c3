"""Opening balances from the files of other systems, checked as a whole before the first unit is booked."""

from truestock.feeds.stock.opening.columns import aliases_of
from truestock.feeds.stock.opening.lines import Defaults
from truestock.feeds.stock.opening.report import FileReport
from truestock.feeds.stock.opening.run import SourceFile, book_stock, check_stock

__all__ = ["Defaults", "FileReport", "SourceFile", "aliases_of", "book_stock", "check_stock"]
