"""X12 files: what is in them through a mapping, and what their senders are told of how they were read."""

from collections.abc import Iterator
from typing import BinaryIO

from truestock.feeds.stock.files.edi.documents import rows_of
from truestock.feeds.stock.files.edi.envelope import Interchange, Read, Trouble, interchanges, number_in
from truestock.feeds.stock.files.edi.items import Row, Rows
from truestock.feeds.stock.files.edi.segments import segments_of
from truestock.feeds.stock.files.mapper import Mapper
from truestock.feeds.stock.files.values import FeedFault, FeedRow


def sets_of(source: BinaryIO, encoding: str = "") -> Iterator[tuple[Read, Rows]]:
    """Every set with its rows, and behind the sets of an interchange the interchange. Raises NoText."""
    for read in interchanges(segments_of(source, encoding)):
        yield read, rows_of(read)


def examine(source: BinaryIO, encoding: str = "") -> list[Interchange]:
    """The interchanges of a file with all that is wrong in them, in their order; to be acknowledged. Raises NoText."""
    return [read.interchange for read, _ in sets_of(source, encoding) if read.found is None]


def answers(source: BinaryIO, mapper: Mapper, encoding: str = "") -> Iterator[FeedRow | FeedFault]:
    """Every row as it is mapped, or its fault; a line is the number of a segment. Raises NoText.

    The rows of a set that is rejected are left out, with one fault for all of them; so are those of an interchange that
    was taken in before, and those of such a set."""
    for read, rows in sets_of(source, encoding):
        if read.interchange.key in mapper.interchanges:
            if read.found is None:
                yield _known(read.interchange)
        elif read.found is None:
            around = [*read.interchange.troubles, *(t for group in read.interchange.groups for t in group.troubles)]
            yield from map(_fault, around)
        elif (read.interchange.key, number_in(read.group, read.found)) in mapper.sets:
            continue
        elif read.found.rejected:
            left_out = {"set": read.found.kind, "control": read.found.control, "rows": str(len(rows))}
            yield from (_fault(trouble, left_out, "the whole set is left out: ") for trouble in read.found.rejected)
        else:
            found: list[FeedRow | FeedFault] = [mapper.row(line, row) for line, row in rows]
            told = {answer.line for answer in found if isinstance(answer, FeedFault)}
            found += [_fault(trouble) for trouble in read.found.noted if trouble.line not in told]
            yield from sorted(found, key=lambda answer: answer.line)


def _known(found: Interchange) -> FeedFault:
    reason = f"the interchange {found.control} of {found.sender} was taken in before"
    mend = "if it is another one, have its sender give it a number of its own"
    return FeedFault(found.line, "ISA13", reason, mend, known=True)


def _fault(trouble: Trouble, raw: Row | None = None, before: str = "") -> FeedFault:
    element = f"{trouble.element:02}" if trouble.element else ""
    reason = f"{before}at segment {trouble.line}, {trouble.segment}{element}: {trouble.reason}"
    return FeedFault(trouble.line, f"{trouble.segment}{element}", reason, trouble.suggestion, raw or {})
