"""Rows of documents of supply as they are told: by document, in parts of which each goes in by itself. Pure.

What a document says of an item at a location is told at once, since it stands for all that is expected of it there."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from truestock.feeds.stock.engine.happening.answers import Ready, refusal
from truestock.feeds.stock.engine.runs import LineFault
from truestock.feeds.stock.files import FeedRow
from truestock.ledger.documents import LINES_MAX, Document

TOO_MANY: Final = (
    f"over {LINES_MAX:,} lines of this item at one location in one document; "
    "add up those of one date, or give each part of them a document number of its own"
)


class Part(NamedTuple):
    """What is told of a document in one transaction, and the rows that say it, one a line."""

    document: Document
    rows: list[FeedRow]


def in_parts(asked: Sequence[Ready], *, mended: bool = False) -> tuple[list[Part], list[LineFault]]:
    """Of rows those that ask for lines of documents, and those of an item of which there are too many at a location.
    Documents stand in the order in which they are first named, as do their items; of those that were `mended` each
    goes in by itself, since some of them may be refused."""
    cells: dict[str, dict[tuple[str, str | None], list[Ready]]] = {}
    for one in asked:
        if isinstance(one.command, Document):
            (line,) = one.command.lines
            cells.setdefault(one.command.ref, {}).setdefault((line.sku, line.location), []).append(one)
    parts: list[Part] = []
    faults: list[LineFault] = []
    for ref, of_cells in cells.items():
        for cell in of_cells.values():
            if len(cell) > LINES_MAX:
                faults += [refusal(one.row, "ref", TOO_MANY) for one in cell]
        short = [cell for cell in of_cells.values() if len(cell) <= LINES_MAX]
        for some in [[cell] for cell in short] if mended else [short]:
            parts += _parts(ref, some)
    return parts, faults


def _parts(ref: str, cells: Sequence[Sequence[Ready]]) -> Iterator[Part]:
    some: list[Ready] = []
    for cell in cells:
        if some and len(some) + len(cell) > LINES_MAX:
            yield _part(ref, some)
            some = []
        some += cell
    if some:
        yield _part(ref, some)


def _part(ref: str, some: Sequence[Ready]) -> Part:
    lines = [line for one in some if isinstance(one.command, Document) for line in one.command.lines]
    return Part(Document(ref, lines, whole=False), [one.row for one in some])
