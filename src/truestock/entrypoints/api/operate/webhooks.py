"""Webhooks: where users' own systems are told what has happened. A secret is in the answer that makes it, and in no
other."""

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import Depends, Path
from msgspec import Meta

from truestock.core.checks import INT_MAX
from truestock.core.problems import Invalid
from truestock.entrypoints.api.framework.route import Body, Router, TheHub
from truestock.entrypoints.api.framework.shapes import Rows, ThePage, rows_of
from truestock.entrypoints.api.front.call import ADMIN
from truestock.sync.webhooks import manage
from truestock.sync.webhooks.envelope import KindOfEvent, kinds

router = Router("webhooks", ADMIN)
Id = Annotated[int, Path(ge=1, le=INT_MAX)]


class NewWebhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A URL to be told of kinds of events; with a channel, of its own alone."""

    url: Annotated[str, Meta(max_length=2_000)]
    kinds: Annotated[list[str], Meta(min_length=1, max_length=100)]
    channel: str | None = None


class Empty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An empty object. It has to be sent, so that no web page of somebody else's can send it unasked."""


class Replay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be sent again: one delivery by its id, or those of everything that happened since an instant."""

    delivery: str | None = None
    since: Annotated[datetime, Meta(tz=True)] | None = None


class Replayed(msgspec.Struct, frozen=True):
    """How many deliveries are sent again."""

    webhook: int
    deliveries: int


Sent = Annotated[Empty, Depends(Body(Empty))]


@router.get("/v1/webhook-kinds")
def list_webhook_kinds() -> Rows[KindOfEvent]:
    """What webhooks can be told of, each kind with the JSON Schema of its data."""
    return Rows(kinds(), None)


@router.get("/v1/webhooks")
def list_webhooks(hub: TheHub) -> Rows[manage.Webhook]:
    """All webhooks, with how far each is behind; they come on one page."""
    return Rows(manage.webhooks(hub.db), None)


@router.post("/v1/webhooks", status_code=201)
def add_webhook(body: Annotated[NewWebhook, Depends(Body(NewWebhook))], hub: TheHub) -> manage.NewSecret:
    """Tell a URL of what happens from now on. The answer has the secret that signs, this once."""
    to_lan = hub.settings.webhooks_to_lan
    return manage.add(hub.db, hub.seal(), body.url, body.kinds, body.channel, to_lan=to_lan)


@router.get("/v1/webhooks/{webhook}")
def read_webhook(webhook: Id, hub: TheHub) -> manage.Webhook:
    """A webhook, how far it is behind, and why its last call failed."""
    return manage.read(hub.db, webhook)


@router.delete("/v1/webhooks/{webhook}")
def remove_webhook(webhook: Id, hub: TheHub) -> manage.Webhook:
    """Forget a webhook with its deliveries; the answer is what it was."""
    found = manage.read(hub.db, webhook)
    manage.remove(hub.db, webhook)
    return found


@router.post("/v1/webhooks/{webhook}/test")
def try_webhook(webhook: Id, _: Sent, hub: TheHub) -> manage.Tried:
    """Call it now with an event that means nothing; a receiver that does not take it is a conflict that says why."""
    return manage.try_webhook(hub.db, hub.seal(), webhook, to_lan=hub.settings.webhooks_to_lan)


@router.post("/v1/webhooks/{webhook}/pause")
def pause(webhook: Id, _: Sent, hub: TheHub) -> manage.Webhook:
    """Call it no more until it is resumed; what happens meanwhile is told then."""
    return manage.pause(hub.db, webhook)


@router.post("/v1/webhooks/{webhook}/resume")
def resume(webhook: Id, _: Sent, hub: TheHub) -> manage.Webhook:
    """Go on, with what waits."""
    found = manage.resume(hub.db, webhook)
    hub.webhooks.wake()
    return found


@router.post("/v1/webhooks/{webhook}/rotate")
def rotate(webhook: Id, _: Sent, hub: TheHub) -> manage.NewSecret:
    """A new secret, shown this once; for a day each call is signed with the one before as well."""
    return manage.rotate(hub.db, hub.seal(), webhook)


@router.get("/v1/webhooks/{webhook}/deliveries")
def list_deliveries(webhook: Id, hub: TheHub, page: ThePage, state: str | None = None) -> Rows[manage.Delivery]:
    """A webhook's deliveries of the last 30 days, the newest first; of one `state`: waiting, done or dead."""
    after = page.after
    if after is not None and not after.startswith("evt_"):
        raise Invalid("cursor", "this cursor is of another list; take `next` of the page before")
    return rows_of(manage.deliveries(hub.db, webhook, state, after, page.limit))


@router.post("/v1/webhooks/{webhook}/replay")
def replay(webhook: Id, body: Annotated[Replay, Depends(Body(Replay))], hub: TheHub) -> Replayed:
    """Send again, with the same ids: one delivery, or those of everything that happened since an instant."""
    count = manage.replay(hub.db, webhook, body.delivery, body.since)
    hub.webhooks.wake()
    return Replayed(webhook, count)
