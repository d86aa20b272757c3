"""Which lines are new and which are gone, whatever was moved, and wherever pieces of a file end."""

from collections import Counter
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from truestock.feeds.stock.before.diff import changed_lines, lines_of
from truestock.feeds.stock.files import Format

LINES = st.lists(
    st.sampled_from([b"a,1\n", b"b,2\n", b"c,3\n", b"d,\xc3\xa9\n", b"e,5\r\n", b'f,"6"\n', b"\n"]), max_size=30
)
HEAD = b"sku,qty\n"
CSV = Format()


def pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def kept(lines: list[bytes]) -> list[bytes]:
    return [HEAD, b"".join(lines)]


@given(old=LINES, new=LINES, size=st.integers(1, 40), ended=st.booleans())
def test_what_was_and_what_changed_make_what_is(old: list[bytes], new: list[bytes], size: int, ended: bool) -> None:
    content = HEAD + b"".join(new)
    if not (ended or content.endswith(b"\r\n")):
        content = content.removesuffix(b"\n")
    changed = changed_lines(CSV, pieces(content, size), kept(old), 100)
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
    assert [line for some in lines_of(CSV, pieces(content, size)) for line in some] == content.splitlines(keepends=True)


def test_signs_of_inches_begin_no_row_of_several_lines() -> None:
    new = b'sku,qty\na 5" tube,1\n5" x 7",2\nb,"3"\n'
    changed = changed_lines(CSV, [new], kept([b'5" x 7",2\n']), 100)
    assert changed is not None
    assert changed.said == {2: b'a 5" tube,1\n', 4: b'b,"3"\n'}
    assert changed_lines(Format(delimiter="x"), [b'skuxqty\n5x"7\n8"x1\n'], [b"skuxqty\n"], 100) is None


def test_files_of_other_heads_or_that_are_no_lines_are_not_compared() -> None:
    old = kept([b"a,1\n"])
    assert changed_lines(CSV, [b"qty,sku\na,1\n"], old, 100) is None
    assert changed_lines(CSV, [b"sku,qty\na,\xff\n"], old, 100) is None
    assert changed_lines(CSV, [b"sku,qty\na,\xc3"], old, 100) is None
    assert changed_lines(CSV, [b'sku,qty\n"a\nb",1\n'], old, 100) is None
    assert changed_lines(CSV, [b'sku,qty\na 5" tube,"spare\npart, of 7"" steel",1\n'], old, 100) is None
    assert changed_lines(CSV, [b'sku,qty\na 5" tube,"spare\npart",7" steel\n'], old, 100) is None
    assert changed_lines(CSV, [b""], old, 100) is None
    assert changed_lines(CSV, [HEAD + b"x,1\n" * 101], old, 100) is None
