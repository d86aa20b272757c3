"""How files of feeds come in by themselves: fetched from where they lie, and sent by their source, which signs them."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from tempfile import TemporaryFile
from typing import Final

import msgspec

from truestock.catalog.rules import RuleBook
from truestock.connections.seal import Seal, SealBroken
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.notices import NotGenuine
from truestock.connectors.contract.veil import veiled
from truestock.connectors.files.folders.folder import Entry
from truestock.connectors.files.sheets.reading import NoSheet
from truestock.connectors.generic.orders.notices import verify
from truestock.connectors.generic.signing import key_of
from truestock.core.problems import Conflict, NotFound, Problem
from truestock.feeds.file_sources.doors.door import Door, Tags
from truestock.feeds.file_sources.sources import door_of
from truestock.feeds.stock.engine import queries
from truestock.feeds.stock.engine.engine import FeedEngine, rows_of
from truestock.feeds.stock.engine.feeds import (
    Feed,
    Stored,
    begin_look,
    feeds,
    note_trouble,
    read_feed,
    stored_feed,
    whose,
)
from truestock.feeds.stock.engine.refusals import TooManyFaults, Unreadable
from truestock.feeds.stock.engine.runs import Run, runs_of
from truestock.feeds.stock.engine.taking import FeedFile
from truestock.store.database import Database
from truestock.store.jobs.kinds import Interrupted, JobKind, Work
from truestock.store.jobs.stages import Progress

ACTOR: Final = "feed door"
RUNS_KNOWN: Final = 1_000
Stopping = Callable[[], bool]


class Doors:
    """Of a process. `on_lan` opens the user's own network to URLs."""

    def __init__(self, db: Database, rules: RuleBook, seal: Callable[[], Seal], *, on_lan: bool) -> None:
        self._db = db
        self._seal = seal
        self._on_lan = on_lan
        self.engine = FeedEngine(db, rules)

    def look(self, code: str, stopping: Stopping = lambda: False) -> list[Run]:
        """Go on with what was cut off, and take in the files that wait; the runs of those that are new.
        Raises NotFound, Conflict, Interrupted."""
        stored = stored_feed(self._db, code)
        done = self.engine.go_on(code, stopping)
        if stored.feed.settings.door is None:
            return done
        try:
            return [*done, *asyncio.run(self._taken(stored, stopping))]
        except (ChannelDown, SealBroken, ValueError, OSError) as fault:
            trouble = veiled(str(fault))
            note_trouble(self._db, stored.id, trouble)
            raise Conflict(trouble, "door") from fault

    async def _taken(self, stored: Stored, stopping: Stopping) -> list[Run]:
        settings = stored.feed.settings.door
        assert settings is not None
        secrets = self._seal().open(whose(stored.id), stored.sealed)
        door = door_of(settings, {name: secrets[name] for name in secrets if name != "signing"}, on_lan=self._on_lan)
        known = {(run.file, run.as_of) for run in runs_of(self._db, stored.feed.code, limit=RUNS_KNOWN).rows}
        runs: list[Run] = []
        try:
            for entry in await door.waiting(lambda entry: (entry.name, entry.changed_at) in known, asyncio.sleep):
                if stopping():
                    raise Interrupted("stopped before all files were taken; the next look goes on")
                if (entry.name, entry.changed_at) not in known:
                    runs += await self._one(stored, door, entry, stopping)
        finally:
            await door.close()
        return runs

    async def _one(self, stored: Stored, door: Door, entry: Entry, stopping: Stopping) -> list[Run]:
        with TemporaryFile() as out:
            try:
                tags = _fetched(self._db, stored)
                fetched = await door.fetch(entry, tags, out)
                if fetched is None:
                    note_trouble(self._db, stored.id, "")
                    return []
                file = FeedFile(entry.name, out, fetched.as_of)
                run = await asyncio.to_thread(self.engine.take, stored.feed.code, file, ACTOR, stopping=stopping)
            except (NoSheet, Unreadable, TooManyFaults) as fault:
                note_trouble(self._db, stored.id, f"{entry.name}: {fault}")
                await door.put_away(entry, good=False)
                return []
        if run.state == "done" and (tags != Tags() or fetched.tags != Tags()):
            _keep_fetched(self._db, stored, run, fetched.tags)
        await door.put_away(fetched.entry, good=True)
        return [] if run.known else [run]

    def hear(self, code: str, headers: Mapping[str, str], body: bytes) -> Run:
        """Take rows in that a source sent by itself, signed with the feed's secret. Raises NotGenuine where they were
        not, also for a feed that is not known; Invalid, Conflict."""
        try:
            stored = stored_feed(self._db, code)
            secret = self._seal().open(whose(stored.id), stored.sealed).get("signing", "")
            key = key_of(secret)
        except (NotFound, SealBroken, ValueError):
            raise NotGenuine("no feed of this name takes signed messages; give it the secret signing") from None
        now = datetime.now(UTC)
        verify(key, headers, body, now.timestamp())
        at = min(now, datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC))
        pushed = rows_of(body)
        message = headers["webhook-id"]
        return self.engine.push(code, pushed, at, f"webhook {message}"[:200], ACTOR, message=message)


