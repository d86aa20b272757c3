"""Counts among orders, receipts, thefts and failed picks, in any order: in the end the ledger is what lies there."""

from collections.abc import Callable
from random import Random

import pytest

from tests.factories import Shop
from tests.reconciliation.counts.conftest import Counting
from truestock.orders.actions import RejectPick, Ship
from truestock.orders.values import OrderResult
from truestock.reconciliation.counts.due import ask_for_rejected
from truestock.reconciliation.counts.tasks import list_tasks, sheet
from truestock.reconciliation.counts.values import SheetLine


class Aisle:
    """What really lies at dc, beside the books."""

    def __init__(self, counting: Counting, chance: Random) -> None:
        self.counting = counting
        self.shop = counting.shop
        self.chance = chance
        self.there = {self.shop.item(dc=qty): qty for qty in (8, 5, 3)}
        self.orders: list[tuple[str, int, OrderResult]] = []
        self.scanned: list[tuple[int, str]] = []

    def any(self) -> str:
        return self.chance.choice(list(self.there))

    def sell(self) -> None:
        sku, qty = self.any(), self.chance.randint(1, 3)
        found = self.shop.buy("web", {sku: qty})
        if found.granted:
            self.orders.append((sku, qty, found))

    def pick(self) -> None:
        """Pick and ship, or say that it is not there."""
        if not self.orders:
            return
        sku, qty, order = self.orders.pop(self.chance.randrange(len(self.orders)))
        if sum(self.shop.promised(order.id).values()) < qty:
            self.orders.append((sku, qty, order))
        elif self.there[sku] >= qty:
            self.shop.do(Ship("web", order.ref))
            self.there[sku] -= qty
        else:
            self.shop.do(RejectPick("web", order.ref))
            self.orders.append((sku, qty, order))

    def receive(self) -> None:
        sku, qty = self.any(), self.chance.randint(1, 4)
        self.shop.stock(sku, dc=qty)
        self.there[sku] += qty

    def steal(self) -> None:
        sku = self.any()
        self.there[sku] = max(0, self.there[sku] - 1)

    def scan(self) -> None:
        """Scan an item of a task; whether it is said to be done at once is chance's."""
        ask_for_rejected(self.shop.hub.db)
        sku = self.any()
        task = self.task_of(sku)
        if (task, sku) not in self.scanned and self.there[sku]:
            who = self.free(task, sku)
            self.counting.scan(who, task, sku, self.there[sku])
            self.scanned.append((task, sku))

    def finish(self) -> None:
        if self.scanned:
            task, sku = self.scanned.pop(0)
            self.end(task, sku, self.counting.done(self.counter(task, sku), task, sku).state)

    def end(self, task: int, sku: str, state: str | None) -> None:
        if state == "review":
            self.counting.say("lead", task, sku, "approve")

    def task_of(self, sku: str) -> int:
        """The open task of an item; a new one if there is none."""
        for task in list_tasks(self.shop.hub.db).rows:
            if any(line.sku == sku and line.state in ("open", "recount") for line in self.lines(task.id)):
                return task.id
        return self.counting.task(sku, units=0, percent=0)

    def lines(self, task: int) -> list[SheetLine]:
        return list(sheet(self.shop.hub.db, task, "").lines)

    def free(self, task: int, sku: str) -> str:
        """Somebody who has not counted it yet."""
        names = self.counters(task, sku)
        return next(name for name in ("ann", "bob", "cem", "dan") if name not in names)

    def counter(self, task: int, sku: str) -> str:
        return self.counters(task, sku)[-1]

    def counters(self, task: int, sku: str) -> list[str]:
        query = "SELECT l.counters FROM count_line l JOIN item i ON i.id = l.item WHERE l.task = %s AND i.sku = %s"
        ((names,),) = self.shop.read(query, task, sku)
        return list(names)

    def count_everything(self) -> None:
        """Until nothing is open, and then every item once more."""
        ask_for_rejected(self.shop.hub.db)
        while self.scanned:
            self.finish()
        for sku in self.there:
            for _ in range(2):
                task = self.task_of(sku)
                state = None
                while state not in ("deciding", "review"):
                    state = self.counting.counted(self.free(task, sku), task, sku, self.there[sku]).state
                self.end(task, sku, state)


@pytest.mark.parametrize("seed", range(4))
def test_in_the_end_the_ledger_is_what_lies_there(counting: Counting, shop: Shop, seed: int) -> None:
    chance = Random(seed)
    aisle = Aisle(counting, chance)
    steps: list[Callable[[], None]] = [aisle.sell, aisle.pick, aisle.receive, aisle.steal, aisle.scan, aisle.finish]
    for _ in range(40):
        chance.choice(steps)()
    aisle.count_everything()
    for sku, there in aisle.there.items():
        cells = {status: on_hand for (_, _, status, _), (on_hand, _) in shop.cells(sku).items() if on_hand}
        assert cells == ({"sellable": there} if there else {}), f"seed {seed}"
    doubt = "SELECT count(*) FROM rejected_pick WHERE settled < qty AND reason IN ('not_found', 'rejected')"
    assert shop.read(doubt) == [(0,)]
    assert list_tasks(shop.hub.db).rows == ()
