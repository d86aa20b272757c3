"""What a seller lists is read a page at a time, also beyond what one search may page through."""

import msgspec
import pytest

from tests.connectors.amazon.conftest import Hub
from tests.connectors.counterparts.amazon import Account
from truestock.connectors.amazon.connector import Centres, Merchant
from truestock.connectors.amazon.mapping.listed import Entry, Page, Pagination, Place, Summary, place_after
from truestock.connectors.amazon.mapping.reading import NotAsAgreed
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.listed import Listed, Listings, ListsListings


async def all_of(connector: Merchant | Centres) -> list[Listings]:
    assert isinstance(connector, ListsListings)
    assert connector.lists
    pages = [await connector.listings("")]
    while pages[-1].more:
        pages.append(await connector.listings(pages[-1].cursor))
        assert len(pages) < 50
    return pages


def of_all(pages: list[Listings]) -> list[Listed]:
    return [listed for page in pages for listed in page.listings]


def test_listings_are_read_with_titles_barcodes_and_quantities(account: Account, hub: Hub) -> None:
    account.page = 2
    account.put("MUG", 3, title="Blue mug", barcode="4006381333931")
    account.put("TEE", 0)
    account.put("FBA", None, centre="AMAZON_NA", title="Cap")
    account.put("HALF-MADE", None)
    pages = hub(all_of)
    assert of_all(pages) == [
        Listed("MUG", "Blue mug", "4006381333931", 3),
        Listed("TEE", "", "", 0),
        Listed("HALF-MADE", "", "", None),
    ]
    assert [page.more for page in pages] == [True, False]


def test_what_amazon_fulfils_is_listed_by_a_channel_of_its_own(account: Account, hub: Hub) -> None:
    account.put("MUG", 3)
    account.put("FBA", None, centre="AMAZON_NA", title="Cap")
    assert of_all(hub.centres(all_of)) == [Listed("FBA", "Cap", "", None)]


def test_beyond_what_one_search_pages_through_another_goes_on(account: Account, hub: Hub) -> None:
    account.page, account.paged_max = 2, 3
    for day in (1, 2, 2, 3, 4, 5, 6):
        account.put(f"S{len(account.listings)}", 1, created=f"2026-11-0{day}T00:00:00Z")
    found = [listed.sku for listed in of_all(hub(all_of))]
    assert sorted(set(found)) == sorted(account.listings)


def test_more_of_one_instant_than_can_be_paged_through_is_told(account: Account, hub: Hub) -> None:
    account.page, account.paged_max = 2, 2
    for number in range(4):
        account.put(f"S{number}", 1)
    with pytest.raises(ChannelDown, match="4 listings are found, and no more than 2 can be read"):
        hub(all_of)


def test_another_cursor_is_none(hub: Hub) -> None:
    with pytest.raises(ChannelDown, match="cursor"):
        hub(lambda connector: connector.listings("x"))


def test_where_reading_goes_on() -> None:
    entry = Entry("A", [Summary("M", "2026-11-02T00:00:00Z")])
    assert place_after(Place(), Page([entry], 2, Pagination("t"))) == Place("", "t", 1)
    assert place_after(Place("", "t", 1), Page([entry], 2)) is None
    assert place_after(Place("", "t", 1), Page([entry], 9)) == Place("2026-11-02T00:00:00Z")
    assert place_after(Place(), Page([], 0)) is None
    with pytest.raises(NotAsAgreed):
        place_after(Place("2026-11-02T00:00:00Z"), Page([entry], 9))
    with pytest.raises(NotAsAgreed):
        place_after(Place(), Page([], 9))


@pytest.mark.parametrize("told", [b"3", b'[{"value": 3}]', b"[]", b'[{"type": "ean"}]'])
def test_a_barcode_that_cannot_be_read_is_none(told: bytes) -> None:
    attributes = {"externally_assigned_product_identifier": msgspec.Raw(told)}
    assert Entry("A", attributes=attributes).barcode == ""
