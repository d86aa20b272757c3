"""Receiving rules as data: which scope is legal; which rule wins is core's. A rule is closed, and another one takes its
place."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from truestock.core.checks import check_choice, check_number, check_text
from truestock.core.decide.receiving import Lands, Unexpected
from truestock.core.problems import Invalid, NotFound
from truestock.feeds.receiving import queries
from truestock.ledger.movement import movement_ids
from truestock.store.database import Connection, Database
from truestock.store.errors import Duplicate

LANDS = get_args(Lands)
UNEXPECTED = get_args(Unexpected)
PERCENT_MOST = 1_000


@dataclass(frozen=True, slots=True)
class ReceivingRuleDraft:
    """A rule as a caller wants it: its scope in codes and SKUs, None there means any. It answers one question at least.

    `lands`: sellable, receiving, inspection or approval; `over_percent`: what may come beyond the ordered units, the
    rest waits for approval; `unexpected`: accept, or approval for what no document names; `own_approval`: who received
    units may approve them too."""

    location: str | None = None
    item: str | None = None
    category: str | None = None
    supplier: str | None = None
    lands: str | None = None
    over_percent: int | None = None
    unexpected: str | None = None
    reason: str = ""
    own_approval: bool | None = None


@dataclass(frozen=True, slots=True)
class StoredReceivingRule:
    """A rule as it is, or was while recorded_to is set."""

    id: int
    location: str | None
    item: str | None
    category: str | None
    supplier: str | None
    lands: str | None
    over_percent: int | None
    unexpected: str | None
    reason: str
    recorded_from: datetime
    recorded_to: datetime | None
    own_approval: bool | None


def put_receiving_rule(db: Database, draft: ReceivingRuleDraft) -> int:
    """Add a rule, or replace the one with the same scope; returns its id. Raises Invalid and NotFound."""
    _check(draft)
    try:
        return _put(db, draft)
    except Duplicate:
        return _put(db, draft)  # another one put the first rule of this scope meanwhile; now it is there to be replaced


def _put(db: Database, draft: ReceivingRuleDraft) -> int:
    with db.transaction() as conn:
        scope = {
            "loc": _known(conn, queries.location_id, "location", draft.location),
            "item": _known(conn, queries.item_id, "item", draft.item),
            "category": draft.category,
            "supplier": draft.supplier,
        }
        conn.execute(queries.lock_rules)
        conn.execute(queries.close_rule_of, scope)
        rule = next(movement_ids())
        said = {
            "lands": draft.lands,
            "over_percent": draft.over_percent,
            "unexpected": draft.unexpected,
            "own_approval": draft.own_approval,
            "reason": draft.reason,
        }
        conn.execute(queries.add_rule, {"id": rule, **scope, **said})
    return rule


def end_receiving_rule(db: Database, rule: int) -> None:
    """Close a rule. Raises NotFound."""
    with db.transaction() as conn:
        if not conn.execute(queries.end_rule, {"id": rule}).rowcount:
            raise NotFound("open receiving rule", rule, "id")


def list_receiving_rules(
    db: Database, location: str | None = None, *, ended: bool = False
) -> list[StoredReceivingRule]:
    """Rules by id, those of a location or all; `ended` shows the closed ones too."""
    with db.transaction() as conn:
        rows = conn.execute(queries.list_rules, {"location": location, "ended": ended})
        return [StoredReceivingRule(*row) for row in rows]


def _known(conn: Connection, query: Any, what: str, code: str | None) -> int | None:
    if code is None:
        return None
    row = conn.execute(query, {"code": code}).fetchone()
    if row is None:
        raise NotFound(what, code)
    return int(row[0])


def _check(draft: ReceivingRuleDraft) -> None:
    for name in ("location", "item", "category", "supplier"):
        check_text(name, getattr(draft, name), required=getattr(draft, name) == "")
    check_text("reason", draft.reason, at_most=500)
    check_choice("lands", draft.lands, LANDS)
    check_choice("unexpected", draft.unexpected, UNEXPECTED)
    check_number("over_percent", draft.over_percent, high=PERCENT_MOST)
    if draft.item is not None and draft.category is not None:
        raise Invalid("category", "a rule names either an item or a category; leave one out")
    if {draft.lands, draft.over_percent, draft.unexpected, draft.own_approval} == {None}:
        raise Invalid(
            "lands",
            "a rule says where units land, how many more may come, what becomes of the unexpected, or whether who "
            "received units may approve them",
        )
