"""Bytes to text, a piece at a time: the file is looked through once for what no text may hold, and then decoded."""

import codecs
import io
import re
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from truestock.connectors.files.sheets.reading import likeliest

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

FILE_MAX: Final = 2**30
LINE_MAX: Final = 2**20
HEAD: Final = 200
# What is often sent in place of a text, by how it begins.
_OTHERS: Final = (
    (re.compile(rb"PK\x03\x04"), "a workbook or an archive", "set the format's name to xlsx, or unpack it"),
    (re.compile(rb"\xd0\xcf\x11\xe0"), "a workbook of an old kind (.xls)", "save it as .xlsx or as CSV UTF-8"),
    (re.compile(rb"\x1f\x8b"), "packed with gzip", "unpack it"),
    (re.compile(rb"%PDF-"), "a PDF", "have its sender send a table"),
    (
        re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|table|\?xml)", re.IGNORECASE),
        "a web page or XML",
        "save it as CSV UTF-8",
    ),
)
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NAME_ANOTHER: Final = "save the file as UTF-8, or name its encoding in the feed's format"


class NoText(Exception):
    """The file, or what is behind this line, cannot be read; the texts say why and what to do."""

    def __init__(self, line: int, reason: str, suggestion: str) -> None:
        super().__init__(reason)
        self.line, self.reason, self.suggestion = line, reason, suggestion


class _Kept(io.RawIOBase):
    """A source that is not closed with the text over it: it is its opener's to close."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        data = self._source.read(len(view))
        view[: len(data)] = data
        return len(data)


class Text(NamedTuple):
    """A text that has been looked through, to be opened anew as often as needed."""

    source: BinaryIO
    start: int
    encoding: str

    def open(self) -> io.TextIOWrapper:
        """The text from its start, its line ends as they are."""
        self.source.seek(self.start)
        return io.TextIOWrapper(io.BufferedReader(_Kept(self.source), LINE_MAX), self.encoding, newline="")


def check_size(source: BinaryIO, at_most: int, suggestion: str) -> None:
    """Refuse what is larger before any of it is read. Raises NoText."""
    start = source.tell()
    size = source.seek(0, io.SEEK_END) - start
    source.seek(start)
    if size > at_most:
        raise NoText(1, f"the file has over {at_most // 2**20:,} MB", suggestion)


def text_of(source: BinaryIO, encoding: str, what: str, *, lines: bool = True) -> Text:
    """The text of a file that can be sought, from where it stands. Raises NoText.

    `what` is what the file should be, for the words of an error; without `lines` its lines may be of any length."""
    check_size(source, FILE_MAX, "split it")
    start = source.tell()
    head = source.read(HEAD)
    source.seek(start)
    for first, found, suggestion in _OTHERS:
        if first.match(head):
            raise NoText(1, f"this is no {what}, but {found}", suggestion)
    name = encoding or _encoding(source)
    source.seek(start)
    fault = _look_through(source, name, what, lines=lines)
    if fault is not None and not encoding and name == "utf-8-sig":
        name = likeliest(_where_it_ended(source, start))
        source.seek(start)
        fault = _look_through(source, name, what, lines=lines)
    if fault is not None:
        raise fault
    return Text(source, start, name)


def _where_it_ended(source: BinaryIO, start: int) -> bytes:
    """The piece at whose end the file was found not to be UTF-8; of a late one the lines that are not ASCII."""
    place = max(start, source.tell() - LINE_MAX)
    source.seek(place)
    piece = source.read(LINE_MAX)
    return piece if place == start else b"\n".join(line for line in piece.split(b"\n") if not line.isascii())


def _encoding(source: BinaryIO) -> str:
    head = source.read(4)
    return next((name for mark, name in _MARKS if head.startswith(mark)), "utf-8-sig")


def _look_through(source: BinaryIO, name: str, what: str, *, lines: bool) -> NoText | None:
    """The first thing that keeps the file from being read."""
    try:
        # Only of a text does str.encode know the encoding: there are others, of archives too.
        "".encode(name)
        decoder = codecs.getincrementaldecoder(name)()
    except (LookupError, ValueError):
        return NoText(1, f"there is no encoding {name[:40]!r}", "name one as utf-8 or cp1252")
    line = 1
    while True:
        chunk = source.read(LINE_MAX)
        try:
            text = decoder.decode(chunk, not chunk)
        except (UnicodeError, ValueError) as error:
            return NoText(line + _lines_before(chunk, error), f"this is not in {name}", _NAME_ANOTHER)
        if "\0" in text:
            line += text[: text.index("\0")].count("\n")
            return NoText(line, "the line has a NUL character", f"this is no {what}; write it anew as UTF-8")
        if not chunk:
            return None
        ends = text.count("\n") or text.count("\r")
        if lines and not ends and len(chunk) == LINE_MAX:
            return NoText(
                line, f"the line has over {LINE_MAX:,} bytes", f"this is no {what}; end each row with a line break"
            )
        line += ends


def _lines_before(chunk: bytes, error: ValueError) -> int:
    return chunk.count(b"\n", 0, error.start) if isinstance(error, UnicodeDecodeError) else 0
