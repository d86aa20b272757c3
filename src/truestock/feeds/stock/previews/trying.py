"""Commands that are carried out, looked at and rolled back: what changed, and what channels may promise then."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from truestock.availability.bulk import read_bulk
from truestock.catalog.rules import RuleBook, Snapshot
from truestock.core.network import ItemRules
from truestock.feeds.stock.previews import queries
from truestock.feeds.stock.previews.changes import Atp, AtpChange, Row, atp_changes
from truestock.ledger.desk import Desk
from truestock.store.database import Connection, Database
from truestock.store.lane import Handler, Trial

T = TypeVar("T")


class Tried(NamedTuple, Generic[T]):
    """An answer for each command, the rows that they change, the ATP that changes by item, and what was looked at."""

    answers: list[Any]
    rows: list[Row]
    atp: dict[int, tuple[AtpChange, ...]]
    seen: T


class Trying:
    """Of a process; each trial has a connection of its own."""

    def __init__(self, db: Database, rules: RuleBook) -> None:
        self._rules = rules
        self._trial = Trial(db, lambda own: Desk(own, rules))

    def answers(self, handler: Handler, commands: Sequence[Any]) -> list[Any]:
        """What would be answered."""
        return self._trial.run(handler, commands, lambda _: None)[0]

    def run(
        self, handler: Handler, commands: Sequence[Any], items: Collection[int], look: Callable[[Connection], T]
    ) -> Tried[T]:
        """Carry commands out; of `items` it is told what channels may promise. They are locked meanwhile."""

        def tried(snapshot: Snapshot) -> Tried[T]:
            rules = list(snapshot.items(items).values())
            before: Atp = {}

            def first_look(desk: Desk, commands: Sequence[Any], wait: bool) -> list[Any]:
                before.update(_atp_of(desk.conn, snapshot, rules))
                return handler(desk, commands, wait)

            def looked(conn: Connection) -> tuple[list[Row], Atp, T]:
                rows = [Row(*row) for row in conn.execute(queries.rows_changed).fetchall()]
                return rows, _atp_of(conn, snapshot, rules), look(conn)

            answers, (rows, then, seen) = self._trial.run(first_look, commands, looked)
            return Tried(answers, rows, {item: atp_changes(before[item], then[item]) for item in then}, seen)

        return self._rules.read(tried)


def _atp_of(conn: Connection, snapshot: Snapshot, items: Sequence[ItemRules]) -> Atp:
    """By item and by channel's code. Raises RulesChanged."""
    channels = snapshot.network.channels
    bulk = read_bulk(conn, snapshot.network, items, channels)
    return {
        one.item: {channel.code: bulk.atp(one.item, channel.id).atp for channel in channels.values()} for one in items
    }
