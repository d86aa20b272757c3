"""What people do with webhooks: add, try, pause, resume, rotate and remove them, look at deliveries and replay them."""

import asyncio
import base64
import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from truestock.catalog.changes import take_ids
from truestock.connections.outside.guard import checked_url
from truestock.connections.rotation import Vault
from truestock.connections.seal import Seal, SealBroken
from truestock.connectors.generic.signing import PREFIX
from truestock.core.checks import BIGINT_MAX, INT_MAX, check_choice, check_zone
from truestock.core.identity import part_of
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.store.database import Connection, Database
from truestock.store.events import first_id_at, take_event_ids
from truestock.store.paging import Page, page_of
from truestock.sync.webhooks import queries
from truestock.sync.webhooks.courier import bound_name, secrets_of
from truestock.sync.webhooks.deliveries import Target
from truestock.sync.webhooks.envelope import SHAPES, TEST, Tested, enveloped, event_id, headers_of, message_id
from truestock.sync.webhooks.sender import WEBHOOKS_MAX, Sender

SECRET_BYTES: Final = 32
OLD_SIGNS_FOR: Final = timedelta(hours=24)
STATES: Final = ("waiting", "done", "dead")


class Webhook(msgspec.Struct, frozen=True):
    """Where users' own systems are told, and how that goes; its secret is not here.

    `waiting` deliveries, since `oldest`; `dead` ones were given up. `trouble` is why the last call failed."""

    id: int
    url: str
    kinds: list[str]
    channel: str | None
    paused: bool
    trouble: str
    trouble_since: datetime | None
    old_until: datetime | None
    added_at: datetime
    waiting: int
    oldest: datetime | None
    dead: int


class NewSecret(msgspec.Struct, frozen=True):
    """The webhook, and its secret: the only time that it is shown. The one before signs as well until `old_until`."""

    webhook: Webhook
    secret: str


class Delivery(msgspec.Struct, frozen=True):
    """An event on its way to a webhook. `id` is the header webhook-id, `last_status` the HTTP status of the last
    answer, `last_error` why it did not do."""

    id: str
    webhook: int
    kind: str
    state: str
    tries: int
    next_try_at: datetime | None
    last_status: int | None
    last_error: str
    created_at: datetime
    done_at: datetime | None


class Tried(msgspec.Struct, frozen=True):
    """The receiver took the test; its HTTP status, and the header webhook-id that it saw."""

    webhook: int
    id: str
    status: int


def add(
    db: Database, seal: Seal, url: str, kinds: Sequence[str], channel: str | None = None, *, to_lan: bool = False
) -> NewSecret:
    """Tell a URL of these kinds of events from now on. Raises Invalid, NotFound for the channel, Conflict past the
    bound."""
    checked_url(url, to_lan=to_lan)
    if not kinds:
        raise Invalid("kinds", f"name what is to be told: {', '.join(SHAPES)}")
    for kind in kinds:
        check_choice("kinds", kind, tuple(SHAPES), required=True)
    (webhook,) = take_ids(db, "webhook", 1)
    secret = _new_secret()
    with db.transaction() as conn:
        ((count,),) = conn.execute(queries.count_webhooks).fetchall()
        if count >= WEBHOOKS_MAX:
            raise Conflict(f"there are {WEBHOOKS_MAX} webhooks already; a hub takes no more", "url")
        parameters = {
            "webhook": webhook,
            "url": url,
            "kinds": list(dict.fromkeys(kinds)),
            "channel": None if channel is None else _channel(conn, channel),
            "secrets": seal.close(bound_name(webhook), {"secret": secret}),
        }
        conn.execute(queries.add_webhook, parameters)
    return NewSecret(read(db, webhook), secret)


def webhooks(db: Database) -> list[Webhook]:
    """All of them, by id."""
    return _read(db, None)


def read(db: Database, webhook: int) -> Webhook:
    """One of them. Raises NotFound."""
    for found in _read(db, webhook):
        return found
    raise _missing(webhook)


def pause(db: Database, webhook: int) -> Webhook:
    """Call it no more until it is resumed; what happens meanwhile is told then. Raises NotFound, Invalid."""
    return _pause(db, webhook, paused=True)


def resume(db: Database, webhook: int) -> Webhook:
    """Go on, with what waits. Raises NotFound, Invalid."""
    return _pause(db, webhook, paused=False)


def rotate(db: Database, seal: Seal, webhook: int) -> NewSecret:
    """A new secret; the one before it, and no earlier one, signs as well for a day. Raises NotFound."""
    now = datetime.now(UTC)
    secret = _new_secret()
    with db.transaction() as conn:
        row = conn.execute(queries.lock_webhook, {"webhook": _known(webhook)}).fetchone()
        if row is None:
            raise _missing(webhook)
        try:
            kept = {"old": seal.open(bound_name(webhook), row[0])["secret"]}
        except SealBroken:
            # Nobody can sign with it any more, and a new one is the way out.
            kept = {}
        parameters = {
            "webhook": webhook,
            "secrets": seal.close(bound_name(webhook), {"secret": secret, **kept}),
            "old_until": now + OLD_SIGNS_FOR if kept else None,
        }
        conn.execute(queries.set_secrets, parameters)
        conn.execute(queries.call_at_once, {"webhook": webhook})
    return NewSecret(read(db, webhook), secret)


