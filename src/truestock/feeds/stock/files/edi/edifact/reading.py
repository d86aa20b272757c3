"""EDIFACT's report of stock, INVRPT: its messages as rows, held to the counts and numbers they are wrapped in.

Rows have the document's own terms for columns, as those of X12: `item.EN`, `qty.145`, `date.361`, `ref.BT`."""

from collections.abc import Iterator
from typing import BinaryIO, Final

from truestock.feeds.stock.files.edi.documents import date_of
from truestock.feeds.stock.files.edi.edifact.examining import REPORT, SEND_ANEW, key_of
from truestock.feeds.stock.files.edi.edifact.segments import Segment, segments_of
from truestock.feeds.stock.files.edi.items import Items
from truestock.feeds.stock.files.mapper import Mapper
from truestock.feeds.stock.files.values import FeedFault, FeedRow

# A warehouse, a place of delivery, of dispatch, of stock; and a party that keeps it.
_PLACES: Final = frozenset({"WH", "DP", "SF", "ST", "GM", "IV"})


def answers(source: BinaryIO, mapper: Mapper, encoding: str = "") -> Iterator[FeedRow | FeedFault]:
    """Every row as it is mapped, or its fault; a line is the number of a segment. Raises NoText.

    The rows of a message whose count or number is wrong are left out, with one fault for all of them; so are those of
    an interchange that was taken in before, and those of such a message."""
    control, messages, groups, rows, known, key = "", 0, 0, _Message(), False, ("", "", "")
    last = Segment(1, [""])
    for segment in segments_of(source, encoding):
        last = segment
        if segment.name == "UNB":
            key = key_of(segment)
            if known := key in mapper.interchanges:
                yield from rows.cut_off(segment)
                rows = _Message()
                yield _known(segment)
        if known:
            continue
        match segment.name:
            case "UNB":
                control, messages, groups = segment.at(5), 0, 0
            case "UNG":
                # Groups, which few use, say nothing of the messages in them; but they are what UNZ counts then.
                groups += 1
            case "UNE":
                continue
            case "UNH":
                yield from rows.cut_off(segment)
                rows = _Message(segment)
                messages += 1
            case "UNT":
                if (key, f"/{rows.number}") not in mapper.sets:
                    yield from rows.ended(segment, mapper)
                rows = _Message()
            case "UNZ":
                yield from rows.cut_off(segment)
                rows = _Message()
                if segment.number() != (groups or messages) or segment.at(2) != control:
                    told, what = segment.at(1)[:20], "groups" if groups else "messages"
                    reason = f"UNZ says {told} {what} of {segment.at(2)[:20]!r}, and there are {groups or messages}"
                    yield _fault(segment, "UNZ", f"{reason} of {control[:20]!r}", SEND_ANEW)
            case _:
                rows.take(segment)
    yield from rows.cut_off(last)
    if last.name != "UNZ":
        yield _fault(last, "UNZ", "the interchange is cut off: it has no UNZ at its end", SEND_ANEW)


class _Message(Items):
    """One message, segment by segment."""

    def __init__(self, opening: Segment | None = None) -> None:
        super().__init__({})
        self._opened = opening
        self._count = 1

    @property
    def number(self) -> str:
        """Its reference in its interchange."""
        return self._opened.at(1) if self._opened is not None else ""

    def take(self, segment: Segment) -> None:
        """One of its segments."""
        self._count += 1
        here = self._here()
        match segment.name:
            case "BGM":
                here["ref"] = segment.at(2)
            case "DTM" if segment.at(1, 1):
                told = segment.at(1, 1)
                date = date_of(told[:8], told[8:])
                self._told(f"date.{segment.at(1)}", date)
                if segment.at(1) in {"137", "366"} and self._row is None:
                    here["at"] = date
            case "NAD" if segment.at(1) in _PLACES and segment.at(2):
                self._located(segment.at(2))
            case "LOC" if segment.at(2):
                self._located(segment.at(2))
            case "LIN":
                number = {f"item.{segment.at(3, 1) or 'EN'}": segment.at(3)} if segment.at(3) else {}
                self._begin(segment.line, number)
            case "PIA":
                here |= {f"item.{segment.at(p, 1)}": segment.at(p) for p in segment.places[1:] if segment.at(p, 1)}
            case "QTY" if self._row is not None:
                self._stated(segment.at(1), segment.at(1, 1), segment.at(1, 2))
            case "GIN" if segment.at(1) == "BX":
                self._told("lot", segment.at(2))
            case "RFF":
                self._told(f"ref.{segment.at(1)}", segment.at(1, 1))
            case _:
                pass

    def ended(self, trailer: Segment, mapper: Mapper) -> Iterator[FeedRow | FeedFault]:
        """Its rows, if its trailer agrees with it."""
        self._close()
        if self._opened is None:
            yield _fault(trailer, "UNT", "the message has no UNH", SEND_ANEW)
            return
        if self._opened.at(2) != REPORT:
            told = f"a message {self._opened.at(2)[:20]} says nothing of stock"
            yield _fault(self._opened, "UNH", told, "send INVRPT")
            return
        count = self._count + 1
        if trailer.number() != count or trailer.at(2) != self._opened.at(1):
            told = f"UNT says {trailer.at(1)[:20]} segments of {trailer.at(2)[:20]!r}"
            reason = f"the whole message is left out: {told}, and there are {count} of {self._opened.at(1)[:20]!r}"
            yield _fault(trailer, "UNT", reason, "send the whole message anew")
            return
        yield from (mapper.row(line, row) for line, row in self.rows)

    def cut_off(self, segment: Segment) -> Iterator[FeedFault]:
        """A fault, if anything of it was read: it was to end before this segment."""
        if self._opened is not None or self._count > 1:
            told = "a message that begins with UNH and ends with UNT was to stand before this, and is left out"
            yield _fault(segment, "UNT", told, "send the whole message anew")


def _known(opening: Segment) -> FeedFault:
    sender, _, control = key_of(opening)
    reason = f"the interchange {control[:20]} of {sender[:40]} was taken in before"
    mend = "if it is another one, have its sender give it a number of its own"
    return FeedFault(opening.line, "UNB", reason, mend, known=True)


def _fault(segment: Segment, field: str, reason: str, suggestion: str) -> FeedFault:
    return FeedFault(segment.line, field, f"segment {segment.line}, {segment.name}: {reason}", suggestion)
