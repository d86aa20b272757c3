"""What lies behind the books of items, a bounded amount of each: the last entries with their movements, open promises
and owed orders with their references, lot codes. It counts nothing, however many there are."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from truestock.availability import queries
from truestock.availability.past import Axis
from truestock.availability.present import NOW, keys_of
from truestock.core.available.explain import Cell, Evidence, Facts
from truestock.core.book import ItemBook
from truestock.core.identity import part_of
from truestock.core.words import Kind
from truestock.store.arrays import ints, words
from truestock.store.database import Connection

ENTRIES_READ = 200
ENTRIES_A_ROW = 5
PROMISES_READ = 2_000
PROMISES_A_ROW = 5
Rows = list[tuple[Any, ...]]
Orders = dict[str, tuple[str, datetime | None]]


def read_evidence(
    conn: Connection, books: Mapping[int, ItemBook], at: datetime | str = NOW, axis: Axis = "recorded"
) -> dict[int, Evidence]:
    """By item. Of a past instant there are entries and lots only."""
    keys = keys_of([book.rules for book in books.values()])
    plain = {"parts": keys["parts"], "items": keys["items"]}
    bound = {**plain, "at": at, "effective": axis == "effective", "most": ENTRIES_READ}
    entries = conn.execute(queries.last_entries, bound, prepare=True).fetchall()
    lots = conn.execute(queries.lot_codes, plain, prepare=True).fetchall()
    guards = _guards(conn.execute(queries.guards_made, {**plain, "at": at}, prepare=True).fetchall())
    promises: Rows = []
    owed: Rows = []
    if at == NOW:
        promises = conn.execute(queries.some_promises, {**plain, "most": PROMISES_READ}, prepare=True).fetchall()
        owed = conn.execute(queries.some_shorts, {**plain, "most": ENTRIES_READ}, prepare=True).fetchall()
    return _sorted_out(
        books, _movements(conn, entries), _orders(conn, [*promises, *owed]), entries, promises, owed, lots, guards
    )


def _movements(conn: Connection, entries: Rows) -> dict[int, Facts]:
    ids = sorted({row[1] for row in entries}, key=lambda movement: (part_of(movement), movement))
    keys = {"parts": ints(map(part_of, ids)), "ids": ints(ids)}
    rows = conn.execute(queries.movements, keys, prepare=True).fetchall() if ids else []
    return {row[0]: dict(zip(("actor", "source", "ref", "reason"), row[1:], strict=True)) for row in rows}


def _guards(rows: Rows) -> dict[int, dict[int, Facts]]:
    """What the guards of channels were made of, by item."""
    found: dict[int, dict[int, Facts]] = {}
    for item, channel, made_from, computed_at in rows:
        found.setdefault(item, {})[channel] = {**made_from, "computed_at": computed_at}
    return found


def _orders(conn: Connection, rows: Rows) -> Orders:
    ids = sorted({row[1] for row in rows})
    keys = {"parts": ints(int(order[:2], 16) for order in ids), "ids": words(ids)}
    rows = conn.execute(queries.order_refs, keys, prepare=True).fetchall() if ids else []
    return {order: (ref, hold_until) for order, ref, hold_until in rows}


def _sorted_out(
    books: Mapping[int, ItemBook],
    movements: Mapping[int, Facts],
    orders: Orders,
    entries: Rows,
    promises: Rows,
    owed: Rows,
    lots: Rows,
    guards: Mapping[int, Mapping[int, Facts]],
) -> dict[int, Evidence]:
    moved: dict[int, dict[Cell, list[tuple[int, Facts]]]] = defaultdict(lambda: defaultdict(list))
    for item, movement, kind, loc, lot, owner, units, effective_at, recorded_at in entries:
        shown = moved[item][Cell(loc, lot, owner)]
        if len(shown) < ENTRIES_A_ROW:
            when = {"effective_at": effective_at, "recorded_at": recorded_at}
            shown.append(
                (units, {"kind": Kind(kind).name.lower(), "movement": movement, **movements.get(movement, {}), **when})
            )
    promised: dict[int, dict[Cell, list[tuple[int, Facts]]]] = defaultdict(lambda: defaultdict(list))
    for item, order, line, channel, loc, lot, owner, units, made_at in promises:
        ref, hold_until = orders.get(order, (order, None))
        shown = promised[item][Cell(loc, lot, owner)]
        # An expired hold is no longer a promise, though nobody has voided it yet.
        if len(shown) < PROMISES_A_ROW and (hold_until is None or hold_until > books[item].now):
            told = {"order": ref, "line": line, "channel": _channel(books[item], channel)}
            shown.append((units, {**told, "made_at": made_at, "hold_until": hold_until}))
    owes: dict[int, list[tuple[int, int, Facts]]] = defaultdict(list)
    for item, order, line, channel, units, since in owed:
        owes[item].append(
            (channel, units, {"order": orders.get(order, (order, None))[0], "line": line, "since": since})
        )
    codes: dict[int, dict[int, str]] = defaultdict(dict)
    for item, lot, code in lots:
        codes[item][lot] = code
    return {
        item: Evidence(moved[item], promised[item], owes[item], codes[item], guards.get(item, {})) for item in books
    }


def _channel(book: ItemBook, channel: int) -> str:
    return book.rules.network.channels[channel].code