def remove(db: Database, webhook: int) -> None:
    """Forget a webhook with its deliveries. Raises NotFound."""
    with db.transaction() as conn:
        if conn.execute(queries.lock_whole_webhook, {"webhook": _known(webhook)}).fetchone() is None:
            raise _missing(webhook)
        conn.execute(queries.drop_deliveries_of, {"webhook": webhook})
        conn.execute(queries.drop_webhook, {"webhook": webhook})


def try_webhook(db: Database, seal: Seal, webhook: int, *, to_lan: bool = False) -> Tried:
    """Call it now with an event that means nothing. Raises NotFound; Conflict says what the receiver answered."""
    with db.transaction() as conn:
        row = conn.execute(queries.sealed, {"webhook": _known(webhook)}).fetchone()
    if row is None:
        raise _missing(webhook)
    target, now = Target(webhook, *row), datetime.now(UTC)
    (event,) = take_event_ids(1)
    body = enveloped(event, TEST, "", now, Tested()).encode()
    try:
        headers = headers_of(event, body, secrets_of(seal, target, now), int(time.time()))
    except (SealBroken, ValueError) as fault:
        raise Conflict(str(fault), "webhook") from None
    sender = Sender(to_lan=to_lan)

    async def call() -> Tried:
        try:
            answer = await sender.send(webhook, target.url, headers, body)
        finally:
            await sender.close()
        if answer.kind != "done" or answer.status is None:
            raise Conflict(f"{target.url} did not take it: {answer.error}", "webhook")
        return Tried(webhook, message_id(event), answer.status)

    return asyncio.run(call())


def deliveries(
    db: Database, webhook: int, state: str | None = None, after: str | None = None, limit: int = 100
) -> Page[Delivery]:
    """A webhook's deliveries, the newest first; kept for 30 days. Raises NotFound, Invalid."""
    read(db, webhook)
    check_choice("state", state, STATES)
    before = BIGINT_MAX if after is None else event_id(after)
    parameters = {"webhook": webhook, "before": before, "state": state, "limit": limit + 1}
    with db.transaction() as conn:
        rows = conn.execute(queries.deliveries, parameters).fetchall()
    found = [
        Delivery(message_id(event), hook, kind, state, tries, at if state == "waiting" else None, *rest)
        for event, hook, kind, state, tries, at, *rest in rows
    ]
    return page_of(found, limit, lambda delivery: delivery.id)


def body(db: Database, webhook: int, delivery: str) -> str:
    """What a delivery sends, as it is signed. Raises NotFound."""
    event = event_id(delivery)
    parameters = {"part": part_of(event), "event": event, "webhook": _known(webhook)}
    with db.transaction() as conn:
        row = conn.execute(queries.body, parameters).fetchone()
    if row is None:
        raise NotFound("delivery", delivery, "delivery")
    return str(row[0])


def replay(db: Database, webhook: int, delivery: str | None = None, since: datetime | None = None) -> int:
    """Send again, with the same id: one delivery, or those of everything that happened since an instant; how many.

    Raises NotFound, Invalid."""
    if (delivery is None) == (since is None):
        raise Invalid("delivery", "say what is to be sent again: one delivery, or since when")
    read(db, webhook)
    first, last = 0, BIGINT_MAX
    if delivery is not None:
        first = last = event_id(delivery)
        body(db, webhook, delivery)
    elif since is not None:
        check_zone("since", since)
        first = first_id_at(since)
    parameters = {"webhook": webhook, "first": first, "last": last, "now": datetime.now(UTC)}
    with db.transaction() as conn:
        count = conn.execute(queries.replay, parameters).rowcount
        conn.execute(queries.call_at_once, {"webhook": webhook})
    return count


def _read(db: Database, webhook: int | None) -> list[Webhook]:
    with db.transaction() as conn:
        rows = conn.execute(queries.webhooks, {"webhook": None if webhook is None else _known(webhook)}).fetchall()
    return [Webhook(*row) for row in rows]


def _pause(db: Database, webhook: int, *, paused: bool) -> Webhook:
    if read(db, webhook).paused is paused:
        raise Invalid("webhook", f"{webhook} is {'paused' if paused else 'not paused'} already")
    with db.transaction() as conn:
        conn.execute(queries.pause, {"webhook": webhook, "paused": paused})
    return read(db, webhook)


def _channel(conn: Connection, code: str) -> int:
    row = conn.execute(queries.channel_of, {"code": code}).fetchone()
    if row is None:
        raise NotFound("channel", code, "channel")
    return int(row[0])


def _known(webhook: int) -> int:
    """The number as an id can be. Raises NotFound."""
    if not 0 < webhook <= INT_MAX:
        raise _missing(webhook)
    return webhook


def _missing(webhook: int) -> NotFound:
    return NotFound("webhook", webhook, "webhook")


def _new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


VAULT = Vault("webhook", bound_name, queries.lock_vault, queries.put_vault)
