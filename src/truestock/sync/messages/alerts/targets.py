"""Where alerts are told, besides webhooks: addresses of mail, and URLs of Apprise, each under a name.

Only whoever types at the hub's own machine sets them: they are sent to in the hub's own name."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from truestock.catalog.changes import take_ids
from truestock.connections.rotation import Vault
from truestock.connections.seal import Seal
from truestock.connectors.contract.orders import Buyer
from truestock.core.checks import check_choice, check_text
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.store.database import Database
from truestock.sync.messages.alerts import queries
from truestock.sync.messages.rules import TARGET_MAX, Outside
from truestock.sync.messages.sending.apprised import URL, check_url, filled
from truestock.sync.messages.sending.mail import checked_address, configured
from truestock.sync.messages.sending.outcome import Outgoing, Sent
from truestock.sync.messages.sending.ways import Ways
from truestock.sync.messages.writing.render import DEFAULT, Letter

VIAS: Final = ("email", "apprise")
TEST: Final = Letter(
    DEFAULT, "[info] A test of truestock's alerts", "Nothing has happened, nothing is to be done.\n", ""
)


class AlertTarget(msgspec.Struct, frozen=True):
    """Where alerts are told. `address` is of mail; a URL of Apprise holds secrets and is not shown.

    `waiting` and `dead` messages, and why the last one failed that did."""

    name: str
    via: str
    address: str
    added_at: datetime
    waiting: int
    dead: int
    trouble: str


class TargetCount(msgspec.Struct, frozen=True):
    """How many messages to a target are in a state."""

    target: str
    state: str
    messages: int


def list_targets(db: Database) -> list[AlertTarget]:
    """All of them, by name."""
    with db.transaction() as conn:
        return [AlertTarget(*row) for row in conn.execute(queries.targets).fetchall()]


def add_target(db: Database, seal: Seal, name: str, via: str, to: str, outside: Outside) -> AlertTarget:
    """Make a target that rules may name. Raises Invalid, and Conflict for a name that is taken."""
    check_text("name", name, required=True)
    check_choice("via", via, VIAS, required=True)
    check_text("to", to, required=True, at_most=TARGET_MAX)
    if via == "email":
        configured(outside.smtp_url, outside.mail_from)
        address = checked_address(to, "to")
    else:
        check_url(to)
        if filled(to, Buyer()) is None:
            raise Invalid("to", "an alert has no buyer: write where it goes instead of {email} or {phone}")
        address = ""
    (target,) = take_ids(db, "alert_target", 1)
    sealed = seal.close(bound_name(target), {URL: to}) if via == "apprise" else None
    parameters = {"id": target, "name": name, "via": via, "address": address, "secrets": sealed}
    with db.transaction() as conn:
        if not conn.execute(queries.put_target, parameters).rowcount:
            raise Conflict(f"there is a target {name!r} already; remove it first", "name")
    return _read(db, name)


def remove_target(db: Database, name: str) -> None:
    """Tell it nothing more; what waits is dropped. Raises NotFound, and Conflict while rules name it."""
    _read(db, name)
    with db.transaction() as conn:
        rules = [rule for (rule,) in conn.execute(queries.rules_with, {"name": name}).fetchall()]
        if rules:
            raise Conflict(f"rules tell {name!r}: {', '.join(rules)}; set them otherwise first", "name")
        ((target, *_),) = conn.execute(queries.target, {"name": name}).fetchall()
        conn.execute(queries.drop_messages, {"target": target})
        conn.execute(queries.drop_target, {"target": target})


async def try_target(db: Database, seal: Seal, make_ways: Callable[[], Ways], name: str) -> Sent:
    """Send it a message now that says it is a test; how that ended. Raises NotFound, SealBroken."""
    _read(db, name)
    with db.transaction() as conn:
        ((target, via, address, sealed),) = conn.execute(queries.target, {"name": name}).fetchall()
    secrets = seal.open(bound_name(target), sealed) if sealed else {}
    out = Outgoing(f"alert-test-{time.time_ns():x}", target, address, secrets, Buyer(), TEST, b"")
    ways = make_ways()
    try:
        return await ways.send(via, out)
    finally:
        await ways.close()


def counts(db: Database) -> list[TargetCount]:
    """Messages that wait or were given up."""
    with db.transaction() as conn:
        return [TargetCount(*row) for row in conn.execute(queries.counts, prepare=True).fetchall()]


def bound_name(target: int) -> str:
    """What a target's secrets are sealed for."""
    return f"alert target {target}"


def _read(db: Database, name: str) -> AlertTarget:
    for target in list_targets(db):
        if target.name == name:
            return target
    raise NotFound("alert target", name, "name")


VAULT = Vault("alert_target", bound_name, queries.lock_vault, queries.put_vault)
