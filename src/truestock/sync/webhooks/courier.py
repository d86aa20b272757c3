"""The thread that tells webhooks what has happened: makes events into deliveries, sends them, writes down how it went.

Any number of processes may run one; leases share the work among them, and what a dead one held is due again."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic, time
from typing import Final

from truestock.connections.clock import by_chance
from truestock.connections.loop_thread import LoopThread
from truestock.connections.seal import Seal, SealBroken
from truestock.connectors.contract.veil import hide
from truestock.store.database import Database
from truestock.store.errors import StoreError
from truestock.sync.webhooks import deliveries
from truestock.sync.webhooks.answers import Answer
from truestock.sync.webhooks.deliveries import Due, Ended, Target
from truestock.sync.webhooks.envelope import headers_of
from truestock.sync.webhooks.outages import tell_outages
from truestock.sync.webhooks.sender import TIMEOUT_S, Sender

log = logging.getLogger(__name__)
LOOK_EVERY_S: Final = 0.25
GATHER_EVERY_S: Final = 1.0
OUTAGES_EVERY_S: Final = 5.0
TRIM_EVERY_S: Final = 300.0
AFTER_FAULT_S: Final = 1.0
STOP_WITHIN_S: Final = 3.0
# Longer than any call, so that no delivery is sent by two at a time.
LEASE_S: Final = 4 * TIMEOUT_S


class Courier(LoopThread):
    """Start it once a process. `results` counts deliveries of this process by how their calls ended."""

    def __init__(
        self,
        db: Database,
        seal: Callable[[], Seal],
        sender: Callable[[], Sender],
        look_every_s: float = LOOK_EVERY_S,
        gather_every_s: float = GATHER_EVERY_S,
        lease_s: float = LEASE_S,
    ) -> None:
        super().__init__("webhooks")
        self.results: Counter[str] = Counter()
        self._db = db
        self._seal = seal
        self._make_sender = sender
        self._look_every_s = look_every_s
        self._gather_every_s = gather_every_s
        self._lease = timedelta(seconds=lease_s)
        self._gather_at = self._outages_at = self._trim_at = 0.0
        self._calls: dict[asyncio.Task[None], Due] = {}
        self._ended: list[Ended] = []

    async def work(self) -> None:
        """Take turns until stopped, then end."""
        sender = self._make_sender()
        try:
            while not self.stopping:
                await self.rest(await self._look(sender))
            await self._end()
        finally:
            await sender.close()

    async def _look(self, sender: Sender) -> float:
        """One turn; seconds until the next one, unless something happens."""
        ended, self._ended = self._ended, []
        try:
            if ended:
                await asyncio.to_thread(deliveries.mark, self._db, ended, _now(), by_chance)
            ended = []
            dues, more = await asyncio.to_thread(self._turn)
            await sender.tidy()
        except StoreError as fault:
            log.warning("webhooks are not told: %s", fault)
            self._ended = ended + self._ended
            return AFTER_FAULT_S
        except Exception:
            log.exception("webhooks are not told")
            return AFTER_FAULT_S
        for due, headers in dues:
            task = asyncio.create_task(self._call(sender, due, headers))
            self._calls[task] = due
            task.add_done_callback(lambda done: self._calls.pop(done, None))
        return 0.0 if more else self._look_every_s

    def _turn(self) -> tuple[list[tuple[Due, dict[str, str] | Answer]], bool]:
        """What is to be sent now, with its headers or with why it cannot be; and whether more waits."""
        now = _now()
        more = deliveries.fan_out(self._db, now) == deliveries.EVENTS_AT_ONCE
        if monotonic() >= self._gather_at:
            more = deliveries.gather_availability(self._db, now) or more
            self._gather_at = monotonic() + (0.0 if more else self._gather_every_s)
        if monotonic() >= self._outages_at:
            self._outages_at = monotonic() + OUTAGES_EVERY_S
            tell_outages(self._db, now)
        if monotonic() >= self._trim_at:
            deliveries.trim(self._db, now)
            self._trim_at = monotonic() + TRIM_EVERY_S
        now = _now()
        return [(due, self._headers(due)) for due in deliveries.lease(self._db, now, now + self._lease)], more

    def _headers(self, due: Due) -> dict[str, str] | Answer:
        try:
            secrets = secrets_of(self._seal(), due.target, _now())
            return headers_of(due.event, due.body.encode(), secrets, int(time()))
        except (SealBroken, ValueError, OSError) as fault:
            return Answer("down", None, f"cannot be signed: {fault}")

    async def _call(self, sender: Sender, due: Due, headers: dict[str, str] | Answer) -> None:
        if isinstance(headers, Answer):
            answer = headers
        else:
            answer = await sender.send(due.webhook, due.target.url, headers, due.body.encode())
        self.results[answer.kind] += 1
        self._ended.append(Ended(due, answer))
        self.awaken()

    async def _end(self) -> None:
        """Write down what has ended, and give back what has not."""
        calls = dict(self._calls)
        if calls:
            _, broken_off = await asyncio.wait(calls, timeout=STOP_WITHIN_S)
            for task in broken_off:
                task.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
            given_back = [calls[task] for task in broken_off if task.cancelled()]
        else:
            given_back = []
        with suppress(StoreError):
            if self._ended:
                await asyncio.to_thread(deliveries.mark, self._db, self._ended, _now(), by_chance)
            if given_back:
                await asyncio.to_thread(deliveries.give_back, self._db, given_back, _now())


def bound_name(webhook: int) -> str:
    """What a webhook's secrets are sealed for."""
    return f"webhook {webhook}"


def secrets_of(seal: Seal, target: Target, now: datetime) -> list[str]:
    """The secrets that sign now, the newest first. Raises SealBroken."""
    found = seal.open(bound_name(target.webhook), target.sealed)
    hide(found.values())
    old = found.get("old") if target.old_until is not None and now < target.old_until else None
    return [found["secret"], *([old] if old else [])]


def _now() -> datetime:
    return datetime.now(UTC)
