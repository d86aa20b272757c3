"""An EDIFACT file as segments, by pydifact's tokenizer."""

from collections.abc import Iterator
from typing import BinaryIO, Final

from pydifact.control.characters import Characters
from pydifact.exceptions import EDISyntaxError, ValidationError
from pydifact.parser import Parser
from pydifact.tokenizer import Tokenizer

from truestock.feeds.stock.files.text import NoText, check_size, text_of

# It is read sign by sign, so slower than other forms.
FILE_MAX: Final = 16 * 2**20
# What stands between elements where a file does not say it itself.
_USUAL: Final = "UNA:+.? '"
Element = str | list[str]


class Segment:
    """One segment; `at(place, part)` counts both from 1 and 0, and is empty for what is left out."""

    def __init__(self, line: int, raw: list[Element]) -> None:
        self.line = line
        self.name = raw[0] if raw and isinstance(raw[0], str) else ""
        self._elements = raw

    def at(self, place: int, part: int = 0) -> str:
        """A part of an element."""
        parts = self.parts(place)
        return parts[part] if part < len(parts) else ""

    def parts(self, place: int) -> list[str]:
        """All parts of an element."""
        element = self._elements[place] if place < len(self._elements) else ""
        return [part.strip() for part in (element if isinstance(element, list) else [element])]

    def number(self, place: int = 1) -> int:
        """How much it says there is; -1 if that is no number."""
        told = self.at(place)
        return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else -1

    @property
    def written(self) -> str:
        """All that it says, however it was divided."""
        return "\x1c".join("\x1f".join(self.parts(place)) for place in range(len(self._elements)))

    @property
    def places(self) -> range:
        """Its elements."""
        return range(1, len(self._elements))


def segments_of(source: BinaryIO, encoding: str = "") -> Iterator[Segment]:
    """The segments of a file. Raises NoText."""
    check_size(source, FILE_MAX, "send it in several interchanges")
    message = text_of(source, encoding, "EDIFACT file", lines=False).open().read().lstrip()
    if not message.startswith(("UNA", "UNB")):
        raise NoText(1, f"the file begins with {message[:10]!r}", "an EDIFACT file begins with UNA or UNB")
    line = 1
    try:
        signs, message = (message[:9], message[9:].lstrip()) if message.startswith("UNA") else (_USUAL, message)
        characters = Characters.from_str(signs)
        for raw in Parser.convert_tokens_to_raw_segments(Parser(), Tokenizer().get_tokens(message, characters)):
            yield Segment(line, raw)
            line += 1
    except (EDISyntaxError, ValidationError, IndexError, TypeError) as error:
        raise NoText(line, f"segment {line} cannot be read: {str(error)[:200]}", "send it anew") from None
