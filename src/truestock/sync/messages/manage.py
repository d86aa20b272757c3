"""What people do with messages: look at them, try one on a real order, and send again what was given up."""

from datetime import datetime
from typing import Final, cast

import msgspec

from truestock.core.checks import check_choice
from truestock.core.identity import order_identity
from truestock.core.problems import Invalid, NotFound
from truestock.store.database import Database
from truestock.store.paging import Page, page_of
from truestock.sync.messages import queries
from truestock.sync.messages.cases import read_cases
from truestock.sync.messages.decide import KINDS, Kind, State, verdict
from truestock.sync.messages.names import Key, key_of, name_of
from truestock.sync.messages.outbox import compose
from truestock.sync.messages.rules import channel_id
from truestock.sync.messages.rules import read as read_rule
from truestock.sync.messages.templates import check_language

STATES: Final[tuple[State, ...]] = ("waiting", "done", "dead", "dropped")
_VERDICTS: Final = {"say": "it would be sent", "wait": "it would wait", "drop": "it would not be sent"}


class Message(msgspec.Struct, frozen=True):
    """A message about an order; to whom it goes is not kept. `expected` is the day that a delay names; `error` why the
    last try failed, or why it was dropped."""

    id: str
    channel: str
    order: str | None
    kind: str
    state: str
    tries: int
    next_try_at: datetime | None
    error: str
    expected: str | None
    created_at: datetime
    done_at: datetime | None


class Preview(msgspec.Struct, frozen=True):
    """A message as it would be written now. `verdict` says whether the order is such that it would be sent."""

    channel: str
    order: str
    kind: str
    verdict: str
    language: str
    subject: str
    text: str
    html: str


class Count(msgspec.Struct, frozen=True):
    """How many messages of a channel and kind wait, or are dead."""

    channel: str
    kind: str
    state: str
    messages: int


def messages(
    db: Database,
    channel: str | None = None,
    kind: str | None = None,
    state: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page[Message]:
    """The newest first; `after` is the last one of the page before. Raises Invalid."""
    check_choice("kind", kind, KINDS)
    check_choice("state", state, STATES)
    try:
        at = None if after is None else read(db, after).created_at
    except NotFound:
        raise Invalid("after", "there is no such message; take the one that the last page gave") from None
    key = key_of(after) if after is not None else None
    return page_of(
        _read(db, channel=channel, kind=kind, state=state, at=at, after=key, limit=limit + 1),
        limit,
        lambda message: message.id,
    )


def read(db: Database, message: str) -> Message:
    """One of them. Raises NotFound."""
    key = key_of(message)
    for found in _read(db, kind=key.kind, key=key):
        return found
    raise NotFound("message", message, "message")


def retry(db: Database, message: str) -> Message:
    """Send one again, whatever became of it; what is no longer true is dropped all the same. Raises NotFound."""
    key = key_of(message)
    read_rule(db, read(db, message).channel, key.kind)
    parameters = {"id": key.id, "part": key.part, "kind": key.kind, "n": key.n, "channel": None}
    with db.transaction() as conn:
        conn.execute(queries.retry, {**parameters, "states": list(STATES)})
    return read(db, message)


def retry_dead(db: Database, channel: str, kind: str | None = None) -> int:
    """Send all again that a channel has given up; how many. Raises NotFound, Invalid."""
    if kind is not None:
        read_rule(db, channel, kind)
    with db.transaction() as conn:
        parameters = {"id": None, "part": None, "n": None, "kind": kind, "channel": channel_id(conn, channel)}
        return conn.execute(queries.retry, {**parameters, "states": ["dead"]}).rowcount


def preview(db: Database, channel: str, kind: str, order: str, language: str = "") -> Preview:
    """A message as it would be written of an order now. Raises Invalid, NotFound."""
    check_choice("kind", kind, KINDS, required=True)
    known = cast(Kind, kind)
    with db.transaction() as conn:
        order_id = order_identity(channel_id(conn, channel), order).id
        case = read_cases(conn, [order_id]).get(order_id)
        if case is None:
            raise NotFound("order", f"{channel} {order}", "order")
        check_language(conn, channel, kind, language)
        if not language:
            row = conn.execute(queries.rule_of, {"channel": case.channel, "kind": kind}).fetchone()
            language = row[3] if row else ""
        letter, _ = compose(conn, case, known, language)
    n = {"shipped": case.facts.shipped, "cancelled": case.facts.cancelled}.get(kind, 0)
    said = "drop" if kind == "cancelled" and not n else verdict(known, n, case.facts)
    return Preview(channel, order, kind, _VERDICTS[said], *letter)


def counts(db: Database) -> tuple[list[Count], float]:
    """What waits or is dead, and for how many seconds the oldest waits."""
    with db.transaction() as conn:
        found = [Count(*row) for row in conn.execute(queries.counts, prepare=True)]
        ((oldest_s,),) = conn.execute(queries.oldest, prepare=True).fetchall()
    return found, oldest_s


def _read(
    db: Database,
    *,
    channel: str | None = None,
    kind: str | None = None,
    state: str | None = None,
    key: Key | None = None,
    at: datetime | None = None,
    after: Key | None = None,
    limit: int = 1,
) -> list[Message]:
    parameters = {
        "channel": channel,
        "kind": kind,
        "state": state,
        "at": at,
        "limit": limit,
        "id": key and key.id,
        "part": key and key.part,
        "n": key and key.n,
        "after_id": after and after.id,
        "after_kind": after and after.kind,
        "after_n": after and after.n,
    }
    with db.transaction() as conn:
        rows = conn.execute(queries.messages, parameters).fetchall()
    return [
        Message(
            name_of(Key(order_id, kind, n)),
            code,
            ref,
            kind,
            state,
            tries,
            at,
            error,
            day and day.isoformat(),
            made,
            done,
        )
        for order_id, code, ref, kind, n, state, tries, at, error, day, made, done in rows
    ]
