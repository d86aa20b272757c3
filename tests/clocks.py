"""Time in tests."""

import time
from collections.abc import Callable
from typing import TypeVar

from truestock.connections.clock import Clock

# Only a test that fails waits so long; a busy machine stands still for seconds.
PATIENCE_S = 60.0
Found = TypeVar("Found")


def until(look: Callable[[], Found], wanted: Callable[[Found], object] = bool, every_s: float = 0.02) -> Found:
    """What is found as soon as it is as wanted."""
    end = time.monotonic() + PATIENCE_S
    while not wanted(found := look()):
        assert time.monotonic() < end, f"it did not come to that: {found}"
        time.sleep(every_s)
    return found


class ByHand(Clock):
    """Its `steady` stands still until it is put forward."""

    def __init__(self) -> None:
        self.at_s = 1000.0

    def steady(self) -> float:
        return self.at_s
