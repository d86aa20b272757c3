"""Transfers, variances, and what tills sell."""

from typing import Annotated, ClassVar

import msgspec
from fastapi import Depends
from msgspec import Meta

from truestock.entrypoints.api.framework.route import Body, Router, TheCall, TheHub
from truestock.entrypoints.api.front.call import APPROVE, STOCK
from truestock.entrypoints.api.routes.orders import Key
from truestock.entrypoints.api.routes.receiving.answers import LineAnswers, done, told
from truestock.feeds.receiving import transfer
from truestock.feeds.receiving.till import RingUp, ring_up
from truestock.feeds.receiving.values import Lost, LostUnits, TillReceipt, Transfer, Variance
from truestock.feeds.receiving.variances.vary import Vary, vary

router = Router("receiving", STOCK)
MOST = 500


class Variances(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was lost, found, damaged and so on, line by line."""

    lines: Annotated[list[Variance], Meta(min_length=1, max_length=MOST)]


class Sales(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Receipts of tills, with their lines."""

    sales: Annotated[list[TillReceipt], Meta(min_length=1, max_length=MOST)]


class Sold(msgspec.Struct, frozen=True):
    """What became of one receipt's lines."""

    ref: str
    location: str
    answers: LineAnswers


class SalesTold(msgspec.Struct, frozen=True):
    """One answer a receipt, in their order; HTTP says 207 when any line was refused."""

    statuses: ClassVar = (200, 207)
    refused: int
    sales: list[Sold]

    @property
    def http_status(self) -> int:
        """207 makes a caller look who sees only statuses."""
        return 207 if self.refused else 200


@router.post("/v1/transfers")
async def send(body: Annotated[Transfer, Depends(Body(Transfer))], hub: TheHub, call: TheCall) -> LineAnswers:
    """Units left for another location, where a receipt with the transfer as its document lets them in.

    A line is booked once for the transfer's number and its place."""
    (found,) = await hub.call(transfer.send, [transfer.Send(body, call.caller.actor)])
    return told(done(found))


@router.post("/v1/transfers/lost")
async def lose(body: Annotated[Lost, Depends(Body(Lost))], hub: TheHub, call: TheCall, key: Key = None) -> LostUnits:
    """What has not arrived of a transfer, of one item or one line in it, or so many units of it, is lost."""
    (found,) = await hub.call(transfer.lose, [transfer.Lose(body, call.caller.actor, key)])
    units: LostUnits = done(found)
    return units


@router.post("/v1/variances")
async def book_variances(
    body: Annotated[Variances, Depends(Body(Variances))], hub: TheHub, call: TheCall, key: Key = None
) -> LineAnswers:
    """Units that are not where, or as, they should be; the reason's code says where they go."""
    keys = [None if key is None else f"{key}:{n}" for n in range(len(body.lines))]
    approver = call.caller.has(APPROVE)
    commands = [
        Vary(line, call.caller.actor, own, approver=approver) for line, own in zip(body.lines, keys, strict=True)
    ]
    return told(await hub.call(vary, commands))


@router.post("/v1/pos/sales")
async def sell(body: Annotated[Sales, Depends(Body(Sales))], hub: TheHub, call: TheCall) -> SalesTold:
    """What stores sold and took back, as it happens or in the evening.

    A line is booked once for its location, receipt and place, however often it is told."""
    found = await hub.call(ring_up, [RingUp(sale, call.caller.actor) for sale in body.sales])
    answers = [
        Sold(sale.ref, sale.location, told([one] * len(sale.lines) if isinstance(one, Exception) else one))
        for sale, one in zip(body.sales, found, strict=True)
    ]
    return SalesTold(sum(sold.answers.refused for sold in answers), answers)
