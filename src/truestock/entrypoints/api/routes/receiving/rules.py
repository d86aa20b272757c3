"""Receiving rules, and the reasons of variances."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import Depends, Path

from truestock.core.checks import BIGINT_MAX
from truestock.entrypoints.api.framework.route import Body, Router, TheHub
from truestock.entrypoints.api.front.call import APPROVE, READ, STOCK
from truestock.feeds.receiving.rules import (
    ReceivingRuleDraft,
    end_receiving_rule,
    list_receiving_rules,
    put_receiving_rule,
)
from truestock.ledger.posting.reasons import ReasonCode, list_reasons, put_reason
from truestock.ledger.values import Code, Text

router = Router("receiving", STOCK)
ruler = Router("receiving", APPROVE)
reader = Router("receiving", READ)


class ReceivingRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where units land (sellable, receiving, inspection, approval), how many percent more than ordered are taken,
    whether what no document names is accepted, and whether who received units may approve them too; for a location, an
    item or category, and a supplier, or for any."""

    location: Code | None = None
    item: Code | None = None
    category: Code | None = None
    supplier: Code | None = None
    lands: str | None = None
    over_percent: int | None = None
    unexpected: str | None = None
    own_approval: bool | None = None
    reason: Text = ""


class ReceivingRuleRow(msgspec.Struct, frozen=True):
    """A rule as it is, or was."""

    id: int
    location: str | None
    item: str | None
    category: str | None
    supplier: str | None
    lands: str | None
    over_percent: int | None
    unexpected: str | None
    own_approval: bool | None
    reason: str
    recorded_from: datetime
    recorded_to: datetime | None


class Numbered(msgspec.Struct, frozen=True):
    """The rule's number."""

    id: int


class Rules(msgspec.Struct, frozen=True):
    """By number."""

    rows: list[ReceivingRuleRow]


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Units with this reason leave `takes_from` for `goes_to`: a status, or adjustment, scrap, supplier."""

    code: Code
    label: Text
    takes_from: str
    goes_to: str
    retired: bool = False


class Reasons(msgspec.Struct, frozen=True):
    """By code."""

    rows: list[Reason]


@ruler.put("/v1/receiving-rules")
def put(body: Annotated[ReceivingRule, Depends(Body(ReceivingRule))], hub: TheHub) -> Numbered:
    """Add a rule, or replace the one with the same scope. Each question is answered by its most specific rule."""
    return Numbered(put_receiving_rule(hub.db, ReceivingRuleDraft(**msgspec.structs.asdict(body))))


@reader.get("/v1/receiving-rules")
def list_rules(hub: TheHub, location: str | None = None, ended: bool = False) -> Rules:
    """The rules; with `ended` the closed ones too."""
    found = list_receiving_rules(hub.db, location, ended=ended)
    return Rules([ReceivingRuleRow(**asdict(rule)) for rule in found])


@ruler.delete("/v1/receiving-rules/{rule}")
def end(rule: Annotated[int, Path(ge=1, le=BIGINT_MAX)], hub: TheHub) -> Numbered:
    """Close a rule."""
    end_receiving_rule(hub.db, rule)
    return Numbered(rule)


@router.put("/v1/reasons")
def put_a_reason(body: Annotated[Reason, Depends(Body(Reason))], hub: TheHub) -> Reason:
    """Add a reason of variances, or change its words; where its units go never changes."""
    put_reason(hub.db, ReasonCode(**msgspec.structs.asdict(body)))
    return body


@reader.get("/v1/reasons")
def reasons(hub: TheHub) -> Reasons:
    """Every reason of variances, and where units go for it."""
    return Reasons([Reason(**asdict(reason)) for reason in list_reasons(hub.db)])
