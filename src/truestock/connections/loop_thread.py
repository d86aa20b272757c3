"""A thread with an event loop of its own, for what a server does besides answering."""

import asyncio
import threading
from abc import ABC, abstractmethod
from contextlib import suppress


class LoopThread(ABC):
    """Start it once a process; `stop` waits for its end. `wake` may be called from any thread, `awaken` in its own."""

    def __init__(self, name: str) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._awake = asyncio.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._main, name=name, daemon=True)

    @property
    def stopping(self) -> bool:
        """Whether it is to end."""
        return self._stopping

    def start(self) -> None:
        """Begin."""
        self._loop = asyncio.new_event_loop()
        self._thread.start()

    def stop(self) -> None:
        """End; what is under way has a moment."""
        self._stopping = True
        self.wake()
        self._thread.join()

    def wake(self) -> None:
        """Something has happened: look at once."""
        with suppress(RuntimeError):  # the loop has ended
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self.awaken)

    def awaken(self) -> None:
        """The same within the loop."""
        self._awake.set()

    async def rest(self, seconds: float) -> None:
        """Wait so long, or until somebody wakes."""
        if seconds > 0 and not self._stopping:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._awake.wait()
        self._awake.clear()

    @abstractmethod
    async def work(self) -> None:
        """What it does until it is stopped."""
        ...

    def _main(self) -> None:
        assert self._loop is not None
        try:
            self._loop.run_until_complete(self.work())
        finally:
            self._loop.close()
