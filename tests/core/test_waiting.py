"""What waits: no more goes than lies too few or than anybody took, and what came waits as far as it lies there."""

from hypothesis import given
from hypothesis import strategies as st

from truestock.core.decide.waiting import Gone, Moved, came, gone

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


def test_what_fills_what_was_below_zero_does_not_wait() -> None:
    assert came(0, [Moved(70, 0, 2), Moved(71, 0, 4)], 3) == [(71, 3)]


def test_what_is_told_already_is_not_told_again() -> None:
    assert came(6, [Moved(70, 0, 4, told=2)], 8) == [(70, 2)]


def test_what_a_reversal_has_wait_again_did_not_come_anew() -> None:
    assert came(5, [Moved(70, 0, 5)], 5) == []


@given(st.integers(-9, 20), st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=4))
def test_what_waits_is_what_lies_there_once_movements_are_followed(before: int, moves: list[tuple[int, int]]) -> None:
    moved = [Moved(n, left, more) for n, (left, more) in enumerate(moves, 70)]
    there = before + sum(one.more for one in moved)
    waits = [(1, max(0, before))]
    waits += came(max(0, before), moved, there)
    taken = [(one.movement, one.left or one.came) for one in sorted(moved, key=lambda one: -one.left)]
    left = sum(one.qty for one in gone(waits, taken, there))
    assert sum(units for _, units in waits) - left == max(0, there)
