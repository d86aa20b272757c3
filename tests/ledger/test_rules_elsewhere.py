"""What another process has put is known before a batch is refused for want of it."""

from collections.abc import Iterator

import pytest

from tests.factories import Shop, accept, ahead
from truestock.bootstrap import Hub, open_hub
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.catalog.items import Component
from truestock.catalog.listings import ListingDraft, put_listings
from truestock.catalog.locations import LocationDraft, put_locations
from truestock.feeds.receiving.transfer import Send, send
from truestock.feeds.receiving.values import Transfer, TransferLine
from truestock.ledger.values import Booked, NotBooked, Receive
from truestock.orders.actions import Release
from truestock.orders.reserve import Reserve, reserve


@pytest.fixture(scope="module")
def other(shop: Shop) -> Iterator[Hub]:
    with open_hub(shop.hub.settings) as hub:
        yield hub


def test_a_location_is_known_to_bookings_and_transfers(shop: Shop, other: Hub) -> None:
    sku = shop.item(dc=5)
    (refused,) = shop.try_book(Receive(sku=sku, location="new", qty=1))
    assert isinstance(refused, NotBooked)
    accept(put_locations(other.db, [LocationDraft("new", kind="store")]))
    shop.book(Receive(sku=sku, location="new", qty=1))
    accept(put_locations(other.db, [LocationDraft("newer", kind="store")]))
    transfer = Transfer(shop.new_ref(), "newer", "dc", ahead(days=1), [TransferLine(sku, 1)])
    ((sent,),) = shop.run(send, [Send(transfer, "test")])
    assert isinstance(sent, Booked), sent


def test_a_channel_is_known_to_orders_and_to_what_is_done_with_them(shop: Shop, other: Hub) -> None:
    sku = shop.item(dc=5)
    for channel in ("fresh", "fresher"):
        accept(put_channels(other.db, [ChannelDraft(channel, locations=("dc",))]))
        accept(put_listings(other.db, [ListingDraft(channel, "ONE", (Component(sku, 1),))]))
        if channel == "fresh":
            shop.buy(channel, {"ONE": 1})
    ref = shop.new_ref()
    other.run(reserve, [Reserve(shop.order("fresher", {"ONE": 1}, ref), "test")])
    shop.do(Release("fresher", ref))
