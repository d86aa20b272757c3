"""What a book keeps between transactions is what it said in them, in little memory."""

import tracemalloc
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.books import B2B, DC, FAR, MARKET, NETWORK, NOW, RETAIL, STORE, WEB, books, rows_of
from tests.core.test_laws import ITEM, events, happen, laws, request
from truestock.core.book import ItemBook, Stock
from truestock.core.decide.reserve import reserve
from truestock.core.network import Channel, ItemRules, Location, Network
from truestock.core.view import view_of
from truestock.core.words import Status

CHANNELS = (RETAIL, WEB, MARKET, B2B)


@laws
@given(book=books(), story=st.lists(events, min_size=1, max_size=6), days=st.sampled_from([0, 1, 5, 40]))
def test_a_book_that_was_closed_and_opened_again_says_the_same(
    book: ItemBook, story: list[tuple[str, int, int, int]], days: int
) -> None:
    for event in story:
        happen(book, *event)
    rows = {key: (row.on_hand, row.reserved) for key, row in rows_of(book).items() if row.known or row.d_on_hand}
    atps = [view_of(book, channel).atp() for channel in CHANNELS]
    book.close()
    book.reopen(NOW)
    assert {key: (row.on_hand, row.reserved) for key, row in rows_of(book).items()} == rows
    assert [view_of(book, channel).atp() for channel in CHANNELS] == atps
    book.close()
    book.reopen(NOW + timedelta(days=days))
    fresh = ItemBook(book.rules, book.version, book.now, Stock.of(book.stock), book.lots, book.shorts, book.kept)
    for channel in CHANNELS:
        assert view_of(book, channel).terms() == view_of(fresh, channel).terms()
        assert list(view_of(book, channel).places()) == list(view_of(fresh, channel).places())


def test_only_rows_that_were_written_are_kept() -> None:
    book = ItemBook(ItemRules(ITEM, 0, "S", NETWORK), 1, NOW, Stock.of([(STORE, 0, Status.SELLABLE, 0, 3, 1)]))
    book.row(DC, 0, Status.SELLABLE, 0)
    book.close()
    assert list(book.stock) == [(STORE, 0, Status.SELLABLE, 0, 3, 1)]


def test_rows_that_are_new_find_their_place_among_the_numbers() -> None:
    cells = [(DC, 2, 0, 0, 5, 0), (DC, 2, 0, 3, 1, 0), (FAR, 0, 0, 0, 7, 2)]
    new = [(STORE, 1, 0, 0, 4, 0), (DC, 1, 6, 0, 2, 0), (DC, 2, 0, 1, 9, 9), (STORE, 0, 0, 0, 8, 0)]
    book = ItemBook(ItemRules(ITEM, 0, "S", NETWORK), 1, NOW, Stock.of(cells))
    for loc, lot, status, owner, on_hand, reserved in new:
        row = book.row(loc, lot, status, owner)
        row.on_hand, row.reserved, row.known = on_hand, reserved, True
    assert sorted(book.stock) == sorted(cells + new)
    book.close()
    assert list(book.stock) == sorted(cells + new)


def test_channels_that_draw_alike_share_what_is_free() -> None:
    places = {n: Location(n, f"l{n}", "store") for n in (1, 2, 3)}
    drawn = {1: (1, 2, 3), 2: (1, 2, 3), 3: (3, 2, 1)}
    network = Network(1, places, {c: Channel(c, f"c{c}", rank=c, locations=locs) for c, locs in drawn.items()})
    book = ItemBook(ItemRules(ITEM, 0, "S", network), 1, NOW, Stock.of([(n, 0, 0, 0, 10, 0) for n in places]))
    one, two, three = (view_of(book, channel) for channel in drawn)
    assert one.free is two.free is not three.free
    reserve({ITEM: book}, request(1, 3, 4))
    assert [next(view_of(book, c).places()) for c in drawn] == [(1, 10), (1, 10), (3, 6)]


@pytest.mark.parametrize("locations", [10, 500])
def test_a_closed_book_takes_about_as_much_memory_as_it_says(locations: int) -> None:
    places = {n: Location(n, f"l{n}", "store") for n in range(1, locations + 1)}
    channels = {c: Channel(c, f"c{c}", rank=c, locations=tuple(places)) for c in (1, 2, 3)}
    rules = ItemRules(ITEM, 0, "S", Network(1, places, channels))

    def sold_from() -> ItemBook:
        book = ItemBook(rules, 1, NOW, Stock.of([(n, 0, 0, 0, 10, 0) for n in places]))
        for channel in channels:
            reserve({ITEM: book}, request(channel, channel, 1))
        book.close()
        return book

    sold_from()
    tracemalloc.start()
    kept = [sold_from() for _ in range(100)]
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.75 < taken / sum(book.bytes for book in kept) < 1.1
