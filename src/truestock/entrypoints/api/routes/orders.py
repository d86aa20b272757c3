"""What happens to an order after it was taken: confirm, release, ship, a failed pick. Taking one is a hot endpoint."""

import asyncio
from contextlib import suppress
from typing import Annotated, Any

from fastapi import Depends, Header

from truestock.bootstrap import Hub
from truestock.core.problems import Problem
from truestock.entrypoints.api.framework.route import Body, Router, TheCall, TheHub
from truestock.entrypoints.api.front.call import ORDERS, Call
from truestock.entrypoints.api.problems.surface import Told, problem_of
from truestock.orders.act import act
from truestock.orders.actions import Act, Action, Confirm, Done, NotDone, RejectPick, Release, Ship
from truestock.reconciliation.counts.due import ask_for_rejected
from truestock.store.errors import StoreError

router = Router("orders", ORDERS, by_channel=True)
Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", min_length=1, max_length=200, description="Sent again with it, it is done once."),
]


@router.post("/v1/orders/confirm")
async def confirm(
    body: Annotated[Confirm, Depends(Body(Confirm))], hub: TheHub, call: TheCall, key: Key = None
) -> Done:
    """The cart was paid: its hold becomes an order, and nothing is asked of stock again.

    A hold that has run out is a problem of type hold-expired, with status 410."""
    return await _acted(hub, call, body, key)


@router.post("/v1/orders/release")
async def release(
    body: Annotated[Release, Depends(Body(Release))], hub: TheHub, call: TheCall, key: Key = None
) -> Done:
    """Give promises back: some lines, or without lines all that is open, which cancels the order."""
    return await _acted(hub, call, body, key)


@router.post("/v1/orders/ship")
async def ship(body: Annotated[Ship, Depends(Body(Ship))], hub: TheHub, call: TheCall, key: Key = None) -> Done:
    """Hard allocation: units left for the customer, and on hand falls with reserved."""
    return await _acted(hub, call, body, key)


@router.post("/v1/orders/reject-pick")
async def reject_pick(
    body: Annotated[RejectPick, Depends(Body(RejectPick))], hub: TheHub, call: TheCall, key: Key = None
) -> Done:
    """A line could not be picked: what lies there is in doubt, damaged or fewer, and promises on it are kept elsewhere.

    Units in doubt are in quarantine until a count finds them or writes them off; a count is asked for."""
    done = await _acted(hub, call, body, key)
    # What is done is done; a count that cannot be asked for now is asked for by the job count-plans.
    with suppress(StoreError):
        await asyncio.to_thread(ask_for_rejected, hub.db)
    return done


async def _acted(hub: Hub, call: Call, action: Action, key: str | None) -> Done:
    call.caller.require_channel(action.channel)
    (found,) = await hub.call(act, [Act(action, call.caller.actor, key)])
    if isinstance(found, Done):
        return found
    raise _problem(found)


def _problem(found: Any) -> Problem:
    return Told(found.type, found.field, found.detail) if isinstance(found, NotDone) else problem_of(found)
