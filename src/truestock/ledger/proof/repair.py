"""Mends stock rows under their lock: on hand from the entries, reserved from the open promises; each repair is logged.

The entries are what happened, so they win; a row's repair is itself a movement of kind `adjust` without units, which
names what was found, and a mishap.
"""

import logging
from collections.abc import Sequence
from typing import NamedTuple

from truestock.core.words import Kind
from truestock.ledger.desk import Desk
from truestock.ledger.proof.check import queries
from truestock.store.arrays import ints

log = logging.getLogger(__name__)


class Mended(NamedTuple):
    """A row as it was and as it is now."""

    item: int
    loc: int
    lot: int
    status: int
    owner: int
    on_hand_was: int
    reserved_was: int
    on_hand: int
    reserved: int


def repair(desk: Desk, items: Sequence[tuple[int, int]], actor: str, *, dry_run: bool = False) -> list[Mended]:
    """Make the rows of these (part, item) what entries and promises say; returns what differed."""
    wanted = sorted(items)
    keys = {"parts": ints(part for part, _ in wanted), "items": ints(item for _, item in wanted)}
    conn = desk.conn
    with conn.transaction(force_rollback=dry_run):
        conn.execute("SET LOCAL statement_timeout = 0")
        conn.execute(queries.lock_heads, keys)
        mended = [Mended(*row) for row in conn.execute(queries.rows_that_differ, keys)]
        if mended:
            movement = desk.movement(
                Kind.ADJUST, actor, "repair", "", f"{len(mended)} rows made equal to their entries"
            )
            touched = {row.item for row in mended}
            changed = [(part, item) for part, item in wanted if item in touched]
            conn.execute(queries.mend_rows, keys)
            conn.execute(
                queries.log_repair,
                {
                    "part": movement.part,
                    "id": movement.id,
                    "kind": int(movement.kind),
                    "actor": actor,
                    "reason": movement.reason,
                    "parts": ints(part for part, _ in changed),
                    "items": ints(item for _, item in changed),
                },
            )
            for row in mended:
                log.warning("stock row mended: %s", row)
    return mended
