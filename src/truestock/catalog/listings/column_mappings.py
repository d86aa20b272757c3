"""Column mappings: what one supplier's files call the columns that a plain product file has, kept under a name."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from truestock.catalog.changes import PUT, How, Lines, Result, changing, columns, sort_lines
from truestock.core.checks import check_text
from truestock.core.problems import NotFound
from truestock.store.database import Connection, Database
from truestock.store.sql import load

queries = load(__package__)


@dataclass(frozen=True, slots=True)
class ColumnMappingDraft:
    """In the files of this name, a field stands under this header."""

    name: str
    field: str
    header: str


@dataclass(frozen=True, slots=True)
class StoredMapping:
    """A line of a mapping as it is; it has no number."""

    id: int
    name: str
    field: str
    header: str


_key = attrgetter("name", "field")


def put_column_mappings(db: Database, drafts: Sequence[ColumnMappingDraft], how: How = PUT) -> list[Result]:
    """Make or change lines of mappings, one result per line."""
    lines = Lines(drafts, _key, _check)
    with changing(db, how, lines) as work:
        stored = {_key(row): row for row in _stored(work.conn, [draft.name for _, draft in lines.open()])}
        found = sort_lines(
            lines, how, "column mapping", _key, stored, lambda d: StoredMapping(0, d.name, d.field, d.header)
        )
        arrays = columns([row for _, row in [*found.new, *found.changed]])
        if arrays:
            work.conn.execute(queries.put_column_mappings, arrays)
        lines.written(found.new, found.changed)
    return lines.answers(how)


def read_column_mapping(db: Database, name: str) -> dict[str, str]:
    """The headers of a mapping by field. Raises NotFound."""
    with db.transaction() as conn:
        rows = _stored(conn, [name])
    if not rows:
        raise NotFound("column mapping", name, "mapping")
    return {row.field: row.header for row in rows}


def _stored(conn: Connection, names: list[str]) -> list[StoredMapping]:
    return [StoredMapping(*row) for row in conn.execute(queries.column_mappings, {"names": names})]


def _check(draft: ColumnMappingDraft) -> None:
    check_text("name", draft.name, required=True)
    check_text("field", draft.field, required=True)
    check_text("header", draft.header, required=True)
