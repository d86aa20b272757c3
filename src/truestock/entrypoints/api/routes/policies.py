"""Policies: the rules by which stock is shared, kept and shown."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query

from truestock.catalog import policies
from truestock.catalog.rules import ranking
from truestock.entrypoints.api.framework.route import Router, TheHub
from truestock.entrypoints.api.framework.shapes import (
    Answers,
    LineAnswer,
    Lines,
    Rows,
    TheHow,
    ThePage,
    answer_of,
    answers_of,
    rows_of,
)
from truestock.entrypoints.api.front.call import CATALOG, READ

router = Router("policies", CATALOG)
reader = Router("policies", READ)


@reader.get("/v1/policies")
def list_policies(
    hub: TheHub,
    page: ThePage,
    kind: str | None = None,
    channel: str | None = None,
    item: str | None = None,
    category: str | None = None,
    location: str | None = None,
    ended: bool = False,
) -> Rows[policies.StoredPolicy]:
    """Rules whose scope names what is asked for; `ended` shows the closed ones too."""
    after = page.after_id
    return rows_of(policies.list_policies(hub.db, kind, channel, item, category, location, ended, after, page.limit))


@reader.get("/v1/policies/ranked")
def rank_policies(
    hub: TheHub,
    kind: str,
    item: str,
    channel: str | None = None,
    location: str | None = None,
    at: Annotated[datetime | None, Query(description="An instant with a zone; now, if left out.")] = None,
) -> Rows[ranking.Ranked]:
    """Which rule of a kind holds for an item, on a channel or at a location, the ones it beats, and those that are out
    of date."""
    instant = at if at is not None else datetime.now(UTC)
    return Rows(ranking.rank_policies(hub.db, hub.rules, kind, item, instant, channel, location), None)


@router.post("/v1/policies")
def put_policies(
    drafts: Annotated[list[policies.PolicyDraft], Depends(Lines(policies.PolicyDraft))], hub: TheHub, how: TheHow
) -> Answers:
    """Set rules; one with the same kind, scope and dates is closed and replaced."""
    return answers_of(policies.put_policies(hub.db, drafts, how))


@router.delete("/v1/policies/{policy}")
def end_policy(policy: int, hub: TheHub) -> LineAnswer:
    """Close a rule; ending a protection frees what was kept."""
    return answer_of(policies.end_policies(hub.db, [policy]))
