"""Problem documents (RFC 9457): which types there are, how one is written, and a page that explains each."""

from truestock.entrypoints.api.problems.document import Document, document_of, encoded
from truestock.entrypoints.api.problems.table import TABLE

__all__ = ["TABLE", "Document", "document_of", "encoded"]
