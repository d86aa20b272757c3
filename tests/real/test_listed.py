"""Both real shops tell what they sell, with titles and what would be sold."""

from collections.abc import Callable

import pytest

from tests.real.conftest import Connected
from tests.real.customers import RealShop
from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.listed import Listed, Listings

pytestmark = pytest.mark.real


def listed(connected: Connected, **settings: object) -> dict[str, Listed]:
    """All that is listed, by SKU; none is told twice."""

    def page(cursor: str) -> Listings:
        found: Listings = connected(lambda connector: connector.listings(cursor), **settings)
        return found

    pages = [page("")]
    while pages[-1].more:
        pages.append(page(pages[-1].cursor))
    found = [one for page in pages for one in page.listings]
    by_sku = {one.sku: one for one in found}
    assert len(by_sku) == len(found)
    return by_sku


def test_what_is_sold_is_listed_with_what_is_left_of_it(
    shop: RealShop, connected: Connected, new_sku: Callable[[], str]
) -> None:
    shop.put(bought := new_sku())
    shop.put(untouched := new_sku())
    connected(lambda connector: connector.push([Line(bought, 10, 1, "ts-1-1")]))
    shop.buy({bought: 3})
    found = listed(connected)
    assert bought in found[bought].title
    assert found[bought].shown == 7
    assert found[untouched].shown in (0, None)
    everywhere = listed(connected, location="")
    assert everywhere[bought].shown == 7
    assert new_sku() not in found
