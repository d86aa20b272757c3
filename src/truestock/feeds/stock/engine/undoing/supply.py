"""Takes back what a run announced: lines of documents of supply stand as before it, document by document."""

from collections.abc import Sequence
from typing import NamedTuple

from truestock.core.problems import Conflict
from truestock.feeds.stock.engine.runs import Run
from truestock.ledger.documents import PutBack
from truestock.ledger.documents.told import documents_told, put_back
from truestock.store.database import Connection, errors_translated


class Supply(NamedTuple):
    """How many lines are put back, how many stay, and the first of them: those that stay before the others."""

    back: int = 0
    stay: int = 0
    lines: Sequence[PutBack] = ()


def put_supply_back(conn: Connection, run: Run, actor: str, reason: str, *, preview: bool, shown: int) -> Supply:
    """Each document in a transaction of its own, so that an undoing that was cut off goes on; `shown`: how many lines
    are told of."""
    found: dict[bool, int] = {True: 0, False: 0}
    first: dict[bool, list[PutBack]] = {True: [], False: []}
    for ref in documents_told(conn, run.id):
        with errors_translated(), conn.transaction(force_rollback=preview):
            lines = put_back(conn, run.id, ref, actor, reason)
        for line in lines:
            stays = bool(line.stays)
            found[stays] += 1
            if len(first[stays]) < shown:
                first[stays].append(line)
    return Supply(found[False], found[True], [*first[True], *first[False]][:shown])


def check_kept(conn: Connection, run: Run) -> None:
    """Raises Conflict where it was not kept how the documents of a run that is done stood before it."""
    if run.state == "done" and run.report.booked and not documents_told(conn, run.id):
        raise Conflict("how its documents stood before was not kept; close them: truestock expected close", "run")
