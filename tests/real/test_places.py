"""A shop with two stock locations shows at each what lies there, and never more than may be sold."""

from collections.abc import Callable, Iterator

import pytest

from tests.real.company import Company, company_of, until
from tests.real.customers import RealShop
from tests.real.vendure.shop import VendureShop

pytestmark = pytest.mark.real


@pytest.fixture
def company(database_url: str, shop: RealShop) -> Iterator[Company]:
    code = "vendure" if isinstance(shop, VendureShop) else "medusa"
    with company_of(database_url, {code: shop}, by_place=True) as found:
        yield found


def test_each_stock_location_has_its_own_number(company: Company, shop: RealShop, new_sku: Callable[[], str]) -> None:
    sku = company.offer(new_sku(), 9, store=4)

    def free() -> list[int]:
        levels = shop.levels(sku)
        return [
            on_hand - held for on_hand, held in (levels.get(place, (0, 0)) for place in (shop.location, shop.second))
        ]

    with company.at_work():
        until(lambda: free() == [9, 4])
        company.ledger.stock(sku, store=2)
        until(lambda: free() == [9, 6])
        shop.buy({sku: 3})
        until(lambda: company.ledger.shelf(sku) == {"dc": (9, 3), "store": (6, 0)})
        until(lambda: free() == [6, 6])
