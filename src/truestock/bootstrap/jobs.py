"""The jobs that a hub does at set times, and for how long it keeps what it need not keep for good."""

from truestock.availability.publishing.caught_up import numbers_computed
from truestock.bootstrap.seals import seal_of
from truestock.catalog.rules import RuleBook
from truestock.config import Settings
from truestock.feeds.channel_orders.catch_up import read_orders
from truestock.feeds.file_sources.all_read import read_sources
from truestock.feeds.file_sources.kinds import import_kind
from truestock.feeds.file_sources.reading import SourceReader
from truestock.feeds.personal import forget as personal
from truestock.feeds.stock.engine import runs as feed_runs
from truestock.feeds.stock.engine.doors import Doors, feeds_kind, look_at_all
from truestock.feeds.stock.engine.undoing import before as undone_runs
from truestock.feeds.stock.engine.undoing import interchanges
from truestock.ledger import requests
from truestock.reconciliation.alerts import manage as alerts_found
from truestock.reconciliation.counts.due import count_plans_kind
from truestock.reconciliation.counts.values import Book
from truestock.reconciliation.discrepancies import decide as discrepancies
from truestock.store.database import Database
from truestock.store.jobs import queue
from truestock.store.jobs.kinds import Kinds, kinds_of
from truestock.store.jobs.stages import Stage
from truestock.store.upkeep.retention import Kept
from truestock.sync.guards import recompute as guards
from truestock.sync.messages import outbox as messages_sent
from truestock.sync.schedules.kinds import guards_kind, reset_kind, reset_live, retention_kind, start_of_day_kind


def job_kinds(
    settings: Settings, db: Database, rules: RuleBook, sources: SourceReader, feeds: Doors, book: Book
) -> Kinds:
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
