"""Content of products and variants: what holds wherever an item is sold, and what one channel shows instead."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from truestock.catalog.changes import PUT, How, Lines, Result, changing, sort_lines, take_ids
from truestock.core.checks import check_choice, check_number, check_text
from truestock.core.problems import Invalid, NotFound
from truestock.store.database import Connection, Database
from truestock.store.paging import Page, page_of
from truestock.store.sql import load

queries = load(__package__)
Kind = Literal["product", "variant"]
Pairs = tuple[tuple[str, str], ...]
KINDS = ("product", "variant")
TITLE_MAX = 500
TEXT_MAX = 131_072
PAIRS_MAX = 500
IMAGES_MAX = 250
PRICE_MAX = 10**12
EVERYWHERE = 0  # the channel number of content that holds wherever an item is sold


@dataclass(frozen=True, slots=True)
class Image:
    """Where a picture is, and the words for who does not see it."""

    url: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class ContentDraft:
    """Content as a caller wants it; None leaves a field as it is, an empty text or list empties it.

    A product is what a channel shows on one page, under a code of its own; its variants are listings that differ in
    `options`, such as a size, under their SKUs. Without a channel it holds wherever the item is sold, and a variant's
    code is the item's SKU. Prices are per listing unit in `currency`; a `compare_at_price` of 0 is none. `cells` are a
    file format's columns that mean nothing here, by format; they go back into its files as they came."""

    code: str
    kind: Kind = "variant"
    channel: str | None = None
    product: str | None = None
    options: Pairs | None = None
    title: str | None = None
    summary: str | None = None
    description: str | None = None
    brand: str | None = None
    category: str | None = None
    images: tuple[Image, ...] | None = None
    attributes: Pairs | None = None
    price: Decimal | None = None
    compare_at_price: Decimal | None = None
    currency: str | None = None
    tax_class: str | None = None
    cells: dict[str, dict[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class StoredContent(ContentDraft):
    """Content as it is; a field that is None is taken from what the row belongs to."""

    id: int = 0
    changed_at: datetime | None = None


Key = tuple[str | None, Kind, str]
_OWN = {"code", "kind", "channel", "id", "changed_at"}
SAID = tuple(field.name for field in fields(ContentDraft) if field.name not in _OWN)
OF_A_PRODUCT = ("title", "summary", "description", "brand", "category", "images", "attributes", "tax_class")
_JSON = ("options", "images", "attributes", "cells")
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    "options": msgspec.json.Decoder(Pairs),
    "images": msgspec.json.Decoder(tuple[Image, ...]),
    "attributes": msgspec.json.Decoder(Pairs),
    "cells": msgspec.json.Decoder(dict[str, dict[str, str]]),
}


def put_content(db: Database, drafts: Sequence[ContentDraft], how: How = PUT) -> list[Result]:
    """Make or change content, one result per line."""
    lines = Lines(drafts, key_of, check_content)
    with db.transaction() as conn:
        known = _stored(conn, [key_of(draft) for _, draft in lines.open()])
    fresh = take_ids(db, "content", sum(key_of(draft) not in known for _, draft in lines.open()))
    with changing(db, how, lines) as work:
        channels = dict[str, int](work.conn.execute(queries.content_channels).fetchall())
        for n, draft in lines.open():
            if draft.channel is not None and draft.channel not in channels:
                lines.settle(n, NotFound("channel", draft.channel, "channel"))
        keys = [key_of(draft) for _, draft in lines.open()]
        work.conn.execute(queries.lock_content, {"ids": [row.id for row in known.values()]})
        stored = _stored(work.conn, keys)
        found = sort_lines(lines, how, "content", key_of, stored, _built)
        new = [(n, replace(row, id=next(fresh))) for n, row in found.new]
        at = work.clock()
        for statement, rows in ((queries.insert_content, new), (queries.update_content, found.changed)):
            if rows:
                numbers = [EVERYWHERE if row.channel is None else channels[row.channel] for _, row in rows]
                work.conn.execute(statement, {**_arrays([row for _, row in rows]), "numbers": numbers, "at": at})
        lines.written(new, found.changed)
    return lines.answers(how)


def read_content(db: Database, keys: Sequence[Key]) -> dict[Key, StoredContent]:
    """The content under these (channel code or None, kind, code); what is not there is left out."""
    with db.transaction() as conn:
        return _stored(conn, keys)


def list_content(
    db: Database, channel: str | None = None, after: str | None = None, limit: int = 100
) -> Page[StoredContent]:
    """Content by id, a page at a time: a channel's own, or what holds wherever items are sold."""
    parameters = {"channel": channel, "after": int(after or 0), "limit": limit + 1}
    with db.transaction() as conn:
        rows = [_row(row) for row in conn.execute(queries.list_content, parameters)]
    return page_of(rows, limit, lambda row: row.id)


def key_of(row: ContentDraft) -> Key:
    """What names a row."""
    return row.channel, row.kind, row.code


def own(first: StoredContent | None, second: StoredContent | None) -> StoredContent | None:
    """A channel's row, where it is silent filled from the one that holds everywhere."""
    if first is None or second is None:
        return first or second
    return replace(first, **{name: getattr(second, name) for name in SAID if getattr(first, name) is None})


def shown(variant: StoredContent, product: StoredContent | None) -> StoredContent:
    """A variant as its page shows it: what it leaves open or empty is its product's."""
    if product is None:
        return variant
    return replace(variant, **{name: getattr(product, name) for name in OF_A_PRODUCT if not getattr(variant, name)})


def check_content(draft: ContentDraft) -> None:
    """What can be told from the draft alone. Raises Invalid."""
    check_text("code", draft.code, required=True)
    check_choice("kind", draft.kind, KINDS)
    check_text("title", draft.title, at_most=TITLE_MAX)
    for name in ("product", "brand", "tax_class"):
        check_text(name, getattr(draft, name))
    for name in ("summary", "description", "category"):
        _check_long(name, getattr(draft, name) or "")
    for name in ("options", "attributes"):
        pairs: Pairs = getattr(draft, name) or ()
        _check_count(name, len(pairs), PAIRS_MAX)
        for pair in pairs:
            _check_long(name, "".join(pair))
    _check_count("images", len(draft.images or ()), IMAGES_MAX)
    for image in draft.images or ():
        _check_long("images", image.url + image.alt)
    for name in ("price", "compare_at_price"):
        check_number(name, getattr(draft, name), high=PRICE_MAX)
    if draft.currency and not (len(draft.currency) == 3 and draft.currency.isascii() and draft.currency.isupper()):
        raise Invalid("currency", f"{draft.currency[:20]!r} is no currency; write its three letters, as EUR")
    for columns in (draft.cells or {}).values():
        _check_count("cells", len(columns), PAIRS_MAX * 2)
        for cell in columns.items():
            _check_long("cells", "".join(cell))


def _check_long(name: str, text: str) -> None:
    if len(text) > TEXT_MAX:
        raise Invalid(name, f"{name} has {len(text)} characters; at most {TEXT_MAX} are kept")
    if "\0" in text:
        raise Invalid(name, f"{name} has a NUL character; take it out")


def _check_count(name: str, count: int, most: int) -> None:
    if count > most:
        raise Invalid(name, f"{name} has {count} entries; at most {most} are kept")


def _built(draft: ContentDraft) -> StoredContent:
    return StoredContent(**{field.name: getattr(draft, field.name) for field in fields(ContentDraft)})


def _keys(keys: Iterable[Key]) -> dict[str, list[str | None]]:
    listed = list(keys)
    return {
        "channels": [channel for channel, _, _ in listed],
        "kinds": [kind for _, kind, _ in listed],
        "codes": [code for _, _, code in listed],
    }


def _stored(conn: Connection, keys: Iterable[Key]) -> dict[Key, StoredContent]:
    rows = [_row(row) for row in conn.execute(queries.content_by_key, _keys(keys))]
    return {key_of(row): row for row in rows}


def _row(row: tuple[Any, ...]) -> StoredContent:
    names = [field.name for field in fields(StoredContent)]
    values = dict(zip(names, row, strict=True))
    for name in _JSON:
        if values[name] is not None:
            values[name] = _DECODERS[name].decode(values[name])
    return StoredContent(**values)


def _arrays(rows: Sequence[StoredContent]) -> dict[str, list[Any]]:
    arrays = {field.name: [getattr(row, field.name) for row in rows] for field in fields(StoredContent)}
    for name in _JSON:
        arrays[name] = [None if value is None else msgspec.json.encode(value).decode() for value in arrays[name]]
    return arrays
