"""What people do with feeds: add or change one, list, pause, resume and remove them; and which of them are late."""

from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from truestock.catalog.changes import take_ids
from truestock.connections.rotation import Vault
from truestock.connections.seal import Seal
from truestock.core.checks import check_text
from truestock.core.feed import Meaning
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.core.reconcile import Posture
from truestock.feeds.file_sources.sources import NewSource, check_address
from truestock.feeds.stock.engine import queries
from truestock.feeds.stock.engine.settings import FeedSettings, NewFeed
from truestock.ledger.documents.told import forget_told
from truestock.reconciliation.counts.book import SOURCE as COUNTS
from truestock.store.database import Connection, Database

FEEDS_MAX: Final = 1_000
TROUBLE_MAX: Final = 500


class Feed(msgspec.Struct, frozen=True):
    """A feed as it is kept; secrets are not here. `as_of` is of its newest statements; `late`: a file is overdue.

    `looked_at`: when the job `feeds` last began to look at its door."""

    code: str
    meaning: Meaning
    posture: Posture
    settings: FeedSettings
    due_every_minutes: int | None
    paused: bool
    trouble: str
    trouble_since: datetime | None
    arrived_at: datetime | None
    as_of: datetime | None
    late: bool
    added_at: datetime
    looked_at: datetime | None = None


class Stored(NamedTuple):
    """A feed with what else its engine needs."""

    id: int
    feed: Feed
    sealed: bytes


class LateFeed(NamedTuple):
    """A feed of which a file was due by `due_at`; `arrived_at`: when the last one came."""

    code: str
    due_at: datetime
    arrived_at: datetime | None


def put_feed(db: Database, seal: Seal, code: str, draft: NewFeed, *, on_lan: bool) -> Feed:
    """Add a feed, or change it. Raises Invalid naming what is at fault, NotFound, Conflict."""
    check_text("code", code, required=True)
    if code == COUNTS:
        raise Invalid("code", "cycle counts are known by the code count already; choose another code, such as counts")
    if draft.settings.door is not None:
        secrets = {name: secret for name, secret in draft.secrets.items() if name != "signing"}
        check_address(NewSource("", draft.settings.door, secrets=secrets), on_lan=on_lan)
    (new,) = take_ids(db, "feed", 1)
    with db.transaction() as conn:
        _check_scope(conn, draft.settings)
        ((others,),) = conn.execute(queries.other_feeds, {"code": code}).fetchall()
        if others >= FEEDS_MAX:
            raise Conflict(f"there are {FEEDS_MAX} feeds already; a hub takes no more", "code")
        found = _stored(conn, code)
        if found and found[0].feed.meaning != draft.meaning and found[0].feed.arrived_at is not None:
            detail = "files were read as the other meaning already; add a feed of its own for this one"
            raise Conflict(detail, "meaning")
        parameters = {
            "id": new,
            "code": code,
            "meaning": draft.meaning,
            "posture": draft.posture,
            "settings": msgspec.json.encode(draft.settings).decode(),
            "due": draft.due_every_minutes,
        }
        ((feed,),) = conn.execute(queries.put_feed, parameters).fetchall()
        conn.execute(queries.put_vault, {"ids": [feed], "sealed": [seal.close(whose(feed), draft.secrets)]})
    return read_feed(db, code)


def feeds(db: Database) -> list[Feed]:
    """All of them, by code."""
    with db.transaction() as conn:
        return [stored.feed for stored in _stored(conn, None)]


def read_feed(db: Database, code: str) -> Feed:
    """One of them. Raises NotFound."""
    return stored_feed(db, code).feed


def stored_feed(db: Database, code: str) -> Stored:
    """One of them as it is kept. Raises NotFound."""
    with db.transaction() as conn:
        for found in _stored(conn, code):
            return found
    raise NotFound("feed", code, "feed")


def pause_feed(db: Database, code: str, *, paused: bool) -> Feed:
    """Take nothing of a feed for a while, or go on. Raises NotFound, Invalid."""
    if read_feed(db, code).paused is paused:
        raise Invalid("feed", f"{code!r} is {'paused' if paused else 'not paused'} already")
    with db.transaction() as conn:
        conn.execute(queries.pause_feed, {"code": code, "paused": paused})
    return read_feed(db, code)


def remove_feed(db: Database, code: str) -> Feed:
    """Forget a feed with its runs and what it stated; what it changed stays. Raises NotFound, and Conflict while a run
    is under way."""
    stored = stored_feed(db, code)
    with db.transaction() as conn:
        if conn.execute(queries.runs_under_way, {"feed": stored.id}).fetchall():
            raise Conflict("a run of it is under way or asks; let it end, or undo it first", "feed")
        forget_told(conn, [run for (run,) in conn.execute(queries.runs_of_feed, {"feed": stored.id})])
        for statement in (
            queries.drop_lines,
            queries.drop_rows,
            queries.drop_differing,
            queries.drop_allocated,
            queries.drop_movements,
            queries.drop_interchanges,
            queries.drop_stated_before,
            queries.drop_runs,
            queries.drop_stated,
            queries.drop_feed,
        ):
            conn.execute(statement, {"feed": stored.id})
    return stored.feed


def begin_look(db: Database, feed: Feed) -> bool:
    """Whether a feed's door is to be looked at now, by the times that it names; if so, that is kept."""
    with db.transaction() as conn:
        ((now,),) = conn.execute(queries.clock).fetchall()
        if feed.settings.look is not None and feed.settings.look.after(feed.looked_at or feed.added_at) > now:
            return False
        conn.execute(queries.look_now, {"code": feed.code, "now": now})
    return True


def late_feeds(conn: Connection) -> list[LateFeed]:
    """Feeds of which a file is overdue, the longest overdue first."""
    return [LateFeed(*row) for row in conn.execute(queries.late_feeds)]


def note_trouble(db: Database, feed: int, trouble: str) -> None:
    """Keep what is wrong with a feed; empty: it is well."""
    with db.transaction() as conn:
        conn.execute(queries.note_trouble, {"feed": feed, "trouble": trouble[:TROUBLE_MAX]})


def whose(feed: int) -> str:
    """Whose the secrets of a feed are."""
    return f"feed {feed}"


def _check_scope(conn: Connection, settings: FeedSettings) -> None:
    named = {code for code in (settings.location, *settings.locations) if code}
    known = {code for (code,) in conn.execute(queries.known_locations, {"codes": sorted(named)})}
    for code in sorted(named - known):
        raise NotFound("location", code, "location" if code == settings.location else "locations")
    if settings.location and settings.locations and settings.location not in settings.locations:
        raise Invalid("location", "it is not among the locations that the feed may speak of; add it there")


def _stored(conn: Connection, code: str | None) -> list[Stored]:
    rows: list[tuple[Any, ...]] = conn.execute(queries.feeds, {"code": code}).fetchall()
    return [
        Stored(number, Feed(name, meaning, posture, msgspec.convert(settings, FeedSettings), *rest), sealed)
        for number, sealed, name, meaning, posture, settings, *rest in rows
    ]


VAULT: Final = Vault("feed", whose, queries.lock_vault, queries.put_vault)
