"""Simulated time: order, slots and lags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truestock.core.replay.simulate.clock import Clock, lag, next_slot


def test_calls_are_made_in_order_of_time_and_then_of_asking() -> None:
    clock, heard = Clock(), list[str]()
    for at, name in ((2.0, "late"), (1.0, "first"), (1.0, "second"), (9.0, "never")):
        clock.at(at, heard.append, name)
    clock.run_to(5.0)
    assert (heard, clock.now) == (["first", "second", "late"], 5.0)


def test_what_a_call_asks_for_in_time_is_done_in_the_same_run() -> None:
    clock, heard = Clock(), list[float]()

    def again(left: int) -> None:
        heard.append(clock.now)
        if left:
            clock.at(clock.now + 1, again, left - 1)

    clock.at(0.0, again, 5)
    clock.run_to(3.0)
    assert heard == [0.0, 1.0, 2.0, 3.0]


def test_what_lies_behind_is_due_now() -> None:
    clock, heard = Clock(), list[float]()
    clock.run_to(10.0)
    clock.at(3.0, lambda: heard.append(clock.now))
    clock.run_to(10.0)
    assert heard == [10.0]


@pytest.mark.parametrize(
    ("now", "every", "offset", "slot"), [(0, 900, 0, 900), (899, 900, 0, 900), (900, 900, 0, 1800), (0, 900, -100, 800)]
)
def test_a_slot_is_the_next_whole_number_of_periods(now: float, every: float, offset: float, slot: float) -> None:
    assert next_slot(now, every, offset) == slot


def test_without_a_period_every_instant_is_a_slot() -> None:
    assert next_slot(17.5, 0) == 17.5


@given(st.floats(0, 0.999999), st.floats(0, 1e6))
def test_a_lag_is_never_negative_and_none_on_average_is_none(share: float, mean: float) -> None:
    assert lag(mean, lambda: share) >= 0
    assert lag(0.0, lambda: share) == 0
