"""Two real shops sell the same stock at once: nothing is sold twice, and when it is quiet they show what is there."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.real.company import Company, company_of, until
from tests.real.customers import RealShop, SoldOut, Unwilling
from tests.real.medusa.shop import MedusaShop
from tests.real.vendure.shop import VendureShop

pytestmark = pytest.mark.real
SEED = 20261122
ITEMS, UNITS, BUFFER = 4, 24, 6
ORDERS_EACH = 25


@pytest.fixture
def company(database_url: str, vendure: VendureShop, medusa: MedusaShop) -> Iterator[Company]:
    with company_of(database_url, {"vendure": vendure, "medusa": medusa}) as found:
        yield found


class Floor(threading.Thread):
    """A day in one shop: customers buy one thing or two, the staff ships in part and cancels in part."""

    def __init__(self, shop: RealShop, skus: list[str], seed: int) -> None:
        super().__init__(name=type(shop).__name__)
        self.shop = shop
        self.orders: dict[str, Counter[str]] = {}
        self.shipped: Counter[str] = Counter()
        self.refused = self.parcels = self.cancellations = 0
        self.done = False
        self._skus = skus
        self._random = random.Random(seed)

    def run(self) -> None:
        """Until enough have asked."""
        for _ in range(ORDERS_EACH):
            self._customer()
            if self.orders and self._random.random() < 0.5:
                self._staff(self._random.choice(list(self.orders)))
        self.done = True

    def _customer(self) -> None:
        some = self._random.sample(self._skus, self._random.choice((1, 1, 2)))
        wanted = {sku: self._random.randint(1, 3) for sku in some}
        try:
            order = self.shop.buy(wanted)
        except SoldOut:
            self.refused += 1
        else:
            self.orders[order] = Counter(wanted)

    def _staff(self, order: str) -> None:
        """Ship some of what is left of a line, or cancel one of its units. Never the same order twice at once."""
        left = {sku: units for sku, units in self.orders[order].items() if units}
        if not left:
            return
        sku = self._random.choice(sorted(left))
        if self._random.random() < 0.6:
            units = self._random.randint(1, left[sku])
            try:
                self.shop.ship(order, {sku: units})
            except Unwilling:
                return
            self.shipped[sku] += units
            self.parcels += 1
        else:
            units = 1
            self.shop.cancel(order, {sku: units})
            self.cancellations += 1
        self.orders[order][sku] -= units

    @property
    def open(self) -> Counter[str]:
        """Units that are sold and have not left, by SKU."""
        return sum(self.orders.values(), Counter[str]())


def test_two_shops_sell_the_same_stock_and_nothing_is_sold_twice(
    company: Company, new_sku: Callable[[], str], record_property: Callable[[str, object], None]
) -> None:
    skus = [company.offer(new_sku(), UNITS) for _ in range(ITEMS)]
    for code in company.shops:
        # As many units as one shop can sell while the news of a sale in the other is on its way.
        company.ledger.rule("buffer", BUFFER, channel=code)
    with company.at_work():
        until(company.in_step)
        assert company.shown() == {(code, sku): UNITS - BUFFER for code in company.shops for sku in skus}
        floors = [Floor(shop, skus, SEED + number) for number, shop in enumerate(company.shops.values())]
        began = time.monotonic()
        for floor in floors:
            floor.start()
        for floor in floors:
            floor.join()
        assert all(floor.done for floor in floors)
        record_property("seconds", time.monotonic() - began)
        sold = dict(zip(company.shops, (set(floor.orders) for floor in floors), strict=True))
        until(lambda: all(sold[code] <= company.read()[code] for code in sold))
        # A cancellation that was not read yet need not show: both may be in step without it.
        company.read_anew()
        until(company.in_step)
        shown = company.shown()
    shipped = sum((floor.shipped for floor in floors), Counter[str]())
    open_ = sum((floor.open for floor in floors), Counter[str]())
    assert all(floor.orders and floor.parcels and floor.cancellations for floor in floors)
    for sku in skus:
        assert company.ledger.shelf(sku) == {"dc": (UNITS - shipped[sku], open_[sku])}
        assert company.ledger.owed(sku) == {}
        assert company.ledger.mishaps(sku) == []
        assert open_[sku] + shipped[sku] <= UNITS
        free = max(0, UNITS - shipped[sku] - open_[sku] - BUFFER)
        assert {shown[code, sku] for code in company.shops} == {free}
    assert sum(shipped.values()) + sum(open_.values()) > ITEMS * (UNITS - 2 * BUFFER)
    company.ledger.proven()
