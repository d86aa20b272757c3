"""What a file of a feed is read into: rows in our own fields, and the faults of those that could not be."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, NamedTuple, get_args

import msgspec
from msgspec import Meta

FieldName = Literal[
    "sku", "location", "lot", "expires_at", "status", "qty", "at", "ref", "order", "channel", "due_at", "allocated",
    "reason", "to", "serial",
]  # fmt: skip
FIELDS: Final[tuple[FieldName, ...]] = get_args(FieldName)
FormatName = Literal["csv", "xlsx", "json_lines", "x12", "edifact"]


class Format(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What kind of file a feed sends. What is left empty is found out from the file itself."""

    name: FormatName = "csv"
    delimiter: Annotated[str, Meta(max_length=1, description="Between the cells of CSV; found out if empty.")] = ""
    encoding: Annotated[str, Meta(max_length=40, description="Of text, as cp1252; found out if empty.")] = ""
    sheet: Annotated[str, Meta(max_length=31, description="Of a workbook, by name; the first if empty.")] = ""
    quantity: Annotated[
        str, Meta(max_length=3, description="Of X12 846 and INVRPT: the qualifier of the quantity that is meant.")
    ] = ""
    columns: Annotated[
        tuple[str, ...], Meta(max_length=1_000, description="Of a file without a header, from left to right.")
    ] = ()


class FeedRow(NamedTuple):
    """A row in our own fields (see FIELDS). Fields without a value are left out; figures, instants (UTC, ISO 8601) and
    statuses are in one form, `qty` and `allocated` are what int() reads."""

    line: int
    fields: dict[str, str]


class FeedFault(NamedTuple):
    """A row that is not taken: which of our fields is at fault, why, and what to do.

    `raw` is the row as the file has it, by its own columns. With `ends`, nothing behind this line could be read.
    `known`: it is an interchange that was taken in before and is passed over, which is no fault of the file."""

    line: int
    field: str
    reason: str
    suggestion: str
    raw: Mapping[str, str] = {}
    ends: bool = False
    known: bool = False


class Block(NamedTuple):
    """Many rows by column, for those who book in bulk: `lines[n]` is the line of the n-th cell of each column. A field
    that no column or constant fills has no entry; an empty cell is an empty text."""

    lines: list[int]
    columns: dict[str, list[str]]
    faults: list[FeedFault]
