"""Erases one person: who they are in every order of theirs, and the messages of channels that speak of them."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from truestock.core.checks import check_text
from truestock.core.identity import PARTS
from truestock.core.problems import Invalid, NotFound
from truestock.feeds.personal import queries
from truestock.feeds.personal.forget import forget_places, keys_of
from truestock.store.arrays import ints, texts
from truestock.store.database import Connection, Database

PHONE_DIGITS_MIN = 6


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who it is: an address of mail, a phone number, or a channel's own id of the buyer or of one order of theirs."""

    email: str = ""
    phone: str = ""
    channel: str = ""
    buyer: str = ""
    order: str = ""


class Erased(msgspec.Struct, frozen=True):
    """In how many orders the person was, and how many messages spoke of them."""

    orders: int
    messages: int


def erase(db: Database, person: Person, *, dry_run: bool = False) -> Erased:
    """Erase a person, part by part; twice does no harm, and what is left after a fault is done by the next one.

    What a channel sends of the same orders later leaves the person out. Raises Invalid naming the field, NotFound."""
    _check(person)
    with db.transaction() as conn:
        told = _told(conn, person)
    refs = {(told["channel"], person.order)} if person.order else set()
    found: list[list[str]] = []
    for part in range(PARTS):
        with db.transaction() as conn:
            ids = sorted(order for (order,) in conn.execute(queries.buyers_like, {**told, "part": part}))
            if ids:
                found.append(ids)
                refs |= set(conn.execute(queries.names_of, keys_of(ids)).fetchall())
    # Messages first: by the orders they are found, and those would not be found again after a fault.
    messages = _erase_messages(db, person, sorted(refs), dry_run=dry_run)
    for ids in [] if dry_run else found:
        with db.transaction() as conn:
            forget_places(conn, ids)
            conn.execute(queries.empty_buyers, keys_of(ids))
    return Erased(sum(map(len, found)), messages)


def _erase_messages(db: Database, person: Person, refs: Sequence[tuple[int, str]], *, dry_run: bool) -> int:
    """Of these orders, by channel, and of the address of mail; how many messages."""
    messages = 0
    told = {
        "channels": ints(channel for channel, _ in refs),
        "objects": texts(ref for _, ref in refs),
        "email": person.email or None,
    }
    for part in range(PARTS):
        parameters = {**told, "part": part}
        with db.transaction() as conn:
            if dry_run:
                rows: list[tuple[int]] = conn.execute(queries.count_notices, parameters).fetchall()
                messages += rows[0][0]
            else:
                messages += conn.execute(queries.empty_notices, parameters).rowcount
    return messages


def _check(person: Person) -> None:
    for field in ("email", "phone", "channel", "buyer", "order"):
        check_text(field, getattr(person, field))
    if not (person.email or person.phone or person.buyer or person.order):
        raise Invalid("email", "say who it is: email, phone, or a channel with its id of the buyer or of an order")
    if person.email and "@" not in person.email:
        raise Invalid("email", f"{person.email!r} is no address of mail")
    if person.phone and len(_digits(person.phone)) < PHONE_DIGITS_MIN:
        raise Invalid("phone", f"give the whole number: {PHONE_DIGITS_MIN} digits at least")
    if bool(person.channel) != bool(person.buyer or person.order):
        raise Invalid("channel", "a channel and its id of the buyer or of an order go together; give both")


def _told(conn: Connection, person: Person) -> dict[str, Any]:
    """What is told as parameters; what is not told is NULL, which nothing is like."""
    channel = None
    if person.channel:
        row = conn.execute(queries.channel_id, {"code": person.channel}).fetchone()
        if row is None:
            raise NotFound("channel", person.channel)
        channel = row[0]
    return {
        "email": person.email or None,
        "phone": _digits(person.phone) or None,
        "channel": channel,
        "buyer": person.buyer or None,
        "order": person.order or None,
    }


def _digits(phone: str) -> str:
    return re.sub(r"[^0-9]", "", phone)
