"""A hub behind its API as the target of a replay, with nothing else of it: not its database, not its files.

It sells as any channel does, listens to the change stream for what customers see, and reads each accepted order back
for the auditor, who has to know at which locations its units were promised."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Self
from urllib.parse import quote

import msgspec

from truestock.availability.values import Answer as Atp
from truestock.availability.values import Available
from truestock.core.replay.answer import Answer
from truestock.core.replay.events import Delivery, OrderEvent, World
from truestock.feeds.replay.client import REFUSED, Client
from truestock.feeds.replay.following import FollowOverHttp
from truestock.feeds.replay.prepare import batched, prepare_over_http
from truestock.feeds.replay.shown import Shown
from truestock.feeds.replay.wording import (
    SaidLine,
    Taken,
    answer_of,
    move_all,
    order_of,
    receipts_of,
    release_of,
    returns_of,
    samples_of,
)
from truestock.ledger.values import AnyBooking
from truestock.orders.values import OrderResult

_OPENS_WITHIN_S = 10.0


class _RefusedLine(msgspec.Struct, frozen=True):
    sku: str
    available: int
    granted: int = 0


class _Refusal(msgspec.Struct, frozen=True):
    lines: list[_RefusedLine]


class _Promise(msgspec.Struct, frozen=True):
    line: int
    location: str
    qty: int


class _Order(msgspec.Struct, frozen=True):
    promises: list[_Promise]


class _Answers(msgspec.Struct, frozen=True):
    answers: list[Atp]


class OverHttp:
    """A client of the API at `url`, whose key needs the scopes read, orders, stock and catalog."""

    def __init__(self, url: str, world: World, key: str | None = None, connections: int = 32, prefix: str = "") -> None:
        self._client = Client(url, key, connections)
        self._world = world
        self._prefix = prefix
        self._shown = Shown(world.channels)
        self._listings = [{"channel": c.code, "sku": item.sku} for c in world.channels for item in world.items]
        self._stream = FollowOverHttp(self._client, self._shown, self._read_anew)
        self._following: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])
        await self._client.close()

    async def prepare(self) -> None:
        """Listen, bring the world in, and open when every channel shows what there is. Raises ReplayError."""
        self._following = asyncio.create_task(self._stream.run())
        listening = asyncio.create_task(self._stream.listening.wait())
        await asyncio.wait([self._following, listening], return_when=asyncio.FIRST_COMPLETED)
        listening.cancel()
        self._check_stream()
        await prepare_over_http(self._client, self._world)
        opening = {(one.channel, one.sku): one.published async for one in self._read()}
        for listing, number in opening.items():
            self._shown.begin(*listing, number)
        with suppress(TimeoutError):
            async with asyncio.timeout(_OPENS_WITHIN_S):
                while any((look := self._shown.look(*one)) and look.number != n for one, n in opening.items()):
                    await asyncio.sleep(0.05)

    async def sell(self, event: OrderEvent) -> Answer:
        """Order in the mode `partial`; refused as a whole, it comes back as a problem."""
        self._check_stream()
        seen = [self._shown.look(event.channel, line.sku) for line in event.lines]
        status, body = await self._client.post("/v1/orders", order_of(event, self._prefix))
        if status == REFUSED:
            lines: Sequence[SaidLine] = msgspec.json.decode(body, type=_Refusal).lines
        else:
            lines = msgspec.json.decode(body, type=OrderResult).lines
        samples, now = samples_of(lines, self._shown, seen), self._shown.clock()
        answer = answer_of(lines, {} if status == REFUSED else await self._places(event), samples)
        move_all(event, answer, self._shown, now)
        return answer

    async def take_back(self, event: OrderEvent, answer: Answer) -> None:
        """Release a cancelled order; book what was sent back."""
        if event.kind == "return":
            await self._book(event.ref, returns_of(event, answer, self._prefix))
        else:
            release = release_of(event, self._prefix)
            await self._client.post("/v1/orders/release", release, f"{self._prefix}{event.channel}:{event.ref}")
        move_all(event, answer, self._shown, self._shown.clock())

    async def receive(self, delivery: Delivery) -> None:
        """Book what came in."""
        await self._book(delivery.ref, receipts_of(delivery))
        for line in delivery.lines:
            self._shown.move(line.sku, [delivery.location], self._shown.clock())

    async def _book(self, ref: str, bookings: Sequence[AnyBooking]) -> None:
        await self._client.put_lines("/v1/movements", bookings, self._prefix + ref)

    async def _places(self, event: OrderEvent) -> Taken:
        path = f"/v1/orders/{quote(event.channel, safe='')}/{quote(self._prefix + event.ref, safe='')}"
        taken: dict[int, tuple[tuple[str, int], ...]] = {}
        for promise in msgspec.json.decode(await self._client.get(path), type=_Order).promises:
            taken[promise.line] = (*taken.get(promise.line, ()), (promise.location, promise.qty))
        return taken

    async def _read(self) -> AsyncIterator[Available]:
        """What every channel shows now, where that is known."""
        for wanted in batched(self._listings):
            _, body = await self._client.post("/v1/atp", {"wanted": wanted})
            for one in msgspec.json.decode(body, type=_Answers).answers:
                if isinstance(one, Available):
                    yield one

    async def _read_anew(self) -> None:
        async for one in self._read():
            self._shown.hear(one.channel, one.sku, one.published)

    def _check_stream(self) -> None:
        """Without the stream nobody would know what customers see, so its end is that of the replay."""
        if self._following is not None and self._following.done():
            self._following.result()
