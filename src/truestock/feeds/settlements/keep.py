"""Keeps settled fees, each once, with the order that they are of, whether that has come yet or not."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

from truestock.connectors.contract.orders import SettledFee
from truestock.core.identity import order_identity, part_of_text
from truestock.feeds.settlements import queries
from truestock.store.arrays import ints, texts, times, words
from truestock.store.database import Connection
from truestock.store.errors import Busy

# Fees that are kept in one transaction.
AT_ONCE: Final = 1_000
AMOUNT_MAX: Final = 10**12
Source = Literal["settlement", "file"]
Kept = Literal["new", "known", "differs", "gone", "absent"]
Key = tuple[str, str]
Content = tuple[str, str, str, Decimal, str, datetime, str]


def keep(conn: Connection, channel: int, fees: Sequence[SettledFee], source: Source) -> list[Kept]:
    """What became of each: new, known from an earlier time, or there with another content, which stays.

    Raises Busy when somebody takes out at this moment what was there."""
    first: dict[Key, SettledFee] = {}
    for fee in fees:
        first.setdefault(_key(fee), fee)
    rows = list(first.values())
    keys = _keys(channel, rows)
    new = {(ref, id_) for ref, id_ in conn.execute(queries.add_fees, {**keys, **_columns(channel, rows, source)})}
    stored = _stored(conn, keys)
    if len(stored) < len(rows):
        raise Busy("fees that were here are being taken out; try again")
    return [_became(fee, fee is first[_key(fee)] and _key(fee) in new, stored) for fee in fees]


def compared(conn: Connection, channel: int, fees: Sequence[SettledFee]) -> list[Kept]:
    """What would become of each; nothing is written."""
    stored = _stored(conn, _keys(channel, fees))
    return [_became(fee, _key(fee) not in stored, stored) for fee in fees]


def drop(conn: Connection, channel: int, fees: Sequence[SettledFee]) -> list[Kept]:
    """Take fees out again that a file has brought: each is gone, or was not there as it is told here."""
    stored = _stored(conn, _keys(channel, fees))
    same = [fee for fee in fees if stored.get(_key(fee)) == _content(fee)]
    gone = {(ref, id_) for ref, id_ in conn.execute(queries.drop_fees, _keys(channel, same))}
    return ["gone" if _key(fee) in gone else "absent" for fee in fees]


def _stored(conn: Connection, keys: Mapping[str, object]) -> dict[Key, Content]:
    rows = conn.execute(queries.kept_fees, keys).fetchall()
    return {(row[0], row[1]): row[2:] for row in rows}


def _became(fee: SettledFee, new: bool, stored: Mapping[Key, Content]) -> Kept:
    if new:
        return "new"
    return "known" if stored[_key(fee)] == _content(fee) else "differs"


def _key(fee: SettledFee) -> Key:
    return fee.order, fee.id


def _content(fee: SettledFee) -> Content:
    return fee.line, fee.sku, fee.kind, fee.amount, fee.currency, fee.posted_at, fee.settlement


def _keys(channel: int, fees: Sequence[SettledFee]) -> dict[str, object]:
    return {
        "channel": channel,
        "parts": ints(_part(channel, fee) for fee in fees),
        "refs": texts(fee.order for fee in fees),
        "ids": texts(fee.id for fee in fees),
    }


def _part(channel: int, fee: SettledFee) -> int:
    return order_identity(channel, fee.order).part if fee.order else part_of_text("fee", str(channel), fee.id)


def _columns(channel: int, fees: Sequence[SettledFee], source: Source) -> dict[str, object]:
    return {
        "orders": words(order_identity(channel, fee.order).id if fee.order else "NULL" for fee in fees),
        "lines": texts(fee.line for fee in fees),
        "skus": texts(fee.sku for fee in fees),
        "kinds": texts(fee.kind for fee in fees),
        "amounts": words(str(fee.amount) for fee in fees),
        "currencies": texts(fee.currency for fee in fees),
        "posted": times(fee.posted_at for fee in fees),
        "settlements": texts(fee.settlement for fee in fees),
        "source": source,
    }
