"""Takes what tills sold and took back, as it happens or in the evening: facts, each line booked once for its store,
receipt, item and place in it, whoever tells it, and in whatever way."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from truestock.core.identity import part_of
from truestock.feeds.receiving import queries
from truestock.feeds.receiving.lines import Named, at_number, book_lines, named, read_named
from truestock.feeds.receiving.values import TillLine, TillReceipt
from truestock.ledger.desk import Desk
from truestock.ledger.values import Answer, AnyBooking, Booked, NotBooked, Post, Return, Sale
from truestock.store.arrays import ints
from truestock.store.lane import Deferred

# A till tells the second, a file perhaps the day only, in whatever zone.
SAME_DAY: Final = timedelta(hours=36)


class RingUp:
    """A till's receipt on its way, with who sends it; `keys` are its lines', by default those of `line_key`."""

    __slots__ = ("actor", "keys", "receipt", "weight")

    def __init__(self, receipt: TillReceipt, actor: str = "", keys: Sequence[str] | None = None) -> None:
        self.receipt = receipt
        self.actor = actor
        self.keys = keys
        self.weight = len(receipt.lines)


def line_key(place: Sequence[str], nth: str) -> str:
    """What a line of a till's receipt is known by, whether the till tells it or a file. `place`: the receipt's number,
    the store, the item, its lot (empty: none is named); `nth`: the line's own number, or which of its kind it is."""
    return msgspec.json.encode(["till", *place, nth]).decode()


def ring_up(desk: Desk, commands: Sequence[RingUp], wait: bool = True) -> list[list[Answer] | Deferred]:
    """One answer a line for each receipt, in their order. Without `wait`, a receipt whose items another process holds
    is answered Deferred."""
    barcodes = read_named(desk.conn, [line for command in commands for line in command.receipt.lines])
    asked = []
    for command in commands:
        receipt = command.receipt
        found = [named(line, barcodes) for line in receipt.lines]
        keys = command.keys or _keys(receipt, found)
        asked.append(
            [
                one if isinstance(one, NotBooked) else _post(command, line, one, key)
                for line, one, key in zip(receipt.lines, found, keys, strict=True)
            ]
        )
    told = book_lines(desk, asked, wait, "sold_at")
    times = _times(desk, [one for found in told if not isinstance(found, Deferred) for one in found])
    return [
        found
        if isinstance(found, Deferred)
        else [at_number(_of_its_day(one, command.receipt, times), "receipt") for one in found]
        for command, found in zip(commands, told, strict=True)
    ]


def _times(desk: Desk, answers: Sequence[Answer]) -> dict[int, datetime]:
    """When what was told before had happened, by movement."""
    known = sorted({one.movement for one in answers if isinstance(one, Booked) and one.replay})
    if not known:
        return {}
    parameters = {"parts": ints(map(part_of, known)), "ids": ints(known)}
    return dict(desk.conn.execute(queries.movement_times, parameters).fetchall())


def _of_its_day(one: Answer, receipt: TillReceipt, times: Mapping[int, datetime]) -> Answer:
    """An answer; where a receipt of another day has this number, as where tills begin anew, nothing was told before."""
    at = times.get(one.movement) if isinstance(one, Booked) else None
    if at is None or receipt.sold_at is None or abs(at - receipt.sold_at) <= SAME_DAY:
        return one
    detail = "a receipt of another day has this number; where numbers begin anew, put the date into them"
    return NotBooked("idempotency-key-reused", "ref", detail)


def _keys(receipt: TillReceipt, found: Sequence[Named | NotBooked]) -> list[str]:
    """The key of each line; one that names nothing has none."""
    nth: Counter[tuple[str, str]] = Counter()
    keys = []
    for line, one in zip(receipt.lines, found, strict=True):
        sku, lot = "" if isinstance(one, NotBooked) else one.sku, line.lot or ""
        nth[sku, lot] += 1
        keys.append(line_key([receipt.ref, receipt.location, sku, lot], line.serial or str(nth[sku, lot])))
    return keys


def _post(command: RingUp, line: TillLine, item: Named, key: str) -> Post:
    """A line; who tells it again may know another time or channel, but not another number of units."""
    units = item.units * line.qty
    booking = _booking(command.receipt, line, item.sku, units)
    return Post(booking, command.actor, key, -units if line.returned else units)


def _booking(receipt: TillReceipt, line: TillLine, sku: str, qty: int) -> AnyBooking:
    shared = {
        "sku": sku,
        "location": receipt.location,
        "qty": qty,
        "lot": line.lot,
        "effective_at": receipt.sold_at,
        "source": receipt.source,
        "ref": receipt.ref,
    }
    if line.returned:
        return msgspec.convert({**shared, "kind": "return", "status": line.status}, Return)
    return msgspec.convert({**shared, "kind": "sale", "channel": receipt.channel}, Sale)
