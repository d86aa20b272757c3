"""An X12 file as segments: each interchange says by its own ISA what stands between its elements. Pure."""

from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

from truestock.feeds.stock.files.text import NoText, check_size, text_of

FILE_MAX: Final = 64 * 2**20
SEGMENT_MAX: Final = 20_000
ELEMENTS_MAX: Final = 200
INTERCHANGES_MAX: Final = 1_000
_ISA_ELEMENTS: Final = 16


class Segment(NamedTuple):
    """One segment: its number in the file, counting from 1, its name, and its elements."""

    line: int
    name: str
    elements: tuple[str, ...]

    def at(self, place: int) -> str:
        """The element of this place, counted from 1 as in the standard; empty if it is left out."""
        return self.elements[place - 1].strip() if place <= len(self.elements) else ""

    def pairs(self, *places: int) -> dict[str, str]:
        """What stands behind the qualifiers of these places."""
        return {self.at(place): self.at(place + 1) for place in places if self.at(place) and self.at(place + 1)}


def segments_of(source: BinaryIO, encoding: str = "") -> Iterator[Segment]:
    """The segments of a file, of one interchange behind the other. Raises NoText."""
    check_size(source, FILE_MAX, "send it in several interchanges")
    text = text_of(source, encoding, "X12 file", lines=False).open().read()
    return _split(text)


def _split(text: str) -> Iterator[Segment]:
    place, line = _next_isa(text, 0, 1), 0
    between = end = ""
    count = 0
    while place < len(text):
        if _begins(text, place):
            between, end = _separators(text, place, line + 1)
            count += 1
            if count > INTERCHANGES_MAX:
                raise NoText(line + 1, f"the file has over {INTERCHANGES_MAX:,} interchanges", "split it")
        stop = text.find(end, place)
        raw = text[place : len(text) if stop < 0 else stop].strip()
        place = len(text) if stop < 0 else stop + len(end)
        while place < len(text) and text[place].isspace():
            place += 1
        if not raw:
            continue
        line += 1
        if len(raw) > SEGMENT_MAX:
            raise NoText(line, f"segment {line} has over {SEGMENT_MAX:,} characters", "is its end left out?")
        name, *elements = raw.split(between)
        if len(elements) > ELEMENTS_MAX:
            raise NoText(line, f"segment {line} has over {ELEMENTS_MAX} elements", "is its end left out?")
        yield Segment(line, name, tuple(elements))


def _next_isa(text: str, place: int, line: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    if not _begins(text, place):
        raise NoText(line, f"the file begins with {text[place : place + 10]!r}", "an X12 file begins with ISA")
    return place


def _begins(text: str, place: int) -> bool:
    """Whether an interchange begins here."""
    return text.startswith("ISA", place) and not text[place + 3 : place + 4].isalnum()


def _separators(text: str, place: int, line: int) -> tuple[str, str]:
    """What stands between elements and behind segments: the sign behind ISA, and the one behind its last element."""
    between = text[place + 3 : place + 4]
    fault = NoText(line, "the ISA segment is cut off or has not 16 elements", "write it as the standard says")
    if not between or between.isspace():
        raise fault
    last = place + 3
    for _ in range(_ISA_ELEMENTS - 1):
        last = text.find(between, last + 1, place + 400)
        if last < 0:
            raise fault
    end = text[last + 2 : last + 3]
    if end == "\r" and text[last + 3 : last + 4] == "\n":
        end = "\n"
    if not end or end.isalnum() or end == between:
        raise fault
    return between, end
