"""Files made in memory, and what is read of them."""

import io
from typing import Any

from truestock.feeds.stock.files import Block, FeedFault, FeedRow, Format, Lookups, Mapping, blocks, mapping_of, read

Fields = dict[str, str]
PLAIN = Mapping()
NOTHING = Lookups()


def rows_of(
    raw: bytes | str, mapping: Mapping | dict[str, Any] = PLAIN, form: Format | None = None, lookups: Lookups = NOTHING
) -> list[FeedRow | FeedFault]:
    """Every answer; the source is still open behind it, and blocks say the same."""
    source = io.BytesIO(raw.encode() if isinstance(raw, str) else raw)
    how = mapping if isinstance(mapping, Mapping) else mapping_of(mapping)
    found = list(read(form or Format(), source, how, lookups))
    assert not source.closed
    source.seek(0)
    assert told(list(blocks(form or Format(), source, how, lookups))) == sorted(found, key=lambda answer: answer.line)
    return found


def told(found: list[Block]) -> list[FeedRow | FeedFault]:
    """What blocks say, as rows."""
    answers: list[FeedRow | FeedFault] = []
    for block in found:
        answers += block.faults
        for n, line in enumerate(block.lines):
            fields = {name: column[n] for name, column in block.columns.items() if column[n]}
            answers.append(FeedRow(line, fields))
    return sorted(answers, key=lambda answer: answer.line)


def fields_of(
    raw: bytes | str, mapping: Mapping | dict[str, Any] = PLAIN, form: Format | None = None
) -> dict[str, str]:
    """The fields of the only row."""
    (row,) = rows_of(raw, mapping, form)
    assert isinstance(row, FeedRow), row
    return row.fields


def fault_of(raw: bytes | str, mapping: Mapping | dict[str, Any] = PLAIN, form: Format | None = None) -> FeedFault:
    """The last answer, which is a fault."""
    fault = rows_of(raw, mapping, form)[-1]
    assert isinstance(fault, FeedFault), fault
    return fault
