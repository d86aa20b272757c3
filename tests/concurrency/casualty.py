"""A hub in a process that is killed at work: it tells every answer at once, and stops at a failure.

`begin` lets it work, and `answers` gives what it has said."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection

import msgspec
from pydantic import SecretStr

from tests.concurrency.crowd import Call, decoded
from tests.concurrency.nursery import Process, born
from truestock.bootstrap import Hub, open_hub
from truestock.config import Settings

CALLERS = 48


def begin(stack: ExitStack, url: str, calls: Sequence[Call]) -> tuple[Process, Connection]:
    """A process at work, and where it answers; returns when it begins."""
    process, heard = born(stack, _casualty, url, list(calls))
    assert heard.recv() == "working"
    return process, heard


def answers(heard: Connection) -> dict[int, dict[str, object]]:
    """What it has answered before it ended, by the place of the call in the plan; half an answer is none."""
    told: list[tuple[int, dict[str, object]]] = []
    with suppress(EOFError, OSError):
        while True:
            told.append(heard.recv())
    return dict(told)


async def _work(hub: Hub, calls: Iterator[tuple[int, Call]], told: Connection) -> None:
    async def caller() -> None:
        for n, call in calls:
            handler, command = decoded(call)
            (answer,) = await hub.call(handler, [command])
            if isinstance(answer, Exception):
                return
            told.send((n, msgspec.to_builtins(answer)))

    await asyncio.gather(*(caller() for _ in range(CALLERS)))


def _casualty(told: Connection, url: str, calls: list[Call]) -> None:
    with open_hub(Settings(database_url=SecretStr(url), request_deadline_s=3)) as hub:
        told.send("working")
        asyncio.run(_work(hub, iter(list(enumerate(calls))), told))
