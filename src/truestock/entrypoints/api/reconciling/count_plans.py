"""What is counted by plan, and what each role may approve of what counts find."""

from typing import Annotated

from fastapi import Depends

from truestock.entrypoints.api.framework.route import Body, Router, TheHub
from truestock.entrypoints.api.framework.shapes import Rows
from truestock.entrypoints.api.front.call import ADMIN, READ
from truestock.reconciliation.counts import plans
from truestock.reconciliation.counts.values import Limit, NewPlan

router = Router("counts", ADMIN)
reader = Router("counts", READ)


@reader.get("/v1/counts/plans")
def list_plans(hub: TheHub) -> Rows[NewPlan]:
    """Plans by code; they come on one page."""
    return Rows(plans.list_plans(hub.db), None)


@router.put("/v1/counts/plans")
def put_plan(body: Annotated[NewPlan, Depends(Body(NewPlan))], hub: TheHub) -> NewPlan:
    """Make a plan, or change the one of its code. Its tasks are made by the job count-plans; schedule it."""
    return plans.put_plan(hub.db, body)


@router.delete("/v1/counts/plans")
def remove_plan(code: str, hub: TheHub) -> NewPlan:
    """Forget a plan; tasks that it has made stay."""
    return plans.remove_plan(hub.db, code)


@reader.get("/v1/counts/limits")
def list_limits(hub: TheHub) -> Rows[Limit]:
    """Roles with what they may approve; they come on one page."""
    return Rows(plans.list_limits(hub.db), None)


@router.put("/v1/counts/limits")
def put_limit(body: Annotated[Limit, Depends(Body(Limit))], hub: TheHub) -> Limit:
    """Say what a role may approve of one item's difference, and who its members are.

    From the first role on, whoever is in none may approve nothing."""
    return plans.put_limit(hub.db, body)


@router.delete("/v1/counts/limits")
def remove_limit(role: str, hub: TheHub) -> Limit:
    """Forget a role. Without any role everybody may approve everything again."""
    return plans.remove_limit(hub.db, role)
