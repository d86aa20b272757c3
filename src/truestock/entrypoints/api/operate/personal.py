"""Personal data: a person asks to be forgotten. Who told the hub so is logged with the counts, never the person."""

from typing import Annotated

import structlog
from fastapi import Depends

from truestock.entrypoints.api.framework.route import Body, Router, TheCall, TheHub
from truestock.entrypoints.api.front.call import ADMIN
from truestock.feeds.personal.erase import Erased, Person
from truestock.feeds.personal.erase import erase as erase_person

log = structlog.get_logger("truestock.api")
router = Router("personal data", ADMIN)


@router.post("/v1/erase")
def erase(body: Annotated[Person, Depends(Body(Person))], hub: TheHub, call: TheCall, dry_run: bool = False) -> Erased:
    """Erase a person from the orders of channels and from the messages that speak of them; what was sold stays.

    With `dry_run` nothing is erased, and the answer says what would be. Sent again it finds nothing more. Erase them in
    the channels first: what those send later of other orders is new. Backups still have the person."""
    done = erase_person(hub.db, body, dry_run=dry_run)
    log.info(
        "erased a person",
        request_id=call.id.decode(),
        key=call.caller.key,
        actor=call.caller.actor,
        dry_run=dry_run,
        orders=done.orders,
        messages=done.messages,
    )
    return done
