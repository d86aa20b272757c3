"""Books as they were: present rows less the entries after an instant, by when things happened (`effective`) or by when
the hub learned them (`recorded`). The rules are those recorded at the instant.

A month of entries that has been detached cannot be taken back; nothing is told about instants before the oldest one."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from truestock.availability import queries
from truestock.availability.figures import held_by_location
from truestock.availability.present import build, keys_of
from truestock.core.book import ItemBook
from truestock.core.checks import check_zone
from truestock.core.network import ItemRules
from truestock.core.problems import Invalid
from truestock.core.words import Status
from truestock.store.arrays import ints, times
from truestock.store.database import Connection

Axis = Literal["effective", "recorded"]
IN_TRANSIT = Status.IN_TRANSIT


@dataclass(slots=True)
class After:
    """What entries after the instant changed in one item: by (loc, lot, owner) of sellable units, by location of units
    on hand in the house, and by channel of promises counted against its protection and of units owed."""

    version: int | None = None
    on_hand: dict[tuple[int, int, int], int] = field(default_factory=dict)
    reserved: dict[tuple[int, int, int], int] = field(default_factory=dict)
    in_house: dict[int, int] = field(default_factory=dict)
    used: dict[int, int] = field(default_factory=dict)
    owed: dict[int, int] = field(default_factory=dict)


def check_instant(conn: Connection, at: datetime) -> None:
    """Raises Invalid for an instant without a zone, or before the oldest month of entries that is still attached."""
    check_zone("at", at)
    ((oldest,),) = conn.execute(queries.oldest_instant).fetchall()
    if oldest is not None and at < oldest:
        raise Invalid("at", f"the ledger's entries reach back to {oldest.isoformat()}; ask for a later instant")


@dataclass(frozen=True, slots=True)
class PastBooks:
    """Items at an instant: their books, and their units in the house and allocated by location."""

    books: dict[int, ItemBook]
    held: dict[int, dict[int, tuple[int, int]]]


def read_past(conn: Connection, rules: Collection[ItemRules], at: datetime, axis: Axis) -> PastBooks:
    """Items at a past instant; `rules` are those of the instant."""
    keys = keys_of(rules)
    plain = {"parts": keys["parts"], "items": keys["items"], "at": at, "effective": axis == "effective"}
    with conn.transaction():
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        rows = conn.execute(queries.books, {**keys, "at": at}, prepare=True).fetchall()
        undone = _after(conn.execute(queries.entries_after, plain, prepare=True).fetchall())
        kept = _kept(conn, rules, at, plain, undone)
        present = held_by_location(conn, keys)
    by_item = {r.item: r for r in rules}
    books = {}
    for item, version, now, _, stock, shorts, _, expired, earliest, lots, guards in rows:
        after = undone.get(item, After())
        books[item] = build(
            by_item[item],
            version if after.version is None else after.version,
            now,
            _rows_before(stock, after),
            _less(dict(shorts or ()), after.owed),
            kept.get(item, ()),
            expired,
            earliest,
            lots,
            guards,
        )
    return PastBooks(books, {item: _held_before(book, present.get(item, {}), undone) for item, book in books.items()})


def _held_before(
    book: ItemBook, present: dict[int, tuple[int, int]], undone: dict[int, After]
) -> dict[int, tuple[int, int]]:
    after = undone.get(book.item, After())
    return {
        loc: (
            on_hand - after.in_house.get(loc, 0),
            sum(row.on_hand if row.owner else row.reserved for row in book.shelf(loc)),
        )
        for loc, (on_hand, _) in present.items()
    }


def _after(rows: Iterable[tuple[Any, ...]]) -> dict[int, After]:
    found: dict[int, After] = {}
    for item, loc, lot, status, owner, channel, version, on_hand, reserved, used, owed in rows:
        after = found.setdefault(item, After())
        after.version = version - 1 if after.version is None else min(after.version, version - 1)
        if loc > 0 and status == Status.SELLABLE:
            _add(after.on_hand, (loc, lot, owner), on_hand)
            _add(after.reserved, (loc, lot, owner), reserved)
        if loc > 0 and status != IN_TRANSIT:
            _add(after.in_house, loc, on_hand)
        _add(after.used, channel, used)
        _add(after.owed, channel, owed)
    return found


def _add(sums: dict[Any, int], key: Any, units: int) -> None:
    sums[key] = sums.get(key, 0) + units


def _rows_before(stock: Iterable[list[int]] | None, after: After) -> list[tuple[int, int, int, int, int]]:
    """Rows are never deleted, so every row that has an entry is there today."""
    return [
        (loc, lot, owner, on_hand - after.on_hand.get(key, 0), reserved - after.reserved.get(key, 0))
        for loc, lot, owner, on_hand, reserved in stock or ()
        for key in [(loc, lot, owner)]
    ]


def _less(present: dict[int, int], after: dict[int, int]) -> list[tuple[int, int]]:
    units = {channel: present.get(channel, 0) - after.get(channel, 0) for channel in present.keys() | after.keys()}
    return [(channel, left) for channel, left in sorted(units.items()) if left]


def _kept(
    conn: Connection, rules: Collection[ItemRules], at: datetime, plain: dict[str, Any], undone: dict[int, After]
) -> dict[int, list[tuple[int, int, int]]]:
    """Protections: those of today that stood already; else the rule of the instant, with what was used since it."""
    found: dict[int, list[tuple[int, int, int]]] = {}
    settled = set()
    keys = {"parts": plain["parts"], "items": plain["items"], "at": at}
    for item, channel, target, used in conn.execute(queries.kept_at, keys, prepare=True).fetchall():
        settled.add((item, channel))
        used -= undone[item].used.get(channel, 0) if item in undone else 0
        found.setdefault(item, []).append((channel, target, used))
    older = [
        (r, channel, policies[0])
        for r in rules
        for channel in r.network.channels
        if (r.item, channel) not in settled and (policies := r.candidates("protection", at, channel))
    ]
    if older:
        rows = conn.execute(
            queries.used_since,
            {
                "parts": ints(r.part for r, _, _ in older),
                "items": ints(r.item for r, _, _ in older),
                "channels": ints(channel for _, channel, _ in older),
                "since": times(policy.recorded_from for _, _, policy in older),
                "at": at,
                "effective": plain["effective"],
            },
        )
        for n, used in rows.fetchall():
            r, channel, policy = older[n - 1]
            found.setdefault(r.item, []).append((channel, policy.value, used))
    return found
