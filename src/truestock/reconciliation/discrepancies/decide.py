"""What people decide of a discrepancy: the ledger is put right, or left as it is, or the cell is counted again.

Adjusting is a booking like any other: `booking_of` says which, the caller books it, `noted` writes down what came of
it. All of it may be done again: the booking has a key of its own for each statement."""

from datetime import datetime
from typing import Final, cast

from truestock.core.checks import check_text
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.core.words import ANY_LOT, Status
from truestock.ledger.values import Booked, Count, NotBooked, Post, StatusName
from truestock.reconciliation.discrepancies import queries
from truestock.store.database import Connection, Database
from truestock.store.upkeep.retention import Trim

REASON_MAX: Final = 400
_WAITING: Final = ("open", "review")


def accept(db: Database, number: int, actor: str, reason: str) -> None:
    """Leave the ledger as it is, and do not raise the same difference again. Raises NotFound, Conflict, Invalid."""
    _settle(db, number, "accepted", actor, reason)


def dismiss(db: Database, number: int, actor: str, reason: str) -> None:
    """Say that the statement was wrong; one like it will be raised again. Raises NotFound, Conflict, Invalid."""
    _settle(db, number, "dismissed", actor, reason)


def recount(db: Database, number: int, actor: str, reason: str) -> None:
    """Ask for a count of the cell; it waits for review until then. Raises NotFound, Conflict, Invalid."""
    check_text("reason", reason, required=True, at_most=REASON_MAX)
    with db.transaction() as conn:
        said = {"id": number, "reason": f"{actor} asks for a count: {reason}"}
        done = conn.execute(queries.want_recount, said).rowcount
    if not done:
        raise _refusal(db, number)


def booking_of(db: Database, number: int, actor: str, reason: str) -> Post:
    """The count that puts the ledger right: what was stated, as of when it was stated.

    Raises NotFound, Conflict for one that is settled or is not of stock, Invalid."""
    check_text("reason", reason, required=True, at_most=REASON_MAX)
    with db.transaction() as conn:
        row = conn.execute(queries.to_adjust, {"id": number}).fetchone()
    if row is None or row[0] != "stock" or row[1] not in _WAITING:
        raise _refusal(db, number)
    _, _, source, stated, as_of, sku, location, lot, code, status = row
    if stated < 0:
        raise Conflict(
            f"the source states {stated} units once what it had not booked is taken off, and nobody can count that; "
            "ask for a recount instead",
            "id",
        )
    counted = Count(
        sku=sku,
        location=location,
        qty=stated,
        lot=code or None if lot != ANY_LOT else None,
        status=cast(StatusName, Status(status).name.lower()),
        effective_at=as_of,
        source=source,
        ref=f"discrepancy {number}",
        reason=reason,
    )
    return Post(counted, actor, f"discrepancy:{number}:{as_of.isoformat()}:{stated}:{reason}")


def noted(db: Database, number: int, command: Post, answer: Booked | NotBooked) -> Booked:
    """Write down that it was adjusted by what `booking_of` said. Raises Conflict with why it was not booked.

    A booking that changed nothing was overtaken by another statement of the cell, or made before: it is gone then. What
    the source has stated since it was booked waits on."""
    if isinstance(answer, NotBooked):
        raise Conflict(answer.detail, answer.field)
    said = command.booking
    if answer.qty:
        _write(db, number, "adjusted", command.actor, said.reason, answer.movement, said.effective_at)
    else:
        why = f"{said.reason}; nothing was left to book: the cell was stated anew, or put right before"
        _write(db, number, "gone", command.actor, why, None, said.effective_at)
    return answer


def _settle(db: Database, number: int, state: str, actor: str, reason: str) -> None:
    check_text("reason", reason, required=True, at_most=REASON_MAX)
    if not _write(db, number, state, actor, reason):
        raise _refusal(db, number)


def _write(
    db: Database,
    number: int,
    state: str,
    actor: str,
    reason: str,
    movement: int | None = None,
    as_of: datetime | None = None,
) -> bool:
    settled = {"id": number, "state": state, "actor": actor, "reason": reason, "movement": movement}
    parameters = {**settled, "as_of": as_of}
    with db.transaction() as conn:
        return conn.execute(queries.settle, parameters).rowcount > 0


def _refusal(db: Database, number: int) -> NotFound | Conflict | Invalid:
    """Why nothing can be decided of it."""
    with db.transaction() as conn:
        row = conn.execute(queries.how_it_is, {"id": number}).fetchone()
    if row is None:
        return NotFound("discrepancy", number, "id")
    kind, state = row
    if state not in _WAITING:
        return Conflict(f"discrepancy {number} is {state} already; nothing waits to be decided", "id")
    return Invalid(
        "id", f"discrepancy {number} is of units {kind} to orders, not of stock; release or reserve the order"
    )


def _trim(conn: Connection, before: datetime, part: int) -> int:
    if part == 0:
        conn.execute(queries.trim_accuracy, {"before": before})
    return conn.execute(queries.trim_discrepancies, {"part": part, "before": before}).rowcount


# What is accepted holds for as long as the difference does.
TRIM: Final = Trim("settled discrepancies", _trim)
