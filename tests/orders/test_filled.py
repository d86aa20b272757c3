"""An order is told to be filled also where another one's taking finds the units: before the locks, and under them."""

from tests.factories import Shop, accept
from tests.sync.webhooks.conftest import Post
from tests.sync.webhooks.receivers import Receiver
from truestock.catalog.channels import ChannelDraft, put_channels


def test_units_of_a_location_that_a_channel_may_draw_on_now(shop: Shop) -> None:
    Post(shop.hub.db).add(Receiver(port=9_999), "order.filled")
    lamp = shop.item(store=5)
    shop.buy("market", {lamp: 2}, "filled-later", mode="sold")
    accept(put_channels(shop.hub.db, [ChannelDraft("market", locations=("fba", "dc", "store"))]))
    shop.buy("market", {lamp: 1}, "the-next-one", mode="sold")
    assert shop.read("SELECT subject FROM event WHERE kind = 'order.filled'") == [("market/filled-later",)]
