"""What may have changed since the last look: items that moved, items whose time has come, and, when the rules have
changed, all listings a chunk at a time. How far it has come stands in the lane, so that a restart goes on."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from truestock.availability.publishing import queries
from truestock.core.identity import part_of
from truestock.store.arrays import ints, words
from truestock.store.database import Connection

DONE = -1
FIRST = 0
ListingRow = tuple[int, int, str]  # id, channel, SKU


@dataclass(frozen=True, slots=True)
class Pending:
    """A bounded part of it; `seq` is the last number of the stream, `oldest` when the first of the changes was made,
    `swept_to` the listing up to which all have been looked at since the rules changed: DONE at their end, None when
    that is behind us."""

    seq: int
    now: datetime
    epoch: int
    changes: list[tuple[int, int, int]]  # part, item, version
    due: list[int]
    listings: list[ListingRow]
    swept_to: int | None
    oldest: datetime | None
    more: bool

    @property
    def idle(self) -> bool:
        """Whether nothing waits."""
        return not self.changes and not self.due and self.swept_to is None

    @property
    def items(self) -> set[int]:
        """Items to look at."""
        return {item for _, item, _ in self.changes} | set(self.due)


def read_pending(conn: Connection, limit: int) -> Pending | None:
    """Take the lane and read what waits; None while another process has the lane."""
    lane = conn.execute(queries.lock_lane, prepare=True).fetchall()
    if not lane:
        return None
    # Everything else is read after the lock.
    ((now, epoch),) = conn.execute(queries.clock, prepare=True).fetchall()
    changes = conn.execute(queries.changes, {"limit": limit}, prepare=True).fetchall()
    due = conn.execute(queries.due_items, {"now": now, "limit": limit}, prepare=True).fetchall()
    progress: dict[str, int] = dict(conn.execute(queries.progress, prepare=True).fetchall())
    after = progress.get("atp_listing", FIRST) if progress.get("atp_rules") == epoch else FIRST
    chunk: list[ListingRow] = []
    swept_to = None
    if after != DONE:
        chunk = conn.execute(queries.listings_after, {"after": after, "limit": limit}, prepare=True).fetchall()
        swept_to = chunk[-1][0] if len(chunk) == limit else DONE
    return Pending(
        lane[0][0],
        now,
        epoch,
        [row[:3] for row in changes],
        [item for (item,) in due],
        chunk,
        swept_to,
        min((row[3] for row in changes), default=None),
        swept_to not in (None, DONE) or limit in (len(changes), len(due)),
    )


def settle_pending(conn: Connection, pending: Pending, seq: int) -> None:
    """Forget what has been looked at, and remember how far the stream and the look at all listings have come."""
    if pending.changes:
        parts, items, versions = zip(*pending.changes, strict=True)
        keys = {"parts": ints(parts), "items": ints(items), "versions": ints(versions)}
        conn.execute(queries.drop_changes, keys, prepare=True)
    names, seqs = ["atp"], [seq]
    if pending.swept_to is not None:
        names, seqs = ["atp", "atp_rules", "atp_listing"], [seq, pending.epoch, pending.swept_to]
    conn.execute(queries.set_lanes, {"names": words(names), "seqs": ints(seqs)}, prepare=True)


def have_looked_at(conn: Connection, items: Collection[int], now: datetime) -> None:
    """Have the rules of alerts look at these items, once this transaction is committed."""
    if items:
        ordered = sorted(items)
        keys = {"parts": parts_of(ordered), "items": ints(ordered), "now": now}
        conn.execute(queries.add_looks, keys, prepare=True)


def parts_of(numbers: list[int]) -> str:
    """The parts of items or listings."""
    return ints(map(part_of, numbers))
