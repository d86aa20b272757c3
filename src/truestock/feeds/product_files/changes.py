"""What a row of a product file changes, decided from what is there: pure, and so the same in a dry run.

Content that is the same wherever an item is sold is kept with the item, and taken from its first file; a channel's
row keeps only what it says otherwise, and what is the channel's own: prices, tax, category, and its file's columns."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from truestock.catalog.barcodes import BarcodeDraft
from truestock.catalog.items import Component, ItemDraft, StoredItem
from truestock.catalog.listings import ListingDraft, StoredListing
from truestock.catalog.listings.content import ContentDraft, Key, StoredContent, own
from truestock.core.problems import Conflict, Problem
from truestock.feeds.product_files.shapes import Told

TRAVELS: Final = ("product", "options", "title", "summary", "description", "brand", "images", "attributes")
NAME_MAX: Final = 500
CATEGORY_MAX: Final = 200
Outcome = Literal["created", "changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class There:
    """What is there already of the things that rows tell of; `owners` are the items of barcodes."""

    listings: dict[tuple[str, str], StoredListing]
    items: dict[str, StoredItem]
    content: dict[Key, StoredContent]
    owners: dict[str, str]


@dataclass(slots=True)
class Change:
    """What a row makes anew or otherwise; `differences` are (field, before, after) of what was there."""

    told: Told
    outcome: Outcome = "unchanged"
    item: ItemDraft | None = None
    item_is_new: bool = False
    barcode: BarcodeDraft | None = None
    listing: ListingDraft | None = None
    listing_is_new: bool = False
    content: list[ContentDraft] = field(default_factory=list)
    differences: list[tuple[str, object, object]] = field(default_factory=list)
    notes: list[tuple[Problem, str]] = field(default_factory=list)


def item_of(told: Told, listing: StoredListing | None) -> str | None:
    """The SKU of the item that a row is about: its own, or the one its listing sells by the unit; None of a pack."""
    if told.kind == "product":
        return None
    if listing is None or not listing.components:
        return told.code
    single = len(listing.components) == 1 and listing.components[0].units == 1
    return listing.components[0].item if single else None


def decide(told: Told, channel: str, there: There) -> Change:
    """What becomes of a row."""
    change = Change(told)
    listing = there.listings.get((channel, told.code))
    sku = item_of(told, listing)
    if told.kind == "variant":
        _decide_listing(change, channel, listing)
        if sku is not None:
            _decide_item(change, sku, there)
    elsewhere = told.code if told.kind == "product" and not told.page else sku
    _decide_content(change, channel, elsewhere, there)
    is_new = told.kind == "product" and (channel, told.kind, told.code) not in there.content
    if is_new or change.item_is_new or change.listing_is_new:
        change.outcome = "created"
    elif change.item or change.barcode or change.listing or change.content:
        change.outcome = "changed"
    return change


def _decide_listing(change: Change, channel: str, listing: StoredListing | None) -> None:
    told = change.told
    title = told.shown[:NAME_MAX].rstrip()
    if listing is None:
        change.listing_is_new = True
        change.listing = ListingDraft(channel, told.code, (Component(told.code),), title)
    elif title and title != listing.title:
        change.listing = ListingDraft(channel, told.code, title=title)
        change.differences.append(("listing title", listing.title, title))
    if listing is not None and not listing.components:
        detail = "this listing has ended and stays so; give it components to sell it again"
        change.notes.append((Conflict(detail, "sku"), told.code))


def _decide_item(change: Change, sku: str, there: There) -> None:
    told, item = change.told, there.items.get(sku)
    if item is None:
        change.item_is_new = True
        category = str(told.content.get("category") or "")
        category = category if len(category) <= CATEGORY_MAX and category.isprintable() else ""
        name = told.shown[:NAME_MAX].rstrip() or sku
        change.item = ItemDraft(sku, name, category, weight_g=told.weight_g, cost=told.cost)
    else:
        before = {"weight_g": item.weight_g, "cost": item.cost}
        after = {"weight_g": told.weight_g, "cost": told.cost}
        new = {name: value for name, value in after.items() if value is not None and value != before[name]}
        if new:
            change.item = ItemDraft(sku, **new)  # type: ignore[arg-type]  # both names have their field's type
            change.differences += [(name, before[name], value) for name, value in new.items()]
    if told.gtin is None or (item is not None and told.gtin in item.barcodes):
        return
    if (owner := there.owners.setdefault(told.gtin, sku)) != sku:
        detail = f"this barcode belongs to {owner!r}; remove it there first, or correct the file"
        change.notes.append((Conflict(detail, "barcode"), told.gtin))
        return
    change.barcode = BarcodeDraft(told.gtin, sku)
    if item is not None:
        change.differences.append(("barcode", ", ".join(item.barcodes), told.gtin))


def _decide_content(change: Change, channel: str, elsewhere: str | None, there: There) -> None:
    """The item's or product's own content if there is none yet, and the channel's where it differs from that."""
    told = change.told
    general: StoredContent | None = None
    if elsewhere is not None:
        general = there.content.get((None, told.kind, elsewhere))
        if general is None:
            travels = {name: told.content[name] for name in TRAVELS if told.content.get(name)}
            change.content.append(ContentDraft(elsewhere, told.kind, **travels))
            general = StoredContent(elsewhere, told.kind, **travels)
    before = there.content.get((channel, told.kind, told.code))
    now = own(before, general)
    new = {
        name: value
        for name, value in _merged(told, before).items()
        if value is not None and not _same(name, getattr(now, name, None), value)
    }
    if before is None or new:
        change.content.append(ContentDraft(told.code, told.kind, channel, **new))
    if before is not None or (told.kind == "variant" and not change.listing_is_new):
        change.differences += [(name, getattr(now, name, None), value) for name, value in new.items()]


def _merged(told: Told, before: StoredContent | None) -> dict[str, Any]:
    """What the row says, with the columns that other formats keep."""
    cells = told.content.get("cells")
    if cells is None or before is None or not before.cells:
        return told.content
    return {**told.content, "cells": {**before.cells, **cells}}


def _same(name: str, before: object, after: object) -> bool:
    """Whether a field says the same: nothing is the same as an empty text, but no price is not a price of 0."""
    if name == "price":
        return before == after
    if name == "cells":
        return _filled(before) == _filled(after)
    return (before or None) == (after or None)


def _filled(cells: object) -> dict[str, object]:
    return {form: kept for form, kept in cells.items() if kept} if isinstance(cells, dict) else {}
