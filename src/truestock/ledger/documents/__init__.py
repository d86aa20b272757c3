"""Documents of supply: a purchase order or a transfer with its lines, each of which is an expectation under its number.

A document is open while one of its lines is; what has come of it is the ledger's, by receipts."""

from truestock.ledger.documents.close import close_document, move_document
from truestock.ledger.documents.find import list_documents, overdue, read_document
from truestock.ledger.documents.lock import lock_lines
from truestock.ledger.documents.put import LINES_MAX, older_lines, put_document, put_transfer_head
from truestock.ledger.documents.told import Teller
from truestock.ledger.documents.values import (
    Document,
    DocumentLine,
    Listed,
    LockedLine,
    Overdue,
    PutBack,
    StoredDocument,
    StoredLine,
)

__all__ = [
    "LINES_MAX",
    "Document",
    "DocumentLine",
    "Listed",
    "LockedLine",
    "Overdue",
    "PutBack",
    "StoredDocument",
    "StoredLine",
    "Teller",
    "close_document",
    "list_documents",
    "lock_lines",
    "move_document",
    "older_lines",
    "overdue",
    "put_document",
    "put_transfer_head",
    "read_document",
]
