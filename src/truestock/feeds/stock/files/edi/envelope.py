"""The envelopes of X12: what an interchange, its groups and its sets say of themselves, held to what is in them.

The checks of counts and control numbers are those of pyx12; here they are put beside the segment they are about, and
what breaks that library's own reading is a fault like any other."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from pyx12.errors import EngineError, X12Error  # type: ignore[import-untyped]  # it says no types
from pyx12.x12file import X12Reader  # type: ignore[import-untyped]  # it says no types

from truestock.feeds.stock.files.edi.segments import Segment

SET_MAX: Final = 200_000
FAULTS_MAX: Final = 1_000
_END: Final = "\x1d"
_BETWEEN: Final = "\x1c"
_PART: Final = "\x1f"
# What is wrong with a set, in the codes of AK5 and AK9 of an acknowledgement.
_SET_CODES: Final = frozenset({"1", "2", "3", "4", "5", "6", "7", "23"})


# An interchange's sender, receiver and number; and a set of it, by its group's number and its own.
Key = tuple[str, str, str]
SetKey = tuple[Key, str]


@dataclass(slots=True)
class Trouble:
    """What is wrong at a segment: the code of AK3, AK5 or AK9, and words."""

    line: int
    segment: str
    code: str
    reason: str
    suggestion: str
    # Of the set's segments, counting ST as 1, and of the segment's elements; 0 if it is about the whole.
    position: int = 0
    element: int = 0
    value: str = ""


@dataclass(slots=True)
class SetSeen:
    """A transaction set: what it is, its number, and what is wrong with it: as a whole, for which it is rejected, or
    at single segments."""

    kind: str
    control: str
    line: int
    rejected: list[Trouble] = field(default_factory=list)
    noted: list[Trouble] = field(default_factory=list)


@dataclass(slots=True)
class Group:
    """A functional group."""

    kind: str
    control: str
    sender: str
    receiver: str
    version: str
    sets: list[SetSeen] = field(default_factory=list)
    stated: int | None = None
    troubles: list[Trouble] = field(default_factory=list)


@dataclass(slots=True)
class Interchange:
    """An interchange; sender and receiver with their qualifiers, as ZZ:SUPPLIER1."""

    sender: str
    receiver: str
    control: str
    version: str
    usage: str
    line: int
    # Of its segments: what tells it from another of the same number.
    digest: str = ""
    groups: list[Group] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)

    @property
    def key(self) -> Key:
        """What its sender tells it from others by."""
        return self.sender, self.receiver, self.control

    @property
    def set_keys(self) -> frozenset[SetKey]:
        """What tells its sets from others that can be taken in; one that was rejected comes again under its number."""
        numbers = ((group, one) for group in self.groups for one in group.sets if not one.rejected)
        return frozenset((self.key, number_in(group, one)) for group, one in numbers)


def number_in(group: Group | None, one: SetSeen) -> str:
    """A set's number in its interchange."""
    return f"{group.control if group is not None else ''}/{one.control}"


@dataclass(slots=True)
class Read:
    """What has been read when a set, or an interchange without one, is at its end; `body` has ST to SE."""

    interchange: Interchange
    group: Group | None = None
    found: SetSeen | None = None
    body: list[Segment] = field(default_factory=list)


class _Feed:
    """The segments of one interchange as the file that pyx12 reads, a piece at a time."""

    closed = False

    def __init__(self, segments: Iterable[Segment]) -> None:
        self._segments = iter(segments)
        self.told: deque[Segment] = deque()
        self._rest = ""

    def read(self, size: int) -> str:
        while len(self._rest) < size:
            segment = next(self._segments, None)
            if segment is None:
                break
            self.told.append(segment)
            self._rest += _as_pyx12(segment)
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece


def interchanges(segments: Iterable[Segment]) -> Iterator[Read]:
    """Every set of every interchange of a file, as soon as it is at its end."""
    waiting = deque[Segment]()
    source = iter(segments)
    first = next(source, None)
    while first is not None:
        waiting.append(first)

        def own() -> Iterator[Segment]:
            yield waiting.popleft()
            for segment in source:
                if segment.name == "ISA":
                    waiting.append(segment)
                    return
                yield segment

        yield from _Walk(first).through(own())
        first = waiting.popleft() if waiting else None


