"""Closes documents of supply of which no more comes, and gives open ones another date."""

from datetime import datetime

from truestock.core.checks import check_years
from truestock.core.identity import part_of_text
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.ledger import queries
from truestock.ledger.documents.lock import lock_lines
from truestock.ledger.documents.told import keep_told_by_hand
from truestock.ledger.documents.values import Standing
from truestock.store.database import Database


def close_document(
    db: Database, ref: str, reason: str, actor: str, sku: str | None = None, state: Standing = "closed"
) -> int:
    """Say that no more comes of a document, or of one item in it; `cancelled` where it was never to come. Returns how
    many lines that was. Raises NotFound where nothing is open, and Conflict for a transfer, whose units are somewhere.
    """
    if not reason.strip():
        raise Invalid("reason", "say why no more comes; it stands with the document")
    with db.transaction() as conn:
        head = conn.execute(queries.document_head, {"part": part_of_text(ref), "ref": ref}).fetchone()
        if head is not None and head[0] == "transfer":
            raise Conflict("units of a transfer are on their way: receive them, or say that they are lost", "ref")
        if sku is None:
            # Of an item without a line nothing comes either. The head is written before lines are locked, as in put.
            keep_told_by_hand(conn, ref, (), whole=True)
        lock_lines(conn, [ref])
        parameters = {"ref": ref, "sku": sku, "state": state, "reason": reason, "actor": actor}
        count = conn.execute(queries.close_document_lines, parameters).rowcount
        if not count:
            raise NotFound("open document", ref, "ref")
    return count


def move_document(db: Database, ref: str, due_at: datetime, sku: str | None = None) -> int:
    """Give the open lines of a document, or of one item in it, another date; returns how many. Raises NotFound."""
    check_years("due_at", due_at)
    with db.transaction() as conn:
        lock_lines(conn, [ref])
        count = conn.execute(queries.move_document_lines, {"ref": ref, "sku": sku, "due_at": due_at}).rowcount
    if not count:
        raise NotFound("open document", ref, "ref")
    return count
