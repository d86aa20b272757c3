"""Discrepancies: where sources and the ledger disagree, what is decided of it, and how accurate the ledger was."""

import asyncio
from datetime import date
from typing import Annotated

import msgspec
from fastapi import Depends, Path, Query
from msgspec import Meta

from truestock.core.checks import BIGINT_MAX, INT_MAX
from truestock.entrypoints.api.framework.route import Body, Router, TheCall, TheHub
from truestock.entrypoints.api.framework.shapes import Rows, ThePage, rows_of
from truestock.entrypoints.api.front.call import READ, STOCK
from truestock.entrypoints.api.problems.surface import problem_of
from truestock.ledger.post import post
from truestock.reconciliation.discrepancies import accuracy, decide, lists, tolerances

router = Router("discrepancies", STOCK)
reader = Router("discrepancies", READ)
Id = Annotated[int, Path(ge=1, le=BIGINT_MAX)]


class Why(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is decided so; it stands with the discrepancy, and in the ledger where something is booked."""

    reason: Annotated[str, Meta(min_length=1, max_length=decide.REASON_MAX)]


class ToleranceSet(msgspec.Struct, frozen=True):
    """The id of the tolerance that was set."""

    id: int


class ToleranceEnded(msgspec.Struct, frozen=True):
    """The id of the tolerance that holds no longer."""

    id: int


Because = Annotated[Why, Depends(Body(Why))]


@reader.get("/v1/discrepancies")
def list_discrepancies(
    hub: TheHub,
    page: ThePage,
    state: Annotated[str | None, Query(description=f"One of {', '.join(lists.STATES)}; else those that wait.")] = None,
    source: str | None = None,
    sku: str | None = None,
    location: str | None = None,
    cause: str | None = None,
    kind: str | None = None,
    beyond: Annotated[bool, Query(description="Only those beyond tolerance.")] = False,
    promised: Annotated[
        bool, Query(description="Only where units are promised that are not there if the source is right.")
    ] = False,
) -> Rows[lists.Discrepancy]:
    """Where sources and the ledger disagree, the newest first: what waits for somebody, or what is in one `state`."""
    return rows_of(
        lists.list_discrepancies(
            hub.db, state, source, sku, location, cause, kind, beyond, promised, page.after, page.limit
        )
    )


@reader.get("/v1/discrepancies/{discrepancy}")
def read_discrepancy(discrepancy: Id, hub: TheHub) -> lists.Shown:
    """One, with what its likely cause means and the cell's entries since both sides agreed last."""
    return lists.read_discrepancy(hub.db, discrepancy)


@router.post("/v1/discrepancies/{discrepancy}/adjust")
async def adjust(discrepancy: Id, body: Because, hub: TheHub, call: TheCall) -> lists.Discrepancy:
    """Put the ledger right: book what was stated, as of when it was stated. What has happened since still counts."""
    command = await asyncio.to_thread(decide.booking_of, hub.db, discrepancy, call.caller.actor, body.reason)
    (answer,) = await hub.call(post, [command])
    if isinstance(answer, Exception):
        raise problem_of(answer)
    await asyncio.to_thread(decide.noted, hub.db, discrepancy, command, answer)
    return (await asyncio.to_thread(lists.read_discrepancy, hub.db, discrepancy)).discrepancy


@router.post("/v1/discrepancies/{discrepancy}/accept")
def accept(discrepancy: Id, body: Because, hub: TheHub, call: TheCall) -> lists.Discrepancy:
    """Leave the ledger as it is; the same difference is not raised again."""
    decide.accept(hub.db, discrepancy, call.caller.actor, body.reason)
    return lists.read_discrepancy(hub.db, discrepancy).discrepancy


@router.post("/v1/discrepancies/{discrepancy}/dismiss")
def dismiss(discrepancy: Id, body: Because, hub: TheHub, call: TheCall) -> lists.Discrepancy:
    """Say that the statement was wrong; the ledger stays, and another like it is raised again."""
    decide.dismiss(hub.db, discrepancy, call.caller.actor, body.reason)
    return lists.read_discrepancy(hub.db, discrepancy).discrepancy


@router.post("/v1/discrepancies/{discrepancy}/recount")
def recount(discrepancy: Id, body: Because, hub: TheHub, call: TheCall) -> lists.Discrepancy:
    """Ask for a count of the cell; it waits for review until then."""
    decide.recount(hub.db, discrepancy, call.caller.actor, body.reason)
    return lists.read_discrepancy(hub.db, discrepancy).discrepancy


@reader.get("/v1/tolerances")
def list_tolerances(hub: TheHub, page: ThePage) -> Rows[tolerances.StoredTolerance]:
    """How far sources may differ; the most specific one holds: item, then location, source, category."""
    return rows_of(tolerances.list_tolerances(hub.db, page.after, page.limit))


@router.post("/v1/tolerances")
def put_tolerance(
    body: Annotated[tolerances.ToleranceDraft, Depends(Body(tolerances.ToleranceDraft))], hub: TheHub, call: TheCall
) -> ToleranceSet:
    """Set one, or replace the one with the same scope."""
    return ToleranceSet(tolerances.put_tolerance(hub.db, body, call.caller.actor))


@router.delete("/v1/tolerances/{tolerance}")
def end_tolerance(tolerance: Annotated[int, Path(ge=1, le=INT_MAX)], hub: TheHub) -> ToleranceEnded:
    """Tolerate that no longer."""
    tolerances.end_tolerance(hub.db, tolerance)
    return ToleranceEnded(tolerance)


@reader.get("/v1/accuracy")
def read_accuracy(
    hub: TheHub,
    location: str | None = None,
    source: str | None = None,
    since: Annotated[date | None, Query(description="From this day on.")] = None,
    until: Annotated[date | None, Query(description="Before this day.")] = None,
    limit: Annotated[int, Query(ge=1, le=1_000, description="The most rows of days.")] = 100,
) -> accuracy.Accuracy:
    """Of the cells that sources stated how many were right: by day, location and source, and why others were not."""
    return accuracy.read_accuracy(hub.db, location, source, since, until, limit)
