"""Opens a hub: starts what it needs, and stops that in the opposite order."""

import gc
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from socket import gethostname
from typing import Any, Final

from truestock.availability.publishing.publisher import Publisher
from truestock.availability.read import Reader
from truestock.bootstrap.hub import Hub
from truestock.bootstrap.jobs import job_kinds
from truestock.bootstrap.seals import seal_of
from truestock.bootstrap.ways import ways_of
from truestock.catalog.rules import RuleBook
from truestock.config import Settings
from truestock.connections.keeper import Keeper
from truestock.feeds.channel_orders.door import Door
from truestock.feeds.channel_orders.listener import listener_of
from truestock.feeds.channel_orders.puller import puller_of
from truestock.feeds.channel_orders.receiver import receiver_of
from truestock.feeds.file_sources.reading import SourceReader
from truestock.feeds.inbox.lister import lister_of
from truestock.feeds.settlements.reader import fee_reader_of
from truestock.feeds.stock.engine.doors import Doors
from truestock.feeds.stock.kept.reader import stock_reader_of
from truestock.ledger.desk import Desk
from truestock.orders.reserve import reserve, reserve_ahead
from truestock.reconciliation.alerts.watcher import Watcher
from truestock.store import migrate
from truestock.store.database import Database, Limits
from truestock.store.embedded import EmbeddedServer
from truestock.store.jobs.runner import Runner
from truestock.store.lane import Handler, Lane
from truestock.store.upkeep.housekeeping import Housekeeping
from truestock.sync.cutover.watcher import watcher_of
from truestock.sync.messages.alerts.outbox import Alerts
from truestock.sync.messages.messenger import Messenger, Shoppers
from truestock.sync.pusher import pusher_of
from truestock.sync.schedules.due import queue_due
from truestock.sync.telling.pages.pager import pager_of
from truestock.sync.telling.teller import teller_of
from truestock.sync.webhooks.courier import Courier
from truestock.sync.webhooks.sender import Sender

log = logging.getLogger(__name__)
STUDIES_MAX: Final = 200
# A batch makes thousands of objects that die with it; looking among them every 700 would cost a tenth of its time.
COLLECT_AFTER: Final = (50_000, 20, 50)
# A thread that decides for a file lets the lane's have its turn after so long: buyers waited a third longer at 5 ms.
TURN_S: Final = 0.001


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
        kinds = job_kinds(settings, db, rules, sources, feeds, lambda posts: hub.book(posts))
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
