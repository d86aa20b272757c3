"""Writes accepted orders with their lines, in sets sorted by key."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from truestock.core.decide.reserve import Line
from truestock.core.identity import OrderIdentity
from truestock.ledger.work.flush import Sink
from truestock.orders.values import NewOrder, OrderResult
from truestock.store.arrays import ints, nullable, texts, times, words
from truestock.store.sql import load

queries = load(__package__)


class Placed(NamedTuple):
    """An accepted order; `lines` are resolved, `result` says what each was granted."""

    identity: OrderIdentity
    channel: int
    digest: bytes
    actor: str
    order: NewOrder
    result: OrderResult
    lines: tuple[Line, ...]


def write_orders(out: Sink, placed: Sequence[Placed], now: datetime) -> None:
    """Queue the inserts; a key that another process has just taken breaks the transaction, and the batch is redone."""
    rows = sorted(placed)
    orders = [p.order for p in rows]
    out.execute(
        queries.add_orders,
        {
            "parts": ints([p.identity.part for p in rows]),
            "ids": words([p.identity.id for p in rows]),
            "channels": ints([p.channel for p in rows]),
            "refs": texts([o.ref for o in orders]),
            "contents": words(['"\\\\x' + p.digest.hex() + '"' for p in rows]),
            "modes": words([o.mode for o in orders]),
            "states": words([p.result.state for p in rows]),
            "priorities": ints([o.priority for o in orders]),
            "placed": times([o.placed_at for o in orders]),
            "expires": times([p.result.expires_at for p in rows]),
            "lats": nullable([o.lat for o in orders]),
            "lngs": nullable([o.lng for o in orders]),
            "actors": texts([p.actor for p in rows]),
            "lines": words([f'"{_lines(p)}"' for p in rows]),
            "now": now,
        },
        prepare=True,
    )


def _lines(placed: Placed) -> str:
    """In the order of lines and of their items, with the columns of the view order_line."""
    return words(
        [
            f"{{{n},{item},{units},{line.listing.id},{line.qty},{answer.granted},{answer.available}}}"
            for n, (line, answer) in enumerate(zip(placed.lines, placed.result.lines, strict=True))
            for item, units in line.listing.components
        ]
    )
