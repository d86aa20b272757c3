"""Rows of one kind in a document that was told before in part: what is new of it goes in only if what is known agrees.

A row that nobody could read then had no place in its document, so that those behind it were told as if they were it.
In a file without that fault it is refused, since its number was used for another; one behind it would be told twice."""

from collections.abc import Mapping, Sequence
from typing import Final

from truestock.feeds.stock.engine.happening import queries
from truestock.feeds.stock.engine.happening.keys import NTH, Source, place_of, told_of
from truestock.feeds.stock.engine.runs import LineFault
from truestock.feeds.stock.files import FeedRow
from truestock.store.arrays import texts
from truestock.store.database import Connection

OTHERWISE: Final = (
    "another row of this item in the document was told otherwise before, so this one may be it; "
    "try it again if it is, which changes nothing; if it is new, give it a serial that the document has not"
)
Place = tuple[str, ...]


def waiting(conn: Connection, source: Source, rows: Sequence[FeedRow], keys: Mapping[int, str]) -> set[int]:
    """Lines of rows that are told for the first time and are not the first of their kind in their document, where
    others of it were told before. `keys` are by line."""
    further = [row for row in rows if _is_further(row)]
    if not further or source.meaning == "expected":
        return set()
    kinds = {_place(row.fields, source) for row in further}
    alike = [row for row in rows if "ref" in row.fields and _place(row.fields, source) in kinds]
    told = told_of(conn, source, [keys[row.line] for row in alike])
    partly = {_place(row.fields, source) for row in alike if keys[row.line] in told}
    partly |= _told_otherwise(conn, source, further)
    return {row.line for row in further if keys[row.line] not in told and _place(row.fields, source) in partly}


def held(conn: Connection, source: Source, rows: Sequence[FeedRow], refused: Sequence[LineFault]) -> set[int]:
    """Of rows that have waited those of whose kind another was told otherwise, by what was refused now or before."""
    places = {_place(one.fields, source) for one in refused if one.field in ("key", "ref") and "ref" in one.fields}
    places |= _told_otherwise(conn, source, rows)
    return {row.line for row in rows if _place(row.fields, source) in places}


def _told_otherwise(conn: Connection, source: Source, rows: Sequence[FeedRow]) -> set[Place]:
    refs = texts(sorted({row.fields["ref"] for row in rows}))
    found = conn.execute(queries.told_otherwise, {"run": source.run, "refs": refs})
    return {_place(fields, source) for (fields,) in found}


def _is_further(row: FeedRow) -> bool:
    return "serial" not in row.fields and int(row.fields.get(NTH, "1")) > 1


def _place(fields: Mapping[str, str], source: Source) -> Place:
    return tuple(place_of(fields, source.location))
