"""What the hub ships and gives up, the real shops learn: in part, once, and with how the parcel is followed."""

from collections.abc import Callable, Iterator

import pytest

from tests.real.company import Company, company_of, until
from tests.real.conftest import Connected
from tests.real.customers import RealShop
from tests.real.vendure.shop import VendureShop
from truestock.connectors.contract.orders import Orders, SeenOrder
from truestock.orders.actions import Release, Ship, ShipLine

pytestmark = pytest.mark.real


@pytest.fixture
def company(database_url: str, shop: RealShop) -> Iterator[Company]:
    code = "vendure" if isinstance(shop, VendureShop) else "medusa"
    with company_of(database_url, {code: shop}) as found:
        yield found


def test_parcels_and_cancellations_of_the_hub_are_told(
    company: Company, shop: RealShop, connected: Connected, new_sku: Callable[[], str]
) -> None:
    (code,) = company.shops
    sku = company.offer(new_sku(), 25)

    def there(order: str) -> SeenOrder:
        page: Orders = connected(lambda connector: connector.orders([order]))
        return page.orders[0]

    with company.at_work():
        until(company.in_step)
        order, whole = shop.buy({sku: 3}), shop.buy({sku: 4})
        until(lambda: {order, whole} <= company.read()[code])
        assert company.ledger.shelf(sku) == {"dc": (25, 7)}

        company.ledger.do(Ship(code, order, [ShipLine(0, 2)], carrier="Van", tracking="T-1"))
        until(lambda: len(there(order).parcels) == 1)
        until(company.in_step)
        assert shop.shown(sku) == 18

        company.ledger.do(Release(code, whole, reason="not found"))
        until(lambda: there(whole).state == "cancelled")
        until(company.in_step)
        assert shop.shown(sku) == 22

        company.ledger.do(Release(code, order, reason="not found"))
        until(lambda: there(order).lines[0].qty == 2)
        found = there(order)
        (parcel,) = found.parcels
        assert (parcel.lines, parcel.tracking) == ({found.lines[0].id: 2}, "T-1")
        assert found.state == "closed"
    assert company.ledger.shelf(sku) == {"dc": (23, 0)}
    company.ledger.proven()
