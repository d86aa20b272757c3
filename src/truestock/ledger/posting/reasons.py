"""Reasons of variances as data: each says from where units are taken and where they go, so that a person names only
what happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast, get_args

import msgspec

from truestock.core.problems import Invalid
from truestock.ledger import queries
from truestock.ledger.values import (
    Adjust,
    AnyBooking,
    ChangeStatus,
    Code,
    Instant,
    NotBooked,
    Scrap,
    SendBack,
    StatusName,
    Text,
)
from truestock.store.database import Connection, Database

STATUSES = get_args(StatusName)
TAKES_FROM = (*STATUSES, "adjustment")
GOES_TO = (*(status for status in STATUSES if status != "in_transit"), "adjustment", "scrap", "supplier")


@dataclass(frozen=True, slots=True)
class ReasonCode:
    """Units with this reason leave `takes_from` for `goes_to`: a status, or a place outside the house.

    One that is `retired` is known and no longer taken."""

    code: str
    label: str
    takes_from: str
    goes_to: str
    retired: bool = False


class Varied(msgspec.Struct, frozen=True, kw_only=True):
    """Which units vary, and what is known of when, by whom told and why."""

    sku: Code
    location: Code
    qty: int
    lot: Code | None = None
    status: StatusName | None = None
    effective_at: Instant | None = None
    source: Text = ""
    ref: Text = ""
    note: Text = ""


def read_reasons(conn: Connection, codes: Iterable[str]) -> dict[str, ReasonCode]:
    """The reasons of these codes; unknown ones are left out."""
    rows = conn.execute(queries.reason_codes, {"codes": sorted(set(codes))}, prepare=True)
    return {row[0]: ReasonCode(*row) for row in rows}


def list_reasons(db: Database) -> list[ReasonCode]:
    """Every reason, by code."""
    with db.transaction() as conn:
        return [ReasonCode(*row) for row in conn.execute(queries.reason_codes, {"codes": None})]


def put_reason(db: Database, reason: ReasonCode) -> None:
    """Add a reason, or change its words and whether it is retired; where units go never changes, as entries say it.

    Raises Invalid naming the field."""
    if not reason.code.isascii() or not reason.code.replace("_", "").isalnum() or not reason.code[0].isalpha():
        raise Invalid("code", "a code has small letters, digits and _, and begins with a letter: water_damage")
    if reason.code != reason.code.lower() or len(reason.code) > 40:
        raise Invalid("code", "a code has at most 40 small letters, digits and _")
    for field, value, legal in (("takes_from", reason.takes_from, TAKES_FROM), ("goes_to", reason.goes_to, GOES_TO)):
        if value not in legal:
            raise Invalid(field, f"{value!r} is none of {', '.join(legal)}")
    if reason.takes_from == reason.goes_to:
        raise Invalid("goes_to", "units have to go somewhere else")
    if reason.takes_from == "adjustment" and reason.goes_to not in STATUSES:
        raise Invalid("goes_to", "units that turn up get a status")
    with db.transaction() as conn:
        row = conn.execute(
            queries.put_reason,
            {
                "code": reason.code,
                "label": reason.label,
                "takes_from": reason.takes_from,
                "goes_to": reason.goes_to,
                "retired": reason.retired,
            },
        ).fetchone()
    if row is None:
        raise Invalid("goes_to", f"{reason.code} is used already and goes elsewhere; take another code")


def booking_for(reason: ReasonCode, units: Varied) -> AnyBooking | NotBooked:
    """What a reason means for some units. `status` stands for the reason's own where units of another one vary."""
    said = units.note.strip()
    shared: dict[str, Any] = {
        "sku": units.sku,
        "location": units.location,
        "lot": units.lot,
        "effective_at": units.effective_at,
        "source": units.source,
        "ref": units.ref,
        "reason": f"{reason.code}: {said}" if said else reason.code,
    }
    if reason.retired:
        return NotBooked("invalid", "reason", f"{reason.code} is no longer used; take another reason")
    if reason.takes_from == "adjustment":
        return Adjust(**shared, qty=units.qty, status=units.status or cast(StatusName, reason.goes_to))
    status = units.status or cast(StatusName, reason.takes_from)
    match reason.goes_to:
        case "adjustment":
            return Adjust(**shared, qty=-units.qty, status=status)
        case "scrap":
            return Scrap(**shared, qty=units.qty, status=status)
        case "supplier":
            return SendBack(**shared, qty=units.qty, status=status)
    if status == reason.goes_to:
        return NotBooked(
            "invalid", "status", f"units with the reason {reason.code} become {status}; they are so already"
        )
    return ChangeStatus(**shared, qty=units.qty, from_status=status, to_status=cast(StatusName, reason.goes_to))
