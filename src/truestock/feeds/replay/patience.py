"""Asking again while a hub is busy or its database restarts: every question here has a key, so that twice is once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from truestock.store.errors import Busy, Unavailable

T = TypeVar("T")
_PAUSES_S = (0.05, 0.2, 0.5, *(1.0 for _ in range(60)))


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """The answer, however long a restart takes, within about a minute. Raises what the last try raised."""
    for pause_s in _PAUSES_S:
        try:
            return await ask()
        except (Busy, Unavailable):
            await asyncio.sleep(pause_s)
    return await ask()
