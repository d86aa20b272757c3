"""Time in tests."""

from truestock.connections.clock import Clock


class ByHand(Clock):
    """Its `steady` stands still until it is put forward."""

    def __init__(self) -> None:
        self.at_s = 1000.0

    def steady(self) -> float:
        return self.at_s
