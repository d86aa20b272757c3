"""Items: what is counted. Decides what may still change of one; kits and barcodes have modules of their own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from operator import attrgetter

from truestock.catalog import queries
from truestock.catalog.changes import (
    PUT,
    How,
    Lines,
    Result,
    Sorted,
    Work,
    Written,
    changing,
    check_clear,
    columns,
    overlaid,
    sort_lines,
    take_ids,
)
from truestock.core.checks import check_choice, check_number, check_text
from truestock.core.identity import part_of
from truestock.core.problems import Conflict, Invalid
from truestock.store.database import Connection, Database
from truestock.store.paging import Page, page_of, substring

CLEARABLE = ("name", "category", "weight_g", "cost")
ROTATIONS = ("fefo", "fifo")
COST_MAX = 10**12
COST_PLACES = 6
_sku = attrgetter("sku")


@dataclass(frozen=True, slots=True, order=True)
class Component:
    """What one unit of a kit or listing takes: so many base units of an item, by its SKU."""

    item: str
    units: int = 1


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """An item as a caller wants it; None leaves a field as it is, or at its default on creation.

    `cost` is per base unit in the company's currency; `unit` names the base unit, as in "each" or "kg"; `clear` names
    fields that shall say nothing any more: name, category, weight_g, cost."""

    sku: str
    name: str | None = None
    category: str | None = None
    unit: str | None = None
    weight_g: int | None = None
    cost: Decimal | None = None
    lot_tracked: bool | None = None
    rotation: str | None = None
    clear: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item as it is; only a kit has components, by SKU; barcodes have 14 digits."""

    id: int
    sku: str
    name: str = ""
    category: str = ""
    unit: str = "each"
    weight_g: int | None = None
    cost: Decimal | None = None
    lot_tracked: bool = False
    rotation: str = "fefo"
    kit: bool = False
    barcodes: tuple[str, ...] = ()
    components: tuple[Component, ...] = ()


def put_items(db: Database, drafts: Sequence[ItemDraft], how: How = PUT) -> list[Result]:
    """Make or change items, one result per line; a new item gets its head, which the ledger locks."""
    lines = Lines(drafts, _sku, check_item)
    skus = [draft.sku for _, draft in lines.open()]
    with db.transaction() as conn:
        ids = len(skus) - len(stored_items(conn, skus))
    fresh = take_ids(db, "item", ids)
    with changing(db, how, lines) as work:
        work.conn.execute(queries.lock_items_by_sku, {"skus": skus})
        stored = stored_items(work.conn, skus)
        found = sort_lines(lines, how, "item", _sku, stored, _built)
        _insert(work, lines, [(n, replace(row, id=next(fresh))) for n, row in found.new])
        _update(work, lines, found, {row.id: row for row in stored.values()})
    return lines.answers(how)


def read_items(db: Database, skus: Iterable[str]) -> dict[str, StoredItem]:
    """The items of these SKUs with barcodes and components; unknown SKUs are left out."""
    with db.transaction() as conn:
        return {item.sku: item for item in read_whole(conn, list(skus))}


def list_items(
    db: Database, search: str | None = None, category: str | None = None, after: str | None = None, limit: int = 100
) -> Page[StoredItem]:
    """Items by SKU, a page at a time; `search` is any part of the SKU, the name or a barcode."""
    parameters = {
        "after": after or "",
        "category": category,
        "like": substring(search),
        "digits": substring(search),
        "limit": limit + 1,
    }
    with db.transaction() as conn:
        skus = [sku for (sku,) in conn.execute(queries.search_items, parameters)]
        return page_of(read_whole(conn, skus), limit, _sku)


def stored_items(conn: Connection, skus: Iterable[str]) -> dict[str, StoredItem]:
    """The items of these SKUs without barcodes and components, inside a transaction."""
    rows = conn.execute(queries.items_by_sku, {"skus": list(skus)})
    return {row[1]: StoredItem(*row) for row in rows}


def in_use(work: Work, items: Iterable[int]) -> set[int]:
    """Those of the items that have lots, stock or entries, and so stay what they are; locks their heads."""
    wanted = list(items)
    work.lock_items(wanted)
    rows = work.conn.execute(queries.items_in_use, {"parts": [part_of(item) for item in wanted], "items": wanted})
    return {item for (item,) in rows}


