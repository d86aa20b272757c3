"""Computes anew the listings whose items may have changed, under the lock of what they show, and numbers the changes.

It decides what a listing shall show; sending it, and the marks of what was sent, are the sync's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from truestock.availability.bulk import Bulk, read_bulk
from truestock.availability.publishing import queries
from truestock.availability.publishing.due import write_due
from truestock.availability.publishing.pending import (
    ListingRow,
    Pending,
    have_looked_at,
    parts_of,
    read_pending,
    settle_pending,
)
from truestock.availability.read import bulk_answer, items_of
from truestock.catalog.rules import RuleBook, RulesChanged, Snapshot
from truestock.core.available.listing import by_place
from truestock.core.identity import part_of
from truestock.core.network import ItemRules, Listing
from truestock.store.arrays import ints, nullable, texts
from truestock.store.database import Connection, Database

SAFE = 0  # what a listing shows whose ATP cannot be computed
WHOLE = 0  # no place: the listing's number over all of them


@dataclass(frozen=True, slots=True)
class Published:
    """Listings that changed, the age of the oldest change that was looked at, and whether more waits; `unknown`
    listings lead to no items and are held at 0."""

    count: int
    lag_s: float
    more: bool = False
    unknown: int = 0


class _Shown(NamedTuple):
    """What a listing shall show, at a place of its channel or (0) as a whole; `atp` None: unknown."""

    listing: int
    place: int
    channel: int
    atp: int | None
    desired: int
    items: tuple[int, ...]


class _Before(NamedTuple):
    """What was to be shown until now, and whether the channel may show another number since, for its own orders."""

    rev: int
    atp: int | None
    desired: int | None
    moved: bool


def publish_once(db: Database, rules: RuleBook, limit: int = 1_000) -> Published:
    """Look at up to `limit` changes, items due and listings each, in one transaction; nothing while another process
    does. Raises Busy."""
    return rules.read(lambda snapshot: _publish(db, snapshot, limit))


def _publish(db: Database, snapshot: Snapshot, limit: int) -> Published:
    with db.transaction() as conn:
        pending = read_pending(conn, limit)
        if pending is None or pending.idle:
            return Published(0, 0.0)
        if pending.epoch != snapshot.epoch:
            raise RulesChanged
        touched = sorted(pending.items)
        rows: set[ListingRow] = set(pending.listings)
        if touched:
            rows.update(conn.execute(queries.listings_of_items, {"items": touched}, prepare=True).fetchall())
        count, unknown = 0, 0
        if rows:
            count, unknown = _look(conn, snapshot, pending, sorted(rows, key=lambda row: (part_of(row[0]), row[0])))
        write_due(conn, snapshot.items(touched), touched, pending.now)
        have_looked_at(conn, touched, pending.now)
        settle_pending(conn, pending, pending.seq + count)
    lag_s = (pending.now - pending.oldest).total_seconds() if pending.oldest else 0.0
    return Published(count, max(0.0, lag_s), pending.more, unknown)


def _look(conn: Connection, snapshot: Snapshot, pending: Pending, rows: Sequence[ListingRow]) -> tuple[int, int]:
    """Compute these listings; how many changed, and how many are unknown."""
    listings = snapshot.listings((channel, sku) for _, channel, sku in rows)
    found = [listings[channel, sku] for _, channel, sku in rows if (channel, sku) in listings]
    rules = items_of(snapshot, found)
    before = _lock(conn, snapshot, rows)
    # The plans of reads by key: one made while tables were empty must not scan.
    conn.execute("SET LOCAL enable_seqscan = off")
    bulk = read_bulk(conn, snapshot.network, rules.values(), {channel for _, channel, _ in rows})
    shown = [s for row in rows for s in _shown(snapshot, row, listings.get((row[1], row[2])), bulk, rules)]
    changed = [s for s in shown if _differs(s, before[s.listing, s.place])]
    if changed:
        _write(conn, pending, snapshot.epoch, bulk, changed, before)
        have_looked_at(conn, {item for s in changed for item in s.items} - pending.items, pending.now)
    moved = [s for s in shown if (was := before[s.listing, s.place]).moved and not _differs(s, was)]
    if moved:
        _send_again(conn, pending, moved)
    listed = {item for s in shown for item in s.items} - pending.items
    write_due(conn, {item: rules[item] for item in listed}, sorted(listed), pending.now)
    return sum(s.place == WHOLE for s in changed), sum(s.atp is None and s.place == WHOLE for s in shown)


def _send_again(conn: Connection, pending: Pending, same: Sequence[_Shown]) -> None:
    """The number is the same, as sales and cancellations have made up for each other or a rule bounds it; what the
    channel shows is not."""
    ids = [s.listing for s in same]
    keys = {"parts": parts_of(ids), "listings": ints(ids), "places": ints(s.place for s in same)}
    conn.execute(queries.raise_revs, {**keys, "now": pending.now}, prepare=True)


def _differs(shown: _Shown, before: "_Before") -> bool:
    return not before.rev or (shown.atp, shown.desired) != (before.atp, before.desired)


def _lock(conn: Connection, snapshot: Snapshot, rows: Sequence[ListingRow]) -> dict[tuple[int, int], "_Before"]:
    """Hold what the listings show: by listing and place."""
    spots = [
        (listing, place, channel)
        for listing, channel, _ in rows
        for place in (WHOLE, *sorted(place.id for place in snapshot.network.channels[channel].places))
    ]
    ids = [listing for listing, _, _ in spots]
    keys = {"parts": parts_of(ids), "listings": ints(ids), "places": ints(place for _, place, _ in spots)}
    conn.execute(queries.add_outbound, {**keys, "channels": ints(channel for _, _, channel in spots)}, prepare=True)
    locked = conn.execute(queries.lock_outbound, keys, prepare=True).fetchall()
    return {(listing, place): _Before(*row) for listing, place, *row in locked}


def _shown(
    snapshot: Snapshot, row: ListingRow, listing: Listing | None, bulk: Bulk, rules: Mapping[int, ItemRules]
) -> list[_Shown]:
    """What a listing shall show as a whole, then at each place of its channel."""
    channel = snapshot.network.channels[row[1]]
    if listing is None or any(item not in bulk.versions for item, _ in listing.components):
        spots = (WHOLE, *(place.id for place in channel.places))
        return [_Shown(row[0], spot, row[1], None, SAFE, ()) for spot in spots]
    answer = bulk_answer(bulk, channel, listing, rules)
    items = tuple(item for item, _ in listing.components)
    whole = _Shown(row[0], WHOLE, row[1], answer.atp, answer.published, items)
    if not channel.places:
        return [whole]
    units = {item: bulk.places(item, channel.id) for item in items}
    here = by_place(listing, answer.published, channel.places, units)
    return [whole, *(_Shown(row[0], place, row[1], shown, shown, items) for place, shown in here.items())]


def _write(
    conn: Connection,
    pending: Pending,
    epoch: int,
    bulk: Bulk,
    changed: Sequence[_Shown],
    before: Mapping[tuple[int, int], "_Before"],
) -> None:
    ids = [s.listing for s in changed]
    made_from = [
        {"atp": s.atp, "epoch": epoch, "items": {str(item): bulk.versions[item] for item in s.items}} for s in changed
    ]
    conn.execute(
        queries.set_desired,
        {
            "parts": parts_of(ids),
            "listings": ints(ids),
            "places": ints(s.place for s in changed),
            "revs": ints(before[s.listing, s.place].rev + 1 for s in changed),
            "desired": ints(s.desired for s in changed),
            "made_from": texts(msgspec.json.encode(made).decode() for made in made_from),
            "now": pending.now,
        },
        prepare=True,
    )
    whole = [s for s in changed if s.place == WHOLE]
    conn.execute(
        queries.add_atp_changes,
        {
            "seqs": ints(range(pending.seq + 1, pending.seq + 1 + len(whole))),
            "listings": ints(s.listing for s in whole),
            "channels": ints(s.channel for s in whole),
            "atps": nullable(SAFE if s.atp is None else s.atp for s in whole),
            "revs": ints(before[s.listing, WHOLE].rev + 1 for s in whole),
            "now": pending.now,
        },
        prepare=True,
    )
