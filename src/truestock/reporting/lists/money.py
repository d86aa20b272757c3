"""What an order was sold for, as its channel has it, and what the channel keeps of that, with where each was told."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from truestock.core.identity import OrderIdentity
from truestock.store.database import Connection
from truestock.store.sql import load

queries = load(__package__)


@dataclass(frozen=True, slots=True)
class SoldRow:
    """A line of the channel's order: `price` of one unit before discounts, `discount` and `tax` of the whole line."""

    line: str
    sku: str
    title: str
    qty: int
    price: Decimal
    discount: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class FeeSum:
    """What a channel keeps, below zero where it gave back; `line` is empty where it is of none.

    `source`: the order itself, a settlement that the channel told, or a file. `posted_at`: the newest of a settlement's
    or a file's; an order does not say."""

    line: str
    kind: str
    amount: Decimal
    currency: str
    source: str
    settlement: str
    posted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Money:
    """`shipping` is what the buyer was charged for it, without tax. Empty where the order did not come from its channel
    and only fees are known of it. A fee that both the order and a settlement tell stands here twice."""

    currency: str
    shipping: Decimal
    shipping_tax: Decimal
    lines: tuple[SoldRow, ...]
    fees: tuple[FeeSum, ...]


def money_of(conn: Connection, channel: int, ref: str, identity: OrderIdentity) -> Money | None:
    """None where nothing is known."""
    keys: dict[str, object] = {"part": identity.part, "id": identity.id}
    head = conn.execute(queries.money_of_order, {**keys, "channel": channel, "ref": ref}).fetchone()
    currency, shipping, shipping_tax = "", Decimal(0), Decimal(0)
    if head is not None:
        keys["part"], keys["id"], currency, shipping, shipping_tax = head
    fees = tuple(FeeSum(*row) for row in conn.execute(queries.fees_of_order, keys))
    if head is None and not fees:
        return None
    lines = tuple(SoldRow(*row) for row in conn.execute(queries.lines_sold, keys))
    return Money(currency, shipping, shipping_tax, lines, fees)
