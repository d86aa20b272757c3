"""Commands tried: decided and written as they always are, looked at, and rolled back."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import psycopg

from truestock.store.database import Connection, Database, Row, errors_translated
from truestock.store.errors import Busy, Duplicate
from truestock.store.lane.protocols import DEFERRED, Handler

TRIES: Final = 5
T = TypeVar("T")


class _Uncommitted(psycopg.Connection[Row]):
    """Handlers begin and commit their transaction themselves; here both say nothing, and the one around them ends."""

    def execute(self, query: Any, params: Any = None, *, prepare: bool | None = None, binary: bool = False) -> Any:
        if query in ("BEGIN", "COMMIT"):
            query = "SELECT"
        return super().execute(query, params, prepare=prepare, binary=binary)


class Trial:
    """Has a connection of its own, and a desk that `desk_of` makes of it; one caller at a time."""

    def __init__(self, db: Database, desk_of: Callable[[Connection], Any]) -> None:
        self._db = db
        self._desk_of = desk_of

    def run(self, handler: Handler, commands: Sequence[Any], look: Callable[[Connection], T]) -> tuple[list[Any], T]:
        """One answer per command, and what `look` finds in the transaction that has carried them all out; then it is
        rolled back. Their items are locked meanwhile. Raises what the last try raised."""
        for tries_left in reversed(range(TRIES)):
            try:
                with errors_translated(), _Uncommitted.connect(self._db.conninfo) as conn:
                    answers = handler(self._desk_of(conn), commands, True)
                    found = look(conn)
                    conn.rollback()
                if not any(answer is DEFERRED for answer in answers):
                    return answers, found
            except (Busy, Duplicate):
                if not tries_left:
                    raise
        raise Busy("others hold the items")
