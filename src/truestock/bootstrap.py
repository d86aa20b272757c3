"""The one composition root: a hub is a database, the rules, and the lane that commits what callers hand in.

Opening one starts what it needs and closing it stops that in the opposite order; what a command means is its room's.
"""

import asyncio
import gc
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import gethostname
from typing import Any, Final, TypeVar, cast

from truestock.availability.publishing.caught_up import numbers_computed
from truestock.availability.publishing.publisher import Publisher
from truestock.availability.read import Reader
from truestock.catalog.rules import RuleBook
from truestock.config import Settings
from truestock.connections.keeper import Keeper
from truestock.connections.key_file import keys_in
from truestock.connections.reached import VAULT as CONNECTIONS
from truestock.connections.rotation import SETTLED_AFTER_S, Rotated, reseal, rotate_file
from truestock.connections.seal import Seal, key_from
from truestock.core.problems import Invalid
from truestock.feeds.channel_orders.catch_up import read_orders
from truestock.feeds.channel_orders.door import Door
from truestock.feeds.channel_orders.listener import listener_of
from truestock.feeds.channel_orders.puller import puller_of
from truestock.feeds.channel_orders.receiver import receiver_of
from truestock.feeds.file_sources.all_read import read_sources
from truestock.feeds.file_sources.kinds import import_kind
from truestock.feeds.file_sources.reading import SourceReader
from truestock.feeds.file_sources.sources import VAULT as SOURCES
from truestock.feeds.inbox.lister import lister_of
from truestock.feeds.personal import forget as personal
from truestock.feeds.settlements.reader import fee_reader_of
from truestock.feeds.stock.engine import runs as feed_runs
from truestock.feeds.stock.engine.doors import Doors, feeds_kind, look_at_all
from truestock.feeds.stock.engine.feeds import VAULT as FEEDS
from truestock.feeds.stock.engine.undoing import before as undone_runs
from truestock.feeds.stock.engine.undoing import interchanges
from truestock.feeds.stock.kept.reader import stock_reader_of
from truestock.ledger import requests
from truestock.ledger.desk import Desk
from truestock.ledger.post import post
from truestock.ledger.values import Answer, Post
from truestock.ledger.work.warming import Warming, most_moved
from truestock.orders.reserve import reserve, reserve_ahead
from truestock.reconciliation.alerts import manage as alerts_found
from truestock.reconciliation.alerts.watcher import Watcher
from truestock.reconciliation.counts.due import count_plans_kind
from truestock.reconciliation.counts.values import Book
from truestock.reconciliation.discrepancies import decide as discrepancies
from truestock.store import migrate
from truestock.store.database import Connection, Database, Limits
from truestock.store.embedded import EmbeddedServer
from truestock.store.errors import Busy, StoreError
from truestock.store.jobs import queue
from truestock.store.jobs.kinds import Kinds, kinds_of
from truestock.store.jobs.runner import Runner
from truestock.store.jobs.stages import Stage
from truestock.store.lane import Direct, Handler, Lane
from truestock.store.partitions import missing_partitions
from truestock.store.upkeep.housekeeping import Housekeeping
from truestock.store.upkeep.retention import Kept
from truestock.sync.cutover.watcher import watcher_of
from truestock.sync.guards import recompute as guards
from truestock.sync.messages import outbox as messages_sent
from truestock.sync.messages.alerts.outbox import Alerts
from truestock.sync.messages.alerts.outbox import Key as AlertKey
from truestock.sync.messages.alerts.targets import VAULT as ALERT_TARGETS
from truestock.sync.messages.messenger import Messenger, Shoppers
from truestock.sync.messages.names import Key as MessageKey
from truestock.sync.messages.rules import VAULT as MESSAGES
from truestock.sync.messages.rules import Outside
from truestock.sync.messages.sending.mail import Mailer
from truestock.sync.messages.sending.posted import Poster
from truestock.sync.messages.sending.ways import AllWays
from truestock.sync.pusher import pusher_of
from truestock.sync.schedules.due import queue_due
from truestock.sync.schedules.kinds import guards_kind, reset_kind, reset_live, retention_kind, start_of_day_kind
from truestock.sync.telling.pages.pager import pager_of
from truestock.sync.telling.teller import teller_of
from truestock.sync.webhooks.courier import Courier
from truestock.sync.webhooks.manage import VAULT as WEBHOOKS
from truestock.sync.webhooks.sender import Sender

