"""Locks the lines of documents, always in the same order."""

from collections.abc import Iterable

from truestock.ledger import queries
from truestock.ledger.documents.values import LockedLine
from truestock.store.arrays import texts
from truestock.store.database import Connection


def lock_lines(conn: Connection, refs: Iterable[str]) -> list[LockedLine]:
    """All lines of these documents, locked; the heads of items whose units come are to be locked before."""
    return [LockedLine(*row) for row in conn.execute(queries.lock_document_lines, {"refs": texts(sorted(set(refs)))})]
