"""The thread that tells shoppers what becomes of their orders: looks at orders, sends what is due, notes how it went.

Any number of processes may run one; leases share the work among them, and what a dead one held is due again."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final

from truestock.connections.clock import by_chance
from truestock.connections.loop_thread import LoopThread
from truestock.connections.seal import Seal
from truestock.store.database import Database
from truestock.store.errors import StoreError
from truestock.sync.messages import look, outbox
from truestock.sync.messages.outbox import Leased, Mark, Ready
from truestock.sync.messages.sending.outcome import Sent, after, rest
from truestock.sync.messages.sending.ways import Ways

log = logging.getLogger(__name__)
LOOK_EVERY_S: Final = 2.0
AFTER_FAULT_S: Final = 1.0
AT_ONCE: Final = 8
STOP_WITHIN_S: Final = 3.0
# Longer than any way takes, so that no message is sent by two at a time.
LEASE_S: Final = 120.0


class Messenger(LoopThread):
    """Start it once a process. `results` counts tries of this process by how they ended."""

    def __init__(
        self,
        db: Database,
        seal: Callable[[], Seal],
        ways: Callable[[], Ways],
        look_every_s: float = LOOK_EVERY_S,
        lease_s: float = LEASE_S,
    ) -> None:
        super().__init__("messages")
        self.results: Counter[str] = Counter()
        self._db = db
        self._seal = seal
        self._make_ways = ways
        self._look_every_s = look_every_s
        self._lease = timedelta(seconds=lease_s)
        self._flying: dict[asyncio.Task[None], Leased] = {}
        self._marks: list[tuple[Leased, Mark]] = []
        self._look_at = 0.0
        self._mail_down = 0
        self._mail_rests_until = 0.0

    async def work(self) -> None:
        """Take turns until stopped, then end."""
        ways = self._make_ways()
        try:
            while not self.stopping:
                await self.rest(await self._turn(ways))
            await self._end()
        finally:
            await ways.close()

    async def _turn(self, ways: Ways) -> float:
        """One turn; seconds until the next one, unless something happens."""
        try:
            await self._note()
            more, ready = await asyncio.to_thread(self._due)
            await ways.tidy()
        except StoreError as fault:
            log.warning("shoppers are not told: %s", fault)
            return AFTER_FAULT_S
        except Exception:
            log.exception("shoppers are not told")
            return AFTER_FAULT_S
        for leased, one in ready:
            task = asyncio.create_task(self._send(ways, leased, one))
            self._flying[task] = leased
            task.add_done_callback(lambda done: self._flying.pop(done, None))
        return 0.0 if more or self._marks else self._look_every_s

    def _due(self) -> tuple[bool, list[tuple[Leased, Ready]]]:
        """Whether more orders wait to be looked at, and what is to be sent now."""
        seal = self._seal()
        more = self._look()
        room = AT_ONCE - len(self._flying)
        if room <= 0:
            return more, []
        now = _now()
        resting = monotonic() < self._mail_rests_until
        found = outbox.lease(self._db, now, now + self._lease, room, no_mail=resting)
        ready = []
        for leased in found:
            one = outbox.write_out(self._db, seal, leased, _now())
            if isinstance(one, Ready):
                ready.append((leased, one))
            else:
                self._marks.append((leased, one if isinstance(one, Mark) else self._mark_of(leased, one)))
        return more, ready

    def _look(self) -> bool:
        """Look at orders, not oftener than every so often; whether more wait."""
        if monotonic() < self._look_at:
            return False
        look.gather(self._db)
        more = look.look(self._db)
        self._look_at = 0.0 if more else monotonic() + self._look_every_s
        return more

    async def _send(self, ways: Ways, leased: Leased, ready: Ready) -> None:
        sent = await ways.send(ready.via, ready.out)
        if ready.via == "email":
            self._mail_down = self._mail_down + 1 if sent.kind == "down" else 0
            self._mail_rests_until = monotonic() + rest(self._mail_down).total_seconds() if self._mail_down else 0.0
        mark = self._mark_of(leased, sent)
        self._marks.append((leased, mark._replace(expected=ready.expected if sent.kind == "done" else None)))
        self.awaken()

    def _mark_of(self, leased: Leased, sent: Sent) -> Mark:
        self.results[sent.kind] += 1
        return Mark(after(leased.tries, sent, _now(), by_chance(), self._mail_down), sent.why)

    async def _note(self) -> None:
        """Write down what has ended; what cannot be written is kept for the next turn."""
        marks, self._marks = self._marks, []
        try:
            if marks:
                await asyncio.to_thread(outbox.mark, self._db, marks, _now())
        except BaseException:
            self._marks = marks + self._marks
            raise

    async def _end(self) -> None:
        """Write down what has ended; what is broken off may have gone out, and is sent again with the same name."""
        flying = dict(self._flying)
        if flying:
            _, broken_off = await asyncio.wait(flying, timeout=STOP_WITHIN_S)
            for task in broken_off:
                task.cancel()
                leased = flying[task]
                sent = Sent("later", "broken off when the hub stopped")
                self._marks.append((leased, self._mark_of(leased, sent)))
            await asyncio.gather(*flying, return_exceptions=True)
        with suppress(StoreError):
            await self._note()


def _now() -> datetime:
    return datetime.now(UTC)
