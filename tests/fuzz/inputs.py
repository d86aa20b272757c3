"""Inputs for a parser: its own good files, broken in the ways in which files break, and bytes of no sense."""

import re
from collections.abc import Sequence
from typing import Final

from hypothesis import strategies as st

Edit = tuple[str, int, bytes, int]
# What breaks readers of any kind: ends of lines, quotes, marks, signs of other scripts, figures past any bound.
TOKENS = (
    *(b"\n", b"\r", b"\r\n", b'"', b"'", b",", b";", b"\t", b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\x1d"),
    *(b"=1+1", b"-", b"+", b"1e308", b"NaN", b"9" * 40, b"0000-01-01", b"9999-12-31T23:59:59+14:00", b"\xe2\x80\xae"),
    *(b"\xd9\xa1", b"{", b"}", b"[", b"]", b":", b"\\u0000", b"\\ud800", b"null", b"true", b"*", b"~", b"?", b"\\"),
)
# What stands where JSON has a value, and is of its kind and yet none that can be worked with.
VALUES: Final = (
    *(b'"NaN"', b'"-Infinity"', b'"1E+999999"', b"1e999", b"1e-999", b"-1", b"0", b"2.5", b"1" + b"0" * 18, b"9" * 40),
    *(b'"0001-01-01T00:00:00+14:00"', b'"9999-12-31T23:59:59-14:00"', b'"2026-11-22T09:14:03"', b'"\\u0000"', b'""'),
    *(b"null", b"true", b"[]", b"{}", b'"x"', b'"' + b"y" * 3_000 + b'"'),
)
_VALUE: Final = re.compile(rb'"(?:[^"\\]|\\.)*"(?!\s*:)|-?[0-9][0-9.eE+-]*|\b(?:true|false|null)\b|\[\]|\{\}')
SIZE_MAX = 100_000


def inputs(seeds: Sequence[bytes], tokens: Sequence[bytes] = ()) -> st.SearchStrategy[bytes]:
    """Mostly seeds with a few edits; `tokens` are the parser's own words."""
    kinds = st.sampled_from(("insert", "replace", "repeat", "cut", "drop", "swap"))
    pieces = st.sampled_from((*TOKENS, *tokens)) | st.binary(min_size=1, max_size=6)
    places = st.integers(0, 2**16 - 1)
    broken = st.tuples(kinds, places, pieces, st.integers(1, 40))
    others = st.tuples(st.just("value"), places, st.sampled_from(VALUES), st.just(1))
    edits = st.lists(broken | others, max_size=6)
    return st.builds(edited, st.sampled_from(seeds), edits) | st.binary(max_size=300)


def edited(seed: bytes, edits: Sequence[Edit]) -> bytes:
    """A seed with all edits, one behind the other; a place is of 65,536 parts of what there is."""
    for kind, place, piece, count in edits:
        at = place * (len(seed) + 1) >> 16
        match kind:
            case "insert":
                seed = seed[:at] + piece + seed[at:]
            case "replace":
                seed = seed[:at] + piece + seed[at + len(piece) :]
            case "repeat":
                seed = seed[:at] + seed[at : at + 50] * count + seed[at:]
            case "cut":
                seed = seed[:at]
            case "drop":
                seed = seed[:at] + seed[at + count :]
            case "value":
                seed = _other_value(seed, place, piece)
            case _:
                seed = seed[at:] + seed[:at]
    return seed[:SIZE_MAX]


def _other_value(seed: bytes, place: int, piece: bytes) -> bytes:
    """Another value for one of those that there are."""
    found = list(_VALUE.finditer(seed))
    if not found:
        return seed
    one = found[place * len(found) >> 16]
    return seed[: one.start()] + piece + seed[one.end() :]
