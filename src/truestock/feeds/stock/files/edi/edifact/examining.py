"""The envelopes of EDIFACT: what is wrong with interchanges and messages, by a CONTRL's codes (data element 0085)."""

from collections.abc import Iterator
from hashlib import sha256
from typing import BinaryIO, Final

from truestock.feeds.stock.files.edi.edifact.segments import Segment, segments_of
from truestock.feeds.stock.files.edi.envelope import Group, Interchange, SetSeen, Trouble

REPORT: Final = "INVRPT"
ANSWER: Final = "CONTRL"
SEND_ANEW: Final = "send the whole interchange anew"
MISSING: Final = "13"
NOT_SUPPORTED: Final = "14"
OTHER_REFERENCE: Final = "28"
OTHER_COUNT: Final = "29"


def key_of(opening: Segment) -> tuple[str, str, str]:
    """What tells an interchange from others: who sends it to whom, each with the qualifier, as 14:SUPPLIER, and its
    number."""
    sender, receiver = (f"{opening.at(place, 1)}:{opening.at(place)}" for place in (2, 3))
    return sender, receiver, opening.at(5)


def examine(source: BinaryIO, encoding: str = "") -> list[Interchange]:
    """The interchanges of a file, their messages as the sets of one group. Raises NoText."""
    return list(_walk(segments_of(source, encoding)))


def _walk(segments: Iterator[Segment]) -> Iterator[Interchange]:
    now: _Interchange | None = None
    for segment in segments:
        if segment.name == "UNB":
            if now is not None:
                yield now.ended(None)
            now = _Interchange(segment)
        elif now is not None:
            now.take(segment)
            if segment.name == "UNZ":
                yield now.ended(segment)
                now = None
    if now is not None:
        yield now.ended(None)


class _Interchange:
    """One interchange, segment by segment."""

    def __init__(self, opening: Segment) -> None:
        self._digest = sha256(opening.written.encode())
        self._found = Interchange(*key_of(opening), ":".join(opening.parts(1)), "", opening.line)
        self._group = Group("", "", "", "", "")
        self._set: SetSeen | None = None
        self._count = self._groups = 0
        self._last = opening.line

    def take(self, segment: Segment) -> None:
        """One of its segments behind the first."""
        self._digest.update(b"\x1d" + segment.written.encode())
        self._last = segment.line
        self._count += 1
        match segment.name:
            case "UNG":
                self._groups += 1
            case "UNH":
                self._cut_off(segment)
                self._set, self._count = SetSeen(":".join(segment.parts(2)), segment.at(1), segment.line), 1
                self._group.sets.append(self._set)
                if segment.at(2) not in (REPORT, ANSWER):
                    self._reject(segment, NOT_SUPPORTED, f"a message {segment.at(2)[:20]} says nothing of stock")
            case "UNT" if self._set is not None:
                if segment.at(2) != self._set.control:
                    self._reject(segment, OTHER_REFERENCE, f"the message ends as {segment.at(2)[:20]!r}")
                elif segment.number() != self._count:
                    told = f"UNT says {segment.at(1)[:20]} segments, and there are {self._count}"
                    self._reject(segment, OTHER_COUNT, told)
                self._set = None
            case "UNZ":
                self._cut_off(segment)

    def ended(self, trailer: Segment | None) -> Interchange:
        """All of it; without a trailer it is cut off."""
        counted = self._groups or len(self._group.sets)
        if trailer is None:
            self._cut_off(None)
            self._trouble(MISSING, "the interchange has no UNZ: it is cut off")
        elif trailer.at(2) != self._found.control:
            self._trouble(OTHER_REFERENCE, f"the interchange ends as {trailer.at(2)[:20]!r}")
        elif trailer.number() != counted:
            self._trouble(OTHER_COUNT, f"UNZ says {trailer.at(1)[:20]}, and there are {counted}")
        self._found.digest = self._digest.hexdigest()
        self._found.groups = [self._group]
        return self._found

    def _cut_off(self, segment: Segment | None) -> None:
        if self._set is not None:
            self._reject(segment, MISSING, "the message has no UNT")
            self._set = None

    def _reject(self, segment: Segment | None, code: str, reason: str) -> None:
        assert self._set is not None
        line = segment.line if segment is not None else self._last
        self._set.rejected.append(Trouble(line, "UNT", code, reason, SEND_ANEW))

    def _trouble(self, code: str, reason: str) -> None:
        self._found.troubles.append(Trouble(self._last, "UNZ", code, reason, SEND_ANEW))
