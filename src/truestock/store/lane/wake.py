"""Wakes a thread that waits for a file: the one kind of waiting that can be for a database as well."""

import socket
from contextlib import suppress
from select import POLLIN, poll


class Wake:
    """`call` from any thread; the waiting thread polls `fileno` and then calls `clear`."""

    def __init__(self) -> None:
        self._here, self._there = socket.socketpair()
        self._here.setblocking(False)
        self._there.setblocking(False)
        self._poll = poll()
        self._poll.register(self._here, POLLIN)

    def fileno(self) -> int:
        """What becomes readable."""
        return self._here.fileno()

    def call(self) -> None:
        """Wake the thread, or have it not fall asleep."""
        with suppress(BlockingIOError):
            self._there.send(b"\0")

    def wait(self) -> None:
        """Until somebody calls."""
        self._poll.poll()
        self.clear()

    def clear(self) -> None:
        """Forget the calls so far."""
        with suppress(BlockingIOError):
            self._here.recv(4096)

    def close(self) -> None:
        """Give the files back."""
        self._here.close()
        self._there.close()
