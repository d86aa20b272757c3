"""What people say of the inbox: what a SKU takes, or that it is no stock. The orders that waited are taken at once."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from truestock.catalog.changes import PUT, How, Result, Written
from truestock.catalog.listings import ListingDraft, put_listings
from truestock.catalog.rules import RuleBook
from truestock.core.checks import check_text
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.feeds.channel_orders.take import Commit, Taker
from truestock.feeds.inbox import queries
from truestock.feeds.inbox.entries import channel_id
from truestock.store.database import Database
from truestock.store.paging import Page

# More orders than these are left to the channel's own thread, which takes them within seconds.
TAKEN_AT_ONCE: Final = 500
PAGE: Final = 50
SKUS_MAX: Final = 1_000
# A line without a SKU goes by its title, which may be long.
KEY_MAX: Final = 1_000


class Ignored(msgspec.Struct, frozen=True):
    """A SKU of a channel that is no stock: since when, by whom and why."""

    channel: str
    sku: str
    reason: str
    actor: str
    since: datetime


class Came(msgspec.Struct, frozen=True):
    """What became of the orders that a change concerned: looked at now, and waiting still for one of the SKUs."""

    orders: int
    waiting: int


def map_skus(db: Database, drafts: Sequence[ListingDraft], how: How = PUT) -> list[Result]:
    """Say what channels' SKUs take, one result a line; one that was ignored is ignored no longer."""
    results = put_listings(db, drafts, how)
    if how.dry_run:
        return results
    done: dict[str, list[str]] = {}
    for draft, result in zip(drafts, results, strict=True):
        if isinstance(result, Written) and result.outcome != "not_written":
            done.setdefault(draft.channel, []).append(draft.sku)
    for channel, skus in done.items():
        _heed(db, channel, skus)
    return results


def ignore(db: Database, channel: str, skus: Sequence[str], reason: str, actor: str) -> None:
    """These are no stock: lines of theirs ask nothing of it, and wait no more.

    Raises NotFound, Invalid, and Conflict for a SKU that means something."""
    _check(skus)
    check_text("reason", reason, required=True)
    with db.transaction() as conn:
        number = channel_id(conn, channel)
        for (sku,) in conn.execute(queries.meaning, {"channel": number, "skus": list(skus)}):
            raise Conflict(f"{sku!r} is an item or a listing, so its lines ask for stock; end it first", "skus")
        parameters = {"channel": number, "skus": list(skus), "reason": reason, "actor": actor}
        conn.execute(queries.put_ignored, parameters)


def heed(db: Database, channel: str, skus: Sequence[str]) -> None:
    """Ignore these no longer, all of them or none: lines that were left out are asked for again. Raises NotFound."""
    _check(skus)
    _heed(db, channel, skus, all_of_them=True)


def list_ignored(db: Database, channel: str | None = None, after: str | None = None, limit: int = 100) -> Page[Ignored]:
    """What is ignored, by channel and SKU. Raises Invalid."""
    try:
        after_channel, after_sku = msgspec.json.decode(after, type=tuple[str, str]) if after else ("", "")
    except msgspec.MsgspecError:
        raise Invalid("after", "this is no cursor of this list; take the one that its last page gave") from None
    parameters = {"channel": channel, "after_channel": after_channel, "after_sku": after_sku, "limit": limit + 1}
    with db.transaction() as conn:
        rows = [Ignored(*row) for row in conn.execute(queries.ignored, parameters)]
    shown = tuple(rows[:limit])
    last = msgspec.json.encode([shown[-1].channel, shown[-1].sku]).decode() if len(rows) > limit else None
    return Page(shown, last)


async def take_concerned(db: Database, rules: RuleBook, commit: Commit, skus: Mapping[str, Sequence[str]]) -> Came:
    """Look now at the orders that wait for these SKUs, by channel, or had left them out. Raises StoreError.

    What is not looked at, or fails, the channel's own thread does within seconds."""
    looked = waiting = 0
    for channel, mine in sorted(skus.items()):
        ids = await asyncio.to_thread(_concerned, db, channel, mine)
        taker = Taker(db, rules, commit, channel)
        for start in range(0, len(ids), PAGE):
            await taker.take(ids[start : start + PAGE])
        looked += len(ids)
        waiting += await asyncio.to_thread(_still_waiting, db, channel, mine)
    return Came(looked, waiting)


def _concerned(db: Database, channel: str, skus: Sequence[str]) -> list[str]:
    with db.transaction() as conn:
        parameters = {"channel": channel_id(conn, channel), "skus": list(skus), "limit": TAKEN_AT_ONCE}
        return [order for (order,) in conn.execute(queries.concerned, parameters)]


def _still_waiting(db: Database, channel: str, skus: Sequence[str]) -> int:
    with db.transaction() as conn:
        parameters = {"channel": channel_id(conn, channel), "skus": list(skus)}
        ((orders,),) = conn.execute(queries.still_waiting, parameters).fetchall()
    return int(orders)


def _heed(db: Database, channel: str, skus: Sequence[str], *, all_of_them: bool = False) -> None:
    with db.transaction() as conn:
        number = channel_id(conn, channel)
        parameters = {"channel": number, "skus": list(skus)}
        gone = {sku for (sku,) in conn.execute(queries.drop_ignored, parameters)}
        for sku in skus if all_of_them else ():
            if sku not in gone:
                raise NotFound(f"ignored SKU of {channel}", sku, "skus")
        if gone:
            conn.execute(queries.lock_and_unsettle, {"channel": number, "skus": sorted(gone)})


def _check(skus: Sequence[str]) -> None:
    if not 0 < len(skus) <= SKUS_MAX:
        raise Invalid("skus", f"{len(skus)} SKUs are given; give 1 to {SKUS_MAX}")
    for sku in skus:
        if not 0 < len(sku) <= KEY_MAX or "\0" in sku:
            raise Invalid("skus", f"a SKU has {len(sku)} characters; give it as the inbox shows it")
