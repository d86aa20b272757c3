"""Movements of stock: facts and ring-fences booked in lines, and reversed after a preview."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Path
from msgspec import Meta

from truestock.core.checks import BIGINT_MAX
from truestock.core.problems import Problem
from truestock.entrypoints.api.framework.route import Body, Router, TheCall, TheHub
from truestock.entrypoints.api.framework.shapes import LINES_MAX
from truestock.entrypoints.api.front.call import APPROVE, STOCK
from truestock.entrypoints.api.problems.surface import problem_of
from truestock.entrypoints.api.routes.orders import Key
from truestock.entrypoints.api.routes.receiving.answers import LineAnswers, told
from truestock.feeds.receiving.approvals import Move, move
from truestock.ledger.desk import Desk
from truestock.ledger.reverse import reverse
from truestock.ledger.values import AnyBooking, RowChange
from truestock.store.errors import Busy

router = Router("ledger", STOCK)


class Bookings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happened or is wanted, line by line; `kind` says what."""

    lines: Annotated[list[AnyBooking], Meta(min_length=1, max_length=LINES_MAX)]


class Reverse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a movement is booked back."""

    reason: Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\x00]+$")]


class Reversed(msgspec.Struct, frozen=True):
    """What the reversal did, or in a dry run would do, row by row; a dry run has no movement."""

    movement: int | None
    changes: list[RowChange]


@router.post("/v1/movements")
async def book(
    body: Annotated[Bookings, Depends(Body(Bookings))], hub: TheHub, call: TheCall, key: Key = None
) -> LineAnswers:
    """Book what happened to units, exactly as each line says: receipts, returns, sales, adjustments, counts, transfers,
    status changes, bins, ring-fences. Rules of receiving are followed by `POST /v1/receipts`.

    Received units that wait for approval are moved on only by who may approve them: their key has the scope `approve`
    too, and they have not received the units.

    With an Idempotency-Key the lines are each done once, however often the call is sent."""
    keys = [None if key is None else f"{key}:{n}" for n in range(len(body.lines))]
    approver = call.caller.has(APPROVE)
    commands = [
        Move(line, call.caller.actor, own, approver=approver) for line, own in zip(body.lines, keys, strict=True)
    ]
    return told(await hub.call(move, commands))


@router.post("/v1/movements/{movement}/reverse")
async def reverse_movement(
    movement: Annotated[int, Path(ge=0, le=BIGINT_MAX)],
    body: Annotated[Reverse, Depends(Body(Reverse))],
    hub: TheHub,
    call: TheCall,
    dry_run: bool = False,
) -> Reversed:
    """Book the opposite of a movement; with `dry_run` only show what that would change."""
    (found,) = await hub.call(_reverse, [_Reverse(movement, call.caller.actor, body.reason, dry_run)])
    if isinstance(found, Exception):
        raise problem_of(found)
    return Reversed(found.movement or None, found.changes)


class _Reverse(msgspec.Struct, frozen=True):
    movement: int
    actor: str
    reason: str
    preview: bool
    weight: int = 1


def _reverse(desk: Desk, commands: Sequence[_Reverse], _wait: bool) -> list[Any]:
    """Each in a transaction of its own; a refused one must not undo, or do again, those before it."""
    answers: list[Any] = []
    for command in commands:
        try:
            answers.append(reverse(desk, command.movement, command.actor, command.reason, preview=command.preview))
        except (Problem, Busy) as problem:
            answers.append(problem)
    return answers
