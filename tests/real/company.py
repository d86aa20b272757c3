"""A company that sells the stock of one location in both shops, through a hub that runs as it does when it serves."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

from pydantic import SecretStr

from tests.entrypoints.shops import SEALED_WITH
from tests.factories import Shop, accept
from tests.real.customers import RealShop
from truestock.bootstrap import Hub, open_hub
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.catalog.items import Component, ItemDraft, put_items
from truestock.catalog.listings import ListingDraft, put_listings
from truestock.config import Settings
from truestock.ledger.values import Opening
from truestock.sync import manage
from truestock.sync.manage import put_places

POLL_EVERY_S = 0.5


class Company:
    """Its channels have the names of the kinds of its shops, and list every item under the item's own SKU."""

    def __init__(self, hub: Hub, shops: dict[str, RealShop], *, by_place: bool = False) -> None:
        self.hub = hub
        self.shops = shops
        self.ledger = Shop(hub)
        locations = ("dc", "store") if by_place else ("dc",)
        accept(put_channels(hub.db, [ChannelDraft(code, locations=locations) for code in shops]))
        for code, shop in shops.items():
            given = {
                "url": shop.url,
                "location": "" if by_place else shop.location,
                "poll_every_s": POLL_EVERY_S,
                "calls_per_s": 100.0,
                "timeout_s": 60.0,
            }
            manage.connect(hub.db, hub.seal(), code, code, given, {"api_key": shop.api_key})
            if by_place:
                put_places(hub.db, hub.seal(), code, {shop.location: ["dc"], shop.second: ["store"]})

    def offer(self, sku: str, units: int, store: int = 0) -> str:
        """An item with so many units that both shops sell; its SKU. `store`: units at the other location."""
        for shop in self.shops.values():
            shop.put(sku)
        accept(put_items(self.hub.db, [ItemDraft(sku)]))
        for location, qty in (("dc", units), ("store", store)):
            if qty:
                self.ledger.book(Opening(sku=sku, location=location, qty=qty))
        listings = [ListingDraft(code, sku, (Component(sku, 1),)) for code in self.shops]
        accept(put_listings(self.hub.db, listings))
        return sku

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """The hub publishes, keeps the shops in step and takes their orders, until the block ends."""
        self.hub.publisher.on_change(lambda _: self.hub.channels.wake())
        self.hub.publisher.start()
        self.hub.channels.start()
        try:
            yield
        finally:
            self.hub.channels.stop()
            self.hub.publisher.stop()

    def desired(self) -> dict[tuple[str, str], int]:
        """What each shop shall show, by channel and SKU."""
        rows = self.ledger.read(
            "SELECT c.code, l.sku, o.desired FROM outbound o JOIN listing l ON l.id = o.listing "
            "JOIN channel c ON c.id = l.channel WHERE c.code = ANY(%s)",
            list(self.shops),
        )
        return {(code, sku): desired for code, sku, desired in rows}

    def shown(self) -> dict[tuple[str, str], int]:
        """What each shop shows."""
        return {(code, sku): self.shops[code].shown(sku) for code, sku in self.desired()}

    def read(self) -> dict[str, set[str]]:
        """The orders that the hub has read and carried out, by channel."""
        rows = self.ledger.read(
            "SELECT c.code, o.ref FROM channel_order o JOIN channel c ON c.id = o.channel WHERE o.settled"
        )
        return {code: {ref for channel, ref in rows if channel == code} for code in self.shops}

    def read_anew(self) -> None:
        """Wait until all orders were read, by readings that began since, and carried out. Orders of what is not offered
        here, which the shops have from other tests, wait for good."""
        until(partial(self._read_since, datetime.now(UTC)))

    def _read_since(self, at: datetime) -> bool:
        ((read_at,),) = self.ledger.read("SELECT min(orders_read_at) FROM connection")
        left = self.ledger.read("SELECT ref, trouble FROM channel_order WHERE NOT settled AND waiting = '{}'")
        return bool(read_at > at and not left)

    def in_step(self) -> bool:
        """Whether nothing is on its way and both shops show what they shall."""
        waiting = self.ledger.read(
            "SELECT count(*) FROM outbound WHERE acked_rev < rev OR in_flight_since IS NOT NULL OR unseen > 0"
        )
        return waiting == [(0,)] and bool(self.desired()) and self.shown() == self.desired()


@contextmanager
def company_of(database_url: str, shops: dict[str, RealShop], *, by_place: bool = False) -> Iterator[Company]:
    """A company with a fresh hub."""
    settings = Settings(database_url=SecretStr(database_url), secret_key=SecretStr(SEALED_WITH))
    with open_hub(settings) as hub:
        yield Company(hub, shops, by_place=by_place)


def until(true: Callable[[], bool], seconds: float = 120.0) -> None:
    """Wait for it."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.2)
