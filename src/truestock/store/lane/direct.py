"""Commands committed by whoever calls, without a thread: for what people type, and for tests."""

from collections.abc import Callable, Iterator, Sequence
from threading import Lock
from typing import Any, Final

from truestock.store.database import Connection, Database, errors_translated
from truestock.store.errors import Busy, Duplicate
from truestock.store.lane.protocols import DEFERRED, Handler

TRIES: Final = 5


class Direct:
    """Has a connection of its own, and a desk that `desk_of` makes of it; one caller at a time."""

    def __init__(self, db: Database, desk_of: Callable[[Connection], Any], max_lines: int) -> None:
        self._db = db
        self._desk_of = desk_of
        self._max_lines = max_lines
        self._turn = Lock()
        self._conn: Connection | None = None
        self._desk: Any = None

    def run(self, handler: Handler, commands: Sequence[Any]) -> list[Any]:
        """One answer per command, committed in transactions of at most `max_lines` lines.

        Raises what the last try of a transaction raised; earlier transactions stay."""
        answers: list[Any] = []
        with self._turn:
            for batch in _batches(commands, self._max_lines):
                answers += self._committed(handler, batch)
        return answers

    def close(self) -> None:
        """Give the connection back; the next command gets a new one."""
        with self._turn:
            self._drop()

    def _committed(self, handler: Handler, batch: list[Any]) -> list[Any]:
        for tries_left in reversed(range(TRIES)):
            desk = self._at_desk()
            try:
                with errors_translated():
                    answers = handler(desk, batch, True)
                if not any(answer is DEFERRED for answer in answers):
                    return answers
            except (Busy, Duplicate):
                self._drop()
                if not tries_left:
                    raise
            except BaseException:
                self._drop()
                raise
        raise Busy("others hold the items")

    def _at_desk(self) -> Any:
        if self._conn is None or self._conn.closed:
            self._conn = self._db.connect()
            self._desk = self._desk_of(self._conn)
        return self._desk

    def _drop(self) -> None:
        """A connection of unknown state is closed, not mended."""
        if self._conn is not None:
            self._conn.close()
            self._conn = None


def _batches(commands: Sequence[Any], max_lines: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    lines = 0
    for command in commands:
        if batch and lines + command.weight > max_lines:
            yield batch
            batch, lines = [], 0
        batch.append(command)
        lines += command.weight
    if batch:
        yield batch
