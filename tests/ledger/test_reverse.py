"""A reversal that meets others is done anew, whoever asks for it."""

from collections.abc import Iterator
from itertools import chain, repeat

import pytest

from tests.factories import Shop
from truestock.ledger.desk import Desk
from truestock.ledger.movement import movement_ids
from truestock.ledger.reverse import TRIES, reverse
from truestock.ledger.values import Receive
from truestock.store.errors import Duplicate


def reversing(shop: Shop, movement: int, ids: Iterator[int]) -> int:
    with shop.hub.db.connect() as conn:
        return reverse(Desk(conn, shop.hub.rules, ids), movement, "test", "a mistake", preview=False).movement


def test_a_number_that_another_process_took_at_the_same_instant_is_passed_over(shop: Shop) -> None:
    sku = shop.item()
    first, second = shop.book(*(Receive(sku=sku, location="dc", qty=qty) for qty in (5, 3)))
    made = reversing(shop, second.movement, chain([first.movement], movement_ids()))
    assert made not in (first.movement, second.movement)
    assert shop.shelf(sku) == {"dc": (5, 0)}


def test_what_cannot_be_done_after_some_tries_is_told_and_nothing_is_written(shop: Shop) -> None:
    sku = shop.item()
    first, second = shop.book(*(Receive(sku=sku, location="dc", qty=qty) for qty in (5, 3)))
    with pytest.raises(Duplicate):
        reversing(shop, second.movement, repeat(first.movement, TRIES * 2))
    assert shop.shelf(sku) == {"dc": (8, 0)}
