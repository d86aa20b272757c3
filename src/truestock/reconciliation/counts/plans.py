"""What people say of counting: plans, and what each role may approve."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

import msgspec

from truestock.catalog.changes import take_ids
from truestock.core.checks import check_text
from truestock.core.problems import Conflict, NotFound
from truestock.reconciliation.counts.rules.ranking import Pace
from truestock.reconciliation.counts.values import BeyondLimit, Limit, NewPlan, OwnCount
from truestock.store.database import Connection, Database
from truestock.store.sql import load

queries = load(__package__)
PLANS_MAX: Final = 1_000
LIMITS_MAX: Final = 1_000


class Plan(NamedTuple):
    """A plan as it is stored; `loc` None: every location that holds stock of its own."""

    id: int
    loc: int | None
    said: NewPlan

    @property
    def pace(self) -> Pace:
        """How often it counts."""
        said = self.said
        return Pace(said.a_days, said.b_days, said.c_days, said.wear, said.promotion_days)


def put_plan(db: Database, plan: NewPlan) -> NewPlan:
    """Make a plan, or change the one of its code. Raises Invalid, NotFound, Conflict past the bound."""
    check_text("code", plan.code, required=True)
    (new,) = take_ids(db, "count_plan", 1)
    with db.transaction() as conn:
        there = read_plans(conn)
        if len(there) >= PLANS_MAX and all(known.said.code != plan.code for known in there):
            raise Conflict(f"there are {PLANS_MAX} plans already; a hub takes no more")
        if plan.location is not None:
            location_ids(conn, [plan.location])
        conn.execute(queries.put_plan, {"id": new, **msgspec.structs.asdict(plan)})
    return plan


def list_plans(db: Database) -> list[NewPlan]:
    """All of them, by code."""
    with db.transaction() as conn:
        return [plan.said for plan in read_plans(conn)]


def remove_plan(db: Database, code: str) -> NewPlan:
    """Forget a plan; tasks that it has made stay. Raises NotFound."""
    with db.transaction() as conn:
        for plan in read_plans(conn):
            if plan.said.code == code:
                conn.execute(queries.delete_plan, {"code": code})
                return plan.said
    raise NotFound("plan", code, "code")


def read_plans(conn: Connection) -> list[Plan]:
    """All of them, by code."""
    return [Plan(row[0], row[-1], NewPlan(*row[1:-1])) for row in conn.execute(queries.plans)]


def location_ids(conn: Connection, codes: Iterable[str]) -> dict[str, int]:
    """By code. Raises NotFound for the first that is not there."""
    wanted = sorted(set(codes))
    found = dict[str, int](conn.execute(queries.location_ids, {"codes": wanted}).fetchall())
    for code in wanted:
        if code not in found:
            raise NotFound("location", code, "location")
    return found


def put_limit(db: Database, limit: Limit) -> Limit:
    """Say what a role may approve, and who its members are. Raises Invalid, Conflict past the bound."""
    check_text("role", limit.role, required=True)
    with db.transaction() as conn:
        there = read_limits(conn)
        if len(there) >= LIMITS_MAX and all(known.role != limit.role for known in there):
            raise Conflict(f"there are {LIMITS_MAX} roles already; a hub takes no more")
        conn.execute(queries.put_limit, msgspec.structs.asdict(limit))
    return limit


def list_limits(db: Database) -> list[Limit]:
    """All of them, by role."""
    with db.transaction() as conn:
        return read_limits(conn)


def remove_limit(db: Database, role: str) -> Limit:
    """Forget a role. Without any role everybody may approve everything again. Raises NotFound."""
    with db.transaction() as conn:
        for limit in read_limits(conn):
            if limit.role == role:
                conn.execute(queries.delete_limit, {"role": role})
                return limit
    raise NotFound("role", role, "role")


def read_limits(conn: Connection) -> list[Limit]:
    """All of them, by role."""
    return [Limit(*row) for row in conn.execute(queries.limits)]


def check_limit(
    limits: Iterable[Limit], who: str, units: int, value: Decimal | None, counters: Sequence[str] = ()
) -> None:
    """Raise BeyondLimit unless a role of `who` covers a difference of `units`, worth `value` (None: not known), and
    OwnCount where they are one of the `counters` and no such role allows that.

    Where there are no roles at all, everybody may who has not counted."""
    roles = list(limits)
    covering = [role for role in roles if who in role.members and _covers(role, units, value)]
    if who in counters and not any(role.own_counts for role in covering):
        raise OwnCount(
            f"{who} has counted it, and somebody else has to approve it; or set a role of theirs that covers it and "
            "says own_counts",
            "task",
        )
    if not roles or covering:
        return
    worth = "of unknown value" if value is None else f"worth {value:.2f}"
    may = [role.role for role in roles if _covers(role, units, value)]
    ask = f"ask somebody of {' or '.join(may)}" if may else "no role may; raise a limit"
    raise BeyondLimit(f"a difference of {units} units {worth} is beyond what {who or 'you'} may approve; {ask}", "task")


def _covers(role: Limit, units: int, value: Decimal | None) -> bool:
    if role.units is not None and units > role.units:
        return False
    return role.value is None or (value is not None and value <= role.value)
