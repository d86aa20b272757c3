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


def test_it_is_not_known_before_the_first_reading_and_goes_on_from_there(steady: list[float]) -> None:
    clock = Clock()
    assert clock.now() is None
    clock.read(NOON)
    steady[0] += 1.5
    assert clock.now() == NOON + timedelta(seconds=1.5)


def test_a_database_whose_clock_is_slower_is_followed_without_going_back(steady: list[float]) -> None:
    clock = Clock()
    clock.read(NOON)
    steady[0] += 10
    told = clock.now()
    clock.read(NOON + timedelta(seconds=9))
    assert clock.now() == told
    steady[0] += 2
    assert clock.now() == NOON + timedelta(seconds=11)
