"""The database's time as a process works it out between two readings."""

from datetime import UTC, datetime, timedelta

import pytest

from truestock.ledger.work import ahead
from truestock.ledger.work.ahead import Clock

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """This machine's steady clock, to be set."""
    at = [100.0]
    monkeypatch.setattr(ahead, "monotonic", lambda: at[0])
    return at


class Elsewhere:
    """A database's clock, which is so far off the steady one; and how long each answer takes to arrive."""

    def __init__(self, steady: list[float]) -> None:
        self.steady = steady
        self.off = NOON
        self.takes_s = [0.0]

    def now(self) -> datetime:
        """What its clock says now."""
        return self.off + timedelta(seconds=self.steady[0])

    def ask(self) -> datetime:
        """What it said when it was asked."""
        said = self.now()
        self.steady[0] += self.takes_s.pop(0) if len(self.takes_s) > 1 else self.takes_s[0]
        return said


def behind_s(clock: Clock, there: Elsewhere) -> float:
    told = clock.now()
    return (there.now() - told).total_seconds()


@pytest.fixture
def there(steady: list[float]) -> Elsewhere:
    return Elsewhere(steady)


@pytest.fixture
def clock(there: Elsewhere) -> Clock:
    return Clock(there.ask)


def test_it_is_asked_for_when_it_is_wanted_and_goes_on_from_there(clock: Clock, there: Elsewhere) -> None:
    assert behind_s(clock, there) == 0
    there.steady[0] += 0.5
    assert behind_s(clock, there) == 0


def test_an_answer_that_took_long_is_asked_for_again(clock: Clock, there: Elsewhere) -> None:
    there.takes_s = [0.2, 0.1, 0.0001, 0.3]
    assert behind_s(clock, there) == 0.0001
    assert there.takes_s == [0.3]


def test_where_all_answers_take_long_it_is_asked_for_no_more_than_a_few_times(clock: Clock, there: Elsewhere) -> None:
    there.takes_s = [0.2, 0.1, 0.3, 0.0, 0.0]
    assert 0.1 <= behind_s(clock, there) < 0.101
    assert there.takes_s == [0.0, 0.0]


def test_a_reading_that_is_late_does_not_set_it_back(clock: Clock, there: Elsewhere) -> None:
    assert behind_s(clock, there) == 0
    there.steady[0] += 0.3
    said = there.now()
    there.steady[0] += 0.05
    clock.read(said)
    assert 0 <= behind_s(clock, there) < 0.001


def test_a_clock_that_is_a_little_slower_is_never_ahead_for_long(clock: Clock, there: Elsewhere) -> None:
    for _ in range(100):
        there.steady[0] += 1
        there.off -= timedelta(seconds=ahead.DRIFT_MAX)
        clock.read(there.now())
    assert behind_s(clock, there) == 0


def test_a_clock_that_was_set_back_is_followed_without_going_back(clock: Clock, there: Elsewhere) -> None:
    told = clock.now()
    there.off -= timedelta(seconds=1)
    clock.forget()
    said = there.now()
    there.steady[0] += 0.05
    clock.read(said)
    assert clock.now() == told
    there.steady[0] += 0.96
    assert behind_s(clock, there) == 0
    there.steady[0] += 2
    assert behind_s(clock, there) == 0
