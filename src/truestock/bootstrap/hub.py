"""An open hub: what a server calls and what a command runs, and whether it is of use."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

from truestock.availability.publishing.publisher import Publisher
from truestock.availability.read import Reader
from truestock.bootstrap.seals import seal_of
from truestock.catalog.rules import RuleBook
from truestock.config import Settings
from truestock.connections.keeper import Keeper
from truestock.connections.seal import Seal
from truestock.feeds.channel_orders.door import Door
from truestock.feeds.file_sources.reading import SourceReader
from truestock.feeds.stock.engine.doors import Doors
from truestock.ledger.desk import Desk
from truestock.ledger.post import post
from truestock.ledger.values import Answer, Post
from truestock.ledger.work.warming import Warming, most_moved
from truestock.reconciliation.alerts.watcher import Watcher
from truestock.store import migrate
from truestock.store.database import Connection, Database
from truestock.store.errors import Busy, StoreError
from truestock.store.jobs.runner import Runner
from truestock.store.lane import Direct, Handler, Lane
from truestock.store.partitions import missing_partitions
from truestock.sync.messages.alerts.outbox import Key as AlertKey
from truestock.sync.messages.messenger import Messenger
from truestock.sync.messages.names import Key as MessageKey
from truestock.sync.webhooks.courier import Courier

T = TypeVar("T")
LANE_ANSWERS_WITHIN_S: Final = 2.0


class NotInTime(Busy):
    """No answer by the deadline. What was asked may yet be done, so the same key finds out."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing a hub needs to be of use; `fault` says what is wrong with it, None that it is well."""

    name: str
    fault: str | None = None


class Hub:
    """An open hub. `call` is for servers and goes through the lane; `run` is for what people type, and for tests.

    `reads` gathers reads of availability as the lane gathers commands; `door` takes what channels send; `sources`
    reads suppliers' files, and `feeds` takes in what others say of stock. `publisher`, `channels`, `jobs`, `webhooks`,
    `messages`, `alerts` and `alert_messages` are started and stopped by who serves."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        rules: RuleBook,
        lane: Lane,
        reads: Lane,
        studies: Lane,
        publisher: Publisher,
        channels: Keeper,
        door: Door,
        jobs: Runner,
        webhooks: Courier,
        messages: Messenger[MessageKey],
        alerts: Watcher,
        alert_messages: Messenger[AlertKey],
        sources: SourceReader,
        feeds: Doors,
    ) -> None:
        self.settings = settings
        self.db = db
        self.rules = rules
        self.lane = lane
        self.reads = reads
        self.publisher = publisher
        self.channels = channels
        self.door = door
        self.jobs = jobs
        self.webhooks = webhooks
        self.messages = messages
        self.alerts = alerts
        self.alert_messages = alert_messages
        self.sources = sources
        self.feeds = feeds
        self._studies = studies
        self._direct = Direct(db, lambda conn: Desk(conn, rules), settings.lane_max_lines)

    async def call(self, handler: Handler, commands: Sequence[Any]) -> list[Any]:
        """One answer per command, each after its commit; a command that failed has its exception in place.

        Raises Overloaded past the lane's bound and NotInTime past the deadline."""
        return await self._answers(self.lane, handler, commands)

    async def study(self, work: Callable[[Reader], T]) -> T:
        """What a longer look at availability finds; these follow one another, and hold up no sale.

        Raises what the work raises, Overloaded and NotInTime."""
        (found,) = await self._answers(self._studies, _study, [_Study(work)])
        if isinstance(found, Exception):
            raise found
        return cast(T, found)

    async def _answers(self, lane: Lane, handler: Handler, commands: Sequence[Any]) -> list[Any]:
        answers = asyncio.gather(*lane.submit(handler, commands), return_exceptions=True)
        try:
            async with asyncio.timeout(self.settings.request_deadline_s):
                return await answers
        except TimeoutError:
            raise NotInTime("no answer in time") from None

    def book(self, posts: Sequence[Post]) -> list[Answer]:
        """`call` for bookings, from a thread that may wait. Raises what kept the first of them from being answered."""
        answers = asyncio.run(self.call(post, posts))
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers

    def warm_up(self) -> Warming:
        """Have the lane read, while nothing waits, the books of the items that move most."""
        warming = Warming(most_moved(self.db))
        self.lane.meanwhile(warming)
        return warming

    def run(self, handler: Handler, commands: Sequence[Any]) -> list[Any]:
        """One answer per command, committed in transactions of the lane's size on a connection of this hub's own.

        Raises what the last try of a transaction raised; earlier transactions stay."""
        return self._direct.run(handler, commands)

    def seal(self) -> Seal:
        """What channels' secrets are sealed with. Raises ValueError for a key that is none."""
        return seal_of(self.settings)

    async def facts(self) -> list[Fact]:
        """What must be well before a hub can serve: the database, its schema, the coming partitions, the lane."""
        return [*await asyncio.to_thread(self._facts_of_database), await self._fact_of_lane()]

    def _facts_of_database(self) -> list[Fact]:
        try:
            with self.db.transaction() as conn:
                return [
                    Fact("database"),
                    _fact("migrations", lambda: migrate.check(conn)),
                    _fact("partitions", lambda: _check_partitions(conn)),
                ]
        except StoreError as error:
            return [Fact("database", str(error))]

    async def _fact_of_lane(self) -> Fact:
        """The lane is alive when it answers, not when its thread exists."""
        try:
            async with asyncio.timeout(LANE_ANSWERS_WITHIN_S):
                await self.lane.submit(_nothing, [_Nothing()])[0]
        except TimeoutError:
            return Fact("lane", f"it did not answer within {LANE_ANSWERS_WITHIN_S} s")
        except StoreError as error:
            return Fact("lane", str(error))
        return Fact("lane")

    def close(self) -> None:
        """Give back the connection of `run`; the rest belongs to whoever opened the hub."""
        self._direct.close()


def _fact(name: str, check: Callable[[], None]) -> Fact:
    try:
        check()
    except StoreError as error:
        return Fact(name, str(error))
    return Fact(name)


def _check_partitions(conn: Connection) -> None:
    if missing := missing_partitions(conn, months_ahead=1):
        raise StoreError(f"the ledger has no room from {missing[0][0]:%Y-%m} on: run truestock db upgrade")


class _Study:
    weight = 1

    def __init__(self, work: Callable[[Reader], Any]) -> None:
        self.work = work


def _study(reader: Reader, studies: Sequence[_Study], _wait: bool) -> list[Any]:
    return [study.work(reader) for study in studies]


class _Nothing:
    weight = 1


def _nothing(_desk: Desk, commands: Sequence[_Nothing], _wait: bool) -> list[None]:
    return [None for _ in commands]
