"""The lines of tasks while somebody works on them: read under the tasks' locks, changed here, written in sets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from truestock.core.identity import part_of
from truestock.reconciliation.counts.plans import queries
from truestock.reconciliation.counts.rules.judge import Compared
from truestock.reconciliation.counts.values import LineState, TaskState
from truestock.store.arrays import ints, texts, words
from truestock.store.database import Connection

_BETWEEN = "\x1f"


class Walk(NamedTuple):
    """A locked task."""

    id: int
    loc: int
    location: str
    state: TaskState
    tolerance_units: int
    tolerance_percent: int
    zone: str


class Scanned(NamedTuple):
    """What was counted of a lot in one round, between its first and its last scan."""

    qty: int
    first: datetime
    last: datetime
    expires_on: date | None


# A lot and, in a task of a zone, a bin; else no bin.
Spot = tuple[str, str]


def span(scanned: Mapping[Spot, Scanned]) -> tuple[datetime, datetime]:
    """From the first to the last scan of a line."""
    return min(of.first for of in scanned.values()), max(of.last for of in scanned.values())


@dataclass(slots=True)
class Line:
    """An item of a task. `counters` are who counted, by round; the last is this round's, once somebody has begun it."""

    task: int
    item: int
    part: int
    sku: str
    name: str
    lot_tracked: bool
    cost: Decimal | None
    state: LineState
    round: int
    counters: list[str]
    bins: list[str]
    changed: bool = False

    @property
    def countable(self) -> bool:
        """Whether somebody has to count it."""
        return self.state in ("open", "recount")

    @property
    def counter(self) -> str | None:
        """Who counts in this round."""
        return self.counters[self.round - 1] if len(self.counters) >= self.round else None

    def refusal(self, who: str) -> str | None:
        """Why `who` may not count it now; None if they may."""
        if not self.countable:
            return f"{self.sku} is counted already"
        if self.counter is not None:
            return None if self.counter == who else f"{self.counter} is counting {self.sku}; take another item"
        if who in self.counters:
            return f"{self.sku} is to be counted again by somebody else: {who} has counted it before"
        return None

    def begin(self, who: str) -> None:
        """From now on this round is theirs."""
        if self.counter is None:
            self.counters.append(who)
            self.changed = True

    def move(self, state: LineState) -> None:
        """Into another state; into a recount it is another round."""
        self.round += state == "recount"
        self.state = state
        self.changed = True


class Result(NamedTuple):
    """A lot, or a lot in a bin, beside the ledger; `without_bin` units of the lot lay at the location in no bin."""

    compared: Compared
    expires_on: date | None
    bin: str = ""
    without_bin: int = 0


class Found(NamedTuple):
    """What a round found of a line, and the lots by which it is judged."""

    line: Line
    results: Sequence[Result]
    judged: Sequence[Compared]


@dataclass(slots=True)
class Desk:
    """Locked tasks with their lines, and what is decided of them in this transaction."""

    conn: Connection
    now: datetime
    tasks: dict[int, Walk]
    lines: dict[tuple[int, int], Line]
    decisions: list[tuple[Line, str, str, str]] = field(default_factory=list)

    def decide(self, line: Line, decision: str, who: str, reason: str) -> None:
        """Keep a decision."""
        self.decisions.append((line, decision, who, reason))

    def of_task(self, task: int) -> list[Line]:
        """Its lines, by item."""
        return [line for (of, _), line in self.lines.items() if of == task]

    def write(self) -> None:
        """Queue what was changed and decided; tasks of which nothing is left are done."""
        changed = sorted(
            (line for line in self.lines.values() if line.changed), key=lambda line: (line.task, line.item)
        )
        if changed:
            self.conn.execute(
                queries.set_lines,
                keys_of(changed)
                | {
                    "states": words(line.state for line in changed),
                    "rounds": ints(line.round for line in changed),
                    "counters": texts(_BETWEEN.join(line.counters) for line in changed),
                },
            )
        if self.decisions:
            lines, decisions, actors, reasons = zip(*self.decisions, strict=True)
            self.conn.execute(
                queries.add_decisions,
                keys_of(lines)
                | {"decisions": words(decisions), "actors": texts(actors), "reasons": texts(reasons), "now": self.now},
            )
        end_tasks(self.conn, self.tasks, self.now)


def lock(conn: Connection, tasks: Iterable[int], now: datetime) -> Desk:
    """Lock these tasks and read their lines; tasks that are not there are left out."""
    wanted = tasks_of(tasks)
    locked = {row[0]: Walk(*row) for row in conn.execute(queries.lock_tasks, wanted)}
    lines = [Line(*row) for row in conn.execute(queries.lines, wanted)]
    return Desk(conn, now, locked, {(line.task, line.item): line for line in lines})


def end_tasks(conn: Connection, tasks: Iterable[int], now: datetime) -> None:
    """Queue that those of which nothing is left are done."""
    conn.execute(queries.end_tasks, tasks_of(tasks) | {"now": now})


def tasks_of(tasks: Iterable[int]) -> dict[str, object]:
    """The keys of tasks, as arrays."""
    wanted = sorted(set(tasks))
    return {"parts": ints(map(part_of, wanted)), "tasks": ints(wanted)}


def keys_of(lines: Sequence[Line]) -> dict[str, object]:
    """The keys of lines, as arrays."""
    return {
        "parts": ints(part_of(line.task) for line in lines),
        "tasks": ints(line.task for line in lines),
        "items": ints(line.item for line in lines),
    }
