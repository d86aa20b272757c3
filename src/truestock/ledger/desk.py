"""Where a use case works: a connection, the rule book, and ids for what it books."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar

from truestock.catalog.rules import RuleBook, Snapshot
from truestock.core.words import Kind
from truestock.ledger.movement import Movement, movement_ids
from truestock.ledger.work.books import WarmBooks
from truestock.store.database import Connection

T = TypeVar("T")


class Desk:
    """One per connection; a lane has its own."""

    def __init__(self, conn: Connection, rules: RuleBook, ids: Iterator[int] | None = None) -> None:
        self.conn = conn
        self.warm = WarmBooks()
        self._rules = rules
        self._ids = ids or movement_ids()

    def with_rules(self, decide: Callable[[Snapshot], T]) -> T:
        """Decide on a snapshot of the rules, anew while they change under it."""
        return self._rules.read(decide)

    def movement(
        self,
        kind: Kind,
        actor: str = "",
        source: str = "",
        ref: str = "",
        reason: str = "",
        effective_at: datetime | None = None,
    ) -> Movement:
        """A movement with an id of its own, effective when it is recorded unless it says otherwise."""
        return Movement(next(self._ids), kind, actor, source, ref, reason, None, effective_at)
