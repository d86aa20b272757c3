"""Cycle counts: what a code means, tasks and their sheets, scans, what came of them, and what is decided of it."""

import asyncio
from typing import Annotated, ClassVar

import msgspec
from fastapi import Depends, Path, Query, Request
from msgspec import Meta

from truestock.core.problems import Invalid, Problem
from truestock.entrypoints.api.framework.route import Body, Router, TheCall, TheHub
from truestock.entrypoints.api.framework.shapes import Rows, ThePage, rows_of
from truestock.entrypoints.api.front.call import READ, STOCK, Call
from truestock.entrypoints.api.front.wire import check_media, read_body
from truestock.entrypoints.api.problems import Document, document_of
from truestock.reconciliation.counts import tasks
from truestock.reconciliation.counts.decide import decide, list_results
from truestock.reconciliation.counts.doubt import cancel as cancelling
from truestock.reconciliation.counts.taking.scans import take_scans
from truestock.reconciliation.counts.taking.sheet_file import RowAnswer, take_sheet
from truestock.reconciliation.counts.values import (
    Assign,
    Cancel,
    LineResult,
    LineState,
    NewTask,
    ScanAnswer,
    Sheet,
    Task,
    TaskState,
    Upload,
    Verdict,
)
from truestock.reconciliation.scanning.find import Found, find
from truestock.reconciliation.scanning.parse import CODE_MAX

router = Router("counts", STOCK)
reader = Router("counts", READ)
TaskId = Annotated[int, Path(ge=1, le=2**62)]
CSV = b"text/csv"
COUNTER = "the name of who counts, where no API key says it; nobody counts the same twice"


