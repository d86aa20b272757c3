"""A channel's pages as its files and its rules see them: products with their variants, content and stock."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from truestock.catalog.listings.content import Key, Kind, Pairs, StoredContent, own, read_content, shown
from truestock.catalog.listings.content_rules import read_content_rules
from truestock.feeds.product_files.shapes import ProductPage, Variant
from truestock.store.database import Database
from truestock.store.sql import load

queries = load(__package__)
AT_ONCE: Final = 500
WHOLE: Final = 0  # no place: a listing's number over all of them


class Row(NamedTuple):
    """A listing; `item` only where it sells one by the unit, `stock` is published, `changed_at` that of all content."""

    sku: str
    title: str
    product: str
    item: str | None
    name: str | None
    weight_g: int | None
    cost: Decimal | None
    barcodes: Sequence[str]
    stock: int | None
    stock_at: datetime | None
    changed_at: datetime | None


class Group(NamedTuple):
    """What stands on one page: a product's code, or none, and its listings."""

    product: str
    rows: Sequence[Row]


def listings_of(db: Database, channel: str, place: int = WHOLE) -> list[Row]:
    """The channel's open listings with their stock at one of its places; products in the order of their first file."""
    with db.transaction() as conn:
        return [Row(*row) for row in conn.execute(queries.listings_to_export, {"channel": channel, "place": place})]


def groups_of(rows: Iterable[Row]) -> list[Group]:
    """Listings of one product together, in the order of their first; those of none each by itself."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row.product, "" if row.product else row.sku), []).append(row)
    return [Group(product, listed) for (product, _), listed in found.items()]


def pages_of(db: Database, channel: str, groups: Sequence[Group]) -> Iterator[ProductPage]:
    """The groups with their content, in their order, read a few hundred listings at a time."""
    names = {rule.field.casefold(): rule.called for rule in read_content_rules(db, channel) if rule.called}
    batch: list[Group] = []
    for n, group in enumerate(groups, 1):
        batch.append(group)
        if n == len(groups) or sum(len(waiting.rows) + 1 for waiting in batch) >= AT_ONCE:
            content = read_content(db, [key for waiting in batch for key in _keys(waiting, channel)])
            if names:
                content = {key: _renamed(row, names) for key, row in content.items()}
            yield from (_page(waiting, channel, content) for waiting in batch)
            batch = []


def renamed(pairs: Pairs, names: Mapping[str, str]) -> Pairs:
    """Attributes under other names, which `names` has by the first ones in small letters."""
    return tuple((names.get(name.casefold(), name), value) for name, value in pairs)


def _renamed(row: StoredContent, names: Mapping[str, str]) -> StoredContent:
    options = None if row.options is None else renamed(row.options, names)
    return replace(row, options=options, attributes=None if row.attributes is None else renamed(row.attributes, names))


def _keys(group: Group, channel: str) -> Iterator[Key]:
    for where in (channel, None):
        if group.product:
            yield where, "product", group.product
    for row in group.rows:
        yield channel, "variant", row.sku
        if row.item:
            yield None, "variant", row.item


def _page(group: Group, channel: str, content: Mapping[Key, StoredContent]) -> ProductPage:
    product = _both(content, channel, "product", group.product, group.product)
    variants = []
    for row in group.rows:
        mine = _both(content, channel, "variant", row.sku, row.item) or StoredContent(row.sku)
        title = mine.title if mine.title is not None or group.product else row.title or row.name
        mine = replace(mine, code=row.sku, channel=channel, title=title)
        full = shown(mine, product)
        variants.append(Variant(row.sku, mine, full, tuple(row.barcodes), row.weight_g, row.cost, row.stock))
    if group.product and product is None and variants:
        product = replace(variants[0].full, code=group.product, kind="product", options=None)
    return ProductPage(product, variants)


def _both(
    content: Mapping[Key, StoredContent], channel: str, kind: Kind, code: str, everywhere: str | None
) -> StoredContent | None:
    """The channel's content, filled from what holds everywhere under another code."""
    return own(content.get((channel, kind, code)), content.get((None, kind, everywhere)) if everywhere else None)
