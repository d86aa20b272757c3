"""Transactions sent ahead on a connection of their own, one behind the other; what became of each is read later.

The driver's pipeline reads everything that was sent as soon as one result is asked for. Here the client goes on with
the next transaction while the server is at the last one, so this speaks to the driver's lower layer, libpq.
"""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from select import POLLIN, POLLOUT, poll
from typing import NamedTuple

import psycopg
from psycopg import pq

from truestock.store.database import Connection
from truestock.store.errors import StoreError, Unavailable, translate

Statement = tuple[str, Mapping[str, object]]
Text = str | None
_PARAMETER = re.compile(r"%\((\w+)\)s")
_FAILED = (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.PIPELINE_ABORTED)


class GuessFailed(StoreError):
    """The transaction broke off before its commit, or one that it was sent behind did."""


class _Prepared(NamedTuple):
    name: bytes
    parameters: tuple[str, ...]


class Wire:
    """Owns the connection. Each transaction ends in a point where the server waits no longer for errors to pass."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._pg = conn.pgconn
        self._prepared: dict[str, _Prepared] = {}
        self._serial = 0
        # For each transaction on its way, what is prepared in it.
        self._sent: deque[list[str]] = deque()
        self._poll = poll()
        self._pg.enter_pipeline_mode()

    def send(self, statements: Sequence[Statement]) -> None:
        """Send one transaction behind those that are on their way. Raises Unavailable."""
        try:
            self._send([("BEGIN", {}), *statements, ("COMMIT", {})])
        except psycopg.Error as error:
            raise translate(error) from error

    def wait(self, other: int) -> bool:
        """Until the oldest transaction has an answer (true), or another file has (false). Raises Unavailable."""
        try:
            while self._pg.is_busy():
                if any(fd == other for fd, _ in self._polled(POLLIN, other)):
                    return False
                self._pg.consume_input()
        except psycopg.Error as error:
            raise translate(error) from error
        return True

    def land(self) -> list[list[tuple[Text, ...]]]:
        """The rows of the oldest transaction's statements that return any, after its commit.

        Raises GuessFailed when it is not committed, Unavailable when nobody can know."""
        try:
            return self._land()
        except psycopg.Error as error:
            raise translate(error) from error

    def _land(self) -> list[list[tuple[Text, ...]]]:
        found: list[list[tuple[Text, ...]]] = []
        failure: pq.abc.PGresult | None = None
        while (result := self._next()) is None or result.status != pq.ExecStatus.PIPELINE_SYNC:
            if result is None:
                if self._pg.status == pq.ConnStatus.BAD:
                    raise Unavailable("the connection was lost")
            elif result.status in _FAILED:
                failure = failure or result
            elif result.status == pq.ExecStatus.TUPLES_OK:
                found.append(_rows(result))
        fresh = self._sent.popleft()
        if failure is not None:
            # Nobody knows which of them came before the error.
            for query in fresh:
                self._prepared.pop(query, None)
            raise GuessFailed(failure.error_message.decode(errors="replace"))
        return found

    def recover(self) -> None:
        """Once nothing is on its way: leave a broken transaction. Raises Unavailable."""
        try:
            self._send([("ROLLBACK", {})])
            self._land()
        except psycopg.Error as error:
            raise translate(error) from error

    def close(self) -> None:
        """Close the connection; what is on its way may or may not be committed."""
        self._conn.close()

    def _send(self, statements: Sequence[Statement]) -> None:
        self._sent.append([])
        for query, parameters in statements:
            self._queue(query, parameters)
        self._pg.pipeline_sync()
        self._flush()

    def _queue(self, query: str, parameters: Mapping[str, object]) -> None:
        prepared = self._prepared.get(query)
        if prepared is None:
            names = tuple(dict.fromkeys(_PARAMETER.findall(query)))
            numbers = {name: f"${n}" for n, name in enumerate(names, 1)}
            text = _PARAMETER.sub(lambda found: numbers[found[1]], query).replace("%%", "%")
            self._serial += 1
            self._sent[-1].append(query)
            prepared = self._prepared[query] = _Prepared(b"ahead_%d" % self._serial, names)
            self._pg.send_prepare(prepared.name, text.encode())
        self._pg.send_query_prepared(prepared.name, [_encoded(parameters[name]) for name in prepared.parameters])

    def _next(self) -> pq.abc.PGresult | None:
        while self._pg.is_busy():
            self._polled(POLLIN)
            self._pg.consume_input()
        return self._pg.get_result()

    def _flush(self) -> None:
        # The server may stop reading until its own answers are read.
        while self._pg.flush():
            if any(event & POLLIN for _, event in self._polled(POLLIN | POLLOUT)):
                self._pg.consume_input()

    def _polled(self, events: int, other: int | None = None) -> list[tuple[int, int]]:
        self._poll.register(self._pg.socket, events)
        if other is None:
            return self._poll.poll()
        self._poll.register(other, POLLIN)
        found = self._poll.poll()
        self._poll.unregister(other)
        return found


def _encoded(value: object) -> bytes | None:
    if value is None:
        return None
    return (value.isoformat() if isinstance(value, datetime) else str(value)).encode()


def _rows(result: pq.abc.PGresult) -> list[tuple[Text, ...]]:
    return [
        tuple(None if (v := result.get_value(row, column)) is None else v.decode() for column in range(result.nfields))
        for row in range(result.ntuples)
    ]
