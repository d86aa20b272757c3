"""Kits: items that have no stock of their own and are made of others. They do not nest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from truestock.catalog import queries
from truestock.catalog.changes import PUT, How, Lines, Result, Work, changing, sort_lines
from truestock.catalog.items import Component, StoredItem, in_use, read_whole, replacement, stored_items
from truestock.core.checks import check_number, check_text
from truestock.core.problems import Conflict, Invalid, NotFound, Problem
from truestock.store.database import Database

COMPONENTS_MAX = 100
UNITS_MAX = 1_000_000
_sku = attrgetter("sku")


@dataclass(frozen=True, slots=True)
class KitDraft:
    """An item that shall be a kit of these components; the item must exist."""

    sku: str
    components: tuple[Component, ...]


def put_kits(db: Database, drafts: Sequence[KitDraft], how: How = PUT) -> list[Result]:
    """Make items kits, or change what kits are made of, one result per line.

    An item with stock or entries, with lots, or inside another kit cannot become a kit."""
    lines = Lines([replace(d, components=tuple(sorted(d.components))) for d in drafts], _sku, _check)
    with changing(db, how, lines) as work:
        skus = {sku for _, draft in lines.open() for sku in (draft.sku, *(c.item for c in draft.components))}
        work.conn.execute(queries.lock_items_by_sku, {"skus": list(skus)})
        at = work.lock_rules()
        items = {item.sku: item for item in read_whole(work.conn, list(skus))}
        _refuse_components(lines, items)
        kits = {sku: item for sku, item in items.items() if item.kit}
        lines.require("sku", "item", items, _sku)
        found = sort_lines(lines, how, "kit", _sku, kits, lambda d: replace(items[d.sku], components=d.components))
        new = _refuse_items_in_use(work, lines, found.new)
        rows = [row for _, row in [*new, *found.changed]]
        if rows:
            work.conn.execute(queries.set_kits, {"items": [row.id for row in rows]})
            pairs = [(row.id, kits[row.sku].components if row.sku in kits else (), row.components) for row in rows]
            named = {c.item for _, old, new in pairs for c in (*old, *new)}
            ids = {sku: item.id for sku, item in stored_items(work.conn, named).items()}
            closed, added = replacement(pairs, ids)
            work.conn.execute(queries.close_kit_components, {**closed, "at": at})
            work.conn.execute(queries.insert_kit_components, {**added, "at": at})
            work.rules_changed = True
        lines.written(new, found.changed)
    return lines.answers(how)


def check_components(components: Sequence[Component]) -> None:
    """At least one, each item once, whole units. Raises Invalid."""
    if not 0 < len(components) <= COMPONENTS_MAX:
        raise Invalid("components", f"give 1 to {COMPONENTS_MAX} components, not {len(components)}")
    for component in components:
        check_text("item", component.item, required=True)
        check_number("units", component.units, low=1, high=UNITS_MAX)
    if len({component.item for component in components}) < len(components):
        raise Invalid("components", "an item stands there twice; add its units up in one component")


def _check(draft: KitDraft) -> None:
    check_text("sku", draft.sku, required=True)
    check_components(draft.components)


def _refuse_components(lines: Lines[KitDraft], items: dict[str, StoredItem]) -> None:
    kits = {draft.sku for _, draft in lines.open()} | {sku for sku, item in items.items() if item.kit}
    for n, draft in lines.open():
        for component in draft.components:
            if component.item not in items:
                lines.settle(n, NotFound("item", component.item, "item"))
            elif component.item in kits:
                lines.settle(n, Conflict(f"{component.item!r} is a kit, and kits do not nest; list its items", "item"))


def _refuse_items_in_use(
    work: Work, lines: Lines[KitDraft], new: list[tuple[int, StoredItem]]
) -> list[tuple[int, StoredItem]]:
    if not new:
        return []
    ids = [row.id for _, row in new]
    used = in_use(work, ids)
    inside = {item for (item,) in work.conn.execute(queries.items_inside_kits, {"items": ids})}
    left = []
    for n, row in new:
        problem: Problem | None = None
        if row.id in used:
            problem = Conflict(f"{row.sku!r} has stock or entries and cannot become a kit; make a new item", "sku")
        elif row.lot_tracked:
            problem = Conflict(f"{row.sku!r} is lot-tracked; a kit has no stock and so no lots", "sku")
        elif row.id in inside:
            problem = Conflict(f"{row.sku!r} is inside another kit, and kits do not nest", "sku")
        if problem:
            lines.settle(n, problem)
        else:
            left.append((n, row))
    return left