def _fetched(db: Database, stored: Stored) -> Tags:
    """What a server said of the file that was taken last; nothing where it has to send it whole, as what would be known
    again may be read anew: its run was undone, or the feed is described otherwise."""
    with db.transaction() as conn:
        rows = conn.execute(queries.fetched, {"feed": stored.id, "described": _described(stored)}).fetchall()
    return Tags(*rows[0]) if rows else Tags()


def _keep_fetched(db: Database, stored: Stored, run: Run, tags: Tags) -> None:
    which = {"feed": stored.id, "run": run.id, "described": _described(stored)}
    with db.transaction() as conn:
        conn.execute(queries.keep_fetched, {**which, **tags._asdict()})


def _described(stored: Stored) -> bytes:
    return hashlib.sha256(msgspec.json.encode(stored.feed.settings, order="sorted") + stored.sealed).digest()


def look_at_all(doors: Doors, db: Database) -> Callable[[Progress], str]:
    """The stage of a job that takes in what waits of all feeds; one that is paused or not reached holds up no other."""

    def run(progress: Progress) -> str:
        done = _all(doors, db, progress.stopping, lambda code: progress.tell("running", f"takes in {code}"))
        return done or "no file waits"

    return run


def feeds_kind(doors: Doors, db: Database) -> JobKind:
    """What waits at the doors of feeds is taken in."""

    def run(work: Work) -> str:
        return _all(doors, db, work.stopping, lambda _: None, partial(begin_look, db)) or "no file waits"

    return JobKind("feeds", "takes in the files of feeds that wait, and goes on with what was cut off", False, run)


def _all(
    doors: Doors,
    db: Database,
    stopping: Stopping,
    tell: Callable[[str], None],
    wanted: Callable[[Feed], bool] = lambda _: True,
) -> str:
    """In one line, what changed, what became short and what was promised elsewhere, and what could not be taken. Raises
    Interrupted."""
    said = []
    for feed in feeds(db):
        if feed.paused or not wanted(feed):
            continue
        tell(feed.code)
        try:
            said += [f"{feed.code}: {told(run)}" for run in doors.look(feed.code, stopping)]
            if trouble := read_feed(db, feed.code).trouble:
                said.append(f"{feed.code}: {trouble}")
        except Problem as fault:
            said.append(f"{feed.code}: {fault.detail}")
    return "; ".join(said)


def told(run: Run) -> str:
    """What became of a run, in a few words."""
    report = run.report
    if run.state == "asks":
        return f"{run.file} asks: {report.would_zero} of {report.in_scope} units would be gone"
    if run.state == "refused":
        return f"{run.file} was refused: {'; '.join(report.notes)}"
    owed = max(0, report.owed)
    counts = {
        "lines set aside": report.quarantined,
        "rows told before": report.known,
        "left for review": report.review,
        "units short": owed,
        "units promised elsewhere or let go": max(0, report.displaced - owed),
    }
    changed = f"{report.booked} changed (+{report.up} -{report.down} units)"
    return f"{run.file}: {', '.join([changed, *(f'{count} {what}' for what, count in counts.items() if count)])}"
