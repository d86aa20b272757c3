"""What the database knows of the pages of a channel, and what is to be written of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from truestock.catalog.listings.content import read_content
from truestock.catalog.listings.content_rules import read_content_rules
from truestock.connectors.contract.pages import Page
from truestock.core.identity import part_of
from truestock.store.arrays import ints, texts, times
from truestock.store.database import Database
from truestock.sync.outbound import Manner
from truestock.sync.telling.pages import queries
from truestock.sync.telling.pages.wanted import Due, Mark, keys_of, page_of


class Readiness(NamedTuple):
    """Whether pages are written at all, and whether stock is due first."""

    on: bool
    stock_waits: bool


def readiness(db: Database, channel: int, manner: Manner, now: datetime) -> Readiness:
    """How it stands at this moment."""
    parameters = {"channel": channel, "by_place": manner.by_place, "daily": manner.daily, "now": now}
    with db.transaction() as conn:
        row = conn.execute(queries.readiness, parameters, prepare=True).fetchone()
    return Readiness(False, False) if row is None else Readiness(*row)


def due(db: Database, channel: int, now: datetime, limit: int | None) -> list[Due]:
    """Listings whose pages may have to be written, all or so many."""
    with db.transaction() as conn:
        rows = conn.execute(queries.pages_due, {"channel": channel, "now": now, "limit": limit})
        return [Due(*row) for row in rows]


def pages(db: Database, code: str, found: Sequence[Due]) -> list[Page]:
    """The page of each, in their order."""
    content = read_content(db, list({key for one in found for key in keys_of(one, code)}))
    names = {rule.field.casefold(): rule.called for rule in read_content_rules(db, code) if rule.called}
    return [page_of(one, code, content, names) for one in found]


def write(db: Database, channel: int, marks: Sequence[Mark]) -> None:
    """Write down what became of pages."""
    parameters = {
        "channel": channel,
        "parts": ints(part_of(mark.listing) for mark in marks),
        "listings": ints(mark.listing for mark in marks),
        "digests": texts(mark.digest for mark in marks),
        "seen": texts(mark.seen for mark in marks),
        "pushed": ints(int(bool(mark.digest)) for mark in marks),
        "tries": ints(mark.tries for mark in marks),
        "next_try_at": times(mark.next_try_at for mark in marks),
        "trouble": texts(mark.trouble for mark in marks),
    }
    with db.transaction() as conn:
        conn.execute(queries.mark_pages, parameters, prepare=True)


def forget(db: Database, channel: int) -> None:
    """Nothing is known to be shown any more, so that every page is written anew."""
    with db.transaction() as conn:
        conn.execute(queries.forget_pages, {"channel": channel})
