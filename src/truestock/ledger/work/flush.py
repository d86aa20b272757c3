"""Writes the books of one transaction back: one statement a table, and none for a table that nothing touched."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString, Protocol

from truestock.core.book import ItemBook, Promise, Row
from truestock.core.words import Status
from truestock.ledger import queries
from truestock.ledger.movement import Movement
from truestock.ledger.work.bins import BinChanges
from truestock.ledger.work.filled import tell_filled
from truestock.store.arrays import ints, texts, times, words

ENTRY = (
    "e_parts",
    "e_items",
    "e_versions",
    "e_ns",
    "e_movements",
    "e_kinds",
    "e_effective",
    "e_channels",
    "e_locs",
    "e_lots",
    "e_statuses",
    "e_owners",
    "e_on_hand",
    "e_reserved",
    "e_shorts",
)
STOCK = ("s_parts", "s_items", "s_locs", "s_lots", "s_statuses", "s_owners", "s_on_hand", "s_reserved")
PROMISE = (
    "p_parts",
    "p_items",
    "p_orders",
    "p_lines",
    "p_ns",
    "p_channels",
    "p_priorities",
    "p_locs",
    "p_lots",
    "p_owners",
    "p_qtys",
)


class Sink(Protocol):
    """Takes statements: a connection, or what keeps them for later."""

    def execute(self, query: str, parameters: Mapping[str, object], /, *, prepare: bool) -> object:
        """Execute a statement whose result nobody needs."""
        ...


def flush(
    out: Sink, books: Iterable[ItemBook], movements: Collection[Movement], now: datetime, bins: BinChanges | None = None
) -> None:
    """Queue every write of a transaction but the bins' own; the caller commits."""
    binned = bins.items if bins is not None else ()
    changed = sorted(
        (book for book in books if book.entries or book.item in binned), key=lambda b: (b.rules.part, b.item)
    )
    if not changed:
        return
    parameters: dict[str, object] = {
        "now": now,
        "parts": ints([b.rules.part for b in changed]),
        "items": ints([b.item for b in changed]),
        "versions": ints([b.version + 1 for b in changed]),
    }
    touched = [(b, row) for b in changed for row in b.touched if row.d_on_hand or row.d_reserved]
    fresh_rows = [(b, row) for b, row in touched if not row.known]
    if fresh_rows:
        out.execute(queries.add_stock, _stock(fresh_rows), prepare=True)
    parameters |= _movements(changed, movements, bins)
    parameters |= _entries(changed)
    parameters |= _promises(changed)
    parameters |= _stock([(b, row) for b, row in touched if row.known])
    out.execute(queries.write_books, parameters, prepare=True)
    _change_promises(out, changed, now)
    _write_holds(out, changed)
    _write_shorts(out, changed)
    tell_filled(out, changed)
    _write_kept(out, changed)
    _add_mishaps(out, changed, now)


def _columns(
    rows: Sequence[tuple[Any, ...]], names: Sequence[str], *, plain: str = "", skip: str = ""
) -> dict[str, object]:
    """Arrays by name: `plain` is a column of words that need no quoting, `skip` one that the caller writes."""
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return {
        name: words(column) if name == plain else ints(column)
        for name, column in zip(names, columns, strict=True)
        if name != skip
    }


def _entries(books: list[ItemBook]) -> dict[str, object]:
    rows = [
        (b.rules.part, b.item, b.version + 1, n, *key, *deltas)
        for b in books
        for n, (key, deltas) in enumerate(b.entries.items())
    ]
    effective = [key[2] for b in books for key in b.entries]
    return _columns(rows, ENTRY, skip="e_effective") | {"e_effective": times(effective)}


def _stock(rows: list[tuple[ItemBook, Row]]) -> dict[str, object]:
    return _columns(
        [(b.rules.part, b.item, r.loc, r.lot, r.status, r.owner, r.d_on_hand, r.d_reserved) for b, r in rows], STOCK
    )


def _promises(books: list[ItemBook]) -> dict[str, object]:
    rows = [
        (b.rules.part, b.item, buyer[0], buyer[1], n, buyer[2], buyer[3], row.loc, row.lot, row.owner, qty)
        for b in books
        for buyer, n, row, qty in b.fresh
    ]
    expires = [buyer.expires_at for b in books for buyer, *_ in b.fresh]
    return _columns(rows, PROMISE, plain="p_orders") | {"p_expires": times(expires)}


