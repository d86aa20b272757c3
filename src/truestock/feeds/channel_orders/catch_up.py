"""Has all orders of channels read now and waits until they are; a channel in trouble holds up no other for long."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Final, NamedTuple

from truestock.connections.connecting import build, client
from truestock.connections.reached import Reached, connection, connections
from truestock.connections.seal import Seal, SealBroken
from truestock.connectors.contract.abilities import ReadsOrders
from truestock.connectors.registry import UnknownKind
from truestock.feeds.channel_orders import queries
from truestock.store.database import Database
from truestock.store.jobs.stages import Progress, State

LOOK_EVERY_S: Final = 0.5


class Patience(NamedTuple):
    """How long trouble of a channel, or of an order, has to stand before it is passed over, and how long any channel
    may take; seconds."""

    trouble_s: float = 20.0
    within_s: float = 900.0


PATIENT: Final = Patience()


class Look(NamedTuple):
    """How far a channel is. `read`: all orders of the time of asking were read; `heard`: messages of that time that
    wait; `stands`: its trouble has stood for long enough. Of its orders so many are `unsettled`, and of these so many
    wait for nobody and are `tried_again` by themselves."""

    read: bool
    heard: int
    trouble: str
    stands: bool
    unsettled: int
    tried_again: int


def read_orders(db: Database, seal: Callable[[], Seal], patience: Patience = PATIENT) -> Callable[[Progress], str]:
    """The stage of a job that takes in what channels have sold until now. It raises NotFound."""

    def run(progress: Progress) -> str:
        asked = _ask(db, progress.channel)
        left = {reached.id: _reads(seal, reached) for reached in _concerned(db, progress.channel)}
        here_at: dict[int, float] = {}
        ended: list[State] = []
        late_at = monotonic() + patience.within_s
        while left:
            progress.tell("running", f"channels that are still to be read: {len(left)}")
            late = monotonic() >= late_at
            looks = _look(db, asked, patience.trouble_s)
            for reached in _concerned(db, progress.channel):
                if reached.id not in left:
                    continue
                look = looks[reached.id]
                found = judged(reached, look, reads=left[reached.id], late=late)
                if found and found[0] == "done" and look.tried_again:
                    hurried = monotonic() >= here_at.setdefault(reached.id, monotonic()) + patience.trouble_s
                    found = found if hurried else None
                if found is not None:
                    progress.tell(*found, reached.connection.channel)
                    ended.append(found[0])
                    del left[reached.id]
            progress.halt(LOOK_EVERY_S if left else 0)
        return f"channels that were read: {ended.count('done')}, passed over: {ended.count('passed')}"

    return run


def judged(reached: Reached, look: Look, *, reads: bool, late: bool) -> tuple[State, str] | None:
    """What has become of a channel, None while that is open. `reads`: it can be asked for its orders."""
    if not reached.runs:
        return "passed", "it is off" if reached.connection.mode == "off" else "it is paused"
    if not look.heard and (look.read or not reads):
        wait = f"; {look.unsettled} of them wait, see the inbox" if look.unsettled else ""
        return "done", f"its orders are here{wait}"
    if look.stands:
        return "passed", look.trouble
    return ("passed", "its orders were not read in time") if late else None


def _concerned(db: Database, channel: str | None) -> list[Reached]:
    return connections(db) if channel is None else [connection(db, channel)]


def _ask(db: Database, channel: str | None) -> datetime:
    with db.transaction() as conn:
        ((asked,),) = conn.execute(queries.clock).fetchall()
        conn.execute(queries.want_orders, {"code": channel, "asked": asked})
    assert isinstance(asked, datetime), "the clock tells an instant"
    return asked


def _look(db: Database, asked: datetime, trouble_s: float) -> dict[int, Look]:
    parameters = {"asked": asked, "trouble_for": timedelta(seconds=trouble_s)}
    with db.transaction() as conn:
        return {channel: Look(*row) for channel, *row in conn.execute(queries.how_far_read, parameters)}


def _reads(seal: Callable[[], Seal], reached: Reached) -> bool:
    """Whether a channel can be asked for its orders; one whose connector cannot be made has that for its trouble."""

    async def made() -> bool:
        async with client() as http:
            return isinstance(build(http, seal(), reached), ReadsOrders)

    try:
        return asyncio.run(made())
    except (SealBroken, UnknownKind, ValueError, OSError):
        return True
