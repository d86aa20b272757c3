"""What is remembered of a number that Amazon has accepted: by which way, what, and since when; and what orders have
taken off it since."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

import msgspec

from truestock.connectors.contract.orders import SeenOrder


class Ticket(msgspec.Struct, frozen=True, array_like=True):
    """A number on its way: by a patch, or as message `number` of the feed `id`; accepted `at` (Unix seconds).

    `was` is what the listing was thought to show before, None when that was unknown."""

    way: Literal["patch", "feed"]
    id: str
    number: int
    quantity: int
    at: float
    was: int | None = None

    @property
    def since(self) -> datetime:
        """When it was accepted."""
        return datetime.fromtimestamp(self.at, UTC)

    def text(self) -> str:
        """As it is kept."""
        return msgspec.json.encode(self).decode()


def read(text: str) -> Ticket | None:
    """The ticket that was kept; None for what is none of ours."""
    try:
        return msgspec.json.decode(text, type=Ticket)
    except msgspec.MsgspecError:
        return None


class Move(NamedTuple):
    """Units that an order has taken off its listing; below 0 those that it gave back."""

    at: datetime
    sku: str
    units: int


class Sales:
    """What orders have moved of late, as far as they were read; what is older than `kept` before the newest change is
    forgotten."""

    def __init__(self, kept: timedelta) -> None:
        self._kept = kept
        self._orders: dict[str, tuple[datetime, Counter[str]]] = {}
        self._moves: list[Move] = []

    def note(self, orders: Sequence[SeenOrder]) -> None:
        """Orders as they are now; the same order any number of times."""
        for order in orders:
            before = self._orders.get(order.id)
            if before and order.changed_at < before[0]:
                continue
            at, had = (order.changed_at, before[1]) if before else (order.placed_at, Counter())
            has: Counter[str] = Counter()
            for line in order.lines:
                has[line.sku] += line.qty
            self._moves += [Move(at, sku, has[sku] - had[sku]) for sku in sorted(has | had) if has[sku] != had[sku]]
            self._orders[order.id] = order.changed_at, has
        newest = max((changed_at for changed_at, _ in self._orders.values()), default=None)
        if newest is not None:
            oldest = newest - self._kept
            self._orders = {id_: known for id_, known in self._orders.items() if known[0] >= oldest}
            self._moves = [move for move in self._moves if move.at >= oldest]

    def since(self, sku: str, instant: datetime) -> int:
        """Units that are off a listing by orders since an instant."""
        return sum(move.units for move in self._moves if move.sku == sku and move.at >= instant)
