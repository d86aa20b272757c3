"""A hub behind its API as the target of a replay; it answers as to any channel.

Where the units of an order were promised is read from the hub's database, if that can be reached; else the auditor
assumes the channel's own order of locations, and may then find an oversell that only means another location."""

import asyncio
from collections.abc import Sequence
from typing import Any, Self

import httpx2
import msgspec

from truestock.core.replay.answer import Answer
from truestock.core.replay.events import Delivery, OrderEvent
from truestock.feeds.replay.places import Places
from truestock.feeds.replay.shown import Shown
from truestock.feeds.replay.target import ReplayError
from truestock.feeds.replay.wording import answer_of, order_of, receipts_of, release_of, returns_of
from truestock.ledger.values import AnyBooking
from truestock.orders.values import OrderResult

_TRIES = 30
_REFUSED = 409
_COME_AGAIN = {429, 503}


class _RefusedLine(msgspec.Struct, frozen=True):
    sku: str
    available: int
    granted: int = 0


class _Refusal(msgspec.Struct, frozen=True):
    lines: list[_RefusedLine]


class _Booked(msgspec.Struct, frozen=True):
    refused: int


class OverHttp:
    """A client of the API at `url`; its connections are closed with it."""

    def __init__(
        self,
        url: str,
        key: str | None = None,
        places: Places | None = None,
        shown: Shown | None = None,
        prefix: str = "",
        connections: int = 64,
    ) -> None:
        self._client = httpx2.AsyncClient(
            base_url=url,
            headers={"authorization": f"Bearer {key}"} if key else {},
            limits=httpx2.Limits(max_connections=connections),
            timeout=30.0,
            trust_env=False,
        )
        self._places = places
        self._shown = shown or Shown()
        self._prefix = prefix

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def sell(self, event: OrderEvent) -> Answer:
        """Order in the mode `partial`; refused as a whole, it comes back as a problem."""
        seen = [self._shown.number(event.channel, line.sku) for line in event.lines]
        status, body = await self._post("/v1/orders", order_of(event, self._prefix))
        if status == _REFUSED:
            refusal = msgspec.json.decode(body, type=_Refusal)
            return answer_of(event.channel, refusal.lines, {}, self._shown, seen)
        result = msgspec.json.decode(body, type=OrderResult)
        taken = await self._places.of(result) if self._places else None
        return answer_of(event.channel, result.lines, taken, self._shown, seen)

    async def take_back(self, event: OrderEvent, answer: Answer) -> None:
        """Release a cancelled order; book what was sent back."""
        if event.kind == "return":
            await self._book(event.ref, returns_of(event, answer, self._prefix))
        else:
            await self._post("/v1/orders/release", release_of(event, self._prefix))

    async def receive(self, delivery: Delivery) -> None:
        """Book what came in."""
        await self._book(delivery.ref, receipts_of(delivery))

    async def _book(self, ref: str, bookings: Sequence[AnyBooking]) -> None:
        _, body = await self._post("/v1/movements", {"lines": bookings}, self._prefix + ref)
        if msgspec.json.decode(body, type=_Booked).refused:
            raise ReplayError(f"{ref}: {body.decode()[:300]}")

    async def _post(self, path: str, content: Any, key: str | None = None) -> tuple[int, bytes]:
        """A refused order is an answer; busy is asked again with the same key; all else ends the replay."""
        headers = {"content-type": "application/json"} | ({"idempotency-key": key} if key else {})
        body = msgspec.json.encode(content)
        for attempt in range(_TRIES):
            found = await self._client.post(path, content=body, headers=headers)
            if found.status_code < 300 or found.status_code == _REFUSED:
                return found.status_code, found.content
            if found.status_code not in _COME_AGAIN:
                break
            await asyncio.sleep(min(1.0, 0.01 * 2**attempt))
        raise ReplayError(f"{path}: {found.status_code} {found.text[:300]}")
