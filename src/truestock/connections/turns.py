"""The manner in which what is done for a channel runs: turn after turn, woken or after a while, until stopped."""

import asyncio
import logging
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Final

from truestock.connections.clock import CLOCK, Clock
from truestock.store.errors import StoreError

log = logging.getLogger(__name__)
AFTER_FAULT_S: Final = 1.0


class Turns(ABC):
    """`what` it is about, for the log. A fault of the database stops it for a second only."""

    def __init__(self, what: str, clock: Clock = CLOCK) -> None:
        self._what = what
        self._clock = clock
        self._awake = asyncio.Event()
        self._stopping = False

    @property
    def stopping(self) -> bool:
        """Whether it is to end."""
        return self._stopping

    def wake(self) -> None:
        """There may be something to do."""
        self._awake.set()

    def heard(self) -> None:
        """The channel has said something by itself, which is nothing to most."""
        return

    def stop(self) -> None:
        """End `run` after the turn under way."""
        self._stopping = True
        self._awake.set()

    async def run(self) -> None:
        """Take turns until stopped."""
        while not self._stopping:
            try:
                wait_s = await self.turn()
            except StoreError as fault:
                log.warning("%s: %s", self._what, fault)
                wait_s = AFTER_FAULT_S
            if wait_s > 0 and not self._stopping:
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        await self._awake.wait()
                self._awake.clear()

    @abstractmethod
    async def turn(self) -> float:
        """Do a bounded piece of work; seconds until the next turn, unless somebody wakes. Raises StoreError."""
        ...
