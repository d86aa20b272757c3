"""Somebody who counts: sheets, scans and verdicts through the real use cases."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, Literal

import pytest

from tests.factories import Shop
from truestock.catalog.barcodes import BarcodeDraft, put_barcodes
from truestock.core.problems import Problem
from truestock.ledger.post import post
from truestock.ledger.values import Answer, Post
from truestock.reconciliation.counts.decide import decide, list_results
from truestock.reconciliation.counts.doubt.cancel import cancel
from truestock.reconciliation.counts.taking.scans import take_scans
from truestock.reconciliation.counts.tasks import ask
from truestock.reconciliation.counts.values import Cancel, LineResult, NewTask, Scan, ScanAnswer, Upload, Verdict, Zone


@dataclass
class Counting:
    """A shop where items are counted."""

    shop: Shop
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def task(self, *skus: str, location: str = "dc", zone: Zone = "", units: int = 1, percent: int = 2) -> int:
        """Items to be counted."""
        wanted = NewTask(location, list(skus), zone=zone, tolerance_units=units, tolerance_percent=percent)
        return ask(self.shop.hub.db, wanted, "lead").id

    def key(self) -> str:
        """A key as a device makes it."""
        return f"device-{next(self.numbers):06}"

    def upload(self, who: str, *scans: Scan, sent_at: datetime | None = None) -> list[ScanAnswer]:
        """Send scans as they are."""
        return take_scans(self.shop.hub.db, self.book, Upload(list(scans), sent_at), who)

    def scan(self, who: str, task: int, sku: str, qty: int = 1, **more: Any) -> ScanAnswer:
        """So many units were there."""
        return self.upload(who, Scan(self.key(), task, sku=sku, qty=qty, **more))[0]

    def done(self, who: str, task: int, sku: str) -> ScanAnswer:
        """All of it is counted."""
        return self.upload(who, Scan(self.key(), task, "done", sku=sku))[0]

    def counted(self, who: str, task: int, sku: str, qty: int, **more: Any) -> ScanAnswer:
        """Count an item whole."""
        if qty:
            assert self.scan(who, task, sku, qty, **more).outcome == "taken"
            return self.done(who, task, sku)
        return self.upload(who, Scan(self.key(), task, "nothing", sku=sku))[0]

    def book(self, posts: Sequence[Post]) -> list[Answer]:
        """As surfaces have it booked."""
        return self.shop.run(post, posts)

    def say(self, who: str, task: int, sku: str, decision: Literal["approve", "recount", "dismiss"]) -> str:
        """A verdict: the state after it, or the type of the problem."""
        verdict = Verdict(task, sku, decision, "looked again")
        (answer,) = decide(self.shop.hub.db, self.book, [verdict], who)
        return answer.type if isinstance(answer, Problem) else answer.state

    def cancel(self, task: int, in_doubt: Literal["sellable", "recount"] | None = None) -> None:
        """Have a task not counted any more."""
        cancel(self.shop.hub.db, self.book, task, Cancel(in_doubt, "not needed"), "lead")

    def result(self, task: int, sku: str) -> LineResult:
        """What came of a line."""
        (found,) = [row for row in list_results(self.shop.hub.db, task=task).rows if row.sku == sku]
        return found

    def barcode(self, sku: str, gtin: str, units: int = 1) -> str:
        """Give an item a barcode."""
        put_barcodes(self.shop.hub.db, [BarcodeDraft(gtin, sku, units)])
        return gtin


@pytest.fixture
def counting(shop: Shop) -> Iterator[Counting]:
    yield Counting(shop)
    shop.proven()
