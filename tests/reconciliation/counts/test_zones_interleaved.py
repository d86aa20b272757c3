"""Zones are counted among sales, receipts and moves, told, told late or never: a naive model says what lies where."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest

from tests.factories import Shop, accept, ago
from tests.reconciliation.counts.conftest import Counting
from truestock.catalog.locations import BinDraft, put_bins
from truestock.ledger.values import AnyBooking, Rebin, Receive, Sale
from truestock.reconciliation.counts.tasks import list_tasks
from truestock.reconciliation.counts.values import Scan, Zone

ZONES: dict[Zone, list[str]] = {"pick": ["A-1", "A-2"], "bulk": ["B-1", "B-2"]}
BINS = [bin_ for bins in ZONES.values() for bin_ in bins]


class Hall:
    """What really lies in each bin of the dc, and who has told of what. Each step takes a minute."""

    def __init__(self, counting: Counting, chance: Random, *, named: bool) -> None:
        self.counting, self.shop, self.chance, self.named = counting, counting.shop, chance, named
        accept(
            put_bins(self.shop.hub.db, [BinDraft("dc", code, zone) for zone, bins in ZONES.items() for code in bins])
        )
        self.now = ago(hours=5)
        self.sku = self.shop.item()
        self.there = dict.fromkeys(BINS, 0)
        self.untold: list[AnyBooking] = []
        self.open: dict[Zone, int] = {}
        self.last: dict[int, Scan] = {}
        for bin_ in BINS:
            self.tell(self.received(bin_, 6), late=False)

    def tick(self) -> None:
        self.now += timedelta(minutes=1)

    def tell(self, booking: AnyBooking, *, late: bool) -> None:
        if late:
            self.untold.append(booking)
        else:
            self.shop.book(booking)

    def received(self, bin_: str, qty: int) -> Receive:
        self.there[bin_] += qty
        named = bin_ if self.named or self.chance.random() < 0.5 else None
        return Receive(sku=self.sku, location="dc", qty=qty, bin=named, effective_at=self.now)

    def receive(self) -> None:
        self.tell(self.received(self.chance.choice(BINS), self.chance.randint(1, 4)), late=self.chance.random() < 0.3)

    def sell(self) -> None:
        """Units leave the bins in the stated order."""
        qty = min(self.chance.randint(1, 3), sum(self.there.values()))
        left = qty
        for bin_ in BINS:
            gone = min(left, self.there[bin_])
            self.there[bin_] -= gone
            left -= gone
        if qty:
            self.tell(
                Sale(sku=self.sku, location="dc", qty=qty, effective_at=self.now), late=self.chance.random() < 0.3
            )

    def carry(self) -> None:
        """From one bin to another; sometimes nobody ever tells."""
        one, other = self.chance.sample(BINS, 2)
        qty = min(self.chance.randint(1, 3), self.there[one])
        self.there[one] -= qty
        self.there[other] += qty
        if qty and self.chance.random() < 0.5:
            told = Rebin(sku=self.sku, location="dc", qty=qty, from_bin=one, to_bin=other, effective_at=self.now)
            self.tell(told, late=False)

    def steal(self) -> None:
        bin_ = self.chance.choice(BINS)
        self.there[bin_] = max(0, self.there[bin_] - 1)

    def tell_late(self) -> None:
        if self.untold:
            self.shop.book(self.untold.pop(self.chance.randrange(len(self.untold))))

    def begin(self) -> None:
        """Scan the bins of a zone; that it is done is said later."""
        zone = self.chance.choice(list(ZONES))
        if zone not in self.open:
            self.open[zone] = self.scan(zone)

    def scan(self, zone: Zone) -> int:
        task = self.counting.task(self.sku, zone=zone, units=10_000)
        lying = {bin_: self.there[bin_] for bin_ in ZONES[zone] if self.there[bin_]}
        for bin_, qty in lying.items():
            said = Scan(self.counting.key(), task, sku=self.sku, bin=bin_, qty=qty, scanned_at=self.now)
            assert self.counting.upload(zone, said)[0].outcome == "taken"
        self.last[task] = Scan(
            self.counting.key(), task, "done" if lying else "nothing", sku=self.sku, scanned_at=self.now
        )
        return task

    def end(self) -> None:
        for zone, task in sorted(self.open.items())[:1]:
            del self.open[zone]
            self.ended(zone, task)

    def ended(self, zone: Zone, task: int) -> None:
        assert self.counting.upload(zone, self.last[task])[0].outcome == "taken"

    def held(self) -> dict[str, int]:
        """By the ledger."""
        rows = self.shop.read("SELECT b.code, s.qty::int FROM bin_stock s JOIN bin b ON b.id = s.bin WHERE s.qty > 0")
        return dict.fromkeys(BINS, 0) | dict(rows)


@pytest.mark.parametrize(
    ("seed", "named"), [*((seed, True) for seed in range(5)), *((seed, False) for seed in range(3))]
)
def test_when_all_zones_are_counted_every_bin_is_right_and_so_is_the_total_but_for_what_lies_in_none(
    counting: Counting, shop: Shop, seed: int, named: bool
) -> None:
    chance = Random(seed)
    hall = Hall(counting, chance, named=named)
    steps: list[Callable[[], None]] = [
        *(hall.receive, hall.sell, hall.sell, hall.carry, hall.steal, hall.tell_late, hall.begin, hall.end)
    ]
    for _ in range(60):
        hall.tick()
        chance.choice(steps)()
    while hall.untold:
        hall.tell_late()
    while hall.open:
        hall.end()
    hall.tick()
    for zone in ZONES:
        hall.ended(zone, hall.scan(zone))
    assert hall.held() == hall.there, f"seed {seed}"
    there, total = sum(hall.there.values()), shop.shelf(hall.sku).get("dc", (0, 0))[0]
    assert total == there if named else total >= there, f"seed {seed}"
    assert list_tasks(shop.hub.db).rows == ()
    counting.counted("who counts all", counting.task(hall.sku, units=10_000), hall.sku, there)
    assert (shop.shelf(hall.sku).get("dc", (0, 0)), hall.held()) == ((there, 0), hall.there), f"seed {seed}"
