"""The first rows of a file as they are mapped, good ones and bad ones; stock is not looked at."""

from itertools import islice
from typing import BinaryIO, Final

import msgspec

from truestock.feeds.stock.files.mapper import Lookups
from truestock.feeds.stock.files.mapping import Mapping
from truestock.feeds.stock.files.reading import read
from truestock.feeds.stock.files.values import FeedRow, Format

ROWS: Final = 20


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


def preview(form: Format, source: BinaryIO, mapping: Mapping, lookups: Lookups, at_most: int = ROWS) -> Preview:
    """At most so many rows from the file's start."""
    answers = list(islice(read(form, source, mapping, lookups), at_most + 1))
    rows = [
        PreviewRow(found.line, found.fields)
        if isinstance(found, FeedRow)
        else PreviewRow(found.line, {}, found.field, found.reason, found.suggestion, dict(found.raw))
        for found in answers[:at_most]
    ]
    return Preview(rows, sum(bool(row.reason) for row in rows), len(answers) <= at_most)
