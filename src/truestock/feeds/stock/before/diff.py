"""Which lines of a file the file before did not have, and which of its lines are gone. Pure.

Both are streams: lines are compared where they stand, and what is moved, added or gone waits for its like. A line says
the same wherever it stands, so files are compared only if each row of theirs is one line."""

import csv
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from itertools import chain, islice, zip_longest
from typing import Final, NamedTuple

from truestock.feeds.stock.files.tables import delimiter_of
from truestock.feeds.stock.files.values import Format

AT_ONCE: Final = 20_000
# As a feed's format may call it, if it does.
ENCODINGS: Final = frozenset({"", "ascii", "utf-8", "utf8", "utf_8", "utf-8-sig"})
_utf8 = getincrementaldecoder("utf-8")


class Changed(NamedTuple):
    """`said`: lines by their number, in order; `gone`: lines of the file before. `head` is the first line of both;
    every line ends with a line break."""

    head: bytes
    said: dict[int, bytes]
    gone: list[bytes]

    @property
    def new_file(self) -> bytes:
        """The lines that are new, as a file of their own."""
        return self.head + b"".join(self.said.values())

    @property
    def old_file(self) -> bytes:
        """The lines that are gone, as a file of their own."""
        return self.head + b"".join(self.gone)


class NotByLines(Exception):
    """The file is no UTF-8, or has rows over several lines: it can only be read whole."""


def changed_lines(form: Format, new: Iterable[bytes], old: Iterable[bytes], at_most: int) -> Changed | None:
    """How files of a form differ that are given by pieces, `old` as `lines_of` gives it; None if it cannot be told by
    lines, the first line is another, or over `at_most` lines differ."""
    try:
        return _changed(chain.from_iterable(lines_of(form, new)), chain.from_iterable(map(_split, old)), at_most)
    except NotByLines:
        return None


def lines_of(form: Format, pieces: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The lines of a file, each with its line break, some at a time. Raises NotByLines."""
    decoder, rest, between = _utf8(), b"", ""
    try:
        for piece in pieces:
            if not piece.isascii() or decoder.getstate()[0]:
                decoder.decode(piece)
            lines = _split(rest + piece)
            # What follows may be the rest of the last line, or of its line break.
            rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
            if lines:
                between = between or delimiter_of(form, lines[0].decode())
                yield _checked(lines, between)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise NotByLines from None
    if rest:
        last = rest if rest.endswith(b"\r") else rest + b"\n"
        yield _checked([last], between or delimiter_of(form, last.decode()))


def _split(piece: bytes) -> list[bytes]:
    return piece.splitlines(keepends=True)


def _checked(lines: list[bytes], between: str) -> list[bytes]:
    """Raises NotByLines where a row goes on in the next line; a quote inside of a cell, as of inches, begins none."""
    if b'"' in b"".join(lines):
        quoted = [line.decode() for line in lines if b'"' in line]
        try:
            rows = sum(1 for _ in csv.reader(quoted, delimiter=between, strict=True))
        except (csv.Error, TypeError, ValueError):
            raise NotByLines from None
        if rows < len(quoted):
            raise NotByLines
    return lines


def _changed(new: Iterator[bytes], old: Iterator[bytes], at_most: int) -> Changed | None:
    head = next(new, b"")
    if not head or head != next(old, b""):
        return None
    # Lines that wait for their like, the new ones with their numbers.
    said: dict[bytes, list[int]] = {}
    gone: dict[bytes, int] = {}
    waiting, number = 0, 2
    while True:
        some, before = list(islice(new, AT_ONCE)), list(islice(old, AT_ONCE))
        if not (some or before):
            break
        pairs = zip_longest(some, before)
        for n, line, was in ((n, *pair) for n, pair in enumerate(pairs, number) if pair[0] != pair[1]):
            waiting += _wait(said, gone, line, was, n)
        if waiting > at_most:
            return None
        number += len(some)
    by_number = {n: line for line, numbers in said.items() for n in numbers}
    return Changed(head, dict(sorted(by_number.items())), [line for line, times in gone.items() for _ in range(times)])


def _wait(
    said: dict[bytes, list[int]], gone: dict[bytes, int], line: bytes | None, was: bytes | None, number: int
) -> int:
    """Have two lines that stand at one place wait, or meet those that wait for them; how many more wait then."""
    more = 0
    if line is not None:
        if times := gone.pop(line, 0):
            more -= 1
            if times > 1:
                gone[line] = times - 1
        else:
            said.setdefault(line, []).append(number)
            more += 1
    if was is not None:
        if numbers := said.get(was):
            more -= 1
            numbers.pop()
            if not numbers:
                del said[was]
        else:
            gone[was] = gone.get(was, 0) + 1
            more += 1
    return more
