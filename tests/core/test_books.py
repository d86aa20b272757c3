"""What a book keeps between transactions is what it said in them, in little memory."""

import gc
import tracemalloc
from collections.abc import Iterable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.books import B2B, DAY, DC, FAR, MARKET, NETWORK, NOW, RETAIL, STORE, WEB, books, rows_of
from tests.core.test_laws import ITEM, events, happen, laws, request
from truestock.core.book import Cell, ClosedBook, ItemBook, Stock, close
from truestock.core.book.closed import ADDED_UP_ANEW
from truestock.core.book.view import view_of
from truestock.core.decide.reserve import reserve
from truestock.core.network import Channel, ItemRules, Location, Network
from truestock.core.network.policy import Policy
from truestock.core.words import Kind, Status

CHANNELS = (RETAIL, WEB, MARKET, B2B)


def book_of(cells: Iterable[Cell]) -> ItemBook:
    return ItemBook(ItemRules(ITEM, 0, "S", NETWORK), 1, NOW, Stock.of(cells))


def reopened(book: ItemBook) -> ItemBook:
    return close(book).open(book.rules, NOW)


@laws
@given(book=books(), story=st.lists(events, min_size=1, max_size=6), days=st.sampled_from([0, 1, 5, 40]))
def test_a_book_that_was_closed_and_opened_again_says_the_same(
    book: ItemBook, story: list[tuple[str, int, int, int]], days: int
) -> None:
    for event in story:
        happen(book, *event)
    rows = {key: (row.on_hand, row.reserved) for key, row in rows_of(book).items() if row.known or row.d_on_hand}
    atps = [view_of(book, channel).atp() for channel in CHANNELS]
    book = close(book).open(book.rules, NOW)
    assert {key: (row.on_hand, row.reserved) for key, row in rows_of(book).items()} == rows
    assert [view_of(book, channel).atp() for channel in CHANNELS] == atps
    book = close(book).open(book.rules, NOW + timedelta(days=days))
    stock, guards = Stock.of(book.stock), book.guards
    fresh = ItemBook(book.rules, book.version, book.now, stock, book.lots, book.shorts, book.kept, guards=guards)
    for channel in CHANNELS:
        assert view_of(book, channel).terms() == view_of(fresh, channel).terms()
        assert list(view_of(book, channel).places()) == list(view_of(fresh, channel).places())


def test_only_rows_that_were_written_are_kept() -> None:
    book = book_of([(STORE, 0, Status.SELLABLE, 0, 3, 1)])
    book.row(DC, 0, Status.SELLABLE, 0)
    assert list(reopened(book).stock) == [(STORE, 0, Status.SELLABLE, 0, 3, 1)]


@pytest.mark.parametrize(
    "cells", [[(DC, 2, 0, 0, 5, 0), (DC, 2, 0, 3, 1, 0), (FAR, 0, 0, 0, 7, 2)], [(FAR, 0, 0, 0, 7, 2)]]
)
def test_rows_that_are_new_find_their_place_among_the_numbers(cells: list[Cell]) -> None:
    new = [(STORE, 1, 0, 0, 4, 0), (DC, 1, 6, 0, 2, 0), (DC, 2, 0, 1, 9, 9), (STORE, 0, 0, 0, 8, 0)]
    book = book_of(cells)
    for loc, lot, status, owner, on_hand, reserved in new:
        book.post(book.row(loc, lot, status, owner), Kind.ADJUST, on_hand, reserved)
    assert sorted(book.stock) == sorted(cells + new)
    assert list(reopened(book).stock) == sorted(cells + new)


@pytest.mark.parametrize("units", [2**31 - 1, -(2**31), 2**31, -(2**31) - 1, 2**62])
def test_numbers_of_every_size_are_kept(units: int) -> None:
    cell = (DC, 0, Status.SELLABLE, 0, units, 0)
    assert list(reopened(book_of([cell])).stock) == [cell]
    grown = book_of([(DC, 0, Status.SELLABLE, 0, 1, 0), (FAR, 0, Status.SELLABLE, 0, 4, 2)])
    grown.post(grown.row(DC, 0, Status.SELLABLE, 0), Kind.ADJUST, units - 1, 0)
    assert list(reopened(grown).stock) == [cell, (FAR, 0, Status.SELLABLE, 0, 4, 2)]


@given(cells=st.lists(st.tuples(*[st.integers(0, 3)] * 4, st.integers(-9, 9), st.integers(0, 9)), max_size=30))
def test_plain_rows_take_three_numbers_and_others_six(cells: list[Cell]) -> None:
    rows = sorted({cell[:4]: cell for cell in cells}.values())
    stock = Stock.of(reversed(rows))
    plain = not any(cell[1:4] != (0, 0, 0) for cell in rows)
    assert list(stock) == rows
    assert len(stock.numbers) == (3 if plain else 6) * len(rows)
    assert (stock.plain() is not None) is plain
    assert [(row.loc, row.lot, row.status, row.owner) for loc in stock.locs() for row in stock.at(loc)] == [
        cell[:4] for cell in rows
    ]


def test_what_was_added_up_is_kept_of_large_books_until_the_rules_are_others() -> None:
    places = {n: Location(n, f"l{n}", "store") for n in range(1, ADDED_UP_ANEW + 2)}
    network = Network(1, places, {WEB: Channel(WEB, "web", locations=tuple(places))})
    ends = Policy(1, "safety_stock", 2, NOW - DAY, ends_at=NOW + DAY)
    rules = ItemRules(ITEM, 0, "S", network, (ends,))
    for rows, kept in ((ADDED_UP_ANEW, False), (ADDED_UP_ANEW + 1, True)):
        book = ItemBook(rules, 1, NOW, Stock.of([(n, 0, 0, 0, 10, 0) for n in range(1, rows + 1)]))
        reserve({ITEM: book}, request(1, WEB, 1))
        free = view_of(book, WEB).free
        again = close(book).open(rules, NOW)
        assert (view_of(again, WEB).free is free) is kept
        assert view_of(again, WEB).atp() == 8 * rows - 1
        later = close(again).open(rules, NOW + DAY)
        assert view_of(later, WEB).atp() == 10 * rows - 1


def test_a_closed_book_leaves_nothing_to_the_garbage_collector() -> None:
    book = book_of([(DC, 0, Status.SELLABLE, 0, 5, 0)])
    reserve({ITEM: book}, request(1, WEB, 1))
    view_of(book, MARKET)
    gc.collect()
    gc.disable()
    try:
        close(book)
        del book
        assert gc.collect() == 0
    finally:
        gc.enable()


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

    def sold_from() -> ClosedBook:
        book = ItemBook(rules, 1, NOW, Stock.of([(n, 0, 0, 0, 10, 0) for n in places]))
        for channel in channels:
            reserve({ITEM: book}, request(channel, channel, 1))
        return close(book)

    sold_from()
    tracemalloc.start()
    kept = [sold_from() for _ in range(100)]
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.75 < taken / sum(book.bytes for book in kept) < 1.1
