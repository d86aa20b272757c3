"""A small company on a hub: one location, a channel of its own for each story, and one where it sells besides."""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from truestock.bootstrap import Hub
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.catalog.items import Component, ItemDraft, put_items
from truestock.catalog.listings.listings import ListingDraft, put_listings
from truestock.catalog.locations import LocationDraft, put_locations
from truestock.connections.reached import Reached, connection, put_connection
from truestock.core.problems import Problem
from truestock.ledger.post import post
from truestock.ledger.proof import check
from truestock.ledger.values import AnyBooking, Booked, Opening, Post, Receive
from truestock.orders.act import act
from truestock.orders.actions import Act, Done, Ship
from truestock.orders.reserve import Reserve, reserve
from truestock.orders.values import NewOrder, OrderLine, OrderResult

PLACE = "conformance-dc"
ELSEWHERE = "conformance-till"
ACTOR = "conformance"


class Company:
    """Any number of stories may be played on it, one after the other."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._numbers = count(1)
        _accept(put_locations(hub.db, [LocationDraft(PLACE, kind="dc")]))
        _accept(put_channels(hub.db, [ChannelDraft(ELSEWHERE, locations=(PLACE,))]))

    def channel(self, listings: int, units: int) -> tuple[Reached, list[str]]:
        """A fresh channel with so many listings, each of so many units; SKUs of items and listings are the same."""
        n = next(self._numbers)
        code = f"conformance-{n}"
        skus = [f"C{n}-{place}" for place in range(1, listings + 1)]
        db = self.hub.db
        _accept(put_channels(db, [ChannelDraft(code, locations=(PLACE,))]))
        _accept(put_items(db, [ItemDraft(sku) for sku in skus]))
        _accept(put_listings(db, [ListingDraft(code, sku, (Component(sku, 1),)) for sku in skus]))
        self.book([Opening(sku=sku, location=PLACE, qty=units) for sku in skus])
        put_connection(db, self.hub.seal(), code, ACTOR, {}, {})
        return connection(db, code), skus

    def book(self, bookings: Sequence[AnyBooking]) -> None:
        """Book what must not be refused."""
        answers = self.hub.run(post, [Post(booking, ACTOR) for booking in bookings])
        assert all(isinstance(answer, Booked) for answer in answers), f"a booking was refused: {answers}"

    def receive(self, sku: str, units: int) -> None:
        """Units come in."""
        self.book([Receive(sku=sku, location=PLACE, qty=units)])

    def sell(self, sku: str, units: int) -> int:
        """Somebody buys elsewhere; the units promised, 0 where there are not enough."""
        order = NewOrder(ELSEWHERE, f"E{next(self._numbers)}", [OrderLine(sku, units)])
        (answer,) = self.hub.run(reserve, [Reserve(order, ACTOR)])
        return units if isinstance(answer, OrderResult) and answer.granted else 0

    def ship(self, channel: str, order: str) -> None:
        """All of an order leaves from here."""
        (answer,) = self.hub.run(act, [Act(Ship(channel, order, carrier="UPS", tracking=f"1Z-{order}"), ACTOR)])
        assert isinstance(answer, Done), f"the order {order} could not be shipped: {answer}"

    def broken_laws(self) -> list[str]:
        """What the check of the ledger finds."""
        return [law for law, found in check(self.hub.db) if found]


def _accept(results: Iterable[Any]) -> None:
    for result in results:
        assert not isinstance(result, Problem), result.detail
