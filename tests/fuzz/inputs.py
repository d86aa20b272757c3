"""Inputs for a parser: its own good files, broken in the ways in which files break, and bytes of no sense."""

from collections.abc import Sequence

from hypothesis import strategies as st

Edit = tuple[str, int, bytes, int]
# What breaks readers of any kind: ends of lines, quotes, marks, signs of other scripts, figures past any bound.
TOKENS = (
    *(b"\n", b"\r", b"\r\n", b'"', b"'", b",", b";", b"\t", b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\x1d"),
    *(b"=1+1", b"-", b"+", b"1e308", b"NaN", b"9" * 40, b"0000-01-01", b"9999-12-31T23:59:59+14:00", b"\xe2\x80\xae"),
    *(b"\xd9\xa1", b"{", b"}", b"[", b"]", b":", b"\\u0000", b"\\ud800", b"null", b"true", b"*", b"~", b"?", b"\\"),
)
SIZE_MAX = 100_000


def inputs(seeds: Sequence[bytes], tokens: Sequence[bytes] = ()) -> st.SearchStrategy[bytes]:
    """Mostly seeds with a few edits; `tokens` are the parser's own words."""
    kinds = st.sampled_from(("insert", "replace", "repeat", "cut", "drop", "swap"))
    pieces = st.sampled_from((*TOKENS, *tokens)) | st.binary(min_size=1, max_size=6)
    edits = st.lists(st.tuples(kinds, st.integers(0, 2**16), pieces, st.integers(1, 40)), max_size=6)
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
            case _:
                seed = seed[at:] + seed[:at]
    return seed[:SIZE_MAX]
