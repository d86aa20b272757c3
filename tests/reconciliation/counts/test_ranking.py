"""What is due first: exceptions, then what is promoted, then what is old or worn; A items sooner than C items."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from truestock.reconciliation.counts.rules.ranking import Cell, Pace, classes, gain, rank

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PACE = Pace(30, 90, 180, 50, 7)
DULL = Cell(0, 1, 1, "", 0.0, 0, NOW, True, False, False, None)


def cell(item: int, days: float = 0, **more: Any) -> Cell:
    return DULL._replace(item=item, since=NOW - timedelta(days=days), **more)


def order(*cells: Cell) -> list[int]:
    return [found.cell.item for found in rank(cells, PACE, NOW)]


def test_the_items_that_make_most_of_the_value_are_of_class_a() -> None:
    found = classes([cell(n, left=value) for n, value in enumerate([60.0, 30.0, 6.0, 4.0, 0.0])])
    assert [found[1, n] for n in range(5)] == ["A", "A", "B", "C", "C"]
    assert set(classes([cell(1), cell(2)]).values()) == {"C"}


def test_exceptions_come_before_promotions_and_these_before_what_is_old() -> None:
    old, worn = cell(1, 181, moves=40), cell(2, 5, moves=60)
    promoted = cell(3, promoted_from=NOW + timedelta(days=3))
    disputed, negative = cell(4, disputed=True), cell(5, negative=True)
    assert order(old, worn, promoted, disputed, negative) == [5, 4, 3, 1, 2]


def test_what_is_not_due_is_not_counted() -> None:
    assert order(cell(1, 179), cell(2, moves=49), cell(3, promoted_from=NOW + timedelta(days=8))) == []


def test_a_good_seller_is_due_sooner() -> None:
    assert order(cell(1, 31, left=100.0), cell(2, 31)) == [1]


def test_a_count_pays_most_where_the_record_is_likely_wrong_and_will_stay_right_for_a_while() -> None:
    assert order(cell(1, 200, moves=2), cell(2, 200, moves=90), cell(3, 200, moves=2_000)) == [2, 3, 1]
    assert max(range(1, 1_000), key=lambda n: gain(n / 100)) == 179
    assert 0.999 < gain(1.79) <= 1
    assert gain(0) == 0


def test_units_in_no_bin_come_after_promotions_and_the_oldest_first() -> None:
    unlaid = [cell(n, unlaid_since=NOW - timedelta(days=days)) for n, days in ((1, 9), (2, 30), (3, 8))]
    promoted = cell(4, promoted_from=NOW)
    assert order(*unlaid, promoted) == [4, 2, 1, 3]
    assert rank(unlaid, PACE, NOW)[0].why == "units lie in no bin for 30 days"


def test_it_says_why() -> None:
    worn, promoted = cell(1, 10, moves=60, counted=False), cell(2, 200, promoted_from=NOW + timedelta(days=3))
    assert [found.why for found in rank([worn, promoted], PACE, NOW)] == [
        "a policy begins on 2026-11-25; C, 200 days since its last count",
        "60 movements since it came here, never counted",
    ]


CELLS = st.lists(
    st.builds(
        DULL._replace,
        item=st.integers(1, 50),
        loc=st.integers(1, 3),
        left=st.floats(0, 1e6),
        moves=st.integers(0, 500),
        since=st.integers(0, 900).map(lambda days: NOW - timedelta(days=days)),
        negative=st.booleans(),
        unlaid_since=st.none() | st.integers(7, 900).map(lambda days: NOW - timedelta(days=days)),
        disputed=st.booleans(),
    ),
    unique_by=lambda c: (c.loc, c.item),
    max_size=40,
)


@given(CELLS, st.randoms(use_true_random=False))
def test_the_order_is_total_and_does_not_depend_on_the_order_of_reading(cells: list[Cell], chance: Random) -> None:
    shuffled = list(cells)
    chance.shuffle(shuffled)
    found = rank(cells, PACE, NOW)
    assert rank(shuffled, PACE, NOW) == found
    assert all(before.score >= after.score for before, after in pairwise(found))
