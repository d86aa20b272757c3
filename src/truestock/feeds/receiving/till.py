"""Takes what tills sold and took back, as it happens or in the evening: facts, each line booked once for its store,
receipt and place in it, whoever tells it again."""

from collections.abc import Sequence

import msgspec

from truestock.feeds.receiving.lines import at_number, book_lines, named, read_named
from truestock.feeds.receiving.values import TillLine, TillReceipt
from truestock.ledger.desk import Desk
from truestock.ledger.values import Answer, AnyBooking, NotBooked, Post, Return, Sale
from truestock.store.lane import Deferred


class RingUp:
    """A till's receipt on its way, with who sends it; `key` tells it from others, by default by store and number."""

    __slots__ = ("actor", "key", "receipt", "weight")

    def __init__(self, receipt: TillReceipt, actor: str = "", key: str | None = None) -> None:
        self.receipt = receipt
        self.actor = actor
        self.key = key if key is not None else f"till:{receipt.location}/{receipt.ref}"
        self.weight = len(receipt.lines)


def ring_up(desk: Desk, commands: Sequence[RingUp], wait: bool = True) -> list[list[Answer] | Deferred]:
    """One answer a line for each receipt, in their order. Without `wait`, a receipt whose items another process holds
    is answered Deferred."""
    barcodes = read_named(desk.conn, [line for command in commands for line in command.receipt.lines])
    asked = []
    for command in commands:
        posts: list[Post | NotBooked] = []
        for n, line in enumerate(command.receipt.lines):
            found = named(line, barcodes)
            if isinstance(found, NotBooked):
                posts.append(found)
            else:
                booking = _booking(command.receipt, line, found.sku, found.units * line.qty)
                posts.append(Post(booking, command.actor, f"{command.key}:{n}"))
        asked.append(posts)
    told = book_lines(desk, asked, wait, "sold_at")
    return [found if isinstance(found, Deferred) else [at_number(one, "receipt") for one in found] for found in told]


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
