"""The thread that sends messages of one kind, such as those to shoppers: sends what is due, notes how it went.

Any number of processes may run one; leases share the work among them, and what a dead one held is due again."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final, Generic, Protocol

from truestock.connections.clock import by_chance
from truestock.connections.loop_thread import LoopThread
from truestock.connections.seal import Seal
from truestock.store.database import Database
from truestock.store.errors import StoreError
from truestock.sync.messages import look, outbox
from truestock.sync.messages.sending.outcome import K, Leased, Mark, Ready, Sent, after, rest
from truestock.sync.messages.sending.ways import Ways

log = logging.getLogger(__name__)
LOOK_EVERY_S: Final = 2.0
AFTER_FAULT_S: Final = 1.0
AT_ONCE: Final = 8
STOP_WITHIN_S: Final = 3.0
# Longer than any way takes, so that no message is sent by two at a time.
LEASE_S: Final = 120.0


class Box(Protocol[K]):
    """Messages of one kind, whose keys are K: which there are, what each says now, what became of it."""

    name: str

    def look(self, db: Database) -> bool:
        """Make messages of what has happened; whether more waits."""
        ...

    def lease(self, db: Database, now: datetime, until: datetime, limit: int, *, no_mail: bool) -> list[Leased[K]]:
        """Take what is due, mail only where a server takes it. Nobody else sends it until the lease ends."""
        ...

    def write_out(self, db: Database, seal: Seal, leased: Leased[K], now: datetime) -> Ready | Mark | Sent:
        """The message as it is true now; or what becomes of it instead, or how trying it ended."""
        ...

    def mark(self, db: Database, marks: Sequence[tuple[Leased[K], Mark]], now: datetime) -> None:
        """Write down what becomes of messages; one whose lease has ended is somebody else's."""
        ...


class Shoppers:
    """Messages to shoppers of what becomes of their orders."""

    name = "messages"
    lease = staticmethod(outbox.lease)
    write_out = staticmethod(outbox.write_out)
    mark = staticmethod(outbox.mark)

    def look(self, db: Database) -> bool:
        """Look at orders; whether more wait."""
        look.gather(db)
        return look.look(db)


class Messenger(LoopThread, Generic[K]):
    """Start it once a process and kind. `results` counts tries of this process by how they ended."""

    def __init__(
        self,
        box: Box[K],
        db: Database,
        seal: Callable[[], Seal],
        ways: Callable[[], Ways],
        look_every_s: float = LOOK_EVERY_S,
        lease_s: float = LEASE_S,
    ) -> None:
        super().__init__(box.name)
        self.results: Counter[str] = Counter()
        self._box = box
        self._db = db
        self._seal = seal
        self._make_ways = ways
        self._look_every_s = look_every_s
        self._lease = timedelta(seconds=lease_s)
        self._flying: dict[asyncio.Task[None], Leased[K]] = {}
        self._marks: list[tuple[Leased[K], Mark]] = []
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
            log.warning("%s are not sent: %s", self._box.name, fault)
            return AFTER_FAULT_S
        except Exception:
            log.exception("%s are not sent", self._box.name)
            return AFTER_FAULT_S
        for leased, one in ready:
            task = asyncio.create_task(self._send(ways, leased, one))
            self._flying[task] = leased
            task.add_done_callback(lambda done: self._flying.pop(done, None))
        return 0.0 if more or self._marks else self._look_every_s

    def _due(self) -> tuple[bool, list[tuple[Leased[K], Ready]]]:
        """Whether more has happened than was looked at, and what is to be sent now."""
        seal = self._seal()
        more = self._look()
        room = AT_ONCE - len(self._flying)
        if room <= 0:
            return more, []
        now = _now()
        resting = monotonic() < self._mail_rests_until
        found = self._box.lease(self._db, now, now + self._lease, room, no_mail=resting)
        ready = []
        for leased in found:
            one = self._box.write_out(self._db, seal, leased, _now())
            if isinstance(one, Ready):
                ready.append((leased, one))
            else:
                self._marks.append((leased, one if isinstance(one, Mark) else self._mark_of(leased, one)))
        return more, ready

    def _look(self) -> bool:
        """Look at what has happened, not oftener than every so often; whether more waits."""
        if monotonic() < self._look_at:
            return False
        more = self._box.look(self._db)
        self._look_at = 0.0 if more else monotonic() + self._look_every_s
        return more

    async def _send(self, ways: Ways, leased: Leased[K], ready: Ready) -> None:
        sent = await ways.send(ready.via, ready.out)
        if ready.via == "email":
            self._mail_down = self._mail_down + 1 if sent.kind == "down" else 0
            self._mail_rests_until = monotonic() + rest(self._mail_down).total_seconds() if self._mail_down else 0.0
        mark = self._mark_of(leased, sent)
        self._marks.append((leased, mark._replace(expected=ready.expected if sent.kind == "done" else None)))
        self.awaken()

    def _mark_of(self, leased: Leased[K], sent: Sent) -> Mark:
        self.results[sent.kind] += 1
        return Mark(after(leased.tries, sent, _now(), by_chance(), self._mail_down), sent.why)

    async def _note(self) -> None:
        """Write down what has ended; what cannot be written is kept for the next turn."""
        marks, self._marks = self._marks, []
        try:
            if marks:
                await asyncio.to_thread(self._box.mark, self._db, marks, _now())
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
