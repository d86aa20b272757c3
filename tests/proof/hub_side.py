"""The hub as an interleaving sees it: told through its use cases and feeds, read from its tables."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from io import BytesIO
from itertools import count
from typing import Any

from tests.factories import Shop, accept
from tests.proof.naive import Cell
from truestock.catalog.items import ItemDraft, put_items
from truestock.connections.seal import Seal
from truestock.core.feed import Meaning
from truestock.core.words import Status
from truestock.feeds.receiving.decide import Decide, decide
from truestock.feeds.receiving.put_away import Shelve, put_away
from truestock.feeds.receiving.receive import receive
from truestock.feeds.receiving.till import RingUp, ring_up
from truestock.feeds.receiving.transfer import Lose, Send, lose, send
from truestock.feeds.receiving.values import (
    Decision,
    Lost,
    PutAwayUnits,
    Receipt,
    ReceiptLine,
    Receive,
    TillLine,
    TillReceipt,
    Transfer,
    TransferLine,
)
from truestock.feeds.stock.engine.engine import FeedEngine
from truestock.feeds.stock.engine.feeds import put_feed, remove_feed
from truestock.feeds.stock.engine.mending import Mending
from truestock.feeds.stock.engine.runs import Run
from truestock.feeds.stock.engine.settings import FeedSettings, NewFeed
from truestock.feeds.stock.engine.taking import FeedFile
from truestock.ledger.documents import Document, DocumentLine, put_document, read_document
from truestock.ledger.values import AnyBooking, Booked

KEY = Seal(bytes(32))
CELLS = (
    "SELECT i.sku, l.code, s.status, sum(s.on_hand)::int, sum(s.reserved)::int FROM item i JOIN stock s "
    "ON s.item = i.id JOIN location l ON l.id = s.loc WHERE i.sku = ANY (%s) GROUP BY 1, 2, 3"
)
PROMISES = (
    "SELECT replace(p.order_id::text, '-', ''), p.line, i.sku, l.code, sum(p.qty - p.posted - p.voided)::int "
    "FROM item i JOIN promise p ON p.item = i.id JOIN location l ON l.id = p.loc "
    "WHERE i.sku = ANY (%s) AND p.qty > p.posted + p.voided GROUP BY 1, 2, 3, 4"
)
OWED = (
    "SELECT replace(s.order_id::text, '-', ''), s.line, i.sku, sum(s.qty - s.filled - s.cancelled)::int "
    "FROM item i JOIN short s ON s.item = i.id WHERE i.sku = ANY (%s) AND s.filled + s.cancelled < s.qty "
    "GROUP BY 1, 2, 3"
)
WAITING = (
    "SELECT i.sku, l.code, sum(r.waiting)::int FROM item i JOIN received r ON r.item = i.id "
    "JOIN location l ON l.id = r.loc WHERE i.sku = ANY (%s) AND r.waiting > 0 GROUP BY 1, 2"
)
BELOW_ZERO_UNDER_WAY = (
    "SELECT i.sku, s.lot, s.on_hand FROM item i JOIN stock s ON s.item = i.id "
    "WHERE i.sku = ANY (%s) AND s.status = 6 AND s.on_hand < 0"
)
Place = tuple[str, int, str, str]  # order, line, SKU, location
Line = tuple[str, int, str]


class HubSide:
    """Of one interleaving, with items of its own, all in one category that its feeds speak of."""

    _stories = count(1)

    def __init__(self, shop: Shop, *, lots: Sequence[bool]) -> None:
        self.shop = shop
        self.name = f"story{next(HubSide._stories)}"
        self.skus = [f"{self.name}-{n}" for n in range(len(lots))]
        accept(
            put_items(
                shop.hub.db,
                [
                    ItemDraft(sku, category=self.name, lot_tracked=tracked)
                    for sku, tracked in zip(self.skus, lots, strict=True)
                ],
            )
        )
        self.tracked = {sku for sku, tracked in zip(self.skus, lots, strict=True) if tracked}
        self.codes: list[str] = []
        self.feeds = FeedEngine(shop.hub.db, shop.hub.rules)
        self.mending = Mending(shop.hub.db, shop.hub.rules)

    # reading

    def cells(self) -> tuple[dict[Cell, int], dict[Cell, int]]:
        """On hand and reserved, of the cells that have any."""
        on_hand: dict[Cell, int] = {}
        reserved: dict[Cell, int] = {}
        for sku, loc, status, units, kept in self.shop.read(CELLS, self.skus):
            cell = (sku, loc, Status(status).name.lower())
            if units:
                on_hand[cell] = units
            if kept:
                reserved[cell] = kept
        return on_hand, reserved

    def promises(self) -> dict[Place, int]:
        """Open units of order lines by where they are promised."""
        return {(order, line, sku, loc): units for order, line, sku, loc, units in self.shop.read(PROMISES, self.skus)}

    def owed(self) -> dict[Line, int]:
        """Open shorts of order lines."""
        return {(order, line, sku): units for order, line, sku, units in self.shop.read(OWED, self.skus)}

    def waiting(self) -> dict[tuple[str, str], int]:
        """Units that wait for a decision, by SKU and location."""
        return {(sku, loc): units for sku, loc, units in self.shop.read(WAITING, self.skus)}

    def below_zero_under_way(self) -> list[Any]:
        """Lots of which fewer than none are under way."""
        return self.shop.read(BELOW_ZERO_UNDER_WAY, self.skus)

    # telling

    def book(self, booking: AnyBooking, key: str) -> Booked:
        (answer,) = self.shop.try_book(booking, key=f"{self.name}:{key}")
        assert isinstance(answer, Booked), answer
        return answer

    def ring_up(self, ref: str, sku: str, qty: int, at: datetime, *, returned: bool) -> None:
        line = TillLine(qty, sku, returned=returned)
        receipt = TillReceipt(f"{self.name}-{ref}", "store", [line], sold_at=at, channel="retail")
        ((told,),) = self.shop.run(ring_up, [RingUp(receipt, "till")])
        assert isinstance(told, Booked), told

    def order_supply(self, ref: str, sku: str, loc: str, qty: int, due_at: datetime) -> str:
        document = Document(f"{self.name}-{ref}", [DocumentLine(sku, qty, loc, due_at)], "mill")
        return put_document(self.shop.hub.db, self.shop.hub.rules, document, "buyer").ref

    def still_expected(self, document: str) -> int:
        lines = read_document(self.shop.hub.db, document).lines
        return sum(max(0, line.qty - line.received - line.lost) for line in lines if line.state == "open")

    def receive(
        self, ref: str, sku: str, loc: str, qty: int, at: datetime, document: str | None, lot: str | None
    ) -> None:
        line = ReceiptLine(qty, sku, lot=lot)
        receipt = Receipt(f"{self.name}-{ref}", loc, [line], document=document, received_at=at)
        (told,) = self.shop.run(receive, [Receive(receipt, "clerk")])
        assert not told.refused, told

    def decide(self, sku: str, loc: str, qty: int, *, passed: bool) -> None:
        decision = (
            Decision(sku, loc, "passed", qty)
            if passed
            else Decision(sku, loc, "failed", qty, goes_to="damaged", reason="broken")
        )
        (told,) = self.shop.run(decide, [Decide(decision, "chief")])
        assert getattr(told, "qty", None) == qty, told

    def put_away(self, sku: str, loc: str, qty: int) -> None:
        (told,) = self.shop.run(put_away, [Shelve(PutAwayUnits(loc, qty, sku), "clerk")])
        assert getattr(told, "qty", None) == qty, told

    def send(self, ref: str, sku: str, qty: int, at: datetime, due_at: datetime) -> str:
        transfer = Transfer(f"{self.name}-{ref}", "dc", "store", due_at, [TransferLine(sku, qty)], at)
        ((told,),) = self.shop.run(send, [Send(transfer, "clerk")])
        assert isinstance(told, Booked), told
        return transfer.ref

    def lose(self, ref: str, qty: int | None) -> int:
        (told,) = self.shop.run(lose, [Lose(Lost(ref, "the lorry burnt", qty=qty), "clerk")])
        return sum(told.units.values()) if hasattr(told, "units") else 0

    # feeds

    def add_feed(self, code: str, meaning: Meaning, **settings: Any) -> None:
        scope = FeedSettings(categories=(self.name,), **settings)
        self.codes.append(f"{self.name}-{code}")
        put_feed(self.shop.hub.db, KEY, self.codes[-1], NewFeed(meaning, settings=scope), on_lan=False)

    def close(self) -> None:
        """Forget the feeds, of which a hub takes only so many."""
        for code in self.codes:
            remove_feed(self.shop.hub.db, code)

    def take(self, code: str, content: bytes, as_of: datetime, booked_until: datetime | None = None) -> Run:
        """A file, which asks where it would take everything away, and is told to go on."""
        file = FeedFile("file.csv", BytesIO(content), as_of, booked_until)
        run = self.feeds.take(f"{self.name}-{code}", file, "feeder")
        if run.state == "asks":
            run = self.feeds.confirm(run.id, "chief", take=True)
        assert run.state == "done", run
        assert not run.report.quarantined, run.report.faults
        return run

    def undo(self, run: Run) -> None:
        """Take back everything that a file did."""
        self.mending.undo(run.id, "chief", "", preview=False)


def csv_of(header: str, rows: Iterable[Sequence[object]]) -> bytes:
    """A file as sources send it."""
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)]).encode()


def summed(units: dict[Place, int], key: Callable[[Place], Any]) -> dict[Any, int]:
    """Units of places put together."""
    found: dict[Any, int] = defaultdict(int)
    for place, qty in units.items():
        found[key(place)] += qty
    return dict(found)
