"""Aliases: what one source's files call our items and locations."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, Generic, NamedTuple, TypeVar

from truestock.catalog.changes import PUT, How, Lines, Result, Sorted, Work, Written, changing, columns, sort_lines
from truestock.catalog.items import stored_items
from truestock.core.checks import check_text
from truestock.core.problems import NotFound
from truestock.store.database import Connection, Database
from truestock.store.paging import Page, page_of
from truestock.store.sql import load

queries = load(__package__)


@dataclass(frozen=True, slots=True)
class ItemAliasDraft:
    """In this source's files, the item is called so."""

    source: str
    alias: str
    item: str


@dataclass(frozen=True, slots=True)
class StoredItemAlias:
    """An alias as it is, with the item's SKU; its id is the item's."""

    id: int
    source: str
    alias: str
    item: str


@dataclass(frozen=True, slots=True)
class LocationAliasDraft:
    """In this source's files, the location is called so."""

    source: str
    alias: str
    location: str


@dataclass(frozen=True, slots=True)
class StoredLocationAlias:
    """An alias as it is, with the location's code; its id is the location's."""

    id: int
    source: str
    alias: str
    location: str


AliasKey = tuple[str, str]
D = TypeVar("D", ItemAliasDraft, LocationAliasDraft)
S = TypeVar("S", StoredItemAlias, StoredLocationAlias)
_key = attrgetter("source", "alias")


class Names(NamedTuple):
    """What a source's files mean: items' SKUs, locations' codes, and barcodes with their item and its units."""

    items: dict[str, str]
    locations: dict[str, str]
    barcodes: dict[str, tuple[str, int]]


class Statements(NamedTuple):
    """How the aliases of one kind of thing are found, written, taken away and listed."""

    find: str
    put: str
    remove: str
    page: str


@dataclass(frozen=True, slots=True)
class Aliases(Generic[D, S]):
    """The aliases of one kind of thing."""

    what: str
    sql: Statements
    of: Callable[[D], str]
    build: Callable[[D], S]
    row: Callable[..., S]
    ids: Callable[[Connection, Collection[str]], Mapping[str, int]]

    def put(self, db: Database, drafts: Sequence[D], how: How = PUT) -> list[Result]:
        """Make aliases, or let them mean something else, one result per line."""
        lines = Lines(drafts, _key, self._check)
        with changing(db, how, lines) as work:
            known = self.ids(work.conn, {self.of(draft) for _, draft in lines.open()})
            lines.require(self.what, self.what, known, self.of)
            stored: dict[AliasKey, S] = {
                _key(row): row for row in self._stored(work, [_key(draft) for _, draft in lines.open()])
            }
            found: Sorted[S] = sort_lines(lines, how, f"{self.what} alias", _key, stored, self.build)
            if arrays := columns([row for _, row in [*found.new, *found.changed]]):
                work.conn.execute(self.sql.put, arrays)
            lines.written(found.new, found.changed)
        return lines.answers(how)

    def remove(self, db: Database, keys: Sequence[AliasKey], how: How = PUT) -> list[Result]:
        """Take aliases away, one result per line."""
        lines = Lines(keys, lambda key: key, _check_key)
        with changing(db, how, lines) as work:
            gone = set(work.conn.execute(self.sql.remove, _arrays([k for _, k in lines.open()])))
            for n, key in lines.open():
                lines.settle(n, Written(0, "ended") if key in gone else NotFound(f"{self.what} alias", key[1], "alias"))
        return lines.answers(how)

    def list(self, db: Database, source: str, after: str | None = None, limit: int = 100) -> Page[S]:
        """A source's aliases in their order, a page at a time."""
        with db.transaction() as conn:
            rows = conn.execute(self.sql.page, {"source": source, "after": after or "", "limit": limit + 1})
            return page_of([self.row(*row) for row in rows], limit, attrgetter("alias"))

    def _stored(self, work: Work, keys: Sequence[AliasKey]) -> Sequence[S]:
        rows = work.conn.execute(self.sql.find, _arrays(keys))
        return [self.row(*row) for row in rows]

    def _check(self, draft: D) -> None:
        _check_key(_key(draft))
        check_text(self.what, self.of(draft), required=True)


def names_of(db: Database, source: str, *, barcodes: bool) -> Names:
    """All names that a source's files may use, and, where it goes by them, all barcodes in 14 digits."""
    with db.transaction() as conn:
        items: dict[str, str] = dict(conn.execute(queries.every_item_alias, {"source": source}).fetchall())
        locations: dict[str, str] = dict(conn.execute(queries.every_location_alias, {"source": source}).fetchall())
        gtins = conn.execute(queries.every_barcode).fetchall() if barcodes else []
    return Names(items, locations, {gtin: (sku, units) for gtin, sku, units in gtins})


def _check_key(key: AliasKey) -> None:
    check_text("source", key[0], required=True)
    check_text("alias", key[1], required=True)


def _arrays(keys: Sequence[AliasKey]) -> dict[str, Any]:
    return {"sources": [source for source, _ in keys], "aliases": [alias for _, alias in keys]}


def _item_ids(conn: Connection, skus: Collection[str]) -> Mapping[str, int]:
    return {sku: item.id for sku, item in stored_items(conn, skus).items()}


def _location_ids(conn: Connection, codes: Collection[str]) -> Mapping[str, int]:
    return dict(conn.execute(queries.location_ids, {"codes": list(codes)}).fetchall())


ITEM_ALIASES: Final[Aliases[ItemAliasDraft, StoredItemAlias]] = Aliases(
    "item",
    Statements(queries.item_aliases, queries.put_item_aliases, queries.delete_item_aliases, queries.list_item_aliases),
    attrgetter("item"),
    lambda d: StoredItemAlias(0, d.source, d.alias, d.item),
    StoredItemAlias,
    _item_ids,
)
LOCATION_ALIASES: Final[Aliases[LocationAliasDraft, StoredLocationAlias]] = Aliases(
    "location",
    Statements(
        queries.location_aliases,
        queries.put_location_aliases,
        queries.delete_location_aliases,
        queries.list_location_aliases,
    ),
    attrgetter("location"),
    lambda d: StoredLocationAlias(0, d.source, d.alias, d.location),
    StoredLocationAlias,
    _location_ids,
)
