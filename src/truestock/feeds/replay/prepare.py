"""Makes a hub ready for a replay: the world's items, locations, channels and listings, then its opening stock.

Everything is put, so a second time changes nothing; only opening stock is refused where a cell has entries already."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from truestock.catalog.changes import Result
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.catalog.items import Component, ItemDraft, put_items
from truestock.catalog.listings import ListingDraft, put_listings
from truestock.catalog.locations import LocationDraft, put_locations
from truestock.core.problems import Problem
from truestock.core.replay.events import Channel, Item, Location, World
from truestock.feeds.replay.client import Client
from truestock.feeds.replay.target import ReplayError
from truestock.ledger.post import post
from truestock.ledger.values import NotBooked, Opening, Post
from truestock.store.database import Database
from truestock.store.lane import Handler

T = TypeVar("T")
Run = Callable[[Handler, Sequence[Any]], list[Any]]
ACTOR = "replay"
LINES_AT_ONCE = 2_000
_GROUPS = {"stores": "retail", "wholesale": "wholesale"}
_PUT: dict[str, Callable[[Database, Any], list[Result]]] = {
    "items": put_items,
    "locations": put_locations,
    "channels": put_channels,
    "listings": put_listings,
}


def prepare(db: Database, run: Run, world: World) -> None:
    """Bring the world into a hub of this process. Raises ReplayError."""
    for noun, drafts in catalog_of(world):
        for result in _PUT[noun](db, drafts):
            if isinstance(result, Problem):
                raise ReplayError(result.detail)
    for answer in run(post, [Post(opening, ACTOR) for opening in openings_of(world)]):
        if isinstance(answer, NotBooked):
            raise ReplayError(f"opening stock: {answer.detail}")


async def prepare_over_http(client: Client, world: World) -> None:
    """Bring the world into a hub behind its API. Raises ReplayError."""
    for noun, drafts in catalog_of(world):
        await client.put_lines(f"/v1/{noun}", drafts)
    for openings in batched(openings_of(world)):
        await client.put_lines("/v1/movements", openings)


def catalog_of(world: World) -> Iterator[tuple[str, Sequence[Any]]]:
    """What it needs, noun by noun; every channel lists every item under the item's own SKU."""
    nouns: dict[str, list[Any]] = {
        "items": [_item(item) for item in world.items],
        "locations": [_location(place) for place in world.locations],
        "channels": [_channel(channel) for channel in world.channels],
        "listings": [
            ListingDraft(channel.code, item.sku, (Component(item.sku),), item.name)
            for channel in world.channels
            for item in world.items
        ],
    }
    for noun, drafts in nouns.items():
        for some in batched(drafts):
            yield noun, some


def openings_of(world: World) -> list[Opening]:
    """Its opening stock."""
    return [
        Opening(sku=sku, location=place, qty=units, source=ACTOR)
        for (sku, place), units in world.opening.items()
        if units
    ]


def batched(lines: Sequence[T]) -> Iterator[Sequence[T]]:
    """As many at once as one call takes."""
    for at in range(0, len(lines), LINES_AT_ONCE):
        yield lines[at : at + LINES_AT_ONCE]


def _item(item: Item) -> ItemDraft:
    cost = Decimal(item.cost_cents) / 100 if item.cost_cents else None
    return ItemDraft(item.sku, item.name, item.category or None, cost=cost)


def _location(place: Location) -> LocationDraft:
    lat, lng = place.place or (None, None)
    return LocationDraft(place.code, place.name, place.kind, place.tier, place.rank, lat, lng)


def _channel(channel: Channel) -> ChannelDraft:
    group = _GROUPS.get(channel.code, "ecommerce")
    return ChannelDraft(channel.code, channel.name, group, channel.rank, "live", channel.locations)
