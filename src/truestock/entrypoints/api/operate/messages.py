"""Messages to shoppers: which are sent, how that goes, and how one would look. Switched on from the command line alone,
because mail and Apprise go out in the hub's own name."""

from typing import Annotated

import msgspec
from fastapi import Depends, Path
from msgspec import Meta

from truestock.entrypoints.api.framework.route import Body, Router, TheHub
from truestock.entrypoints.api.framework.shapes import Rows, ThePage, rows_of
from truestock.entrypoints.api.front.call import ADMIN
from truestock.sync.messages import manage, rules

router = Router("messages", ADMIN)
Id = Annotated[str, Path(max_length=100)]
Word = Annotated[str, Meta(max_length=200)]


class PreviewOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message of an order; without a language in the one that it would have."""

    channel: Word
    kind: Word
    order: Word
    language: Word = ""


class Again(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An empty object. It has to be sent, so that no web page of somebody else's can send it unasked."""


@router.get("/v1/message-rules")
def list_message_rules(hub: TheHub, channel: str | None = None) -> Rows[rules.MessageRule]:
    """Which channels send which messages, and how; they come on one page."""
    return Rows(rules.rules(hub.db, channel), None)


@router.get("/v1/messages")
def list_messages(
    hub: TheHub, page: ThePage, channel: str | None = None, kind: str | None = None, state: str | None = None
) -> Rows[manage.Message]:
    """Messages, the newest first; of one `state`: waiting, done, dead or dropped. To whom they went is not kept."""
    return rows_of(manage.messages(hub.db, channel, kind, state, page.after, page.limit))


@router.post("/v1/messages/preview")
def preview_message(body: Annotated[PreviewOf, Depends(Body(PreviewOf))], hub: TheHub) -> manage.Preview:
    """A message as it would be written of a real order now; nothing is sent."""
    return manage.preview(hub.db, body.channel, body.kind, body.order, body.language)


@router.post("/v1/messages/{message}/retry")
def retry_message(message: Id, _: Annotated[Again, Depends(Body(Again))], hub: TheHub) -> manage.Message:
    """Send one again under the same id; what is no longer true is dropped all the same."""
    found = manage.retry(hub.db, message)
    hub.messages.wake()
    return found
