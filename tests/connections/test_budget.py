"""A channel is never called more often than it allows, whatever it says of itself, nor left alone for longer."""

from hypothesis import given
from hypothesis import strategies as st

from truestock.connections.outside.breaker import FIRST_S, MOST_S, Breaker
from truestock.connections.outside.budget import Bucket
from truestock.connectors.contract.answers import Throttle
from truestock.connectors.contract.traits import Budget

budgets = st.builds(
    Budget,
    per_s=st.floats(0.01, 1000),
    burst=st.floats(1, 2000),
    a_call=st.floats(0.1, 50),
    a_line=st.just(0.0) | st.floats(0.1, 5),
)


@given(budgets, st.integers(1, 500), st.integers(1, 60))
def test_what_is_spent_never_passes_the_burst_and_what_has_run_in_since(budget: Budget, lines: int, turns: int) -> None:
    bucket, now, spent = Bucket(budget, 0.0), 0.0, 0.0
    for _ in range(turns):
        now += bucket.wait(now) + 1e-6
        room = bucket.affordable(lines, now)
        assert 1 <= room <= lines
        bucket.take(room, now)
        spent += bucket.cost(room)
        # One call may go into debt when the bucket is smaller than a call.
        assert spent <= budget.burst + budget.per_s * now + bucket.cost(1) + 1e-3


@given(budgets, st.floats(0, 100))
def test_after_the_wait_a_call_can_be_paid_for(budget: Budget, start: float) -> None:
    bucket = Bucket(budget, start)
    bucket.take(1, start)
    wait = bucket.wait(start)
    assert wait == 0 or bucket.affordable(1, start + wait * 0.5) == 0
    assert bucket.affordable(1, start + wait * 1.000001 + 1e-6) == 1


def test_a_channel_that_wants_to_be_left_alone_is() -> None:
    bucket = Bucket(Budget(per_s=100, burst=100), 0.0)
    bucket.told(Throttle(retry_after_s=7), 1.0)
    assert (bucket.wait(1.0), bucket.affordable(5, 7.9), bucket.affordable(5, 8.0)) == (7.0, 0, 5)
    bucket.told(Throttle(retry_after_s=1), 2.0)
    assert bucket.wait(2.0) == 6.0  # the longer wait stands


def test_the_channels_own_count_is_believed() -> None:
    bucket = Bucket(Budget(per_s=50, burst=1000, a_call=10), 0.0)
    bucket.told(Throttle(left=5, burst=2000, per_s=100), 0.0)
    assert bucket.affordable(1, 0.0) == 0
    assert bucket.wait(0.0) == 0.05


def test_lines_cost_too_and_a_call_carries_what_it_can_pay_for() -> None:
    bucket = Bucket(Budget(per_s=1, burst=10, a_call=2, a_line=1), 0.0)
    assert bucket.affordable(100, 0.0) == 8
    bucket.take(8, 0.0)
    assert bucket.wait(0.0) == 3.0


def test_the_breaker_opens_after_some_failures_and_waits_longer_each_time() -> None:
    breaker = Breaker()
    waits = []
    for _ in range(12):
        breaker.failed(0.0, chance=0.0)
        waits.append(breaker.wait(0.0))
    assert waits[:4] == [0.0, 0.0, FIRST_S, FIRST_S * 2]
    assert max(waits) == waits[-1] == MOST_S
    breaker.worked()
    assert (breaker.wait(0.0), breaker.failures) == (0.0, 0)
