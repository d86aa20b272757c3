"""Keeps one channel in step: takes what is due, calls the connector, writes down what it said; in doubt, it looks.

One call at a time, within the channel's budget. Whatever happens to a call, the state says what is to be done next."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import random
from time import monotonic
from typing import TypeVar

from truestock.connectors.abilities import Line, PushesStock, ReadsBack, Settles
from truestock.connectors.answers import ChannelDown, InDoubt, Outcome, Throttle
from truestock.store.database import Database
from truestock.store.errors import StoreError
from truestock.sync import connections, outbound
from truestock.sync.breaker import Breaker
from truestock.sync.budget import Bucket
from truestock.sync.drift import compare
from truestock.sync.marks import Mark, Sent, answered, came_back, key_of, read_back, unread

log = logging.getLogger(__name__)
T = TypeVar("T")
LOOK_EVERY_S = 5.0
AFTER_FAULT_S = 1.0
# How often everything that a channel shows is read back.
INSPECT_EVERY_S = 900.0
NOT_ANSWERED = Outcome("later", "the channel's answer says nothing of this listing")


class Pusher:
    """The channel `code` by its connector. `wake` when listings may have changed; `stop` after the call under way."""

    def __init__(
        self, db: Database, channel: int, code: str, connector: PushesStock, inspect_every_s: float = INSPECT_EVERY_S
    ) -> None:
        self.channel = channel
        self.code = code
        self._db = db
        self._connector = connector
        self._traits = connector.traits
        self._bucket = Bucket(self._traits.budget, monotonic())
        self._breaker = Breaker()
        self._inspect_every_s = inspect_every_s
        # The first look comes a while after the start: what was sent last may not be shown yet.
        self._inspect_at = monotonic() + inspect_every_s
        self._inspected = 0
        self._awake = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """There may be something to send."""
        self._awake.set()

    def stop(self) -> None:
        """End `run` after the call under way."""
        self._stopping = True
        self._awake.set()

    async def run(self) -> None:
        """Keep the channel in step until stopped."""
        while not self._stopping:
            try:
                wait_s = await self.turn()
            except StoreError as fault:
                log.warning("channel %s: %s", self.code, fault)
                wait_s = AFTER_FAULT_S
            if wait_s > 0 and not self._stopping:
                await self._sleep(wait_s)

    async def turn(self) -> float:
        """Make at most one call; seconds until the next turn, unless somebody wakes."""
        now = monotonic()
        wait_s = max(self._breaker.wait(now), self._bucket.wait(now))
        if wait_s > 0:
            return wait_s
        if await self._settle() or await self._resolve():
            return 0.0
        room = self._bucket.affordable(self._traits.batch_max, monotonic())
        sent = await self._in_thread(outbound.take, self.channel, _now(), room)
        if not sent:
            return await self._idle()
        await self._push(sent)
        return 0.0

    async def _push(self, sent: Sequence[Sent]) -> None:
        self._bucket.take(len(sent), monotonic())
        lines = [Line(s.sku, s.quantity, s.rev, key_of(s.listing, s.rev), s.shown) for s in sent]
        try:
            told = await self._connector.push(lines)
        except ChannelDown as down:
            again = _now() + timedelta(seconds=down.throttle.retry_after_s or AFTER_FAULT_S)
            await self._write([came_back(s, again) for s in sent])
            await self._down(down)
            return
        except InDoubt as doubt:
            # They stay on their way until the call can have no effect any more.
            await self._failed(str(doubt))
            return
        except Exception:
            log.exception("channel %s: the connector failed", self.code)
            await self._failed("the connector failed; the log says how")
            return
        await self._worked(told.throttle)
        outcomes = await self._with_numbers(told.outcomes)
        await self._write([answered(s, outcomes.get(s.sku, NOT_ANSWERED), _now(), _chance()) for s in sent])

    async def _with_numbers(self, outcomes: Mapping[str, Outcome]) -> Mapping[str, Outcome]:
        """What a channel that refused to overwrite a number shows instead, where it does not say so itself."""
        connector = self._connector
        stale = [sku for sku, outcome in outcomes.items() if outcome.kind == "stale" and outcome.observed is None]
        if not stale or not isinstance(connector, ReadsBack):
            return outcomes
        shown = await self._asked(lambda: connector.read_back(stale)) or {}
        seen = {sku: Outcome("stale", outcomes[sku].reason, shown.get(sku)) for sku in stale}
        return {**outcomes, **seen}

    async def _resolve(self) -> bool:
        """Find out what became of calls that nobody answered; false when there are none."""
        before = _now() - timedelta(seconds=self._traits.pending_s)
        doubtful = await self._in_thread(outbound.in_doubt, self.channel, before, self._traits.batch_max)
        if not doubtful:
            return False
        if not isinstance(self._connector, ReadsBack):
            await self._write([unread(s, _now()) for s in doubtful])
            return True
        connector = self._connector
        shown = await self._asked(lambda: connector.read_back([s.sku for s in doubtful]))
        if shown is not None:
            await self._write([read_back(s, shown, _now(), _chance()) for s in doubtful])
        return True

    async def _settle(self) -> bool:
        """Ask what became of what was only accepted; false when nothing is decided."""
        if not isinstance(self._connector, Settles):
            return False
        waiting = await self._in_thread(outbound.with_tickets, self.channel, self._traits.batch_max)
        if not waiting:
            return False
        connector = self._connector
        outcomes = await self._asked(lambda: connector.settle({s.sku: ticket for s, ticket in waiting}))
        decided = [(s, outcomes[s.sku]) for s, _ in waiting if outcomes and s.sku in outcomes]
        await self._write([answered(s, outcome, _now(), _chance()) for s, outcome in decided])
        return bool(decided)

    async def _asked(self, call: Callable[[], Awaitable[T]]) -> T | None:
        """What a reading call says; None when it did not come through."""
        self._bucket.take(1, monotonic())
        try:
            answer = await call()
        except ChannelDown as down:
            await self._down(down)
            return None
        except Exception:
            log.exception("channel %s: the connector failed", self.code)
            await self._failed("the connector failed; the log says how")
            return None
        await self._worked(Throttle())
        return answer

    async def _inspect(self) -> bool:
        """Compare a page of what the channel shows; false when all of it was looked at a while ago."""
        connector = self._connector
        if not isinstance(connector, ReadsBack) or monotonic() < self._inspect_at:
            return False
        page = await self._in_thread(outbound.in_step, self.channel, self._inspected, self._traits.batch_max)
        self._inspected = page[-1].listing if page else 0
        if not page:
            self._inspect_at = monotonic() + self._inspect_every_s
            return False
        shown = await self._asked(lambda: connector.read_back([known.sku for known in page]))
        if shown is not None:
            decrements = self._traits.decrements == "at_once"
            found = [compare(known, shown.get(known.sku), _now(), decrements=decrements) for known in page]
            await self._in_thread(outbound.note, found, _now())
        return True

    async def _idle(self) -> float:
        """Nothing is due: until the next one is, or until it is time to look again."""
        if await self._inspect():
            return 0.0
        at = await self._in_thread(outbound.next_try, self.channel)
        return LOOK_EVERY_S if at is None else min(LOOK_EVERY_S, max(0.01, (at - _now()).total_seconds()))

    async def _worked(self, throttle: Throttle) -> None:
        if self._breaker.failures:
            await self._in_thread(connections.set_trouble, self.channel, "")
        self._breaker.worked()
        self._bucket.told(throttle, monotonic())

    async def _down(self, down: ChannelDown) -> None:
        self._bucket.told(down.throttle, monotonic())
        if not down.throttle.retry_after_s:
            await self._failed(str(down))

    async def _failed(self, reason: str) -> None:
        self._breaker.failed(monotonic(), _chance())
        await self._in_thread(connections.set_trouble, self.channel, reason)

    async def _write(self, marks: Sequence[Mark]) -> None:
        if marks:
            await self._in_thread(outbound.write, marks, _now())

    async def _in_thread(self, work: Callable[..., T], *given: object) -> T:
        return await asyncio.to_thread(work, self._db, *given)

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._awake.wait()
        self._awake.clear()


def _chance() -> float:
    return random()  # noqa: S311  it keeps nothing secret


def _now() -> datetime:
    return datetime.now(UTC)