def components_of(skus: Iterable[str], units: Iterable[int]) -> tuple[Component, ...]:
    """Components from two arrays, in the order of SKUs."""
    return tuple(sorted(map(Component, skus, units)))


def replacement(
    pairs: Iterable[tuple[int, Sequence[Component], Sequence[Component]]], items: Mapping[str, int]
) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """What to close and what to insert so that owners (kits, listings) take the new components instead of the old.

    `pairs` are (owner's id, old, new), `items` the ids of all their SKUs; gives the arrays of both statements."""
    closed: list[tuple[int, int, int]] = []
    added: list[tuple[int, int, int]] = []
    for owner, old, new in pairs:
        closed += [(owner, items[c.item], c.units) for c in old if c not in new]
        added += [(owner, items[c.item], c.units) for c in new if c not in old]
    names = ("owners", "items", "units")
    of_closed, of_added = ({name: [row[n] for row in rows] for n, name in enumerate(names)} for rows in (closed, added))
    return of_closed, of_added


def check_item(draft: ItemDraft) -> None:
    """What can be told from the draft alone. Raises Invalid."""
    check_text("sku", draft.sku, required=True)
    check_text("name", draft.name, at_most=500)
    check_text("category", draft.category)
    check_text("unit", draft.unit)
    check_number("weight_g", draft.weight_g)
    check_number("cost", draft.cost, high=COST_MAX)
    if draft.cost is not None and draft.cost != round(draft.cost, COST_PLACES):
        raise Invalid("cost", f"cost {draft.cost} has over {COST_PLACES} decimal places; round it")
    check_choice("rotation", draft.rotation, ROTATIONS)
    check_clear(draft, CLEARABLE)


def _insert(work: Work, lines: Lines[ItemDraft], rows: list[tuple[int, StoredItem]]) -> None:
    if not rows:
        return
    arrays = columns([row for _, row in rows])
    arrays["part"] = [part_of(row.id) for _, row in rows]
    work.conn.execute(queries.insert_items, arrays)
    work.conn.execute(queries.insert_heads, arrays)
    for n, row in rows:
        lines.settle(n, Written(row.id, "created"))


def _update(work: Work, lines: Lines[ItemDraft], found: Sorted[StoredItem], before: dict[int, StoredItem]) -> None:
    rows = [(n, row) for n, row in found.changed if not _refuse_kit(lines, n, row)]
    tracking = {row.id for _, row in rows if row.lot_tracked != before[row.id].lot_tracked}
    if any(_traits(row) != _traits(before[row.id]) for _, row in rows):
        work.lock_rules()
    fixed = in_use(work, tracking) if tracking else set()
    kept = []
    for n, row in rows:
        if row.id in fixed:
            detail = "lot tracking is fixed once an item has lots, stock or entries; make a new item"
            lines.settle(n, Conflict(detail, "lot_tracked"))
        else:
            lines.settle(n, Written(row.id, "changed"))
            kept.append(row)
    if kept:
        work.conn.execute(queries.update_items, columns(kept))
        work.rules_changed |= any(_traits(row) != _traits(before[row.id]) for row in kept)


def _refuse_kit(lines: Lines[ItemDraft], n: int, row: StoredItem) -> bool:
    if row.kit and row.lot_tracked:
        lines.settle(n, Conflict("a kit has no stock and so no lots; track its components", "lot_tracked"))
        return True
    return False


def _traits(row: StoredItem) -> tuple[str, bool, str]:
    """What decisions read of an item."""
    return row.category, row.lot_tracked, row.rotation


def _built(draft: ItemDraft) -> StoredItem:
    return overlaid(StoredItem(0, draft.sku), draft)


def read_whole(conn: Connection, skus: list[str]) -> list[StoredItem]:
    """The items with barcodes and components, by SKU, inside a transaction."""
    rows = conn.execute(queries.read_items, {"skus": skus})
    return [
        replace(StoredItem(*traits), barcodes=tuple(gtins), components=components_of(skus, units))
        for *traits, gtins, skus, units in rows
    ]