class _Walk:
    """Through one interchange."""

    def __init__(self, isa: Segment) -> None:
        sender, receiver = f"{isa.at(5)}:{isa.at(6)}", f"{isa.at(7)}:{isa.at(8)}"
        self.read = Interchange(sender, receiver, isa.at(13), isa.at(12), isa.at(15), isa.line)
        self.group: Group | None = None
        self.set: SetSeen | None = None
        self.body: list[Segment] = []
        self.ended = False
        self.digest = sha256()

    def through(self, segments: Iterator[Segment]) -> Iterator[Read]:
        feed = _Feed(segments)
        last = self.read.line
        try:
            reader = X12Reader(feed)
            for _ in reader:
                segment = feed.told.popleft()
                last = segment.line
                troubles = [_trouble(segment, told) for told in reader.pop_errors()]
                yield from self._step(segment, troubles)
            reader.cleanup()
            left = [_trouble(Segment(last, "", ()), told) for told in reader.pop_errors()]
        except (X12Error, EngineError, IndexError, ValueError, TypeError, AttributeError) as error:
            reason = f"the envelopes do not fit into one another: {str(error)[:200]}"
            left = [Trouble(last, "", "2", reason, "send the interchange anew, with its headers and trailers in pairs")]
            for _ in segments:
                pass
        yield from self._end(last, left)

    def _step(self, segment: Segment, troubles: list[Trouble]) -> Iterator[Read]:
        self.digest.update("\x1c".join((segment.name, *segment.elements, "\x1d")).encode())
        if segment.name in {"GS", "ST", "GE", "IEA"}:
            yield from self._cut_off(segment.line)
        match segment.name:
            case "GS":
                at = segment.at
                self.group = Group(at(1), at(6), at(2), at(3), at(8))
                self.read.groups.append(self.group)
            case "ST" if self.group is not None:
                self.set = SetSeen(segment.at(1), segment.at(2), segment.line)
                self.body = []
                self.group.sets.append(self.set)
            case "ST":
                outside = "the set stands in no group and is left out"
                self.read.troubles.append(Trouble(segment.line, "ST", "2", outside, "put GS before it and GE behind"))
            case "IEA":
                self.ended = True
        if self.set is not None and len(self.body) < SET_MAX:
            self.body.append(segment)
        self._keep(troubles)
        if segment.name == "SE" and self.set is not None and self.group is not None:
            yield self._done()
        if segment.name == "GE" and self.group is not None:
            self.group.stated = int(segment.at(1)) if segment.at(1).isdecimal() and len(segment.at(1)) < 9 else None
            self.group = None

    def _end(self, last: int, left: list[Trouble]) -> Iterator[Read]:
        self._keep(left)
        yield from self._cut_off(last)
        if not self.ended and not any(trouble.segment == "IEA" for trouble in self.read.troubles):
            missing = "the interchange has no IEA: it is cut off"
            self.read.troubles.append(Trouble(last, "IEA", "023", missing, "send the whole interchange anew"))
        self.read.digest = self.digest.hexdigest()
        yield Read(self.read)

    def _cut_off(self, line: int) -> Iterator[Read]:
        """The set under way, if there is one: it was to end before this line."""
        if self.set is not None:
            missing = "the set has no SE, or its trailers are out of order"
            self.set.rejected.append(Trouble(line, "SE", "2", missing, "send the whole set anew"))
            yield self._done()

    def _done(self) -> Read:
        found, body, self.set, self.body = self.set, self.body, None, []
        if found is not None and len(body) >= SET_MAX:
            told = f"the set has over {SET_MAX:,} segments"
            found.rejected.append(Trouble(found.line, "ST", "5", told, "send it in several sets"))
        return Read(self.read, self.group, found, body)

    def _keep(self, troubles: list[Trouble]) -> None:
        for trouble in troubles:
            kept = self.read.troubles
            if self.set is not None and trouble.segment not in {"ISA", "IEA", "GS", "GE"}:
                rejects = trouble.segment in {"ST", "SE"} and trouble.code in _SET_CODES
                trouble.position = len(self.body)
                kept = self.set.rejected if rejects else self.set.noted
            elif self.group is not None and trouble.segment not in {"ISA", "IEA"}:
                kept = self.group.troubles
            if len(kept) < FAULTS_MAX:
                kept.append(trouble)


def _trouble(segment: Segment, told: tuple[str, str, str, str | None, int | None]) -> Trouble:
    """What pyx12 says of a segment: its kind of envelope, a code, words, the value at fault, and a line of its own."""
    kind, code, reason, value, _ = told
    name = segment.name or {"isa": "IEA", "gs": "GE"}.get(kind, "SE")
    return Trouble(
        segment.line, name, code, reason, "send it anew with counts and numbers that agree", value=value or ""
    )


def _as_pyx12(segment: Segment) -> str:
    """A segment as pyx12 reads it: of old versions only the ISA differs, and only in its version."""
    elements = [element.replace(_PART, " ") for element in segment.elements]
    if segment.name == "ISA":
        widths = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
        elements = [element[:width].ljust(width) for element, width in zip(elements, widths, strict=False)]
        elements[10], elements[11], elements[15] = "U", "00401", _PART
        elements[12] = segment.at(13)[:9].zfill(9)
    elif segment.name == "IEA" and len(elements) > 1:
        # Some write the number at the end without the zeros that it has at the start.
        elements[1] = segment.at(2).zfill(9)
    return f"{segment.name}{_BETWEEN}{_BETWEEN.join(elements)}{_END}"
