"""Keeps orders as their channels have them; an older picture of an order never replaces a newer one."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from truestock.connectors.contract.orders import Buyer, SeenLine, SeenOrder
from truestock.core.identity import content_digest, order_identity
from truestock.feeds.channel_orders import queries
from truestock.store.arrays import ints, nullable, texts, times, words
from truestock.store.database import Connection, Database

NOBODY = Buyer()


class Sight(NamedTuple):
    """An order that was read, with its id here."""

    id: str
    order: SeenOrder
    content: bytes

    @property
    def part(self) -> int:
        """The part it lives in."""
        return int(self.id[:2], 16)


def keep(db: Database, channel: int, orders: Iterable[SeenOrder], since: datetime) -> list[str]:
    """Write down what was read; the ids of all of it, to be looked at. Of an order placed before `since` what has left
    before it was never the hub's own."""
    newest: dict[str, Sight] = {}
    for order in orders:
        order_id = order_identity(channel, order.id).id
        if order_id not in newest or newest[order_id].order.changed_at <= order.changed_at:
            newest[order_id] = Sight(order_id, order, content_digest(msgspec.json.encode(order)))
    sights = [newest[order_id] for order_id in sorted(newest)]
    if not sights:
        return []
    with db.transaction() as conn:
        known = {
            order_id: (changed_at, content)
            for order_id, changed_at, content in conn.execute(queries.lock_seen, keys_of(newest), prepare=True)
        }
        fresh = [s for s in sights if s.id not in known or _newer(s, *known[s.id])]
        if fresh:
            _write(
                conn,
                channel,
                fresh,
                [since if s.id not in known and s.order.placed_at < since else None for s in fresh],
            )
    return [s.id for s in sights]


def keys_of(ids: Iterable[str]) -> dict[str, str]:
    """The parameters by which statements find orders."""
    wanted = sorted(ids)
    return {"parts": ints(int(order_id[:2], 16) for order_id in wanted), "ids": words(wanted)}


def _newer(sight: Sight, changed_at: datetime, content: bytes) -> bool:
    """Not older, and not the same: a channel's clock may have whole seconds only."""
    return sight.order.changed_at >= changed_at and sight.content != content


def _write(conn: Connection, channel: int, sights: Sequence[Sight], before: Sequence[datetime | None]) -> None:
    orders = [s.order for s in sights]
    keys = keys_of(s.id for s in sights)
    conn.execute(
        queries.put_orders,
        {
            **keys,
            "channel": channel,
            "refs": texts(o.id for o in orders),
            "names": texts(o.name or o.id for o in orders),
            "states": words(o.state for o in orders),
            "placed": times(o.placed_at for o in orders),
            "changed": times(o.changed_at for o in orders),
            "contents": words(f'"\\\\x{s.content.hex()}"' for s in sights),
            "currencies": texts(o.currency for o in orders),
            "shippings": words(str(o.shipping) for o in orders),
            "taxes": words(str(o.shipping_tax) for o in orders),
            "lats": nullable(o.buyer.lat for o in orders),
            "lngs": nullable(o.buyer.lng for o in orders),
        },
    )
    _write_lines(conn, sights, before)
    lines = [(s, line) for s in sights for line in s.order.lines]
    of_lines = _keys(s for s, _ in lines)
    there = {"line_parts": of_lines["parts"], "line_ids": of_lines["ids"], "lines": texts(line.id for _, line in lines)}
    conn.execute(queries.zero_lines, {**keys, **there})
    conn.execute(queries.drop_details, keys)
    fees = [(s, n, fee) for s in sights for n, fee in enumerate(s.order.fees)]
    if fees:
        conn.execute(
            queries.add_fees,
            {
                **_keys(s for s, _, _ in fees),
                "ns": ints(n for _, n, _ in fees),
                "kinds": texts(fee.kind for _, _, fee in fees),
                "lines": texts(fee.line for _, _, fee in fees),
                "amounts": words(str(fee.amount) for _, _, fee in fees),
            },
        )
    parcels = [(s, n, parcel) for s in sights for n, parcel in enumerate(s.order.parcels)]
    if parcels:
        conn.execute(
            queries.add_parcels,
            {
                **_keys(s for s, _, _ in parcels),
                "ns": ints(n for _, n, _ in parcels),
                "parcels": texts(p.id for _, _, p in parcels),
                "lines": texts(msgspec.json.encode(p.lines).decode() for _, _, p in parcels),
                "shipped": times(p.shipped_at for _, _, p in parcels),
                "places": texts(p.place for _, _, p in parcels),
                "carriers": texts(p.carrier for _, _, p in parcels),
                "trackings": texts(p.tracking for _, _, p in parcels),
            },
        )
    buyers = [s for s in sights if s.order.buyer != NOBODY]
    if buyers:
        conn.execute(
            queries.put_buyers,
            {
                **_keys(buyers),
                "channel": channel,
                "placed": times(s.order.placed_at for s in buyers),
                "data": texts(msgspec.json.encode(s.order.buyer).decode() for s in buyers),
            },
        )
        conn.execute(queries.forget_erased, _keys(buyers))


def _write_lines(conn: Connection, sights: Sequence[Sight], before: Sequence[datetime | None]) -> None:
    rows = [
        (s, place, line, old) for s, old in zip(sights, before, strict=True) for place, line in enumerate(s.order.lines)
    ]

    def column(of: Callable[[SeenLine], object]) -> str:
        return words(str(of(line)) for _, _, line, _ in rows)

    conn.execute(
        queries.put_lines,
        {
            **_keys(s for s, _, _, _ in rows),
            "lines": texts(line.id for _, _, line, _ in rows),
            "places": ints(place for _, place, _, _ in rows),
            "skus": texts(line.sku for _, _, line, _ in rows),
            "titles": texts(line.title for _, _, line, _ in rows),
            "qtys": ints(_wanted(s.order, line) for s, _, line, _ in rows),
            "returned": column(lambda line: line.returned),
            "prices": column(lambda line: line.price),
            "discounts": column(lambda line: line.discount),
            "taxes": column(lambda line: line.tax),
            "outsides": ints(_shipped(s.order, line.id, old) if old else 0 for s, _, line, old in rows),
            "shipped": ints(_shipped(s.order, line.id) for s, _, line, _ in rows),
        },
    )


def _wanted(order: SeenOrder, line: SeenLine) -> int:
    """Units that have left or are still to leave."""
    over = order.state in ("cancelled", "closed")
    return max(0 if over else line.qty, _shipped(order, line.id))


def _shipped(order: SeenOrder, line: str, before: datetime | None = None) -> int:
    """Units of a line in all parcels, or in those that left before an instant or nobody knows when."""
    parcels = [p for p in order.parcels if before is None or p.shipped_at is None or p.shipped_at < before]
    return sum(parcel.lines.get(line, 0) for parcel in parcels)


def _keys(sights: Iterable[Sight]) -> dict[str, str]:
    """As they come: one for each row, not for each order."""
    rows = list(sights)
    return {"parts": ints(s.part for s in rows), "ids": words(s.id for s in rows)}
