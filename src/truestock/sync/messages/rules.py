"""Which channels send which messages, and how: none until somebody switches one on."""

import base64
import secrets
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from truestock.catalog.changes import take_ids
from truestock.connections.outside.guard import checked_url
from truestock.connections.rotation import Vault
from truestock.connections.seal import Seal
from truestock.connectors.generic.signing import PREFIX
from truestock.core.checks import check_choice, check_number, check_text
from truestock.core.problems import Invalid, NotFound
from truestock.store.database import Connection, Database
from truestock.sync.messages import queries
from truestock.sync.messages.decide import KINDS
from truestock.sync.messages.sending.apprised import URL, check_url
from truestock.sync.messages.sending.mail import checked_address, configured
from truestock.sync.messages.sending.outcome import VIAS
from truestock.sync.messages.sending.posted import SECRET
from truestock.sync.messages.templates import check_language

AFTER_HOURS: Final = 24
AFTER_HOURS_MAX: Final = 24 * 90
TARGET_MAX: Final = 2_000
SECRET_BYTES: Final = 32


class Outside(NamedTuple):
    """What the settings say of the ways out."""

    smtp_url: str = ""
    mail_from: str = ""
    to_lan: bool = False


class MessageRule(msgspec.Struct, frozen=True):
    """A message that a channel sends. `to`: a webhook's URL, or an address in place of the buyer's; Apprise's URL holds
    secrets and is not shown. `language` is empty where it is the buyer's; orders placed before `since` are not told."""

    channel: str
    kind: str
    via: str
    to: str
    language: str
    after_hours: int
    paused: bool
    since: datetime


class NewRule(msgspec.Struct, frozen=True):
    """The rule, and of a webhook the secret that signs its calls: the only time that it is shown."""

    rule: MessageRule
    secret: str = ""


class Wanted(msgspec.Struct, frozen=True):
    """A message to be switched on. `after_hours`: how long a line is short before that is a delay."""

    channel: str
    kind: str
    via: str
    to: str = ""
    language: str = ""
    after_hours: int = AFTER_HOURS


def switch_on(db: Database, seal: Seal, wanted: Wanted, outside: Outside) -> NewRule:
    """Send this message of orders placed from now on; of one that is on already only the way changes.

    Raises Invalid, NotFound for the channel."""
    _check(wanted, outside)
    with db.transaction() as conn:
        channel = channel_id(conn, wanted.channel)
        check_language(conn, wanted.channel, wanted.kind, wanted.language)
    (rule,) = take_ids(db, "message_rule", 1)
    secret = PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode() if wanted.via == "webhook" else ""
    kept = {SECRET: secret} if secret else {URL: wanted.to} if wanted.via == "apprise" else {}
    parameters = {
        "id": rule,
        "channel": channel,
        "kind": wanted.kind,
        "via": wanted.via,
        "target": "" if wanted.via == "apprise" else wanted.to,
        "language": wanted.language,
        "after_hours": wanted.after_hours,
        "secrets": seal.close(bound_name(rule), kept) if kept else None,
    }
    with db.transaction() as conn:
        conn.execute(queries.put_rule, parameters)
    return NewRule(read(db, wanted.channel, wanted.kind), secret)


def switch_off(db: Database, channel: str, kind: str) -> None:
    """Send it no more; what waits is dropped. Raises NotFound, Invalid."""
    read(db, channel, kind)
    with db.transaction() as conn:
        parameters = {"channel": channel_id(conn, channel), "kind": kind}
        conn.execute(queries.drop_rule, parameters)
        conn.execute(queries.drop_waiting, parameters)


def pause(db: Database, channel: str, kind: str, *, paused: bool) -> MessageRule:
    """Send nothing until it is resumed; what becomes due meanwhile waits. Raises NotFound, Invalid."""
    if read(db, channel, kind).paused is paused:
        raise Invalid("kind", f"{kind} of {channel} is {'paused' if paused else 'not paused'} already")
    with db.transaction() as conn:
        conn.execute(queries.pause_rule, {"channel": channel_id(conn, channel), "kind": kind, "paused": paused})
    return read(db, channel, kind)


def rules(db: Database, channel: str | None = None) -> list[MessageRule]:
    """All of them, or those of a channel."""
    with db.transaction() as conn:
        rows = conn.execute(queries.rules, {"channel": channel}).fetchall()
    return [MessageRule(*row[1:]) for row in rows]


def read(db: Database, channel: str, kind: str) -> MessageRule:
    """One of them. Raises NotFound, Invalid."""
    check_choice("kind", kind, KINDS, required=True)
    for found in rules(db, channel):
        if found.kind == kind:
            return found
    with db.transaction() as conn:
        channel_id(conn, channel)
    raise NotFound("message rule", f"{channel} {kind}", "kind")


def channel_id(conn: Connection, code: str) -> int:
    """A channel's number. Raises NotFound."""
    row = conn.execute(queries.channel_of, {"code": code}).fetchone()
    if row is None:
        raise NotFound("channel", code, "channel")
    return int(row[0])


def bound_name(rule: int) -> str:
    """What a rule's secrets are sealed for."""
    return f"message rule {rule}"


def _check(wanted: Wanted, outside: Outside) -> None:
    check_choice("kind", wanted.kind, KINDS, required=True)
    check_choice("via", wanted.via, VIAS, required=True)
    check_number("after_hours", wanted.after_hours, 1, AFTER_HOURS_MAX)
    check_text("to", wanted.to, at_most=TARGET_MAX)
    if wanted.via == "email":
        configured(outside.smtp_url, outside.mail_from)
        if wanted.to:
            checked_address(wanted.to, "to")
    elif not wanted.to:
        raise Invalid("to", f"say where it goes: --via {wanted.via} needs a URL")
    elif wanted.via == "webhook":
        _check_webhook(wanted.to, to_lan=outside.to_lan)
    else:
        check_url(wanted.to)


def _check_webhook(url: str, *, to_lan: bool) -> None:
    try:
        checked_url(url, to_lan=to_lan)
    except Invalid as problem:
        raise Invalid("to", problem.detail) from None


VAULT = Vault("message_rule", bound_name, queries.lock_vault, queries.put_vault)