log = logging.getLogger(__name__)
T = TypeVar("T")
# Every table with sealed secrets.
VAULTS: Final = (CONNECTIONS, WEBHOOKS, MESSAGES, ALERT_TARGETS, SOURCES, FEEDS)
STUDIES_MAX: Final = 200
LANE_ANSWERS_WITHIN_S: Final = 2.0
# A batch makes thousands of objects that die with it; looking among them every 700 would cost a tenth of its time.
COLLECT_AFTER: Final = (50_000, 20, 50)
# A thread that decides for a file lets the lane's have its turn after so long: buyers waited a third longer at 5 ms.
TURN_S: Final = 0.001


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


@contextmanager
def open_database(settings: Settings, say: Callable[[str], None] = log.info) -> Iterator[Database]:
    """The configured database, or the embedded server's, as it is: nothing is brought up to date."""
    with ExitStack() as stack:
        yield stack.enter_context(Database(_database_url(settings, stack, say), _limits(settings)))


@contextmanager
def open_hub(settings: Settings, say: Callable[[str], None] = log.info) -> Iterator[Hub]:
    """A hub on the configured database, or on the embedded server, with the schema up to date.

    At the end, also on Ctrl-C, the lane commits what waits, then connections close, and the server stops last."""
    with ExitStack() as stack:
        db = stack.enter_context(open_database(settings, say))
        conn = db.connect()
        try:
            migrate.upgrade(conn, months_ahead=settings.partitions_ahead)
        finally:
            conn.close()
        stack.enter_context(Housekeeping(db, settings.partitions_ahead))
        rules = RuleBook(db)
        lane = Lane(
            db,
            lambda conn: Desk(conn, rules),
            ahead={reserve: reserve_ahead},
            max_lines=settings.lane_max_lines,
            bound=settings.lane_queue_bound,
        )
        stack.callback(lane.close)
        bound = settings.lane_queue_bound
        reads = Lane(db, lambda conn: Reader(conn, rules), max_lines=settings.lane_max_lines, bound=bound, name="reads")
        stack.callback(reads.close)
        studies = Lane(db, lambda conn: Reader(conn, rules), max_lines=1, bound=STUDIES_MAX, name="studies")
        stack.callback(studies.close)
        publisher = Publisher(db, rules)
        notices = Lane(db, lambda conn: conn, max_lines=settings.lane_max_lines, bound=bound, name="notices")
        stack.callback(notices.close)
        door = Door(db, lambda: seal_of(settings), notices)

        async def commit(handler: Handler, commands: Sequence[Any]) -> list[Any]:
            return await hub.call(handler, commands)

        makers = [
            pusher_of(db),
            watcher_of(db),
            puller_of(db, rules, commit, settings.public_url),
            receiver_of(db, rules, commit),
            listener_of(db, lambda code: channels.heard(code)),
            stock_reader_of(db, commit),
            teller_of(db),
            lister_of(db, rules, commit),
            fee_reader_of(db),
            pager_of(db),
        ]
        channels = Keeper(db, lambda: seal_of(settings), makers)
        sources = SourceReader(db, lambda: seal_of(settings), commit, on_lan=settings.sources_on_lan)
        feeds = Doors(db, rules, lambda: seal_of(settings), on_lan=settings.sources_on_lan)
        kinds = _kinds(settings, db, rules, sources, feeds, lambda posts: hub.book(posts))
        jobs = Runner(db, kinds, lambda: queue_due(db, kinds))
        webhooks = Courier(db, lambda: seal_of(settings), lambda: Sender(to_lan=settings.webhooks_to_lan))
        messages = Messenger(Shoppers(), db, lambda: seal_of(settings), lambda: ways_of(settings))
        alert_messages = Messenger(Alerts(), db, lambda: seal_of(settings), lambda: ways_of(settings))
        alerts = Watcher(db, rules, f"{gethostname()}:{settings.port}")
        hub = Hub(
            settings, db, rules, lane, reads, studies, publisher, channels, door, jobs, webhooks, messages,
            alerts, alert_messages, sources, feeds,
        )  # fmt: skip
        stack.callback(hub.close)
        stack.callback(gc.set_threshold, *gc.get_threshold())
        gc.set_threshold(*COLLECT_AFTER)
        stack.callback(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(TURN_S)
        yield hub


def outside_of(settings: Settings) -> Outside:
    """What the settings say of the ways in which messages to shoppers are sent."""
    url = settings.smtp_url.get_secret_value() if settings.smtp_url else ""
    return Outside(url, settings.mail_from, settings.webhooks_to_lan)


def ways_of(settings: Settings) -> AllWays:
    """The ways in which messages are sent; to be closed when done."""
    url, sender, to_lan = outside_of(settings)
    return AllWays(Mailer(url, sender), Poster(Sender(to_lan=to_lan)))


def _kinds(settings: Settings, db: Database, rules: RuleBook, sources: SourceReader, feeds: Doors, book: Book) -> Kinds:
    """Every kind of job that schedules may name."""
    kept = [
        Kept(personal.NOTICES, settings.keep_raw_days),
        Kept(personal.BUYERS, settings.keep_personal_days),
        Kept(requests.TRIM, settings.keep_requests_days),
        Kept(queue.TRIM, settings.keep_jobs_days),
        Kept(messages_sent.TRIM, settings.keep_messages_days),
        Kept(guards.TRIM, settings.keep_guards_days),
        Kept(alerts_found.TRIM, settings.keep_alerts_days),
        Kept(discrepancies.TRIM, settings.keep_discrepancies_days),
        Kept(feed_runs.TRIM, settings.keep_feeds_days),
        Kept(undone_runs.TRIM, settings.keep_feeds_days),
        Kept(interchanges.TRIM, settings.keep_feeds_days),
        Kept(requests.DOCUMENTS_TRIM, settings.keep_feeds_days),
    ]
    start_of_day = [
        Stage("sources", read_sources(db, sources)),
        Stage("feeds", look_at_all(feeds, db)),
        Stage("orders", read_orders(db, lambda: seal_of(settings))),
        Stage("numbers", numbers_computed(db)),
        Stage("push", reset_live(db)),
    ]
    return kinds_of(
        reset_kind(db),
        start_of_day_kind(db, start_of_day),
        import_kind(sources),
        feeds_kind(feeds, db),
        guards_kind(db, rules),
        count_plans_kind(db, book),
        retention_kind(db, kept),
    )


def seal_of(settings: Settings) -> Seal:
    """The seal of the configured keys, or of those in the data directory. Raises ValueError, OSError."""
    if settings.secret_key is not None:
        return Seal(key_from(settings.secret_key.get_secret_value()), _older_keys(settings))
    newest, *before = keys_in(_key_file(settings))
    return Seal(newest, [*before, *_older_keys(settings)])


def rotate_secrets(settings: Settings, db: Database, settled_after_s: float = SETTLED_AFTER_S) -> Rotated:
    """Seal all secrets anew: with the configured key where there is one, else with a new one in the data directory.

    Raises Invalid while the key before it is not configured as well, and what changing the file raises."""
    if settings.secret_key is None:
        return rotate_file(db, VAULTS, _key_file(settings), _older_keys(settings), settled_after_s)
    if settings.secret_key_old is None:
        raise Invalid(
            "TRUESTOCK_SECRET_KEY_OLD",
            "the key is configured, so make a new one (openssl rand -base64 32), run every process with it as "
            "TRUESTOCK_SECRET_KEY and with the present one as TRUESTOCK_SECRET_KEY_OLD, then run this again",
        )
    return reseal(db, VAULTS, seal_of(settings))


def _key_file(settings: Settings) -> Path:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return settings.data_dir / "secret.key"


def _older_keys(settings: Settings) -> list[bytes]:
    return [] if settings.secret_key_old is None else [key_from(settings.secret_key_old.get_secret_value())]


def _database_url(settings: Settings, stack: ExitStack, say: Callable[[str], None]) -> str:
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return stack.enter_context(EmbeddedServer(settings.data_dir, say=say)).url


def _limits(settings: Settings) -> Limits:
    return Limits(
        lock_timeout_ms=settings.lock_timeout_ms,
        statement_timeout_ms=settings.statement_timeout_ms,
        pool_max=settings.pool_max,
        pool_wait_s=settings.request_deadline_s,
    )


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
