"""Opening balances from the files of other systems, checked as a whole before the first unit is booked."""

from truestock.feeds.opening_stock.columns import aliases_of
from truestock.feeds.opening_stock.lines import Defaults
from truestock.feeds.opening_stock.report import FileReport
from truestock.feeds.opening_stock.run import SourceFile, book_stock, check_stock

__all__ = ["Defaults", "FileReport", "SourceFile", "aliases_of", "book_stock", "check_stock"]
