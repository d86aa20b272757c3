"""Reads documents of supply: one with its lines, lists of them, and what is overdue."""

from collections.abc import Iterable

from truestock.core.identity import part_of_text
from truestock.core.problems import NotFound
from truestock.ledger import queries
from truestock.ledger.documents.values import Listed, Overdue, Standing, StoredDocument, StoredLine
from truestock.store.database import Connection, Database


def read_document(db: Database, ref: str) -> StoredDocument:
    """A document with its lines. Raises NotFound."""
    with db.transaction() as conn:
        head = conn.execute(queries.document_head, {"part": part_of_text(ref), "ref": ref}).fetchone()
        rows = conn.execute(queries.document_lines, {"ref": ref}).fetchall()
    if not rows:
        raise NotFound("document", ref, "ref")
    lines = [StoredLine(*row[1:]) for row in rows]
    kind, supplier, from_location = head or (rows[0][0], "", "")
    return StoredDocument(ref, kind, supplier, from_location, _standing(line.state for line in lines), lines)


def list_documents(
    db: Database,
    *,
    supplier: str | None = None,
    location: str | None = None,
    closed: bool = False,
    after: str = "",
    limit: int = 100,
) -> list[Listed]:
    """Documents by number: the open ones, with `closed` the others too."""
    parameters = {"supplier": supplier, "location": location, "closed": closed, "after": after, "limit": limit}
    with db.transaction() as conn:
        return [Listed(*row) for row in conn.execute(queries.list_documents, parameters)]


def overdue(conn: Connection, limit: int = 1_000) -> list[Overdue]:
    """Supply that is past its date and has not all come, the oldest first."""
    return [Overdue(*row) for row in conn.execute(queries.overdue, {"limit": limit})]


def _standing(states: Iterable[str]) -> Standing:
    found = set(states)
    if "open" in found:
        return "open"
    return "closed" if "closed" in found else "cancelled"
