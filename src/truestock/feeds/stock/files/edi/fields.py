"""Which of our fields the columns of EDI documents are, where a mapping says nothing else."""

from collections.abc import Collection, Iterator
from collections.abc import Mapping as Dict
from typing import BinaryIO, Final

import msgspec

from truestock.feeds.stock.files.cells import Mend
from truestock.feeds.stock.files.edi import x12
from truestock.feeds.stock.files.edi.edifact import reading as edifact
from truestock.feeds.stock.files.mapper import NEEDED, Lookups, Mapper
from truestock.feeds.stock.files.mapping import Mapping, Pack, Source
from truestock.feeds.stock.files.steps import Number
from truestock.feeds.stock.files.values import FeedFault, FeedRow, FieldName, Format

_SKUS: Final = ("SK", "SA", "BP", "IN", "VN", "VP", "UP", "EN", "UK", "UI")
_GTINS: Final = ("UK", "EN", "UP", "UI", "UA", "SRV")
_FIELDS: Final[dict[FieldName, Source]] = {
    "location": Source(columns=("location",)),
    "lot": Source(columns=("lot", "ref.LT", "ref.BT")),
    "expires_at": Source(columns=("date.036", "date.36", "date.361")),
    "at": Source(columns=("at",)),
    "ref": Source(columns=("ref",)),
    "order": Source(columns=("order",)),
    "reason": Source(columns=("reason",)),
}


# What an item is counted in where it is counted by itself; cases and the like are of a size that only a mapping knows.
_EACH: Final = Pack("unit", dict.fromkeys(("", "EA", "PC", "PCE", "UN", "C62"), 1))
_NO_QUANTITY: Final = "the feed does not say which quantity is meant, or the item has none of that qualifier"


def answers(
    form: Format, source: BinaryIO, mapping: Mapping, lookups: Lookups, needs: Collection[FieldName] = ()
) -> Iterator[FeedRow | FeedFault]:
    """Every row of an X12 or EDIFACT file as it is mapped, or its fault. Raises NoText, and Missing where nothing can
    fill one of the fields in `needs`."""
    read = x12.answers if form.name == "x12" else edifact.answers
    mapper = mapper_of(form, mapping, lookups)
    mapper.check(needs)
    return read(source, mapper, form.encoding)


def rows(form: Format, source: BinaryIO) -> Iterator[FeedRow]:
    """Every row of an X12 or EDIFACT file in the document's own terms. Raises NoText."""
    read = x12.answers if form.name == "x12" else edifact.answers
    told = read(source, _AsTold(Mapping(), None, Lookups()), form.encoding)
    yield from (row for row in told if isinstance(row, FeedRow))


class _AsTold(Mapper):
    """Leaves rows as they are."""

    def row(self, line: int, raw: Dict[str, str]) -> FeedRow:
        """The row."""
        return FeedRow(line, dict(raw))


def mapper_of(form: Format, mapping: Mapping, lookups: Lookups) -> Mapper:
    """The mapper of an EDI feed's rows: by its own mapping, or as the documents mean."""
    pack = mapping.pack or (_EACH if mapping.counts == "units" else None)
    if mapping.fields:
        return Mapper(msgspec.structs.replace(mapping, pack=pack), None, lookups)
    numbers = _GTINS if mapping.item_by == "barcode" else _SKUS
    item = Source(columns=tuple(f"item.{qualifier}" for qualifier in numbers))
    qty = Source(columns=("qty", f"qty.{form.quantity}") if form.quantity else ("qty",), steps=(Number(),))
    known = "33 (available) or 17 (on hand)" if form.name == "x12" else "145 (what lies there) or another one"
    mend = Mend(_NO_QUANTITY, f"set the format's quantity to its qualifier: {known}")
    filled = msgspec.structs.replace(mapping, fields={"sku": item, "qty": qty, **_FIELDS}, pack=pack)
    return Mapper(filled, None, lookups, {**NEEDED, "qty": mend})
