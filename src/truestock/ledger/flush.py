"""Writes the books of one transaction back: one statement a table, and none for a table that nothing touched."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, LiteralString

from truestock.core.book import ItemBook, Promise
from truestock.core.words import Status
from truestock.ledger import queries
from truestock.ledger.movement import Movement
from truestock.store.arrays import ints, texts, times, words
from truestock.store.database import Connection


def flush(conn: Connection, books: Iterable[ItemBook], movements: Collection[Movement], now: datetime) -> None:
    """Queue every write of a transaction; the caller commits."""
    changed = [book for book in books if book.entries]
    if changed:
        _write_heads(conn, changed, now)
        _write_entries(conn, changed, now)
        _write_stock(conn, changed)
        _write_promises(conn, changed, now)
        _write_holds(conn, changed)
        _write_shorts(conn, changed)
        _write_kept(conn, changed)
        _open_alerts(conn, changed, now)
    if movements:
        _write_movements(conn, changed, movements, now)


def _write_heads(conn: Connection, books: list[ItemBook], now: datetime) -> None:
    books = sorted(books, key=lambda b: (b.rules.part, b.item))
    keys: dict[str, object] = {
        "parts": ints(b.rules.part for b in books),
        "items": ints(b.item for b in books),
        "now": now,
    }
    conn.execute(queries.write_heads, keys, prepare=True)
    conn.execute(queries.write_changed, {**keys, "versions": ints(b.version + 1 for b in books)}, prepare=True)


def _write_entries(conn: Connection, books: list[ItemBook], now: datetime) -> None:
    rows = [
        (b.rules.part, b.item, b.version + 1, n, *key, *deltas)
        for b in books
        for n, (key, deltas) in enumerate(b.entries.items())
    ]
    parts, items, versions, ns, movements, kinds, effective, channels, *rest = zip(*rows, strict=True)
    locs, lots, statuses, owners, on_hand, reserved, shorts = map(ints, rest)
    conn.execute(
        queries.write_entries,
        {
            "parts": ints(parts),
            "items": ints(items),
            "versions": ints(versions),
            "ns": ints(ns),
            "effective": times(effective),
            "movements": ints(movements),
            "kinds": ints(kinds),
            "locs": locs,
            "lots": lots,
            "statuses": statuses,
            "owners": owners,
            "channels": ints(channels),
            "on_hand": on_hand,
            "reserved": reserved,
            "shorts": shorts,
            "now": now,
        },
        prepare=True,
    )


def _write_stock(conn: Connection, books: list[ItemBook]) -> None:
    touched = [(b, row) for b in books for row in b.touched if row.d_on_hand or row.d_reserved]
    for known, query in ((True, queries.write_stock), (False, queries.add_stock)):
        rows = [(b, row) for b, row in touched if row.known is known]
        if rows:
            parameters = {
                "parts": ints([b.rules.part for b, _ in rows]),
                "items": ints([b.item for b, _ in rows]),
                "locs": ints([row.loc for _, row in rows]),
                "lots": ints([row.lot for _, row in rows]),
                "statuses": ints([row.status for _, row in rows]),
                "owners": ints([row.owner for _, row in rows]),
                "on_hand": ints([row.d_on_hand for _, row in rows]),
                "reserved": ints([row.d_reserved for _, row in rows]),
            }
            conn.execute(query, parameters, prepare=True)


def _promise_keys(rows: list[tuple[ItemBook, Promise]]) -> dict[str, object]:
    return {
        "parts": ints(b.rules.part for b, _ in rows),
        "items": ints(b.item for b, _ in rows),
        "orders": words(p.order_id for _, p in rows),
        "lines": ints(p.line for _, p in rows),
        "ns": ints(p.n for _, p in rows),
    }


def _write_promises(conn: Connection, books: list[ItemBook], now: datetime) -> None:
    fresh = [
        (b.rules.part, b.item, p[0], p[1], p[2], p[3], p[4], p[5].loc, p[5].lot, p[5].owner, p[6])
        for b in books
        for p in b.fresh
    ]
    if fresh:
        parts, items, orders, lines, *rest = zip(*fresh, strict=True)
        ns, channels, priorities, locs, lots, owners, qtys = map(ints, rest)
        parameters: dict[str, object] = {
            "parts": ints(parts),
            "items": ints(items),
            "orders": words(orders),
            "lines": ints(lines),
            "ns": ns,
            "channels": channels,
            "priorities": priorities,
            "locs": locs,
            "lots": lots,
            "owners": owners,
            "qtys": qtys,
            "now": now,
        }
        conn.execute(queries.write_promises, parameters, prepare=True)
    touched = [(b, p) for b in books for p in b.promises.values() if p.touched]
    if touched:
        parameters = _promise_keys(touched) | {
            "posted": ints(p.posted for _, p in touched),
            "voided": ints(p.voided for _, p in touched),
            "picked": ints(p.picked for _, p in touched),
        }
        conn.execute(queries.change_promises, parameters, prepare=True)


def _write_holds(conn: Connection, books: list[ItemBook]) -> None:
    """A hold row says what a cart still has: gone when nothing is left, written anew when its quantity changed."""
    stale = [(b, p) for b in books for p in b.promises.values() if p.touched and p.expires_at is not None]
    if stale:
        keys = _promise_keys(stale) | {"expires": times(p.expires_at for _, p in stale)}
        conn.execute(queries.drop_holds, keys, prepare=True)
    live: list[tuple[Any, ...]] = [
        (
            b.rules.part,
            b.item,
            p.expires_at,
            p.order_id,
            p.line,
            p.n,
            p.channel,
            p.row.loc,
            p.row.lot,
            p.row.owner,
            p.qty,
        )
        for b in books
        for p in b.fresh
        if p.expires_at is not None
    ]
    live += [
        (b.rules.part, b.item, p.expires_at, p.order_id, p.line, p.n, p.channel, p.loc, p.lot, p.owner, p.open)
        for b, p in stale
        if p.open and not p.confirmed
    ]
    if live:
        parts, items, expires, orders, lines, ns, channels, locs, lots, owners, qtys = zip(*live, strict=True)
        parameters = {
            "parts": ints(parts),
            "items": ints(items),
            "expires": times(expires),
            "orders": words(orders),
            "lines": ints(lines),
            "ns": ints(ns),
            "channels": ints(channels),
            "locs": ints(locs),
            "lots": ints(lots),
            "owners": ints(owners),
            "qtys": ints(qtys),
        }
        conn.execute(queries.write_holds, parameters, prepare=True)


def _write_shorts(conn: Connection, books: list[ItemBook]) -> None:
    touched = [(b, s) for b in books for s in b.shorts if s.touched]
    for known, query in ((True, queries.change_shorts), (False, queries.write_shorts)):
        rows = [(b, s) for b, s in touched if s.known is known]
        if rows:
            parameters = {
                "parts": ints(b.rules.part for b, _ in rows),
                "items": ints(b.item for b, _ in rows),
                "priorities": ints(s.priority for _, s in rows),
                "since": times(s.since for _, s in rows),
                "orders": words(s.order_id for _, s in rows),
                "lines": ints(s.line for _, s in rows),
                "qtys": ints(s.qty for _, s in rows),
                "filled": ints(s.filled for _, s in rows),
                "cancelled": ints(s.cancelled for _, s in rows),
            }
            if not known:
                parameters["channels"] = ints(s.channel for _, s in rows)
            conn.execute(query, parameters, prepare=True)


def _write_kept(conn: Connection, books: list[ItemBook]) -> None:
    rows = [(b, k) for b in books for k in b.kept.values() if k.touched]
    if rows:
        parameters = {
            "parts": ints(b.rules.part for b, _ in rows),
            "items": ints(b.item for b, _ in rows),
            "channels": ints(k.channel for _, k in rows),
            "used": ints(k.used for _, k in rows),
        }
        conn.execute(queries.write_kept, parameters, prepare=True)


def _open_alerts(conn: Connection, books: list[ItemBook], now: datetime) -> None:
    """A row that fell below zero, and a short that nothing backed by the end of the transaction."""
    found: list[tuple[ItemBook, LiteralString, int, int, str, int]] = []
    for b in books:
        found += [
            (b, "negative", row.loc, 0, "NULL", -row.on_hand)
            for row in b.touched
            if row.on_hand < 0 and row.d_on_hand < 0 and row.status != Status.IN_TRANSIT
        ]
        found += [
            (b, "short", 0, s.channel, s.order_id, s.open) for s in b.shorts if s.touched and s.open and not s.known
        ]
        found += [(b, "displaced", p.loc, p.channel, p.order_id, p.qty - p.posted) for p in b.displaced]
    if found:
        ordinals = iter(range(len(found)))
        parameters = {
            "parts": ints(b.rules.part for b, *_ in found),
            "items": ints(b.item for b, *_ in found),
            "ids": ints((b.version + 1 << 20) + next(ordinals) for b, *_ in found),
            "kinds": words(kind for _, kind, *_ in found),
            "locs": ints(loc for _, _, loc, *_ in found),
            "channels": ints(channel for _, _, _, channel, *_ in found),
            "orders": words(order for *_, order, _ in found),
            "qtys": ints(qty for *_, qty in found),
            "movements": ints(b.movement for b, *_ in found),
            "now": now,
        }
        conn.execute(queries.open_alerts, parameters)


def _write_movements(conn: Connection, books: list[ItemBook], movements: Collection[Movement], now: datetime) -> None:
    items: dict[int, set[int]] = {m.id: set() for m in movements}
    for book in books:
        for movement, *_ in book.entries:
            items[movement].add(book.item)
    used = [m for m in movements if items[m.id]]
    if not used:
        return
    parameters = {
        "parts": ints(m.part for m in used),
        "ids": ints(m.id for m in used),
        "kinds": ints(int(m.kind) for m in used),
        "actors": texts(m.actor for m in used),
        "sources": texts(m.source for m in used),
        "refs": texts(m.ref for m in used),
        "reasons": texts(m.reason for m in used),
        "reverses": words("NULL" if m.reverses is None else str(m.reverses) for m in used),
        "effective": times(m.effective_at for m in used),
        "items": words(f'"{ints(sorted(items[m.id]))}"' for m in used),
        "now": now,
    }
    conn.execute(queries.write_movements, parameters, prepare=True)
