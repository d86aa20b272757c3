"""Reads what is new of a source: fetches file after file, has each taken in, and remembers it."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from tempfile import TemporaryFile
from typing import BinaryIO, Final, NamedTuple, TypeVar

import msgspec

from truestock.connections.seal import Seal, SealBroken
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.veil import veiled
from truestock.connectors.files.folders.folder import PIECE, Entry
from truestock.connectors.files.sheets.reading import NoSheet
from truestock.core.problems import Conflict
from truestock.feeds.file_sources.doors.door import Door, Fetched, Tags
from truestock.feeds.file_sources.memory import Memory, alone
from truestock.feeds.file_sources.report import FileReport
from truestock.feeds.file_sources.sources import Stored, door_of, forget_last, note_look, stored_source, whose
from truestock.feeds.file_sources.stock import Commit
from truestock.feeds.file_sources.taking import Taking
from truestock.store.database import Database
from truestock.store.jobs.kinds import Interrupted

T = TypeVar("T")
LOOK_EVERY_S: Final = 0.5


class Looked(msgspec.Struct, frozen=True):
    """What a look at a source came to: where it looked, and a report for each file that was new."""

    source: str
    place: str
    files: list[FileReport]

    @property
    def said(self) -> str:
        """In one line."""
        return "; ".join(report.said for report in self.files) or "no new file"


class Unreached(Conflict):
    """The place does not answer, or is not what was meant."""


class Paused(Conflict):
    """Nothing is read of the source until it is resumed."""


class SourceReader:
    """`commit` books counts; `on_lan` opens the user's own network to URLs."""

    def __init__(self, db: Database, seal: Callable[[], Seal], commit: Commit, *, on_lan: bool) -> None:
        self._db = db
        self._seal = seal
        self._commit = commit
        self._on_lan = on_lan

    def read(self, code: str, stopping: Callable[[], bool] = lambda: False, *, again: bool = False) -> Looked:
        """Read what is new; `again`: the newest file, and those that could not be read, as well. Raises NotFound,
        Conflict, Unreached with what to do, and Interrupted when `stopping` turns true."""
        stored = stored_source(self._db, code)
        if stored.source.paused:
            raise Paused(f"source {code!r} is paused; resume it first", "source")
        if again:
            forget_last(self._db, code)
        try:
            return self._looked(stored, stopping, dry_run=False)
        except Unreached as fault:
            note_look(self._db, stored.id, fault.detail, answered=False)
            raise

    def test(self, code: str) -> Looked:
        """What reading the oldest new file would do; nothing is written or moved. Raises NotFound, Conflict and
        Unreached."""
        return self._looked(stored_source(self._db, code), lambda: False, dry_run=True)

    def _looked(self, stored: Stored, stopping: Callable[[], bool], *, dry_run: bool) -> Looked:
        with alone(self._db, stored.id, stored.source.code):
            try:
                secrets = self._seal().open(whose(stored.id), stored.sealed)
                door = door_of(stored.source.settings, secrets, on_lan=self._on_lan)
                memory = Memory(self._db, stored.id, stored.source.settings.address)
                look = _Look(self._db, self._commit, stored, door, memory, stopping, dry_run)
                return asyncio.run(look.run())
            except (ChannelDown, SealBroken, ValueError, OSError) as fault:
                raise Unreached(veiled(str(fault)), "source") from fault


class _Kept(NamedTuple):
    """What is remembered of a file."""

    entry: Entry
    tags: Tags
    report: FileReport


class _Look:
    """One look at a source."""

    def __init__(
        self,
        db: Database,
        commit: Commit,
        stored: Stored,
        door: Door,
        memory: Memory,
        stopping: Callable[[], bool],
        dry_run: bool,
    ) -> None:
        self._db = db
        self._stored = stored
        self._source = stored.source
        self._door = door
        self._memory = memory
        self._stopping = stopping
        self._dry_run = dry_run
        self._unmoved: ChannelDown | None = None
        self._take = Taking(db, commit, self._source, self._halt, dry_run=dry_run)

    async def run(self) -> Looked:
        """Do it. Raises Interrupted, ChannelDown, ValueError and OSError."""
        try:
            rest = None if self._dry_run else asyncio.sleep
            there = await self._watched(self._door.waiting(lambda entry: self._memory.read_of(entry) is not None, rest))
            reports = await self._reports(there)
            place = await self._door.about()
            if self._unmoved is not None:
                raise self._unmoved
        finally:
            await self._door.close()
        if not self._dry_run:
            self._memory.tidy(there)
            note_look(self._db, self._stored.id, "; ".join(self._memory.faults(there)), answered=True)
        return Looked(self._source.code, place, reports)

    async def _reports(self, there: list[Entry]) -> list[FileReport]:
        reports: list[FileReport] = []
        for entry in there:
            self._halt()
            known = self._memory.read_of(entry)
            if known is None:
                with TemporaryFile() as out:
                    kept = await self._kept(entry, out)
                if kept is None:
                    continue
                reports.append(kept.report)
                if self._dry_run:
                    break
                self._memory.keep(*kept)
                entry, good = kept.entry, not kept.report.fault
            else:
                good = known.good
            # One that an earlier look has read and could not move is moved now.
            if not self._dry_run and self._unmoved is None:
                await self._put_away(entry, good=good)
        return reports

    async def _put_away(self, entry: Entry, *, good: bool) -> None:
        """One that cannot be moved keeps no other from being read."""
        try:
            await self._door.put_away(entry, good=good)
        except ChannelDown as fault:
            self._unmoved = fault

    async def _kept(self, entry: Entry, out: BinaryIO) -> _Kept | None:
        """A file that was taken in; None of one that is not whole yet, or that its server says is what it was."""
        last = self._memory.last
        try:
            tags = last.tags if last is not None and last.entry.path == entry.path else Tags()
            fetched = await self._watched(self._door.fetch(entry, tags, out))
        except NoSheet as error:
            return _Kept(entry, Tags(), FileReport(entry.name, fault=str(error)))
        if fetched is None:
            return None
        digest = _digest(out)
        if last is not None and digest == last.digest and not self._says_more(fetched):
            report = msgspec.structs.replace(last.report, file=entry.name, same=True)
        else:
            if not self._dry_run:
                self._memory.begin()
            until = self._memory.counted_until(self._source.location)
            report = await self._take.file(fetched, digest, out, until)
        return _Kept(fetched.entry, fetched.tags, report)

    def _says_more(self, fetched: Fetched) -> bool:
        """Whether a file says something by being written anew with the same content: that stock is still so."""
        return self._source.location is not None and fetched.stated

    async def _watched(self, work: Awaitable[T]) -> T:
        """What a call comes to, which may last for minutes. Raises Interrupted, and what the call raises."""
        task = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait({task}, timeout=LOOK_EVERY_S))[0]:
                self._halt()
            return task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _halt(self) -> None:
        if self._stopping():
            raise Interrupted("stopped before all files were read; the next look goes on")


def _digest(content: BinaryIO) -> str:
    content.seek(0)
    found = hashlib.sha256()
    while piece := content.read(PIECE):
        found.update(piece)
    return found.hexdigest()
