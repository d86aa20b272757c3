"""Receipts, what waits to be approved, inspected or put away, the decisions, and putting away."""

from typing import Annotated, ClassVar

import msgspec
from fastapi import Depends

from truestock.entrypoints.api.framework.route import Body, Router, TheCall, TheHub
from truestock.entrypoints.api.framework.shapes import Rows, ThePage, rows_of
from truestock.entrypoints.api.front.call import APPROVE, READ, STOCK
from truestock.entrypoints.api.routes.orders import Key
from truestock.entrypoints.api.routes.receiving.answers import done
from truestock.feeds.receiving import decide as deciding
from truestock.feeds.receiving import put_away as putting_away
from truestock.feeds.receiving.receive import receive
from truestock.feeds.receiving.values import (
    Decided,
    Decision,
    LineTold,
    PutAwayUnits,
    Receipt,
    ReceiptTold,
    Receive,
    StillExpected,
)
from truestock.reporting import lists
from truestock.reporting.lists.received import DecisionRow, ReceivedRow

router = Router("receiving", STOCK)
reader = Router("receiving", READ)


class Received(msgspec.Struct, frozen=True):
    """One answer a line, and what of the document is still to come; HTTP says 207 when a line was refused."""

    statuses: ClassVar = (200, 207)
    ref: str
    refused: int
    lines: list[LineTold]
    still_expected: list[StillExpected]

    @property
    def http_status(self) -> int:
        """207 makes a caller look who sees only statuses."""
        return 207 if self.refused else 200


class Decisions(msgspec.Struct, frozen=True):
    """In the order in which they were made."""

    rows: list[DecisionRow]


@router.post("/v1/receipts")
async def book(
    body: Annotated[Receipt, Depends(Body(Receipt))], hub: TheHub, call: TheCall, key: Key = None
) -> Received:
    """Units came in. Each line is told apart: expected, short, over, early, late or unknown, and where it went.

    A line is booked once for the location, the receipt's number and its place, or for the Idempotency-Key."""
    (found,) = await hub.call(receive, [Receive(body, call.caller.actor, key)])
    told: ReceiptTold = done(found)
    return Received(told.ref, told.refused, told.lines, told.still_expected)


@reader.get("/v1/receipts")
def list_receipts(
    hub: TheHub, page: ThePage, receipt: str | None = None, sku: str | None = None, location: str | None = None
) -> Rows[ReceivedRow]:
    """What was received, the oldest first; of one receipt, item or location."""
    found = lists.list_received(hub.db, receipt=receipt, sku=sku, location=location, after=page.after, limit=page.limit)
    return rows_of(found)


@reader.get("/v1/receipts/waiting")
def list_waiting(
    hub: TheHub, page: ThePage, lands: str | None = None, location: str | None = None, sku: str | None = None
) -> Rows[ReceivedRow]:
    """What lies where it waits, whatever brought it, the oldest first. `lands` says what for: approval, inspection, or
    receiving, which is to be put away."""
    found = lists.list_received(
        hub.db, waiting=True, lands=lands, location=location, sku=sku, after=page.after, limit=page.limit
    )
    return rows_of(found)


@reader.get("/v1/receipts/decisions")
def list_decisions(received: int, hub: TheHub) -> Decisions:
    """What became of units that waited, by the number of their row: what was decided, by whom and why."""
    return Decisions(lists.list_decisions(hub.db, [received]))


@router.post("/v1/receipts/decisions")
async def decide(
    body: Annotated[Decision, Depends(Body(Decision))], hub: TheHub, call: TheCall, key: Key = None
) -> Decided:
    """Approve or reject what waits for it, or say what inspection has found; in parts too.

    To approve and to reject takes the scope `approve` too, and somebody else than who has received the units; else the
    problem is own-receipt. A receiving rule may say that it does not."""
    if body.decision in ("approved", "rejected"):
        call.caller.require(APPROVE)
    (found,) = await hub.call(deciding.decide, [deciding.Decide(body, call.caller.actor, key)])
    answer: Decided = done(found)
    return answer


@router.post("/v1/put-away")
async def put_away(
    body: Annotated[PutAwayUnits, Depends(Body(PutAwayUnits))], hub: TheHub, call: TheCall, key: Key = None
) -> Decided:
    """Received units were laid on the shelf: they are sold from now on."""
    (found,) = await hub.call(putting_away.put_away, [putting_away.Shelve(body, call.caller.actor, key)])
    answer: Decided = done(found)
    return answer
