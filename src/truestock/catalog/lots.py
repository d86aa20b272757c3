"""Lots: their codes and expiry dates, and the holds that keep a lot from being promised.

A hold or a new expiry changes ATP without a movement, so it raises the item's version under the item's lock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from truestock.catalog import queries
from truestock.catalog.changes import PUT, How, Lines, Result, Work, Written, changing, check_clear, columns, sort_lines
from truestock.catalog.items import StoredItem, stored_items
from truestock.core.checks import check_text, check_zone
from truestock.core.identity import part_of
from truestock.core.problems import Conflict, NotFound
from truestock.store.database import Connection, Database
from truestock.store.paging import Page, page_of


@dataclass(frozen=True, slots=True)
class LotDraft:
    """A lot of a lot-tracked item; dates have a time zone. Received now unless it says otherwise.

    `clear` names fields that shall say nothing any more: expires_at."""

    item: str
    code: str
    expires_at: datetime | None = None
    received_at: datetime | None = None
    clear: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredLot:
    """A lot as it is; `held` is the reason of its open hold. Ids are the item's own, from 1."""

    id: int
    item: str
    code: str
    expires_at: datetime | None = None
    received_at: datetime | None = None
    held: str | None = None


@dataclass(frozen=True, slots=True)
class HoldDraft:
    """A lot not to be promised, and why; without a reason the hold ends."""

    item: str
    code: str
    reason: str | None = None


def put_lots(db: Database, drafts: Sequence[LotDraft], how: How = PUT) -> list[Result]:
    """Make lots or change their dates, one result per line."""
    lines = Lines(drafts, _key, _check)
    with changing(db, how, lines) as work:
        items = _refuse_items(work.conn, lines)
        work.lock_items(items[draft.item].id for _, draft in lines.open())
        stored = _stored(work.conn, [_key(draft) for _, draft in lines.open()])
        found = sort_lines(
            lines, how, "lot", _key, stored, lambda d: StoredLot(0, d.item, d.code, d.expires_at, d.received_at)
        )
        times = work.touch({items[row.item].id for _, row in [*found.new, *found.changed]})
        new = _numbered(work, items, times, found.new)
        if new:
            work.conn.execute(queries.insert_lots, _arrays(items, [row for _, row in new]))
        if found.changed:
            work.conn.execute(queries.update_lots, _arrays(items, [row for _, row in found.changed]))
        lines.written(new, found.changed)
    return lines.answers(how)


def hold_lots(db: Database, drafts: Sequence[HoldDraft], how: How = PUT) -> list[Result]:
    """Hold lots (a quality hold, a recall) or give an open hold another reason, one result per line."""
    return _set_holds(db, Lines(drafts, _key, _check_hold), how)


def release_lots(db: Database, keys: Sequence[tuple[str, str]], how: How = PUT) -> list[Result]:
    """End the holds of lots by (item SKU, lot code), one result per line."""
    return _set_holds(db, Lines([HoldDraft(*key) for key in keys], _key, _check), how)


def list_lots(db: Database, item: str, after: str | None = None, limit: int = 100) -> Page[StoredLot]:
    """The lots of an item by id, a page at a time."""
    parameters = {"item": item, "after": int(after or 0), "limit": limit + 1}
    with db.transaction() as conn:
        rows = [StoredLot(*row) for row in conn.execute(queries.list_lots, parameters)]
    return page_of(rows, limit, lambda row: row.id)


def read_lots(db: Database, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], StoredLot]:
    """The lots of these (item SKU, lot code); unknown ones are left out."""
    with db.transaction() as conn:
        return _stored(conn, keys)


def _set_holds(db: Database, lines: Lines[HoldDraft], how: How) -> list[Result]:
    with changing(db, how, lines) as work:
        items = _refuse_items(work.conn, lines)
        work.lock_items(items[draft.item].id for _, draft in lines.open())
        stored = _stored(work.conn, [_key(draft) for _, draft in lines.open()])
        rows = []
        for n, draft in lines.open():
            if (row := stored.get(_key(draft))) is None:
                lines.settle(n, NotFound("lot", draft.code, "code"))
            elif row.held == draft.reason:
                lines.settle(n, Written(row.id, "unchanged"))
            else:
                rows.append(replace(row, held=draft.reason))
                lines.settle(n, Written(row.id, "changed" if draft.reason else "ended"))
        if rows:
            times = work.touch({items[row.item].id for row in rows})
            arrays = {**_arrays(items, rows), "at": [times[items[row.item].id] for row in rows]}
            work.conn.execute(queries.close_lot_holds, arrays)
            work.conn.execute(queries.insert_lot_holds, arrays)
    return lines.answers(how)


def _numbered(
    work: Work, items: dict[str, StoredItem], times: dict[int, datetime], new: list[tuple[int, StoredLot]]
) -> list[tuple[int, StoredLot]]:
    """New lots with ids, the next ones of their item: its lock is held, so nobody else takes them."""
    wanted = sorted({items[row.item].id for _, row in new})
    found = work.conn.execute(queries.last_lots, {"parts": [part_of(item) for item in wanted], "items": wanted})
    last: dict[int, int] = dict(found.fetchall())
    rows = []
    for n, row in new:
        item = items[row.item].id
        last[item] += 1
        rows.append((n, replace(row, id=last[item], received_at=row.received_at or times[item])))
    return rows


def _refuse_items(conn: Connection, lines: Lines[LotDraft] | Lines[HoldDraft]) -> dict[str, StoredItem]:
    items = stored_items(conn, {draft.item for _, draft in lines.open()})
    lines.require("item", "item", items, lambda draft: draft.item)
    for n, draft in lines.open():
        if not items[draft.item].lot_tracked:
            lines.settle(n, Conflict(f"{draft.item!r} is not lot-tracked; set lot_tracked before it has stock", "item"))
    return items


def _stored(conn: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], StoredLot]:
    arrays = {"items": [item for item, _ in keys], "codes": [code for _, code in keys]}
    return {(row[1], row[2]): StoredLot(*row) for row in conn.execute(queries.lots_by_key, arrays)}


def _arrays(items: dict[str, StoredItem], rows: list[StoredLot]) -> dict[str, list[object]]:
    ids = [items[row.item].id for row in rows]
    return {**columns(rows), "items": [*ids], "parts": [part_of(item) for item in ids]}


def _key(row: LotDraft | HoldDraft | StoredLot) -> tuple[str, str]:
    return row.item, row.code


def _check(draft: LotDraft | HoldDraft) -> None:
    check_text("item", draft.item, required=True)
    check_text("code", draft.code, required=True)
    if isinstance(draft, LotDraft):
        for name, date in (("expires_at", draft.expires_at), ("received_at", draft.received_at)):
            check_zone(name, date)
        check_clear(draft, ("expires_at",))


def _check_hold(draft: HoldDraft) -> None:
    _check(draft)
    check_text("reason", draft.reason, required=True)
