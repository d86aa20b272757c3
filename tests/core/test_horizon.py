"""ATP over days to come, as small tables."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from truestock.core.available.horizon import Expected, forward_minimum, over_days, plan
from truestock.core.book.view import NO_GUARD, Guard, combine

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
ENDS = [datetime(2026, 6, 2, tzinfo=UTC) + timedelta(days=n) for n in range(7)]


def on_day(day: int, qty: int) -> Expected:
    """Supply, or below zero demand, at noon of a day; today is day 1."""
    due = datetime(2026, 6, day, 12, tzinfo=UTC)
    return Expected("demand" if qty < 0 else "purchase", 1, abs(qty), due)


def test_the_worked_example() -> None:
    expected = [on_day(1, -3), on_day(3, 10), on_day(4, -15), on_day(5, 1), on_day(6, 3)]
    found = plan(expected, NOW, ENDS)
    assert found.net == (-3, 0, 10, -15, 1, 3, 0)
    today = [combine(0, 20, 0, 0, 0, None)] * 7
    assert [t.atp for t in over_days(today, found.net, [None] * 7, [NO_GUARD] * 7)] == [12, 12, 12, 12, 13, 16, 16]


def test_overdue_supply_drops_out_and_is_told_while_overdue_demand_is_due_today() -> None:
    late = NOW - timedelta(hours=1)
    supply, demand = Expected("transfer", 1, 5, late), Expected("demand", 1, 2, late)
    found = plan([supply, demand], NOW, ENDS)
    assert (found.net[0], sum(found.net), found.overdue) == (-2, -2, (supply,))


def test_what_is_due_beyond_the_last_day_or_at_its_end_is_left_out() -> None:
    assert plan([Expected("purchase", 1, 5, ENDS[-1])], NOW, ENDS).net == (0,) * 7
    assert plan([Expected("purchase", 1, 5, ENDS[0])], NOW, ENDS).net == (0, 5, 0, 0, 0, 0, 0)


def test_buffers_and_caps_hold_on_every_day() -> None:
    today = [combine(0, 20, 0, 0, 4, (50, True))] * 2
    assert [t.atp for t in over_days(today, [0, 10], [(50, True), (50, True)], [NO_GUARD] * 2)] == [10, 15]


def test_a_guard_holds_on_every_day_and_a_computed_one_hides_at_most_half() -> None:
    today = [combine(0, 4, 0, 0, 0, None)] * 2
    fixed, computed = [Guard(6)] * 2, [Guard(6, computed=True)] * 2
    assert [t.atp for t in over_days(today, [0, 10], [None] * 2, fixed)] == [-2, 8]
    assert [t.atp for t in over_days(today, [0, 10], [None] * 2, computed)] == [2, 8]


@given(st.integers(-50, 50), st.lists(st.integers(-20, 20), min_size=1))
def test_no_day_promises_what_a_later_day_lacks(start: int, net: list[int]) -> None:
    lowest = forward_minimum(start, net)
    balances = [start + sum(net[: n + 1]) for n in range(len(net))]
    assert lowest == [min(balances[n:]) for n in range(len(net))]
