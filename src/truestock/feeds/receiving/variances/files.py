"""Reads a file of variances and books them, line by line: a line that cannot be meant stops no other, and a file that
is sent again, under whatever name, books nothing twice."""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from io import BytesIO
from typing import Any, Final, NamedTuple

import msgspec

from truestock.catalog.load.cells import Column, instant, text, whole
from truestock.catalog.load.reading import RawRow, Unreadable, rows_of
from truestock.core.problems import Invalid
from truestock.feeds.receiving.values import Variance
from truestock.feeds.receiving.variances.vary import Vary, vary
from truestock.ledger.values import Booked, NotBooked
from truestock.store.lane import Handler

COLUMNS: Final = (
    Column("location", text, "the location's code", required=True),
    Column("reason", text, "a reason's code", required=True),
    Column("qty", whole, "base units, or packages of the barcode", required=True),
    Column("sku", text, "the item's SKU"),
    Column("barcode", text, "or a barcode of it"),
    Column("lot", text, "the lot's code"),
    Column("status", text, "the status they had, where it is not the reason's own"),
    Column("happened_at", instant, "when; now if left out"),
    Column("ref", text, "the source's own number"),
    Column("note", text, "what more there is to say"),
)
CHUNK: Final = 200


class Refused(NamedTuple):
    """A line that was not booked, and why."""

    line: int
    field: str
    detail: str


class Report(NamedTuple):
    """What became of a file: lines booked now, lines that had been booked before, and those refused."""

    booked: int
    known: int
    refused: list[Refused]


def book_file(run: Callable[[Handler, Sequence[Any]], list[Any]], content: bytes, actor: str, source: str) -> Report:
    """Book the variances of a CSV file by `run`, which carries out commands. Raises Invalid for any other file."""
    digest = sha256(content).hexdigest()[:32]
    refused: list[Refused] = []
    wanted: list[tuple[int, Vary]] = []
    try:
        for row in rows_of(BytesIO(content), COLUMNS):
            found = _variance(row, source)
            if isinstance(found, Refused):
                refused.append(found)
            else:
                wanted.append((row.line, Vary(found, actor, f"variances:{digest}:{row.line}", approver=True)))
    except Unreadable as fault:
        raise Invalid("file", fault.problem.detail) from None
    booked = known = 0
    for chunk in _chunks(wanted):
        answers = run(vary, [command for _, command in chunk])
        for (line, _), answer in zip(chunk, answers, strict=True):
            if isinstance(answer, NotBooked):
                refused.append(Refused(line, answer.field, answer.detail))
            elif isinstance(answer, Booked):
                booked += not answer.replay
                known += answer.replay
    return Report(booked, known, sorted(refused))


def _variance(row: RawRow, source: str) -> Variance | Refused:
    if row.surplus:
        return Refused(row.line, "", "the line has more cells than the header; quote those with a delimiter in them")
    parsers = {column.name: column.parse for column in COLUMNS}
    try:
        fields = {name: parsers[name](name, cell) for name, cell in row.cells.items()}
    except Invalid as problem:
        return Refused(row.line, problem.field or "", problem.detail)
    for column in COLUMNS:
        if column.required and column.name not in fields:
            return Refused(row.line, column.name, f"{column.name} is missing; say {column.help}")
    try:
        return msgspec.convert({**fields, "source": source}, Variance)
    except msgspec.ValidationError as error:
        said, _, path = str(error).partition(" - at `$.")
        return Refused(row.line, path.rstrip("`"), said)


def _chunks(wanted: list[tuple[int, Vary]]) -> Iterator[list[tuple[int, Vary]]]:
    return (wanted[start : start + CHUNK] for start in range(0, len(wanted), CHUNK))
