"""Crowds of callers in processes of their own, each with a hub and a lane on the one database.

`rush` starts the processes, lets all of them begin at once, and gives every call with its answer and its times.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import msgspec
from pydantic import SecretStr

from tests.concurrency.nursery import born
from truestock.bootstrap import Hub, open_hub
from truestock.config import Settings
from truestock.core.decide.reserve import Mode
from truestock.ledger import queries
from truestock.ledger.post import post
from truestock.ledger.values import AnyBooking, Post
from truestock.orders.act import act
from truestock.orders.actions import Act, Release, Ship
from truestock.orders.reserve import Reserve, reserve
from truestock.orders.values import NewOrder
from truestock.store.lane import flights

# What takes a lock or compares under it, each without that.
UNLOCKED_HEADS = """SELECT h.item, h.version, h.recorded_at FROM head h
JOIN unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item) ON h.part = k.part AND h.item = k.item
ORDER BY h.part, h.item"""
UNLOCKED = {
    "lock_heads": UNLOCKED_HEADS,
    "lock_free_heads": UNLOCKED_HEADS,
    "lock_unchanged": "SELECT clock_timestamp(), 1",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One command: `kind` is order, booking, release or ship, `body` its JSON."""

    kind: str
    body: dict[str, Any]
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A call with its answer, and when it was made and answered (one clock for all processes)."""

    call: Call
    answer: dict[str, Any]
    called_at: float
    answered_at: float


def order(channel: str, ref: str, lines: Mapping[str, int], mode: Mode = "all_or_nothing") -> Call:
    """An order of items by SKU."""
    named = [{"sku": sku, "qty": qty} for sku, qty in lines.items()]
    return Call("order", {"channel": channel, "ref": ref, "lines": named, "mode": mode})


def rush(url: str, crowd: Sequence[Sequence[Call]], *, callers: int = 256, unlocked: Sequence[str] = ()) -> list[Told]:
    """Every process's calls, made by `callers` at once in each process, in their order."""
    with ExitStack() as stack:
        pipes = [born(stack, _part, url, list(calls), callers, list(unlocked))[1] for calls in crowd]
        for pipe in pipes:
            assert pipe.recv() == "ready"
        for pipe in pipes:
            pipe.send("go")
        return [Told(*one) for pipe in pipes for one in pipe.recv()]


def decoded(call: Call) -> tuple[Any, Any]:
    """The use case and the command of a call."""
    if call.kind == "order":
        return reserve, Reserve(msgspec.convert(call.body, NewOrder), "crowd")
    if call.kind == "booking":
        booking: AnyBooking = msgspec.convert(call.body, AnyBooking)
        return post, Post(booking, "crowd", call.key)
    if call.kind == "release":
        return act, Act(msgspec.convert(call.body, Release), "crowd", call.key)
    return act, Act(msgspec.convert(call.body, Ship), "crowd", call.key)


async def _make(hub: Hub, calls: Iterator[Call], told: list[Any]) -> None:
    for call in calls:
        handler, command = decoded(call)
        called_at = time.monotonic()
        (answer,) = await hub.call(handler, [command])
        answered_at = time.monotonic()
        said = {"error": repr(answer)} if isinstance(answer, Exception) else msgspec.to_builtins(answer)
        told.append((call, said, called_at, answered_at))


async def _all(hub: Hub, calls: Iterator[Call], callers: int) -> list[Any]:
    told: list[Any] = []
    await asyncio.gather(*(_make(hub, calls, told) for _ in range(callers)))
    return told


def _part(pipe: Connection, url: str, calls: list[Call], callers: int, unlocked: list[str]) -> None:
    """One process of the crowd."""
    for name in unlocked:
        object.__setattr__(queries, name, UNLOCKED[name])
        # Whoever runs into another one by chance does not become careful for a while.
        flights.GROUNDED_FOR = 0
    with open_hub(Settings(database_url=SecretStr(url), request_deadline_s=60)) as hub:
        hub.rules.refresh()
        pipe.send("ready")
        assert pipe.recv() == "go"
        told = asyncio.run(_all(hub, iter(calls), callers))
    pipe.send(told)
