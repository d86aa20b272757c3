"""Reads items as they stand, for the kinds of alerts that are looked at whenever an item changes."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from truestock.catalog.rules import Snapshot
from truestock.core.identity import part_of
from truestock.core.reconcile.alerts.kinds import Name
from truestock.core.reconcile.alerts.stock import Code, ItemState, Owed, Pace, Shown
from truestock.core.reconcile.alerts.worth import UNKNOWN, Worth
from truestock.reconciliation.alerts.looking import queries
from truestock.store.arrays import ints
from truestock.store.database import Connection

ListingKey = tuple[int, str]  # channel, the channel's SKU
_OF_STOCK: Final = frozenset(("negative", "stock_low"))
_OF_LISTINGS: Final = frozenset(("atp_low", "oversell_risk"))


def read_items(
    conn: Connection,
    snapshot: Snapshot,
    items: Sequence[int],
    kinds: Collection[Name],
    paces: Mapping[ListingKey, Pace],
    now: datetime,
) -> list[ItemState]:
    """The items that are there and are no kits, with as much of their state as these kinds of alerts ask for."""
    keys = {"parts": ints(map(part_of, items)), "items": ints(items)}
    traits = conn.execute(queries.items, {"items": ints(items)}, prepare=True).fetchall()
    below, pool = _stock(conn, keys) if _OF_STOCK & set(kinds) else ({}, {})
    waiting = _waiting(conn, below) if "negative" in kinds else {}
    owed = _owed(conn, keys) if "short" in kinds else {}
    listings = _listings(conn, items) if _OF_LISTINGS & set(kinds) else {}
    safety = _safety(snapshot, items, now) if "stock_low" in kinds else {}
    return [
        ItemState(
            item,
            sku,
            category,
            Worth(price, currency, cost),
            below.get(item, {}),
            waiting.get(item, {}),
            pool.get(item, {}),
            safety.get(item, {}),
            owed.get(item, ()),
            found := listings.get(item, []),
            {key: paces[key] for shown in found if (key := (shown.channel.id, shown.sku)) in paces},
        )
        for item, sku, category, price, currency, cost in traits
    ]


Units = dict[int, dict[Code, int]]


def _stock(conn: Connection, keys: Mapping[str, str]) -> tuple[Units, Units]:
    below: Units = defaultdict(dict)
    pool: Units = defaultdict(dict)
    for item, loc, code, missing, available in conn.execute(queries.stock, keys, prepare=True).fetchall():
        pool[item][Code(loc, code)] = available
        if missing:
            below[item][Code(loc, code)] = missing
    return below, pool


def _waiting(conn: Connection, below: Units) -> dict[int, dict[Code, dict[str, int]]]:
    """Units that came and wait, of the items that are below zero somewhere."""
    found: dict[int, dict[Code, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    if not below:
        return found
    keys = {"parts": ints(map(part_of, below)), "items": ints(below)}
    for item, loc, code, lands, units in conn.execute(queries.waiting, keys, prepare=True).fetchall():
        found[item][Code(loc, code)][lands] = units
    return found


def _owed(conn: Connection, keys: Mapping[str, str]) -> dict[int, list[Owed]]:
    found: dict[int, list[Owed]] = defaultdict(list)
    rows = conn.execute(queries.shorts, keys, prepare=True).fetchall()
    if not rows:
        return found
    owing = {
        "parts": ints(part_of(row[0]) for row in rows),
        "items": ints(row[0] for row in rows),
        "channels": ints(row[1] for row in rows),
    }
    prices = conn.execute(queries.sold_for, owing, prepare=True).fetchall()
    sold_for = {(item, channel): Worth(price, currency) for item, channel, price, currency in prices}
    for item, channel, code, units, orders, since in rows:
        worth = sold_for.get((item, channel), UNKNOWN)
        found[item].append(Owed(Code(channel, code), units, orders, since, worth))
    return found


def _listings(conn: Connection, items: Sequence[int]) -> dict[int, list[Shown]]:
    rows = conn.execute(queries.listings, {"items": ints(items)}, prepare=True).fetchall()
    ids = sorted({listing for _, listing, *_ in rows})
    keys = {"parts": ints(map(part_of, ids)), "listings": ints(ids)}
    numbers = {listing: (atp, shown) for listing, atp, shown in conn.execute(queries.numbers, keys, prepare=True)}
    found: dict[int, list[Shown]] = defaultdict(list)
    for item, listing, channel, code, sku, units in rows:
        if listing in numbers:
            found[item].append(Shown(Code(channel, code), sku, *numbers[listing], each=units))
    return found


def _safety(snapshot: Snapshot, items: Sequence[int], now: datetime) -> Units:
    places = snapshot.network.locations
    return {
        item: {Code(loc, places[loc].code): units for loc, units in rules.terms(now).safety.items() if loc in places}
        for item, rules in snapshot.items(items).items()
    }
