"""Voids the holds of items that nobody asks about: an item's own decisions do it first, and reads see through them."""

from truestock.availability.publishing import queries
from truestock.catalog.rules import Snapshot
from truestock.core.decide.settle import back_fill
from truestock.core.words import Kind
from truestock.ledger.desk import Desk

LOOK_BACK = 500


def expire_once(desk: Desk, limit: int = LOOK_BACK) -> int:
    """Void the expired holds of up to `limit` items, except those another process has locked; how many items."""
    ((now, _),) = desk.conn.execute(queries.clock, prepare=True).fetchall()
    rows = desk.conn.execute(queries.items_with_expired_holds, {"now": now, "limit": limit}, prepare=True).fetchall()
    items = [item for (item,) in rows]
    return desk.with_rules(lambda snapshot: _expire(desk, snapshot, items)) if items else 0


def _expire(desk: Desk, snapshot: Snapshot, items: list[int]) -> int:
    rules = snapshot.items(items)
    work = desk.begin(rules.values(), wait=False).open(snapshot.epoch, desk.movement)
    work.begin_settling(desk.movement(Kind.BACKFILL))
    for book in work.books.values():
        if book.shorts:
            back_fill(book)
    if not work.changed:
        work.rollback()
        return 0
    work.write()
    work.commit()
    return len(work.books)
