"""One item as a transaction sees and changes it."""

from truestock.core.book.item import ItemBook
from truestock.core.book.values import Buyer, FreshPromise, Kept, Lot, Promise, Row, RowKey, Short, open_shorts

__all__ = ["Buyer", "FreshPromise", "ItemBook", "Kept", "Lot", "Promise", "Row", "RowKey", "Short", "open_shorts"]
