"""What availability answers: the shapes that surfaces encode. Quantities are base units unless they say otherwise."""

from datetime import datetime
from typing import Literal

import msgspec

from truestock.core.book.view import AtpTerms


class ItemTerms(msgspec.Struct, frozen=True):
    """The terms of one item for one channel; `units` are taken by one unit of the listing.

    pool = common - protected - short; atp = min(cap, own + max(0, pool) - buffer - guard)."""

    sku: str
    units: int
    version: int
    own: int
    common: int
    protected: int
    short: int
    pool: int
    buffer: int
    guard: int
    cap: int | None
    atp: int


class Available(msgspec.Struct, frozen=True, tag_field="state", tag="known"):
    """What one channel may promise of one SKU. `atp` and `published` are in units of the listing, `own` and `pool`
    those of the item that limits it; `listing` is 0 for an item ordered as itself."""

    channel: str
    sku: str
    listing: int
    atp: int
    published: int
    own: int
    pool: int
    items: tuple[ItemTerms, ...]
    as_of: datetime
    epoch: int


class Unknown(msgspec.Struct, frozen=True, tag_field="state", tag="unknown"):
    """No ATP can be computed, and none is guessed: there is no such channel, or the SKU leads to no items."""

    channel: str
    sku: str
    reason: Literal["channel", "sku"]


Answer = Available | Unknown


class Figures(msgspec.Struct, frozen=True):
    """One item for one channel or group: owned units on hand where it draws, those promised to orders or
    ring-fenced, and what it may promise."""

    viewer: str
    on_hand: int
    allocated: int
    atp: int


class ItemFigures(msgspec.Struct, frozen=True):
    """One item: owned units on hand and allocated everywhere, then by channel and by channel group."""

    item: int
    sku: str
    on_hand: int
    allocated: int
    channels: tuple[Figures, ...]
    groups: tuple[Figures, ...]


class FiguresPage(msgspec.Struct):
    """Items by id; `after` is the cursor of the next page, None at the end."""

    items: list[ItemFigures]
    after: int | None
    as_of: datetime


class PlaceUnits(msgspec.Struct, frozen=True):
    """What a channel may take of a SKU at one location, in units of the listing."""

    location: str
    pickup: bool
    units: int


class Day(msgspec.Struct, frozen=True):
    """A day to come, as the instant it ends: net units expected on it, and what may be promised for it."""

    ends_at: datetime
    net: int
    atp: int


class Overdue(msgspec.Struct, frozen=True):
    """Supply whose date has passed without a receipt; it counts for nothing."""

    location: str
    ref: str
    qty: int
    due_at: datetime


class Horizon(msgspec.Struct, frozen=True):
    """ATP per day for one channel and item."""

    channel: str
    sku: str
    days: tuple[Day, ...]
    overdue: tuple[Overdue, ...]
    as_of: datetime


def item_terms(sku: str, units: int, version: int, t: AtpTerms) -> ItemTerms:
    """The terms as they are answered."""
    return ItemTerms(
        sku, units, version, t.own, t.common, t.protected, t.short, t.pool, t.buffer, t.guard, t.cap, t.atp
    )
