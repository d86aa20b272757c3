"""Where a use case works: a connection, the rule book, and ids for what it books."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import Any, TypeVar, cast

from truestock.catalog.rules import RuleBook, Snapshot
from truestock.core.network import ItemRules
from truestock.core.words import Kind
from truestock.ledger import queries
from truestock.ledger.movement import Movement, movement_ids
from truestock.ledger.work.ahead import AheadOfLocks, Clock, guess, read_unlocked
from truestock.ledger.work.books import WarmBooks
from truestock.ledger.work.transaction import Begun, Work, begin
from truestock.store.database import Connection
from truestock.store.lane import Wire

T = TypeVar("T")


class Desk:
    """One per connection; a lane has its own."""

    def __init__(self, conn: Connection, rules: RuleBook, ids: Iterator[int] | None = None) -> None:
        self.conn = conn
        self.warm = WarmBooks()
        self.clock = Clock(self._time)
        self._rules = rules
        self._ids = ids or movement_ids()

    def with_rules(self, decide: Callable[[Snapshot], T]) -> T:
        """Decide on a snapshot of the rules, anew while they change under it."""
        return self._rules.read(decide)

    @property
    def snapshot(self) -> Snapshot:
        """The last known rules, which may have changed."""
        return self._rules.snapshot()

    def begin(self, items: Collection[ItemRules], *, wait: bool, warm: bool = False) -> Begun:
        """Open a transaction on items and queue its reads; on warm books only if what it writes keeps them so."""
        if not warm:
            self.warm.forget(r.item for r in items)
        return begin(self.conn, items, wait=wait, warm=self.warm if warm else None)

    def read_ahead(self, items: Collection[int]) -> bool:
        """Keep warm the books of these items, without a lock; whether there is room for more."""
        rules = self.with_rules(lambda snapshot: snapshot.items(items))
        cold = [r for r in rules.values() if not self.warm.has(r)]
        if cold:
            self.warm.keep(read_unlocked(self.conn, cold, self.clock.now()).values())
        return self.warm.has_room

    def _time(self) -> datetime:
        ((now, _),) = self.conn.execute(queries.clock, prepare=True).fetchall()
        return cast(datetime, now)

    def guess(self, items: Collection[ItemRules]) -> Work | None:
        """Open a transaction without waiting for locks; None where that makes no sense."""
        return guess(self.conn, self.warm, self.clock, items)

    def send(self, wire: Wire, work: Work, epoch: int, answers: list[Any]) -> AheadOfLocks:
        """Send a guessed transaction, decided under the rules of an epoch."""
        return AheadOfLocks(wire, self.warm, self.clock, work, epoch, answers)

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
