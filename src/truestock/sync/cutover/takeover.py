"""The steps of taking a channel over, and how far it has come. Nothing is written to the channel before it is live."""

from datetime import UTC, datetime
from typing import Final

import msgspec

from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.connections.reached import connection
from truestock.core.problems import Conflict, Invalid, Problem
from truestock.core.words import Kind
from truestock.store.database import Database
from truestock.sync import outbound
from truestock.sync.cutover import queries

SHOWN_MAX: Final = 100


class Difference(msgspec.Struct, frozen=True):
    """A listing, or one place of it, that the channel shows otherwise than the hub would; `shown` none: not there."""

    sku: str
    place: str
    ours: int
    shown: int | None
    seen_at: datetime


class Takeover(msgspec.Struct, frozen=True):
    """How far a channel has been taken over. `as_of`: what left before it was not the hub's to book. `orders_read`: all
    of its orders have been read; of them `unsettled` are not here as they are there, and `unread` cannot be understood.
    Of `spots` numbers `compared` have been read back, and `same` agree."""

    channel: str
    mode: str
    as_of: datetime | None
    orders_read: bool
    orders: int
    unsettled: int
    unread: int
    spots: int
    compared: int
    same: int
    differences: list[Difference]

    @property
    def hindrances(self) -> list[str]:
        """Why the channel had better not be live yet."""
        found = []
        if not self.orders_read:
            found.append("not all of its orders have been read")
        if self.unsettled:
            found.append(f"{self.unsettled} of its orders are not here as they are there")
        if self.unread:
            found.append(f"{self.unread} of its orders cannot be understood")
        if self.compared < self.spots:
            found.append(f"{self.spots - self.compared} of its numbers have not been compared")
        return found


def begin(db: Database, channel: str, as_of: datetime | None = None) -> Takeover:
    """Take in the orders that are open, book what has left since `as_of`, compare all numbers, and write nothing there.

    `as_of` is when the opening stock was counted, by default that of its newest file. Raises NotFound and Invalid."""
    reached = connection(db, channel)
    if reached.live and report(db, channel).as_of is not None:
        raise Invalid("channel", f"{channel!r} is live already; set its mode to shadow first if it is to be taken anew")
    instant = as_of or _opening(db)
    if instant is None:
        raise Invalid("as_of", "there is no opening stock yet; import it first, or say as of when the stock is right")
    if instant > datetime.now(UTC):
        raise Invalid("as_of", "it lies in the future; say when the opening stock was counted")
    _set_mode(db, channel, "shadow")
    with db.transaction() as conn:
        conn.execute(queries.begin, {"channel": reached.id, "as_of": instant})
        conn.execute(queries.forget_observed, {"channel": reached.id})
    return report(db, channel)


def report(db: Database, channel: str) -> Takeover:
    """How far it has come, with the widest differences. Raises NotFound."""
    number = connection(db, channel).id
    with db.transaction() as conn:
        (progress,) = conn.execute(queries.progress, {"channel": number}).fetchall()
        rows = conn.execute(queries.differences, {"channel": number, "limit": SHOWN_MAX}).fetchall()
    return Takeover(*(channel, *progress, [Difference(*row) for row in rows]))


def go_live(db: Database, channel: str, *, force: bool = False) -> Takeover:
    """Write to the channel from now on: every listing is sent its number. Raises NotFound, and Conflict with what
    stands against it unless forced."""
    found = report(db, channel)
    if found.mode == "live":
        raise Invalid("channel", f"{channel!r} is live already")
    if found.hindrances and not force:
        raise Conflict(f"{'; '.join(found.hindrances)}: wait, mend it, or force it", "channel")
    _set_mode(db, channel, "live")
    outbound.reset(db, connection(db, channel).id)
    return report(db, channel)


def _set_mode(db: Database, channel: str, mode: str) -> None:
    (answer,) = put_channels(db, [ChannelDraft(channel, mode=mode)])
    if isinstance(answer, Problem):
        raise answer


def _opening(db: Database) -> datetime | None:
    with db.transaction() as conn:
        ((at,),) = conn.execute(queries.oldest_opening, {"kind": int(Kind.OPENING)}).fetchall()
    return at if isinstance(at, datetime) else None
