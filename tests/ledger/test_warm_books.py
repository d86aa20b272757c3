"""Which books stay warm."""

from datetime import UTC, datetime

from truestock.core.book import ItemBook, Stock, close
from truestock.core.network import ItemRules, Network
from truestock.ledger.work.books import WarmBooks

NETWORK = Network(1, {}, {})
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def book_of(item: int, network: Network = NETWORK) -> ItemBook:
    return ItemBook(ItemRules(item, 0, f"S{item}", network), 1, NOW, Stock.of([(1, 0, 0, 0, 5, 0)]))


def take(warm: WarmBooks, *books: ItemBook) -> list[int]:
    return sorted(warm.take([book.rules for book in books]))


def test_a_book_is_taken_once() -> None:
    warm, one = WarmBooks(), book_of(1)
    warm.keep([one])
    assert (take(warm, one), take(warm, one)) == ([1], [])


def test_the_longest_unused_go_first_when_they_take_too_many_bytes() -> None:
    books = [book_of(item) for item in (1, 2, 3)]
    warm = WarmBooks(max_bytes=2 * close(book_of(1)).bytes)
    warm.keep(books[:2])
    for used in warm.take([books[0].rules]).values():
        warm.keep([used.open(books[0].rules, NOW)])
    warm.keep(books[2:])
    assert take(warm, *books) == [1, 3]


def test_what_was_forgotten_is_not_warm() -> None:
    warm, books = WarmBooks(), [book_of(item) for item in (1, 2)]
    warm.keep(books)
    warm.forget([1, 7])
    assert take(warm, *books) == [2]


def test_a_book_is_taken_under_the_same_rules_read_again() -> None:
    warm = WarmBooks()
    warm.keep([book_of(1)])
    assert take(warm, book_of(1)) == [1]


def test_no_book_is_taken_under_other_rules_and_none_of_the_old_ones_is_kept_beside_new_ones() -> None:
    warm, other = WarmBooks(), Network(2, {}, {})
    warm.keep([book_of(1), book_of(2)])
    assert take(warm, book_of(1, other)) == []
    warm.keep([book_of(3, other)])
    assert take(warm, book_of(2), book_of(3)) == []
    assert take(warm, book_of(2, other), book_of(3, other)) == [3]
