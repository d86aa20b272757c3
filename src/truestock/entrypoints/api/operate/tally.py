"""Requests counted by route and status, with how long they took; plain numbers, so that counting costs nothing.

Only the event loop writes here."""

from bisect import bisect_left
from collections import defaultdict

BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Durations:
    """How many took up to each bound, the last one for all beyond, and their sum in seconds."""

    __slots__ = ("counts", "total_s")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS_S) + 1)
        self.total_s = 0.0


class Tally:
    """By (method, route, status)."""

    def __init__(self) -> None:
        self.requests: defaultdict[tuple[str, str, int], Durations] = defaultdict(Durations)
        self.refused_orders = 0
        self.open_streams = 0

    def count(self, method: str, route: str, status: int, took_s: float) -> None:
        """One request answered."""
        durations = self.requests[method, route, status]
        durations.counts[bisect_left(BOUNDS_S, took_s)] += 1
        durations.total_s += took_s
