"""Which units wait no more when fewer lie than wait: no more than lie too few, and no more than anybody took."""

from hypothesis import given
from hypothesis import strategies as st

from truestock.core.decide.waiting import Gone, gone

units = st.integers(1, 9)


def test_the_longest_waiting_go_first_and_the_first_movement_took_them() -> None:
    assert gone([(1, 5), (2, 3)], [(71, 4), (70, 2)], 2) == [Gone(1, 71, 4), Gone(1, 70, 1), Gone(2, 70, 1)]


def test_nothing_goes_while_enough_lie_there() -> None:
    assert gone([(1, 5)], [(70, 9)], 5) == []


@given(st.lists(units, max_size=5), st.lists(units, min_size=1, max_size=4), st.integers(-9, 60))
def test_what_goes_is_what_lies_too_few_as_far_as_it_was_taken(waits: list[int], took: list[int], there: int) -> None:
    waiting, taken = list(enumerate(waits, 1)), dict(enumerate(took, 70))
    found = gone(waiting, taken.items(), there)
    assert sum(one.qty for one in found) == min(max(0, sum(waits) - max(0, there)), sum(took))
    for received, qty in waiting:
        assert sum(one.qty for one in found if one.received == received) <= qty
    for movement, qty in taken.items():
        assert sum(one.qty for one in found if one.movement == movement) <= qty
    assert len({(one.received, one.movement) for one in found}) == len(found)
