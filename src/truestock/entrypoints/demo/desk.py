"""What waits for somebody in the demo: a purchase order of which some has come and is to be put away, and a count that
two people took and that differs.

It is all about an item that no channel sells yet, so that whatever a visitor decides changes no figure of the show."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from truestock.bootstrap import Hub
from truestock.catalog.items import ItemDraft, put_items
from truestock.feeds.receiving.receive import receive
from truestock.feeds.receiving.rules import ReceivingRuleDraft, put_receiving_rule
from truestock.feeds.receiving.values import Receipt, ReceiptLine, Receive
from truestock.feeds.replay.prepare import ACTOR
from truestock.ledger.documents import Document, DocumentLine, put_document
from truestock.ledger.post import post
from truestock.ledger.values import Answer, Opening, Post
from truestock.reconciliation.counts.taking.scans import take_scans
from truestock.reconciliation.counts.tasks import ask
from truestock.reconciliation.counts.values import NewTask, Scan, Upload

NOVELTY: Final = "NEW-1"
_NAME: Final = "Novelty, not on sale yet"
_ORDERED, _CAME, _THERE, _COUNTED = 48, 30, 24, 21
_COUNTERS: Final = ("counter-1", "counter-2")


def set_out(hub: Hub, place: str) -> None:
    """Bring the item, its purchase order and its count to a place of a hub that is new."""
    put_items(hub.db, [ItemDraft(NOVELTY, _NAME, cost=Decimal("7.50"))])
    put_receiving_rule(hub.db, ReceivingRuleDraft(location=place, item=NOVELTY, lands="receiving"))
    hub.run(post, [Post(Opening(sku=NOVELTY, location=place, qty=_THERE, source=ACTOR), ACTOR)])
    due_at = datetime.now(UTC) + timedelta(days=3)
    line = DocumentLine(sku=NOVELTY, qty=_ORDERED)
    put_document(hub.db, hub.rules, Document("PO-NEW", [line], "Makers", place, due_at), ACTOR)
    came = Receipt("GR-1", place, [ReceiptLine(sku=NOVELTY, qty=_CAME)], "PO-NEW")
    hub.run(receive, [Receive(came, "dock")])
    _count(hub, place)


def _count(hub: Hub, place: str) -> None:
    """Two people find fewer than the ledger has; a third is to decide."""

    def book(posts: Sequence[Post]) -> list[Answer]:
        return hub.run(post, posts)

    task = ask(hub.db, NewTask(place, [NOVELTY]), ACTOR).id
    for who in _COUNTERS:
        found: dict[str, Any] = {"task": task, "sku": NOVELTY}
        units, done = Scan(f"{who}-units", qty=_COUNTED, **found), Scan(f"{who}-done", kind="done", **found)
        take_scans(hub.db, book, Upload([units, done]), who)
