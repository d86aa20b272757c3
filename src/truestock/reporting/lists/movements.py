"""What has happened: movements, the newest first, and the entries that each of them or of an item's life is made of."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from truestock.core.checks import BIGINT_MAX, INT_MAX, check_choice
from truestock.core.identity import part_of
from truestock.core.problems import NotFound
from truestock.core.words import Kind, Place, Status
from truestock.reporting.lists.cursor import cursor_of, instant_and_id, numbers_of
from truestock.reporting.lists.stock import item_of
from truestock.store.arrays import ints
from truestock.store.database import Database
from truestock.store.paging import Page
from truestock.store.sql import load

queries = load(__package__)
KINDS = tuple(kind.name.lower() for kind in Kind)


@dataclass(frozen=True, slots=True)
class MovementRow:
    """Who, from where and why; `items` is how many items it moved."""

    movement: int
    kind: str
    recorded_at: datetime
    effective_at: datetime
    actor: str
    source: str
    ref: str
    reason: str
    reverses: int | None
    items: int


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One line of the ledger. `location` is a code, a place outside the house, or empty for what is owed; `in_bin` are
    units laid into, or taken out of, `bin`."""

    version: int
    n: int
    movement: int
    kind: str
    recorded_at: datetime
    effective_at: datetime
    sku: str
    location: str
    lot: str
    status: str
    owner: str
    channel: str
    on_hand: int
    reserved: int
    short: int
    bin: str
    in_bin: int


@dataclass(frozen=True, slots=True)
class MovementEntries:
    """A movement with its entries."""

    head: MovementRow
    entries: tuple[EntryRow, ...]


def list_movements(
    db: Database,
    kind: str | None = None,
    source: str | None = None,
    ref: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page[MovementRow]:
    """Movements, the newest first. Raises Invalid."""
    check_choice("kind", kind, KINDS)
    at, last = instant_and_id(after) if after else (None, 0)
    parameters = {
        "at": at,
        "id": last,
        "kind": None if kind is None else int(Kind[kind.upper()]),
        "source": source,
        "ref": ref,
        "limit": limit + 1,
    }
    with db.transaction() as conn:
        rows = [_movement(row) for row in conn.execute(queries.movements_before, parameters)]
    shown = tuple(rows[:limit])
    more = cursor_of(shown[-1].recorded_at.isoformat(), f"{shown[-1].movement:x}") if len(rows) > limit else None
    return Page(shown, more)


def read_movement(db: Database, movement: int) -> MovementEntries:
    """A movement with all it changed. Raises NotFound."""
    with db.transaction() as conn:
        row = conn.execute(queries.movement_by_id, {"part": part_of(movement), "id": movement}).fetchone()
        if row is None:
            raise NotFound("movement", movement)
        *head, items = row
        keys = {"parts": ints(map(part_of, items)), "items": ints(items), "movement": movement, "at": head[2]}
        entries = tuple(map(_entry, conn.execute(queries.entries_of_movement, keys)))
    return MovementEntries(_movement(head), entries)


def list_entries(db: Database, sku: str, after: str | None = None, limit: int = 100) -> Page[EntryRow]:
    """The entries of an item, the newest first. Raises NotFound, Invalid."""
    version, n = numbers_of(after, 2) if after else (BIGINT_MAX, INT_MAX)
    with db.transaction() as conn:
        part, item = item_of(conn, sku)
        keys = {"part": part, "item": item, "version": version, "n": n, "limit": limit + 1}
        rows = [_entry(row) for row in conn.execute(queries.entries_of_item, keys)]
    shown = tuple(rows[:limit])
    return Page(shown, cursor_of(shown[-1].version, shown[-1].n) if len(rows) > limit else None)


def _movement(row: Iterable[Any]) -> MovementRow:
    movement, kind, *rest = row
    return MovementRow(movement, Kind(kind).name.lower(), *rest)


def _entry(row: tuple[Any, ...]) -> EntryRow:
    version, n, movement, kind, recorded, effective, sku, loc, place, lot, status, *rest = row
    where = Place(loc).name.lower() if loc < 0 else place
    what = "" if loc == 0 else Status(status).name.lower()
    return EntryRow(version, n, movement, Kind(kind).name.lower(), recorded, effective, sku, where, lot, what, *rest)