def _promise_keys(rows: list[tuple[ItemBook, Promise]]) -> dict[str, object]:
    return {
        "parts": ints(b.rules.part for b, _ in rows),
        "items": ints(b.item for b, _ in rows),
        "orders": words(p.order_id for _, p in rows),
        "lines": ints(p.line for _, p in rows),
        "ns": ints(p.n for _, p in rows),
    }


def _change_promises(out: Sink, books: list[ItemBook], now: datetime) -> None:
    touched = [(b, p) for b in books for p in b.promises.values() if p.touched]
    if touched:
        parameters = _promise_keys(touched) | {
            "posted": ints(p.posted for _, p in touched),
            "voided": ints(p.voided for _, p in touched),
            "picked": ints(p.picked for _, p in touched),
            "expires": times(None if p.confirmed else p.expires_at for _, p in touched),
        }
        out.execute(queries.change_promises, parameters, prepare=True)
    given: dict[tuple[int, int], tuple[ItemBook, Promise, int]] = {}
    for b in books:
        for p, qty in b.given_back:
            given[b.item, p.n] = (b, p, qty + given.get((b.item, p.n), (b, p, 0))[2])
    if given:
        parameters = _promise_keys([(b, p) for b, p, _ in given.values()]) | {
            "qtys": ints(qty for *_, qty in given.values()),
            "now": now,
        }
        out.execute(queries.give_back, parameters, prepare=True)


def _write_holds(out: Sink, books: list[ItemBook]) -> None:
    """A hold row says what a cart still has: gone when nothing is left, written anew when its quantity changed."""
    stale = [(b, p) for b in books for p in b.promises.values() if p.touched and p.expires_at is not None]
    if stale:
        keys = _promise_keys(stale) | {"expires": times(p.expires_at for _, p in stale)}
        out.execute(queries.drop_holds, keys, prepare=True)
    live: list[tuple[Any, ...]] = [
        (b.rules.part, b.item, u.expires_at, u.order_id, u.line, n, u.channel, row.loc, row.lot, row.owner, qty)
        for b in books
        for u, n, row, qty in b.fresh
        if u.expires_at is not None
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
        out.execute(queries.write_holds, parameters, prepare=True)


def _write_shorts(out: Sink, books: list[ItemBook]) -> None:
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
            out.execute(query, parameters, prepare=True)


def _write_kept(out: Sink, books: list[ItemBook]) -> None:
    rows = [(b, k) for b in books for k in b.kept.values() if k.touched]
    if rows:
        parameters = {
            "parts": ints(b.rules.part for b, _ in rows),
            "items": ints(b.item for b, _ in rows),
            "channels": ints(k.channel for _, k in rows),
            "used": ints(k.used for _, k in rows),
        }
        out.execute(queries.write_kept, parameters, prepare=True)


def _add_mishaps(out: Sink, books: list[ItemBook], now: datetime) -> None:
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
        out.execute(queries.add_mishaps, parameters, prepare=True)


def _movements(books: list[ItemBook], movements: Collection[Movement], bins: BinChanges | None) -> dict[str, object]:
    items: dict[int, set[int]] = {m.id: set() for m in movements}
    for book in books:
        for movement, *_ in book.entries:
            items[movement].add(book.item)
    for movement, item in bins.movements() if bins is not None else ():
        items[movement].add(item)
    used = [m for m in movements if items[m.id]]
    return {
        "m_parts": ints(m.part for m in used),
        "m_ids": ints(m.id for m in used),
        "m_kinds": ints(m.kind for m in used),
        "m_actors": texts(m.actor for m in used),
        "m_sources": texts(m.source for m in used),
        "m_refs": texts(m.ref for m in used),
        "m_reasons": texts(m.reason for m in used),
        "m_reverses": words("NULL" if m.reverses is None else str(m.reverses) for m in used),
        "m_effective": times(m.effective_at for m in used),
        "m_items": words(f'"{ints(sorted(items[m.id]))}"' for m in used),
    }
