"""Orders that were answered before: their first result, and the state they are in now."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from truestock.orders.stored import StoredLine
from truestock.orders.values import NewOrder, OrderResult, State, line_result


class Known(NamedTuple):
    """The digest of what was asked, and what was answered; None when only other content asks this time."""

    digest: bytes
    result: OrderResult | None


def known_orders(
    rows: Iterable[tuple[Any, ...]], asked: Mapping[tuple[str, bytes], NewOrder], now: datetime
) -> dict[str, Known]:
    """By order id; `rows` are those of the query `orders_by_id`, `asked` what is asked this time, by id and digest.

    Other content under a known key is told apart by its digest, and needs no result."""
    known = {}
    for order_id, content, mode, state, expires_at, *_, stored in rows:
        order = asked.get((order_id, content))
        if order is None:
            known[order_id] = Known(content, None)
            continue
        # The items of a kit's or pack's line say the same of it.
        by_line = {line.n: line for line in map(StoredLine._make, stored)}
        lines = [
            line_result(line.sku, mode, was.qty, was.granted, was.available)
            for line, was in zip(order.lines, by_line.values(), strict=True)
        ]
        present: State = "expired" if state == "held" and expires_at <= now else state
        known[order_id] = Known(
            content, OrderResult(order.channel, order.ref, order_id, True, present, lines, True, expires_at)
        )
    return known
