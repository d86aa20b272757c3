"""What the database knows of a channel's listings: takes what is due, and writes down what became of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

from truestock.connectors.contract.answers import Spot
from truestock.connectors.contract.veil import veiled
from truestock.core.identity import part_of
from truestock.store.arrays import ints, nullable, texts, times
from truestock.store.database import Connection, Database
from truestock.store.events import DriftFound, announce
from truestock.store.sql import load
from truestock.sync.drift import PATIENCE, Found, Known
from truestock.sync.marks import Mark, Sent

queries = load(__package__)
# How long after a sale its order can be read at the latest.
ORDERS_LAG: Final = timedelta(seconds=30)


class Trouble(msgspec.Struct, frozen=True):
    """A listing that its channel would not take: what it shall show, what it shows, and why the last try failed.

    `place`: a location as the channel calls it, where it keeps stock by location."""

    sku: str
    place: str
    desired: int
    shown: int | None
    tries: int
    next_try_at: datetime | None
    reason: str


class Drifted(msgspec.Struct, frozen=True):
    """A listing that shows another number than the channel acknowledged; `drift` says how.

    `lost_units`: what a phantom stockout has cost by the sales of the four weeks before it, None for other drift."""

    sku: str
    place: str
    desired: int
    shown: int | None
    observed: int | None
    observed_at: datetime
    drift: str
    since: datetime
    lost_units: float | None


class Backlog(msgspec.Struct, frozen=True):
    """How far a channel is behind: its listings, those that wait, are on their way or in trouble, and since when the
    oldest waits."""

    listings: int
    waiting: int
    in_flight: int
    in_trouble: int
    oldest: datetime | None


class Standing(msgspec.Struct, frozen=True):
    """A connected channel in figures: whether it is paused and answers, its listings that wait, on their way and in
    trouble among them, and the seconds for which the oldest waits."""

    channel: str
    paused: bool
    answers: bool
    waiting: int
    in_flight: int
    in_trouble: int
    oldest_s: float


class Manner(NamedTuple):
    """How a channel takes its numbers: one for each of its `places`, or one a listing; `with_open`: it still has the
    units of its own open orders, and takes them off when they ship; `daily`: writes of one number a day, 0 for any;
    `restocks`: it adds the units of what we cancel by itself once it is told."""

    by_place: bool = False
    with_open: bool = False
    daily: int = 0
    restocks: bool = False


PLAIN: Final = Manner()


def take(db: Database, channel: int, now: datetime, limit: int, manner: Manner = PLAIN) -> list[Sent]:
    """The most urgent spots that are due; from now on they are on their way."""
    parameters = {"channel": channel, "now": now, "limit": limit, **manner._asdict()}
    with db.transaction() as conn:
        return _sent(conn, queries.lock_due, parameters)


def lapse(db: Database, channel: int, now: datetime) -> int:
    """Units that were sold there are no longer kept back once their orders must have come; how many spots."""
    parameters = {"channel": channel, "read_after": ORDERS_LAG, "before": now - PATIENCE}
    with db.transaction() as conn:
        return conn.execute(queries.lock_and_lapse, parameters, prepare=True).rowcount


def renew(db: Database, channel: int, since: datetime, manner: Manner = PLAIN) -> int:
    """Write anew the spots whose number the channel has changed by itself, as was read after an instant; how many."""
    parameters = {"channel": channel, "since": since, "with_open": manner.with_open}
    with db.transaction() as conn:
        return conn.execute(queries.lock_and_renew, parameters, prepare=True).rowcount


def in_doubt(db: Database, channel: int, before: datetime, limit: int) -> list[Sent]:
    """Listings on their way since before an instant, of which nobody knows what became."""
    with db.transaction() as conn:
        return _sent(conn, queries.in_doubt, {"channel": channel, "before": before, "limit": limit})


def with_tickets(db: Database, channel: int, limit: int) -> list[tuple[Sent, str]]:
    """Listings whose number was accepted, each with the ticket by which to ask."""
    with db.transaction() as conn:
        rows = conn.execute(queries.with_tickets, {"channel": channel, "limit": limit}, prepare=True).fetchall()
    return [(_as_sent(row[:-1]), row[-1]) for row in rows]


def write(db: Database, marks: Sequence[Mark], now: datetime, manner: Manner = PLAIN) -> None:
    """Write down what became of listings that were on their way; of others nothing is changed."""
    parameters = {
        "parts": ints(part_of(m.listing) for m in marks),
        "listings": ints(m.listing for m in marks),
        "places": ints(m.place for m in marks),
        "revs": ints(m.rev for m in marks),
        "in_flight": ints(m.in_flight for m in marks),
        "acked": ints(m.acked for m in marks),
        "shown": nullable(m.shown for m in marks),
        "observed": nullable(m.observed for m in marks),
        "tries": ints(m.tries for m in marks),
        "next_try_at": times(m.next_try_at for m in marks),
        "trouble": texts(veiled(m.trouble) for m in marks),
        "ticket": texts(m.ticket for m in marks),
        "sold": ints(m.sold_there for m in marks),
        "with_open": manner.with_open,
        "now": now,
    }
    with db.transaction() as conn:
        conn.execute(queries.lock_and_mark, parameters, prepare=True)


def in_step(db: Database, channel: int, after: tuple[int, int], limit: int, manner: Manner = PLAIN) -> list[Known]:
    """A page of the spots that the channel has acknowledged, by listing and place."""
    parameters = {
        "channel": channel,
        "listing": after[0],
        "place": after[1],
        "limit": limit,
        "by_place": manner.by_place,
        "with_open": manner.with_open,
    }
    with db.transaction() as conn:
        rows = conn.execute(queries.in_step, parameters, prepare=True).fetchall()
    return [Known(listing, place, Spot(sku, code), *rest) for listing, place, sku, code, *rest in rows]


def note(db: Database, found: Sequence[Found], now: datetime, manner: Manner = PLAIN) -> None:
    """Write down what reading back found and tell what is new of it; what is to be sent again is due from now on."""
    parameters = {
        "parts": ints(part_of(f.listing) for f in found),
        "listings": ints(f.listing for f in found),
        "places": ints(f.place for f in found),
        "revs": ints(f.rev for f in found),
        "observed": nullable(f.observed for f in found),
        "drifts": texts(f.drift for f in found),
        "again": ints(f.again for f in found),
        "sold": ints(f.sold_there for f in found),
        "with_open": manner.with_open,
        "now": now,
    }
    with db.transaction() as conn:
        rows = conn.execute(queries.lock_and_note, parameters, prepare=True).fetchall()
        announce(conn, [DriftFound(*row[:-1]) for row in rows if row[-1]])


def drifted(db: Database, channel: int, limit: int = 100) -> list[Drifted]:
    """The listings whose number read back is not the one acknowledged, the longest first."""
    with db.transaction() as conn:
        return [Drifted(*row) for row in conn.execute(queries.drifted, {"channel": channel, "limit": limit})]


def orders_read_at(db: Database, channel: int) -> datetime | None:
    """When all orders of the channel were read last; None where none ever were."""
    with db.transaction() as conn:
        rows = conn.execute(queries.orders_read_at, {"channel": channel}).fetchall()
    return rows[0][0] if rows else None


def next_try(db: Database, channel: int, manner: Manner = PLAIN) -> datetime | None:
    """When the next listing that waits by itself is due."""
    parameters = {"channel": channel, "by_place": manner.by_place}
    with db.transaction() as conn:
        ((at,),) = conn.execute(queries.next_try, parameters, prepare=True).fetchall()
    return at if isinstance(at, datetime) else None


def reset(db: Database, channel: int) -> int:
    """Make every listing due again with the number it has; how many."""
    with db.transaction() as conn:
        return conn.execute(queries.lock_and_reset, {"channel": channel}).rowcount


def backlog(db: Database, channel: int) -> Backlog:
    """How far the channel is behind."""
    with db.transaction() as conn:
        (row,) = conn.execute(queries.status, {"channel": channel}).fetchall()
    return Backlog(*row)


def standings(db: Database) -> list[Standing]:
    """All connected channels by code, in one query that is cheap enough for a metric."""
    with db.transaction() as conn:
        return [Standing(*row) for row in conn.execute(queries.standings, prepare=True)]


def troubles(db: Database, channel: int, limit: int = 100) -> list[Trouble]:
    """The listings that the channel would not take, the most tried first."""
    with db.transaction() as conn:
        return [Trouble(*row) for row in conn.execute(queries.troubled, {"channel": channel, "limit": limit})]


def _sent(conn: Connection, query: str, parameters: dict[str, object]) -> list[Sent]:
    return [_as_sent(row) for row in conn.execute(query, parameters, prepare=True).fetchall()]


def _as_sent(row: Sequence[Any]) -> Sent:
    listing, place, sku, code, *rest = row
    return Sent(listing, place, Spot(sku, code), *rest)
