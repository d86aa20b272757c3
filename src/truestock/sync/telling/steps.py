"""What the database knows of steps that a channel has not been told; what they say there is worked out here."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import msgspec

from truestock.connectors.contract.answers import Outcome
from truestock.connectors.contract.orders import Cancelling, Parcel
from truestock.core.identity import order_identity
from truestock.orders.standing import standing
from truestock.store.arrays import ints, texts
from truestock.store.database import Database
from truestock.sync.marks import AGAIN, AGAIN_AT_MOST, REJECTED, REJECTED_AT_MOST, TROUBLE_MAX, wait_for
from truestock.sync.telling import queries


class Step(NamedTuple):
    """A step of an order here (`id`, `movement`), which is the `k`th of what the channel's order `order` was taken as;
    `lines` are pairs of line and listing units."""

    id: str
    movement: int
    kind: Literal["shipped", "cancelled"]
    at: datetime
    carrier: str
    tracking: str
    tracking_url: str
    reason: str
    lines: list[int]
    tries: int
    taken_id: str
    k: int
    order: str


class Told(NamedTuple):
    """What became of telling a step: `told`, or again at an instant and why."""

    told: bool
    tries: int = 0
    next_try_at: datetime | None = None
    trouble: str = ""


class Untold(msgspec.Struct, frozen=True):
    """A step of which the channel would not be told: the order's reference here, and why the last try failed."""

    ref: str
    kind: str
    happened_at: datetime
    tries: int
    next_try_at: datetime | None
    reason: str


def due(db: Database, channel: int, kinds: Sequence[str], now: datetime, limit: int) -> list[Step]:
    """The oldest steps that the channel is to be told."""
    parameters = {"channel": channel, "kinds": list(kinds), "now": now, "limit": limit}
    with db.transaction() as conn:
        conn.execute(queries.settle_strange, {"channel": channel})
        return [Step(*row) for row in conn.execute(queries.steps_due, parameters, prepare=True)]


def said(db: Database, channel: int, step: Step) -> Parcel | Cancelling:
    """What to say of a step, in the channel's own lines."""
    keys = {"part": int(step.taken_id[:2], 16), "id": step.taken_id}
    with db.transaction() as conn:
        names = {(k, n): line for k, n, line in conn.execute(queries.taken_lines, keys)}
        refs = [ref for (ref,) in conn.execute(queries.refs_taken, keys)]
        orders = standing(conn, [order_identity(channel, ref).id for ref in refs])
    lines: dict[str, int] = {}
    for n, units in zip(step.lines[::2], step.lines[1::2], strict=True):
        line = names.get((step.k, n), "")
        lines[line] = lines.get(line, 0) + units
    # What was ordered here besides, by the shop's own call, has no line there.
    lines = {line: units for line, units in lines.items() if line and not line.startswith("~")}
    key = f"ts-{step.movement}"
    if step.kind == "shipped":
        return Parcel(key, lines, step.at, "", step.carrier, step.tracking, step.tracking_url)
    whole = not any(line.open or line.shipped for order in orders.values() for line in order.lines.values())
    return Cancelling(key, lines, whole, step.reason)


def clock(db: Database) -> datetime:
    """This instant by the database's clock."""
    with db.transaction() as conn:
        ((now,),) = conn.execute(queries.clock).fetchall()
    assert isinstance(now, datetime), "the clock tells an instant"
    return now


def answered(step: Step, outcome: Outcome, now: datetime, chance: float, pending_s: float) -> Told:
    """What an answer makes of a step. What is refused is tried again by and by: somebody may have mended it there."""
    if outcome.kind in ("applied", "accepted"):
        return Told(True)
    if outcome.kind == "rejected":
        wait = wait_for(step.tries, REJECTED, REJECTED_AT_MOST, chance)
    elif outcome.kind == "unknown":
        wait = timedelta(seconds=pending_s)
    else:
        wait = wait_for(step.tries, AGAIN, AGAIN_AT_MOST, chance)
    return Told(False, step.tries + 1, now + wait, outcome.reason[:TROUBLE_MAX])


def write(db: Database, step: Step, told: Told) -> None:
    """Write down what became of a step."""
    parameters = {"part": int(step.id[:2], 16), "id": step.id, "movement": step.movement, **told._asdict()}
    with db.transaction() as conn:
        conn.execute(queries.set_told, parameters)


def given_back(db: Database, channel: int, step: Step, lines: Mapping[str, int]) -> None:
    """The channel was told of a cancellation, and has put the units back on its own number."""
    with db.transaction() as conn:
        conn.execute(queries.lock_and_look_again, _of_lines(channel, step, lines))


def closed(db: Database, channel: int, step: Step, lines: Mapping[str, int], since: datetime) -> None:
    """A channel that keeps units of open orders on its own number was told that these are no longer open, in a call
    made since an instant by the database's clock."""
    how = {"since": since, "left": step.kind == "shipped", "unsure": step.tries > 0}
    parameters = {**_of_lines(channel, step, lines), **how}
    with db.transaction() as conn:
        conn.execute(queries.lock_and_close_lines, parameters)
        conn.execute(queries.lock_and_take_off, parameters)


def _of_lines(channel: int, step: Step, lines: Mapping[str, int]) -> dict[str, object]:
    return {
        "part": int(step.taken_id[:2], 16),
        "id": step.taken_id,
        "channel": channel,
        "lines": texts(lines),
        "units": ints(lines.values()),
    }


def next_try(db: Database, channel: int) -> datetime | None:
    """When the next step that waits by itself is due."""
    with db.transaction() as conn:
        ((at,),) = conn.execute(queries.next_step, {"channel": channel}, prepare=True).fetchall()
    return at if isinstance(at, datetime) else None


def untold(db: Database, channel: int, limit: int = 100) -> list[Untold]:
    """The steps that the channel would not be told, the oldest first."""
    with db.transaction() as conn:
        return [Untold(*row) for row in conn.execute(queries.untold, {"channel": channel, "limit": limit})]
