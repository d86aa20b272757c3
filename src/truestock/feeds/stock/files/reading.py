"""A file of any form, through its mapping: row by row, in blocks for those who book in bulk, or its first rows."""

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice
from typing import Any, BinaryIO, Final

import msgspec

from truestock.feeds.stock.files.cells import Mend
from truestock.feeds.stock.files.edi import fields
from truestock.feeds.stock.files.json_lines import cells_in, cells_of, rows_of
from truestock.feeds.stock.files.mapper import Lookups, Mapper, Missing, block_of
from truestock.feeds.stock.files.mapping import Mapping
from truestock.feeds.stock.files.tables import AT_ONCE, table_of
from truestock.feeds.stock.files.text import NoText
from truestock.feeds.stock.files.values import Block, FeedFault, FeedRow, FieldName, Format

NO_LOOKUPS: Final = Lookups()
PREVIEW_ROWS: Final = 20
Answer = FeedRow | FeedFault
Needs = Collection[FieldName]


class PreviewRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row: its fields, or which of them is at fault, why, and what to do; `raw` is what the file says then."""

    line: int
    fields: dict[str, str] = {}
    field: str = ""
    reason: str = ""
    suggestion: str = ""
    raw: dict[str, str] = {}


class Preview(msgspec.Struct, frozen=True):
    """Some rows, how many of them are faults, and whether they are all there is."""

    rows: list[PreviewRow]
    faults: int
    whole: bool


def read(
    form: Format, source: BinaryIO, mapping: Mapping, lookups: Lookups = NO_LOOKUPS, needs: Needs = ()
) -> Iterator[Answer]:
    """Every row of a file as it is mapped, or its fault; never raises for what the file holds.

    `source` can be sought, and is read from where it stands; it is not closed. Where no column can fill one of the
    fields in `needs`, that is the one fault."""
    for block in blocks(form, source, mapping, lookups, needs):
        faults = iter(block.faults)
        fault = next(faults, None)
        names = list(block.columns)
        for line, *cells in zip(block.lines, *block.columns.values(), strict=True):
            while fault is not None and fault.line < line:
                yield fault
                fault = next(faults, None)
            yield FeedRow(line, {name: cell for name, cell in zip(names, cells, strict=True) if cell})
        if fault is not None:
            yield fault
            yield from faults


def blocks(
    form: Format, source: BinaryIO, mapping: Mapping, lookups: Lookups = NO_LOOKUPS, needs: Needs = ()
) -> Iterator[Block]:
    """The same, in blocks of up to AT_ONCE rows; a block may hold faults alone."""
    try:
        if form.name in {"csv", "xlsx"}:
            yield from _table_blocks(form, source, mapping, lookups, needs)
        else:
            told = _of_lines if form.name == "json_lines" else fields.answers
            answers = told(form, source, mapping, lookups, needs)
            while block := list(islice(answers, AT_ONCE)):
                yield block_of(block)
    except NoText as end:
        yield Block([], {}, [FeedFault(end.line, "file", end.reason, end.suggestion, ends=True)])
    except Missing as missing:
        yield Block([], {}, [FeedFault(1, missing.field, missing.reason, missing.suggestion, ends=True)])


def as_told(form: Format, source: BinaryIO, lines: Collection[int]) -> dict[int, tuple[str, ...]]:
    """What the file itself says in these lines, cell by cell and before any mapping: lines that come to the same cell
    of stock are one line told twice only where this is the same, and else two parts of it, as of two bins or barcodes.

    The file is one that has been read; lines that say nothing are left out. Raises NoText."""
    wanted = frozenset(lines)
    return {line: told for line, told in _told(form, source) if line in wanted}


def mapped(
    form: Format, rows: Iterable[tuple[int, dict[str, Any]]], mapping: Mapping, lookups: Lookups = NO_LOOKUPS
) -> list[Answer]:
    """Rows of a file of this form that came as objects, or were mended, each with its number. Raises Missing."""
    edi = form.name in {"x12", "edifact"}
    mapper = fields.mapper_of(form, mapping, lookups) if edi else Mapper(mapping, None, lookups)
    spelled = mapper.spelled if form.name in {"csv", "xlsx"} else dict
    return [_of_object(mapper, line, row, spelled) for line, row in rows]


def preview(form: Format, source: BinaryIO, mapping: Mapping, lookups: Lookups, at_most: int = PREVIEW_ROWS) -> Preview:
    """At most so many rows from the file's start."""
    answers = list(islice(read(form, source, mapping, lookups), at_most + 1))
    rows = [
        PreviewRow(found.line, found.fields)
        if isinstance(found, FeedRow)
        else PreviewRow(found.line, {}, found.field, found.reason, found.suggestion, dict(found.raw))
        for found in answers[:at_most]
    ]
    return Preview(rows, sum(bool(row.reason) for row in rows), len(answers) <= at_most)


def _told(form: Format, source: BinaryIO) -> Iterator[tuple[int, tuple[str, ...]]]:
    if form.name in {"csv", "xlsx"}:
        for lines, rows in table_of(form, source).blocks:
            yield from zip(lines, (tuple(cell.strip() for cell in row) for row in rows), strict=True)
    elif form.name == "json_lines":
        yield from ((line, (text,)) for line, text in rows_of(form, source))
    else:
        for row in fields.rows(form, source):
            yield row.line, tuple(f"{name}={told}" for name, told in sorted(row.fields.items()))


def _table_blocks(form: Format, source: BinaryIO, mapping: Mapping, lookups: Lookups, needs: Needs) -> Iterator[Block]:
    table = table_of(form, source)
    mapper = Mapper(mapping, table.header, lookups)
    mapper.check(needs)
    for lines, rows in table.blocks:
        yield mapper.block(lines, rows)


def _of_lines(form: Format, source: BinaryIO, mapping: Mapping, lookups: Lookups, needs: Needs) -> Iterator[Answer]:
    mapper = Mapper(mapping, None, lookups)
    mapper.check(needs)
    for line, text in rows_of(form, source):
        try:
            cells = cells_of(text)
        except Mend as error:
            yield FeedFault(line, "line", error.reason, error.suggestion, {"line": text[:400]})
            continue
        yield mapper.row(line, cells)


def _of_object(
    mapper: Mapper, line: int, row: dict[str, Any], spelled: Callable[[dict[str, str]], dict[str, str]]
) -> Answer:
    try:
        return mapper.row(line, spelled(cells_in(row)))
    except Mend as error:
        return FeedFault(line, "line", error.reason, error.suggestion)
