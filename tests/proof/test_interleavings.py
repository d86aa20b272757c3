"""Whatever is told of stock, in whatever order, late and twice: the ledger has what plain sums have, promises are kept
or owed, and no unit is counted twice.

A longer one: TRUESTOCK_INTERLEAVINGS=500 pytest tests/proof/test_interleavings.py"""

import os
from collections.abc import Callable
from functools import partial
from random import Random

import pytest

from tests.factories import Shop
from tests.proof.steps import Step
from tests.proof.telling import shortest, steps_of, trouble_in
from tests.simulation.invariants import broken
from truestock.core.book import ItemBook
from truestock.core.feed import Statement, Then, on_hand_of
from truestock.feeds.stock.engine.figures import differing
from truestock.ledger.posting import statements

SEEDS = range(int(os.environ.get("TRUESTOCK_INTERLEAVINGS", "8")))

# Each of these once ended badly.
FOUND = {
    "a cart becomes an order after the time of a net figure, which is told later": [
        Step("order", 0, 0, 6, 1, late=True),
        Step("feed", 0, 0, 2, 2, late=True),
        Step("confirm", 0, 0, 1, 0, late=False),
    ],
    "a cart is displaced after the time of a net figure": [
        Step("order", 0, 0, 6, 7, late=True),
        Step("order", 0, 0, 6, 7, late=False),
        Step("send", 0, 0, 9, 0, late=False),
        Step("feed", 0, 0, 1, 2, late=False),
    ],
    "what was a cart is promised elsewhere, before the time of a net figure": [
        Step("order", 0, 0, 5, 0, late=True),
        Step("confirm", 0, 0, 1, 0, late=False),
        Step("ship", 0, 1, 5, 1, late=True),
        Step("feed", 0, 0, 3, 48, late=False),
        Step("rest", 0, 0, 1, 0, late=False),
        Step("feed", 0, 0, 1, 54, late=False),
    ],
    "a cart is displaced in part before the time of a net figure": [
        Step("order", 0, 0, 9, 1, late=True),
        Step("vary", 0, 0, 9, 0, late=False),
        Step("vary", 0, 0, 9, 0, late=False),
        Step("rest", 0, 0, 1, 0, late=False),
        Step("feed", 0, 0, 1, 2, late=False),
    ],
    "a cart is displaced in part before and in part after the time of a net figure": [
        Step("order", 0, 0, 9, 1, late=True),
        Step("vary", 0, 0, 9, 0, late=False),
        Step("vary", 0, 0, 4, 0, late=False),
        Step("rest", 0, 0, 1, 0, late=False),
        Step("vary", 0, 0, 5, 0, late=False),
        Step("feed", 0, 0, 1, 2, late=False),
    ],
    "part of a cart is released before the time of a net figure": [
        Step("order", 0, 0, 9, 1, late=True),
        Step("release", 0, 0, 4, 0, late=True),
        Step("rest", 0, 0, 1, 0, late=False),
        Step("feed", 0, 0, 1, 2, late=False),
    ],
    "part of a cart is released and the rest becomes an order after the time of a net figure": [
        Step("order", 0, 0, 9, 1, late=True),
        Step("release", 0, 0, 4, 0, late=True),
        Step("rest", 0, 0, 1, 0, late=False),
        Step("confirm", 0, 0, 1, 0, late=False),
        Step("feed", 0, 0, 2, 2, late=False),
    ],
    "a source that books late speaks after a count that had seen a parcel of which we are told last": [
        Step("order", 0, 0, 3, 1, late=False),
        Step("ship", 0, 0, 3, 1, late=True),
        Step("count", 0, 0, 1, 0, late=False),
        Step("feed", 0, 0, 2, 1, late=False),
    ],
    "a file is taken back and sent again": [
        Step("vary", 0, 1, 5, 22, late=True),
        Step("feed", 0, 0, 1, 3, late=False),
        Step("undo", 0, 0, 1, 0, late=False),
    ],
}


@pytest.mark.parametrize("name", FOUND)
def test_what_once_went_wrong_stays_right(shop: Shop, name: str) -> None:
    assert trouble_in(shop, FOUND[name]) is None


@pytest.mark.parametrize("seed", SEEDS)
def test_the_ledger_has_what_was_told_and_in_the_end_what_is_there(shop: Shop, seed: int) -> None:
    steps = steps_of(Random(seed))
    assert trouble_in(shop, steps) is None, f"seed {seed}\n{in_short(shop, steps)}"
    assert not broken(shop.hub.db)
    shop.proven()


def in_short(shop: Shop, steps: list[Step]) -> str:
    """The shortest story with trouble."""
    short = shortest(steps, lambda some: trouble_in(shop, some) is not None)
    return "\n".join([*map(str, short), str(trouble_in(shop, short))])


def no_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a statement had seen is booked once more when it is told late."""
    monkeypatch.setattr(ItemBook, "mark", lambda *_args, **_how: None)


def of_then(monkeypatch: pytest.MonkeyPatch, **forgotten: int) -> None:
    """Something of what the ledger says of a statement's time is left out."""

    def on_hand(statement: Statement, then: Then, reserved: int) -> int:
        return on_hand_of(statement, then._replace(**forgotten), reserved)

    for room in (differing, statements):
        monkeypatch.setattr(room, "on_hand_of", on_hand)


SWITCHES: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], list[Step]]] = {
    "a late fact is booked though a count had seen it": (
        no_marks,
        [Step("vary", 0, 0, 3, 0, late=True), Step("count", 0, 0, 1, 0, late=False)],
    ),
    "promises that a net figure did not know are netted all the same": (
        partial(of_then, reserved_since=0),
        [Step("feed", 0, 0, 1, 2, late=True), Step("order", 0, 0, 4, 1, late=False)],
    ),
    "what a source had not booked stays in its figure": (
        partial(of_then, unbooked=0),
        [
            Step("order", 0, 0, 3, 1, late=False),
            Step("ship", 0, 0, 3, 2, late=False),
            Step("feed", 0, 0, 1, 1, late=False),
        ],
    ),
}


@pytest.mark.parametrize("name", SWITCHES)
def test_the_model_notices_when_a_rule_is_switched_off(shop: Shop, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    switch_off, steps = SWITCHES[name]
    assert trouble_in(shop, steps) is None
    switch_off(monkeypatch)
    assert trouble_in(shop, steps) is not None
