"""Who receives: orders and receives through the real use cases, and reads what is there."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.factories import Shop, ahead
from truestock.feeds.receiving.decide import Decide, decide
from truestock.feeds.receiving.put_away import Shelve, put_away
from truestock.feeds.receiving.receive import receive
from truestock.feeds.receiving.rules import ReceivingRuleDraft, put_receiving_rule
from truestock.feeds.receiving.till import RingUp, ring_up
from truestock.feeds.receiving.transfer import Lose, Send, lose, send
from truestock.feeds.receiving.values import (
    Decided,
    Decision,
    LineTold,
    Lost,
    PutAwayUnits,
    Receipt,
    ReceiptLine,
    ReceiptTold,
    Receive,
    TillLine,
    TillReceipt,
    Transfer,
    TransferLine,
    Variance,
)
from truestock.feeds.receiving.variances.vary import Vary, vary
from truestock.ledger.desk import Desk
from truestock.ledger.documents import Document, DocumentLine, StoredDocument, put_document, read_document
from truestock.ledger.reverse import reverse


class Clerk:
    """At a shop's hub."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def order(
        self, lines: Mapping[str, int], *, location: str = "dc", due_at: datetime | None = None, supplier: str = ""
    ) -> str:
        """A purchase order; returns its number."""
        ref = self.shop.new_ref()
        said = [DocumentLine(sku, qty) for sku, qty in lines.items()]
        document = Document(ref, said, supplier, location, due_at or ahead(hours=1))
        put_document(self.shop.hub.db, self.shop.hub.rules, document, "buyer")
        return ref

    def document(self, ref: str) -> StoredDocument:
        """A document as it stands."""
        return read_document(self.shop.hub.db, ref)

    def rule(self, **said: Any) -> int:
        """A receiving rule; returns its id."""
        return put_receiving_rule(self.shop.hub.db, ReceivingRuleDraft(**said))

    def receive(self, lines: Mapping[str, int] | list[ReceiptLine], **said: Any) -> ReceiptTold:
        """One receipt, at the dc unless it says otherwise."""
        named = lines if isinstance(lines, list) else [ReceiptLine(qty, sku) for sku, qty in lines.items()]
        key = said.pop("key", None)
        receipt = Receipt(said.pop("ref", None) or self.shop.new_ref(), said.pop("location", "dc"), named, **said)
        (told,) = self.shop.run(receive, [Receive(receipt, "clerk", key)])
        assert isinstance(told, ReceiptTold)
        return told

    def line(self, sku: str, qty: int, **said: Any) -> LineTold:
        """A receipt of one line."""
        (told,) = self.receive({sku: qty}, **said).lines
        assert told.problem is None, told.problem
        return told

    def decide(self, sku: str, decision: Any, qty: int | None = None, **said: Any) -> Any:
        """A decision on what waits at the dc."""
        key, who = said.pop("key", None), said.pop("who", "chief")
        found = Decision(sku, said.pop("location", "dc"), decision, qty, **said)
        return self.shop.run(decide, [Decide(found, who, key)])[0]

    def decided(self, sku: str, decision: Any, qty: int | None = None, **said: Any) -> Decided:
        """One that is not refused."""
        answer = self.decide(sku, decision, qty, **said)
        assert isinstance(answer, Decided), answer
        return answer

    def put_away(self, sku: str, qty: int, **said: Any) -> Any:
        """Units onto the shelf of the dc."""
        key = said.pop("key", None)
        units = PutAwayUnits(said.pop("location", "dc"), qty, sku, **said)
        return self.shop.run(put_away, [Shelve(units, "clerk", key)])[0]

    def send(self, lines: Mapping[str, int], ref: str | None = None, due_at: datetime | None = None) -> str:
        """A transfer from the dc to the store; returns its number."""
        ref = ref or self.shop.new_ref()
        said = [TransferLine(sku, qty) for sku, qty in lines.items()]
        (told,) = self.shop.run(send, [Send(Transfer(ref, "dc", "store", due_at or ahead(days=1), said), "clerk")])
        assert all(hasattr(line, "movement") for line in told), told
        return ref

    def lose(self, ref: str, sku: str | None = None, *, key: str | None = None, **said: Any) -> Any:
        """What has not arrived is lost."""
        return self.shop.run(lose, [Lose(Lost(ref, "the lorry burnt", sku, **said), "clerk", key)])[0]

    def undo(self, movement: int) -> None:
        """Reverse a movement."""
        with self.shop.hub.db.connect() as conn:
            reverse(Desk(conn, self.shop.hub.rules), movement, "test", "a mistake", preview=False)

    def vary(self, sku: str, reason: str, qty: int = 1, **said: Any) -> Any:
        """A variance at the dc."""
        key = said.pop("key", None)
        found = Variance(said.pop("location", "dc"), reason, qty, sku, **said)
        return self.shop.run(vary, [Vary(found, "clerk", key)])[0]

    def ring_up(self, lines: list[TillLine], **said: Any) -> list[Any]:
        """A receipt of the store's till."""
        ref = said.pop("ref", None) or self.shop.new_ref()
        receipt = TillReceipt(ref, said.pop("location", "store"), lines, **said)
        found: list[Any] = self.shop.run(ring_up, [RingUp(receipt, "till")])[0]
        return found
