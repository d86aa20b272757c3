"""Listings: how one channel sells, under its own SKU: packs, kits and bundles of items."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from truestock.catalog import queries
from truestock.catalog.changes import PUT, How, Lines, Result, Work, Written, changing, columns, sort_lines, take_ids
from truestock.catalog.items import Component, components_of, replacement, stored_items
from truestock.catalog.kits import check_components
from truestock.core.checks import check_text
from truestock.core.problems import Invalid, NotFound
from truestock.store.database import Connection, Database
from truestock.store.paging import Page, page_of, substring


@dataclass(frozen=True, slots=True)
class ListingDraft:
    """What a channel sells under one of its SKUs; None leaves a field as it is.

    A new listing needs components. `together`: all components come from one location."""

    channel: str
    sku: str
    components: tuple[Component, ...] | None = None
    title: str | None = None
    together: bool | None = None


@dataclass(frozen=True, slots=True)
class StoredListing:
    """A listing as it is; one without components has ended and resolves to nothing."""

    id: int
    channel: str
    sku: str
    title: str = ""
    together: bool = False
    components: tuple[Component, ...] = ()


def put_listings(db: Database, drafts: Sequence[ListingDraft], how: How = PUT) -> list[Result]:
    """Make or change listings, one result per line."""
    lines = Lines([_normal(draft) for draft in drafts], _key, _check)
    keys = [_key(draft) for _, draft in lines.open()]
    with db.transaction() as conn:
        new_count = len(keys) - len(_stored(conn, keys))
    fresh = take_ids(db, "listing", new_count)
    with changing(db, how, lines) as work:
        work.lock_rules()
        stored = _stored(work.conn, keys)
        items = _refuse_unknown(work.conn, lines, stored)
        found = sort_lines(lines, how, "listing", _key, stored, _built)
        new = [(n, replace(row, id=next(fresh))) for n, row in found.new]
        _write(work, [row for _, row in new], [row for _, row in found.changed], stored, items)
        lines.written(new, found.changed)
    return lines.answers(how)


def end_listings(db: Database, keys: Sequence[tuple[str, str]], how: How = PUT) -> list[Result]:
    """Stop selling under these (channel, SKU): the listing stays and resolves to nothing."""
    lines = Lines([ListingDraft(channel, sku) for channel, sku in keys], _key, _check)
    with changing(db, how, lines) as work:
        at = work.lock_rules()
        stored = _stored(work.conn, [_key(draft) for _, draft in lines.open()])
        for n, draft in lines.open():
            row = stored.get(_key(draft))
            lines.settle(n, Written(row.id, "ended") if row else NotFound("listing", _key(draft)))
        named = {c.item for row in stored.values() for c in row.components}
        ids = {sku: item.id for sku, item in stored_items(work.conn, named).items()}
        closed, _ = replacement([(row.id, row.components, ()) for row in stored.values()], ids)
        work.conn.execute(queries.close_components, {**closed, "at": at})
        work.rules_changed = bool(stored)
    return lines.answers(how)


def read_listings(db: Database, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], StoredListing]:
    """The listings of these (channel code, SKU); unknown ones are left out."""
    with db.transaction() as conn:
        return _stored(conn, keys)


def list_listings(
    db: Database,
    channel: str | None = None,
    item: str | None = None,
    search: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page[StoredListing]:
    """Listings by id, a page at a time: of a channel, taking an item (itself or in a kit), or with a text in them."""
    parameters = {
        "channel": channel,
        "item": item,
        "like": substring(search),
        "after": int(after or 0),
        "limit": limit + 1,
    }
    with db.transaction() as conn:
        rows = [_row(row) for row in conn.execute(queries.search_listings, parameters)]
    return page_of(rows, limit, lambda row: row.id)


def _write(
    work: Work,
    new: list[StoredListing],
    changed: list[StoredListing],
    before: dict[tuple[str, str], StoredListing],
    items: dict[str, int],
) -> None:
    if not new and not changed:
        return
    if new:
        work.conn.execute(queries.insert_listings, columns(new))
    if changed:
        work.conn.execute(queries.update_listings, columns(changed))
    pairs: list[tuple[int, tuple[Component, ...], tuple[Component, ...]]] = [
        (row.id, (), row.components) for row in new
    ]
    pairs += [(row.id, before[row.channel, row.sku].components, row.components) for row in changed]
    closed, added = replacement(pairs, items)
    at = work.lock_rules()
    work.conn.execute(queries.close_components, {**closed, "at": at})
    work.conn.execute(queries.insert_components, {**added, "at": at})
    work.rules_changed = True


def _refuse_unknown(
    conn: Connection, lines: Lines[ListingDraft], stored: dict[tuple[str, str], StoredListing]
) -> dict[str, int]:
    """Refuse what names no channel or item; gives the ids of the items that the lines and their rows name."""
    channels = {code for (code,) in conn.execute(queries.channel_codes)}
    lines.require("channel", "channel", channels, lambda draft: draft.channel)
    named = {c.item for _, draft in lines.open() for c in draft.components or ()}
    present = {c.item for row in stored.values() for c in row.components}
    items = {sku: item.id for sku, item in stored_items(conn, named | present).items()}
    for n, draft in lines.open():
        unknown = next((c.item for c in draft.components or () if c.item not in items), None)
        if unknown is not None:
            lines.settle(n, NotFound("item", unknown, "item"))
        elif draft.components is None and _key(draft) not in stored:
            lines.settle(n, Invalid("components", "a new listing needs components; give the items it takes"))
    return items


def _stored(conn: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], StoredListing]:
    arrays = {"channels": [channel for channel, _ in keys], "skus": [sku for _, sku in keys]}
    rows = [_row(row) for row in conn.execute(queries.listings_by_key, arrays)]
    return {(row.channel, row.sku): row for row in rows}


def _row(row: tuple[Any, ...]) -> StoredListing:
    *traits, skus, units = row
    return replace(StoredListing(*traits), components=components_of(skus, units))


def _built(draft: ListingDraft) -> StoredListing:
    return StoredListing(0, draft.channel, draft.sku, draft.title or "", bool(draft.together), draft.components or ())


def _normal(draft: ListingDraft) -> ListingDraft:
    return replace(draft, components=tuple(sorted(draft.components))) if draft.components else draft


def _key(draft: ListingDraft) -> tuple[str, str]:
    return draft.channel, draft.sku


def _check(draft: ListingDraft) -> None:
    check_text("channel", draft.channel, required=True)
    check_text("sku", draft.sku, required=True)
    check_text("title", draft.title, at_most=500)
    if draft.components is not None:
        check_components(draft.components)
