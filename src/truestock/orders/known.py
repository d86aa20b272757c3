"""Orders that were answered before: their first result, and the state they are in now."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from truestock.orders.values import NewOrder, OrderResult, State, line_result
from truestock.store.arrays import ints, words
from truestock.store.database import Connection
from truestock.store.sql import load

queries = load(__package__)


class Known(NamedTuple):
    """The digest of what was asked, and what was answered; None when only other content asks this time."""

    digest: bytes
    result: OrderResult | None


def known_orders(
    conn: Connection, rows: Iterable[tuple[Any, ...]], asked: Mapping[tuple[str, bytes], NewOrder], now: datetime
) -> dict[str, Known]:
    """By order id; `rows` are those of the query `orders_by_id`, `asked` what is asked this time, by id and digest.

    Other content under a known key is told apart by its digest, and needs no result."""
    found = {row[0]: row for row in rows}
    if not found:
        return {}
    keys = {"parts": ints(int(order_id[:2], 16) for order_id in found), "ids": words(found)}
    results: dict[str, dict[int, tuple[int, int, int]]] = {}
    for order_id, n, _, _, _, *numbers in conn.execute(queries.lines_of_orders, keys, prepare=True).fetchall():
        results.setdefault(order_id, {})[n] = tuple(numbers)
    known = {}
    for order_id, (_, content, mode, state, expires_at, *_) in found.items():
        order = asked.get((order_id, content))
        if order is None:
            known[order_id] = Known(content, None)
            continue
        lines = [
            line_result(line.sku, mode, *numbers)
            for line, (_, numbers) in zip(order.lines, sorted(results[order_id].items()), strict=True)
        ]
        present: State = "expired" if state == "held" and expires_at <= now else state
        known[order_id] = Known(
            content, OrderResult(order.channel, order.ref, order_id, True, present, lines, True, expires_at)
        )
    return known
