"""One item as a transaction sees and changes it."""

from truestock.core.book.closed import ClosedBook, close
from truestock.core.book.item import NONE, ItemBook
from truestock.core.book.stock import Cell, Stock
from truestock.core.book.values import Buyer, FreshPromise, Kept, Lot, Promise, Row, Short, open_shorts

__all__ = [
    "NONE",
    "Buyer",
    "Cell",
    "ClosedBook",
    "FreshPromise",
    "ItemBook",
    "Kept",
    "Lot",
    "Promise",
    "Row",
    "Short",
    "Stock",
    "close",
    "open_shorts",
]
