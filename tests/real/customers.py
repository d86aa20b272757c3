"""What the tests ask of a real shop, whichever it is: customers buy, the staff ships and cancels."""

from collections.abc import Mapping
from typing import Protocol


class SoldOut(Exception):
    """The shop would not sell."""


class Unwilling(Exception):
    """The shop would not do what its staff asked for."""


class RealShop(Protocol):
    """A shop with two stock locations, `location` and `second`, that sells from the first."""

    url: str
    api_key: str
    location: str
    second: str

    def put(self, sku: str) -> None: ...
    def put_empty(self, sku: str) -> None: ...
    def levels(self, sku: str) -> dict[str, tuple[int, int]]: ...
    def shown(self, sku: str) -> int: ...
    def set(self, sku: str, on_hand: int, /) -> None: ...
    def buy(self, units: Mapping[str, int]) -> str: ...
    def ship(self, order: str, units: Mapping[str, int]) -> None: ...
    def cancel(self, order: str, units: Mapping[str, int]) -> None: ...
