"""Transactions that a lane has sent ahead and whose end it has not read yet, oldest first."""

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from truestock.store.database import Connection
from truestock.store.lane.protocols import Ahead, Command, Flight, Handler
from truestock.store.lane.wire import Wire

log = logging.getLogger(__name__)
# One that the server works at, and one that waits behind it.
IN_AIR_MAX = 2
# So many batches wait for their locks after one that was sent ahead in vain: others work on the same items.
GROUNDED_FOR = 16


class Waiting(Protocol):
    """A command that waits for its answer."""

    handler: Handler
    command: Command


W = TypeVar("W", bound=Waiting)


class Flights(Generic[W]):
    """Takes batches off, and lands them in their order."""

    def __init__(self, ahead: Mapping[Handler, Ahead], connect: Callable[[], Connection]) -> None:
        self._ahead = ahead
        self._connect = connect
        self._wire: Wire | None = None
        self._air: deque[tuple[list[W], Flight]] = deque()
        self._grounded = 0
        # Whether something may have been left half sent.
        self._suspect = False
        self.held = 0
        self.failed = 0

    def __len__(self) -> int:
        return len(self._air)

    @property
    def commands(self) -> int:
        """Commands in the air."""
        return sum(len(batch) for batch, _ in self._air)

    @property
    def room_from(self) -> int | None:
        """From how many commands on another flight is worth its while; None while there is no room for one.

        Less than the last flight took would only make many small transactions of few large ones."""
        if not self._air:
            return 1
        return len(self._air[-1][0]) if len(self._air) < IN_AIR_MAX else None

    def takes(self, handler: Handler) -> bool:
        """Whether a handler's commands can be sent ahead."""
        return handler in self._ahead

    def take_off(self, desk: Any, batch: list[W]) -> bool:
        """Decide a batch and send it behind the others; false where it has to wait for its locks."""
        ahead = self._ahead.get(batch[0].handler)
        if ahead is None:
            return False
        if self._grounded:
            self._grounded -= 1
            return False
        try:
            if self._suspect and not self._air:
                self.close()
            if self._wire is None:
                self._wire = Wire(self._connect())
            flight = ahead(desk, self._wire, [w.command for w in batch])
        except Exception:
            # Served with its locks held it fails again, if it must, and its callers are told.
            log.warning("a batch could not be sent ahead", exc_info=True)
            self._suspect = True
            return False
        if flight is None:
            return False
        self._air.append((batch, flight))
        return True

    def wait(self, other: int) -> bool:
        """Until the oldest has an answer (true), or another file can be read (false). Raises Unavailable."""
        assert self._wire is not None
        return self._wire.wait(other)

    def land(self) -> tuple[list[W], Sequence[Any] | None]:
        """The oldest batch with its answers; None when it did not hold, and then it must be served otherwise.

        Raises Unavailable; the flight is still in the air then."""
        batch, flight = self._air[0]
        answers = flight.land()
        self._air.popleft()
        if answers is None:
            self.failed += 1
        else:
            self.held += 1
        return batch, answers

    def recover(self) -> None:
        """After a flight that did not hold, and when nothing is in the air. Raises Unavailable."""
        assert self._wire is not None
        self._grounded = GROUNDED_FOR
        self._wire.recover()

    def lose(self) -> list[W]:
        """Give up what is in the air, and the connection; what became of it is unknown."""
        lost = [waiting for batch, _ in self._air for waiting in batch]
        self._air.clear()
        self.close()
        return lost

    def close(self) -> None:
        """Close the connection."""
        self._suspect = False
        if self._wire is not None:
            self._wire.close()
            self._wire = None
