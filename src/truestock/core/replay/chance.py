"""Picking by weight, with the numbers of chance handed in."""

from bisect import bisect
from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Generic, TypeVar

Chance = Callable[[], float]
T = TypeVar("T")


class Wheel(Generic[T]):
    """Options with weights; `at` a share in [0, 1) of the way round lies one of them."""

    def __init__(self, weights: Mapping[T, float]) -> None:
        total = sum(weights.values())
        self._weights = weights
        self._options = tuple(weights)
        self._edges = tuple(accumulate(weight / total for weight in weights.values()))[:-1]

    def at(self, share: float) -> T:
        """The option whose part of the wheel holds the share; one without weight has no part."""
        return self._options[bisect(self._edges, share)]

    def mean(self, value: Callable[[T], float]) -> float:
        """What an option is worth on average."""
        return sum(value(option) * weight for option, weight in self._weights.items()) / sum(self._weights.values())