class Code(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a scanner or a camera has read; with a location, bins mean those there."""

    code: Annotated[str, Meta(max_length=CODE_MAX + 100)]
    location: str | None = None


class ScanAnswers(msgspec.Struct, frozen=True):
    """One answer a scan, in their order; HTTP says 207 when any was refused."""

    statuses: ClassVar = (200, 207)
    refused: int
    scans: list[ScanAnswer]

    @property
    def http_status(self) -> int:
        """207 makes a caller look who sees only statuses."""
        return 207 if self.refused else 200


class RowAnswers(msgspec.Struct, frozen=True):
    """One answer a row that was counted, by line; HTTP says 207 when any was refused."""

    statuses: ClassVar = (200, 207)
    refused: int
    rows: list[RowAnswer]

    @property
    def http_status(self) -> int:
        """207 makes a caller look who sees only statuses."""
        return 207 if self.refused else 200


class Verdicts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is decided of counts in review. `decider` is who decides, where the caller's key does not say it."""

    verdicts: Annotated[list[Verdict], Meta(min_length=1, max_length=500)]
    decider: Annotated[str, Meta(max_length=200)] = ""


class VerdictAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a verdict: the line's state after it, or the problem."""

    task: int
    sku: str
    state: LineState | None = None
    problem: Document | None = None


class VerdictAnswers(msgspec.Struct, frozen=True):
    """One answer a verdict, in their order; HTTP says 207 when any was refused."""

    statuses: ClassVar = (200, 207)
    refused: int
    verdicts: list[VerdictAnswer]

    @property
    def http_status(self) -> int:
        """207 makes a caller look who sees only statuses."""
        return 207 if self.refused else 200


@router.post("/v1/scan")
def scan(body: Annotated[Code, Depends(Body(Code))], hub: TheHub) -> Found:
    """What a code means: GS1 element strings, Digital Links, EAN and UPC, and labels of bins, locations and SKUs."""
    return find(hub.db, body.code, body.location)


@router.post("/v1/counts/tasks", status_code=201)
def ask(body: Annotated[NewTask, Depends(Body(NewTask))], hub: TheHub, call: TheCall) -> Task:
    """Have items counted at a location; those that are in an open task there already are left out."""
    return tasks.ask(hub.db, body, call.caller.actor or "somebody")


@router.get("/v1/counts/tasks")
def list_tasks(
    hub: TheHub,
    page: ThePage,
    state: Annotated[TaskState | None, Query(description="Only in this state; all, if it is left out.")] = None,
    location: str | None = None,
    assigned_to: Annotated[str | None, Query(max_length=200, description="Only this one's; empty: nobody's.")] = None,
) -> Rows[Task]:
    """Tasks, the newest first."""
    before = int(page.after_id) if page.after_id else None
    return rows_of(tasks.list_tasks(hub.db, state, location, before, page.limit, assigned_to))


@router.get("/v1/counts/tasks/{task}")
def read_sheet(
    task: TaskId,
    hub: TheHub,
    call: TheCall,
    counter: Annotated[str, Query(max_length=200, description=f"{COUNTER[0].upper()}{COUNTER[1:]}.")] = "",
) -> Sheet:
    """The sheet of a task, along the bins. It says nothing of what is expected."""
    return tasks.sheet(hub.db, task, _who(call, counter))


@router.post("/v1/counts/tasks/{task}/assign")
def assign(task: TaskId, body: Annotated[Assign, Depends(Body(Assign))], hub: TheHub, call: TheCall) -> Task:
    """Say who is to count an open task; without `to` whoever sends this takes it on. Others may count it still."""
    to = _who(call, body.counter) if body.to is None else body.to
    if body.to is None and not to:
        raise Invalid("counter", "say who takes it on")
    return tasks.assign(hub.db, task, to)


@router.post("/v1/counts/tasks/{task}/cancel")
def cancel(task: TaskId, body: Annotated[Cancel, Depends(Body(Cancel))], hub: TheHub, call: TheCall) -> Task:
    """Have an open task not counted any more; what is booked of it stays.

    Where units that no picker found wait in quarantine for this count, in_doubt says what becomes of them."""
    return cancelling.cancel(hub.db, hub.book, task, body, call.caller.actor)


@router.post("/v1/counts/scans")
def upload(body: Annotated[Upload, Depends(Body(Upload))], hub: TheHub, call: TheCall) -> ScanAnswers:
    """Scans of counters in their order, each taken once by its key; they may wait on a device for as long as need be.

    An item that is done is held against the ledger as of its scans: what agrees, or nearly, is booked at once; past
    tolerance somebody else counts it again; past it once more it waits for approval."""
    found = take_scans(hub.db, hub.book, body, _who(call, body.counter))
    return ScanAnswers(sum(answer.outcome == "refused" for answer in found), found)


@router.post(
    "/v1/counts/tasks/{task}/sheet",
    openapi_extra={"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def upload_sheet(
    task: TaskId,
    request: Request,
    hub: TheHub,
    call: TheCall,
    counter: Annotated[str, Query(max_length=200, description=f"{COUNTER[0].upper()}{COUNTER[1:]}.")] = "",
) -> RowAnswers:
    """A counted sheet as CSV with the columns sku, code, lot, bin, qty and counted_at: all that it names is counted."""
    check_media(call.content_type, CSV)
    data = await read_body(request.receive, hub.settings.body_max_bytes)
    found = await asyncio.to_thread(take_sheet, hub.db, hub.book, task, data, _who(call, counter))
    return RowAnswers(sum(row.answer.outcome == "refused" for row in found), found)


@reader.get("/v1/counts/results")
def results(
    hub: TheHub,
    page: ThePage,
    state: Annotated[LineState | None, Query(description="review: what waits for approval.")] = None,
    task: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Rows[LineResult]:
    """What came of counts that are over, with what the ledger had then. It needs another scope than counting does."""
    return rows_of(list_results(hub.db, state, task, page.after, page.limit))


@router.post("/v1/counts/decide")
def decide_counts(body: Annotated[Verdicts, Depends(Body(Verdicts))], hub: TheHub, call: TheCall) -> VerdictAnswers:
    """Approve, dismiss or have counted once more what waits in review. What is approved is booked at once.

    Where roles are set, a role of the caller has to cover the difference; else the problem is beyond-limit. Who has
    counted the item does not approve it, unless a role says so; else it is own-count."""
    found = decide(hub.db, hub.book, body.verdicts, _who(call, body.decider))
    answers = [
        VerdictAnswer(verdict.task, verdict.sku, problem=document_of(one))
        if isinstance(one, Problem)
        else VerdictAnswer(verdict.task, verdict.sku, one.state)
        for verdict, one in zip(body.verdicts, found, strict=True)
    ]
    return VerdictAnswers(sum(answer.problem is not None for answer in answers), answers)


def _who(call: Call, said: str) -> str:
    """The key's name; on a hub without keys what the caller says. Raises Invalid where both differ."""
    actor = call.caller.actor
    if actor and said and said != actor:
        raise Invalid("counter", f"the key is {actor}'s; leave the name out, or send it with the key of {said}")
    return actor or said
