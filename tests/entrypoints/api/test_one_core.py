"""The threads that sell stay on one processor, and leave it when others crowd it."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from truestock.entrypoints.api.operate.one_core import OneCore

ALL = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
HOG = "import os, sys\nos.sched_setaffinity(0, {int(sys.argv[1])})\nwhile True: pass"
EVERY_S = 0.2


@contextmanager
def hogs(processor: int) -> Iterator[None]:
    """Programs that want all of a processor."""
    started = [subprocess.Popen([sys.executable, "-c", HOG, str(processor)]) for _ in range(3)]
    try:
        yield
    finally:
        for hog in started:
            hog.kill()
            hog.wait()


def test_it_keeps_to_one_processor_until_others_crowd_it_and_gives_all_back() -> None:
    if OneCore([threading.get_native_id()]).possible:
        asyncio.run(_watched())
    assert os.sched_getaffinity(0) == ALL


async def _watched() -> None:
    keeping = asyncio.create_task(OneCore([threading.get_native_id()], EVERY_S).keep())
    await asyncio.sleep(0.05)
    (first,) = os.sched_getaffinity(0)
    # Busy by itself, it is not crowded by anybody.
    await _work_for(EVERY_S * 3)
    with hogs(first):
        for _ in range(100):
            await _work_for(EVERY_S / 2)
            if os.sched_getaffinity(0) != {first}:
                break
        else:
            raise AssertionError("it stayed where it could not run")
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping


async def _work_for(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end:
        sum(range(5_000))
        await asyncio.sleep(0)


def test_with_nothing_to_choose_it_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0})
    one = OneCore([threading.get_native_id()])
    asyncio.run(one.keep())
    assert not one.possible
