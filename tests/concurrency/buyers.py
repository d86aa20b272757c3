"""One server process's worth of buyers, as a program: a lane over a database, and many callers at once.

Usage: python -m tests.concurrency.buyers URL, with the plan as JSON on standard input; prints what was told as JSON.
"""

import asyncio
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
import uvloop

from truestock.catalog.rules import RuleBook
from truestock.ledger.desk import Desk
from truestock.orders.reserve import Reserve, reserve
from truestock.orders.values import NewOrder, OrderResult
from truestock.store.database import Database, Limits
from truestock.store.errors import Busy
from truestock.store.lane import Lane

ROOT = Path(__file__).parents[2]
PATIENT = Limits(lock_timeout_ms=2_000)


class Plan(msgspec.Struct):
    """`orders` by `callers` at once; each caller sends one after the other."""

    orders: list[NewOrder]
    callers: int = 256


class Told(msgspec.Struct):
    """References by what became of them, and the longest anybody waited."""

    granted: list[str] = []
    refused: list[str] = []
    replays: list[str] = []
    busy: list[str] = []
    slowest_s: float = 0.0


async def buy(lane: Lane, plan: Plan) -> Told:
    """Send every order of a plan, and retry those that were told to come back."""
    told, waiting = Told(), iter(plan.orders)

    async def caller() -> None:
        for order in waiting:
            began = time.monotonic()
            try:
                answer = await lane.submit(reserve, [Reserve(order)])[0]
            except Busy:
                told.busy.append(order.ref)
            else:
                assert isinstance(answer, OrderResult), answer
                kind = told.replays if answer.replay else told.granted if answer.granted else told.refused
                kind.append(order.ref)
            told.slowest_s = max(told.slowest_s, time.monotonic() - began)

    await asyncio.gather(*(caller() for _ in range(plan.callers)))
    return told


def main(url: str, plan: str) -> None:
    """Open the lane, buy, print."""
    with Database(url, PATIENT) as db:
        rules = RuleBook(db)
        lane = Lane(db, lambda conn: Desk(conn, rules))
        told = uvloop.run(buy(lane, msgspec.json.decode(plan, type=Plan)))
        lane.close()
    sys.stdout.write(msgspec.json.encode(told).decode())


def buy_in_processes(url: str, plans: Sequence[Plan]) -> list[Told]:
    """One process a plan, all at once."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.concurrency.buyers", url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in plans
    ]
    for process, plan in zip(running, plans, strict=True):
        assert process.stdin is not None
        process.stdin.write(msgspec.json.encode(plan))
        process.stdin.close()
    told = []
    for process in running:
        with process:
            assert process.stdout is not None
            told.append(msgspec.json.decode(process.stdout.read(), type=Told))
        assert process.returncode == 0
    return told


def counts(told: Sequence[Told]) -> Counter[str]:
    """How many of each kind, over all processes."""
    total: Counter[str] = Counter()
    for one in told:
        for kind in ("granted", "refused", "replays", "busy"):
            total[kind] += len(getattr(one, kind))
    return total


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin.read())
