"""Reads books before anybody asks for them: a server that was just started, or whose rules have changed, sells as
fast as one that has sold all day."""

from collections.abc import Collection, Sequence
from time import perf_counter
from typing import Final, Protocol

from truestock.catalog.rules import KEPT_AT_MOST, Snapshot
from truestock.ledger import queries
from truestock.store.database import Database

PIECE_MAX: Final = 64
# A command that comes meanwhile waits for the end of a piece.
PIECE_S: Final = 0.002


class ReadsAhead(Protocol):
    """A desk."""

    @property
    def snapshot(self) -> Snapshot:
        """The last known rules."""
        ...

    def read_ahead(self, items: Collection[int]) -> bool:
        """Keep warm the books of these items; whether there is room for more."""
        ...


def most_moved(db: Database) -> list[int]:
    """The items with most entries first, as many as rules are kept of."""
    with db.transaction() as conn:
        return [item for (item,) in conn.execute(queries.most_moved, {"count": KEPT_AT_MOST})]


class Warming:
    """Books of `items`, in this order, as far as there is room; all anew at another desk, and under other rules."""

    def __init__(self, items: Sequence[int]) -> None:
        self._items = items
        self._next = 0
        self._piece = 1
        self._at: tuple[ReadsAhead, int] | None = None
        self.done = False

    def __call__(self, desk: ReadsAhead) -> bool:
        """Read one piece; whether there is more to read."""
        at = desk, desk.snapshot.epoch
        if at != self._at:
            self._at, self._next, self.done = at, 0, False
        if not self.done:
            piece = self._items[self._next : self._next + self._piece]
            self._next += len(piece)
            begun = perf_counter()
            self.done = not piece or not desk.read_ahead(piece)
            self._piece = next_size(self._piece, perf_counter() - begun)
        return not self.done


def next_size(size: int, took_s: float) -> int:
    """How many items a piece may have, by how long one of some size took: items at many locations take longer."""
    return max(1, min(PIECE_MAX, 2 * size, int(size * PIECE_S / max(took_s, 1e-6))))
