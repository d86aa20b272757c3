"""Makes a hub ready for a replay: the world's items, locations, channels and listings, then its opening stock.

Everything is put, so a second time changes nothing; only opening stock is refused where a cell has entries already."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from truestock.catalog.changes import Result
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.catalog.items import Component, ItemDraft, put_items
from truestock.catalog.listings import ListingDraft, put_listings
from truestock.catalog.locations import LocationDraft, put_locations
from truestock.core.problems import Problem
from truestock.core.replay.events import Channel, World
from truestock.feeds.replay.target import ReplayError
from truestock.ledger.post import post
from truestock.ledger.values import NotBooked, Opening, Post
from truestock.store.database import Database
from truestock.store.lane import Handler

Run = Callable[[Handler, Sequence[Any]], list[Any]]
ACTOR = "replay"
_GROUPS = {"stores": "retail", "wholesale": "wholesale"}
_LISTINGS_AT_ONCE = 2_000


def prepare(db: Database, run: Run, world: World) -> None:
    """Bring the world into a hub; every channel lists every item under the item's own SKU. Raises ReplayError."""
    put_catalog(db, world)
    openings = [
        Post(Opening(sku=sku, location=place, qty=units, source=ACTOR), ACTOR)
        for (sku, place), units in world.opening.items()
        if units
    ]
    for answer in run(post, openings):
        if isinstance(answer, NotBooked):
            raise ReplayError(f"opening stock: {answer.detail}")


def put_catalog(db: Database, world: World) -> None:
    """Items, locations, channels with their locations in order, and listings. Raises ReplayError."""
    _accept(put_items(db, [_item(item.sku, item.name, item.category, item.cost_cents) for item in world.items]))
    _accept(
        put_locations(
            db,
            [
                LocationDraft(
                    place.code,
                    place.name,
                    place.kind,
                    place.tier,
                    place.rank,
                    place.place.lat if place.place else None,
                    place.place.lng if place.place else None,
                )
                for place in world.locations
            ],
        )
    )
    _accept(put_channels(db, [_channel(channel) for channel in world.channels]))
    listings = [
        ListingDraft(channel.code, item.sku, (Component(item.sku),), item.name)
        for channel in world.channels
        for item in world.items
    ]
    for at in range(0, len(listings), _LISTINGS_AT_ONCE):
        _accept(put_listings(db, listings[at : at + _LISTINGS_AT_ONCE]))


def _item(sku: str, name: str, category: str, cost_cents: int) -> ItemDraft:
    return ItemDraft(sku, name, category or None, cost=Decimal(cost_cents) / 100 if cost_cents else None)


def _channel(channel: Channel) -> ChannelDraft:
    group = _GROUPS.get(channel.code, "ecommerce")
    return ChannelDraft(channel.code, channel.name, group, channel.rank, "live", channel.locations)


def _accept(results: list[Result]) -> None:
    for result in results:
        if isinstance(result, Problem):
            raise ReplayError(result.detail)
