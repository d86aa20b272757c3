"""What a lane asks of the commands and handlers that it serves."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from truestock.store.errors import Busy
from truestock.store.lane.wire import Wire


class Command(Protocol):
    """What a lane takes; its weight in lines bounds the transaction."""

    @property
    def weight(self) -> int:
        """Lines of work, at least 1."""
        ...


class Deferred:
    """In place of an answer: another process holds what the command wants; ask again in the next batch."""


class Overloaded(Busy):
    """The queue is at its bound; come back in a second."""


class Flight(Protocol):
    """A transaction that was decided and sent before its locks were held."""

    def land(self) -> list[Any] | None:
        """Wait for it. One answer a command after its commit; None when it did not hold, and nothing was written.

        Raises Unavailable."""
        ...


DEFERRED = Deferred()
# Decides a batch at a desk and commits it; the last argument says whether it may wait for locks.
Handler = Callable[[Any, Sequence[Any], bool], list[Any]]
# Decides a batch at a desk and sends it without waiting for anything; None where that makes no sense.
Ahead = Callable[[Any, Wire, Sequence[Any]], Flight | None]
