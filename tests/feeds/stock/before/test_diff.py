"""Which lines are new and which are gone, whatever was moved, and wherever pieces of a file end."""

from collections import Counter
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from truestock.feeds.stock.before.diff import changed_lines, lines_of

LINES = st.lists(
    st.sampled_from([b"a,1\n", b"b,2\n", b"c,3\n", b"d,\xc3\xa9\n", b"e,5\r\n", b'f,"6"\n', b"\n"]), max_size=30
)
HEAD = b"sku,qty\n"


def pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def kept(lines: list[bytes]) -> list[bytes]:
    return [HEAD, b"".join(lines)]


@given(old=LINES, new=LINES, size=st.integers(1, 40), ended=st.booleans())
def test_what_was_and_what_changed_make_what_is(old: list[bytes], new: list[bytes], size: int, ended: bool) -> None:
    content = HEAD + b"".join(new)
    if not (ended or content.endswith(b"\r\n")):
        content = content.removesuffix(b"\n")
    changed = changed_lines(pieces(content, size), kept(old), 100)
    assert changed is not None
    said, gone = Counter(changed.said.values()), Counter(changed.gone)
    whole = [line if line.endswith(b"\n") else line + b"\n" for line in content.splitlines(keepends=True)]
    there = Counter(whole[1:])
    assert Counter(old) - gone + said == there
    assert not said & gone
    assert all(whole[number - 1] == line for number, line in changed.said.items())
    assert changed.new_file == HEAD + b"".join(changed.said.values())


@given(lines=LINES, size=st.integers(1, 40))
def test_lines_are_whole_wherever_pieces_end(lines: list[bytes], size: int) -> None:
    content = b"".join(lines)
    assert [line for some in lines_of(pieces(content, size)) for line in some] == content.splitlines(keepends=True)


def test_files_of_other_heads_or_that_are_no_lines_are_not_compared() -> None:
    old = kept([b"a,1\n"])
    assert changed_lines([b"qty,sku\na,1\n"], old, 100) is None
    assert changed_lines([b"sku,qty\na,\xff\n"], old, 100) is None
    assert changed_lines([b"sku,qty\na,\xc3"], old, 100) is None
    assert changed_lines([b'sku,qty\n"a\nb",1\n'], old, 100) is None
    assert changed_lines([b""], old, 100) is None
    assert changed_lines([HEAD + b"x,1\n" * 101], old, 100) is None
