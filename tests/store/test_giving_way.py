"""Long work pauses where it is slowed down, and never for long."""

import pytest

from truestock.store.lane import GivingWay
from truestock.store.lane.giving_way import PAUSE_MAX_S


class Day:
    """A clock that work moves on, and the pauses that were taken."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []
        self.way = GivingWay(lambda: self.now, self.pauses.append)

    def work(self, seconds: float, size: int = 10) -> float:
        """The pause after a piece of work."""
        with self.way.piece(size):
            self.now += seconds
        return self.pauses[-1]


def test_work_that_nobody_slows_down_never_pauses() -> None:
    day = Day()
    assert [day.work(0.01), day.work(0.011), day.work(0.022, 20)] == [0.0] * 3


def test_what_others_slow_down_pauses_as_long_as_it_was_slower() -> None:
    day = Day()
    day.work(0.01)
    assert day.work(0.05) == pytest.approx(0.02)
    assert day.work(0.1, 20) == pytest.approx(0.04)
    assert day.work(60.0) == PAUSE_MAX_S
    assert day.way.size(128) == 64
    assert day.work(0.01) == 0.0
    assert day.way.size(128) == 128
