"""Which files of a source were read, so that none is read twice; and that nobody else reads them just now."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import msgspec

from truestock.connectors.files.folders.folder import Entry
from truestock.core.problems import Conflict
from truestock.feeds.file_sources import queries
from truestock.feeds.file_sources.doors.door import Tags
from truestock.feeds.file_sources.report import FileReport
from truestock.store.database import Database, errors_translated

# So many are shown of files that no longer lie there.
KEPT: Final = 100


class Read(msgspec.Struct, frozen=True):
    """A file that was read, or that cannot be until it changes."""

    entry: Entry
    digest: str
    tags: Tags
    good: bool
    report: FileReport
    read_at: datetime


class Memory:
    """Of one source."""

    def __init__(self, db: Database, source: int, address: str) -> None:
        self._db = db
        self._source = source
        self._address = address
        self._read = {read.entry.path: read for read in reversed(reads_of(db, source))}
        self._done: set[str] = set()

    @property
    def last(self) -> Read | None:
        """The file that was read last, to its end."""
        return next((read for read in reversed(self._read.values()) if read.good), None)

    def counted_until(self, location: str | None) -> datetime | None:
        """As of when the newest file tells whose stock was counted at a location."""
        counted = [read.report.stock for read in self._read.values() if read.good and read.report.stock]
        return max((stock.as_of for stock in counted if stock.location == location), default=None)

    def read_of(self, entry: Entry) -> Read | None:
        """What is known of a file as it lies there now."""
        found = self._read.get(entry.path)
        return found if found is not None and found.entry == entry else None

    def begin(self) -> None:
        """Something else than what was read last is about to be taken in: cut off, nobody knows what is in."""
        with self._db.transaction() as conn:
            conn.execute(queries.unsettle, {"source": self._source})

    def keep(self, entry: Entry, tags: Tags, report: FileReport) -> None:
        """Remember a file."""
        parameters = {
            "source": self._source,
            "path": entry.path,
            "size": entry.size,
            "changed_at": entry.changed_at,
            "digest": report.digest,
            "etag": tags.etag,
            "last_modified": tags.last_modified,
            "address": self._address,
            "good": not report.fault,
            "report": msgspec.json.encode(report).decode(),
        }
        with self._db.transaction() as conn:
            ((read_at,),) = conn.execute(queries.keep_read, parameters).fetchall()
        self._read.pop(entry.path, None)
        self._read[entry.path] = Read(entry, report.digest, tags, not report.fault, report, read_at)
        self._done.add(entry.path)

    def faults(self, there: Iterable[Entry]) -> list[str]:
        """What is wrong with files that lie there, were tried by this look, or are the newest."""
        paths = {entry.path for entry in there} | self._done | {next(reversed(self._read), "")}
        return [read.report.said for path, read in self._read.items() if path in paths and not read.good]

    def tidy(self, there: Iterable[Entry]) -> None:
        """Forget old files that no longer lie there, and of others that are old the rows that were refused."""
        with self._db.transaction() as conn:
            paths = [entry.path for entry in there]
            conn.execute(queries.tidy_reads, {"source": self._source, "there": paths, "kept": KEPT})
            conn.execute(queries.thin_reads, {"source": self._source, "kept": KEPT})


def reads_of(db: Database, source: int, limit: int | None = None) -> list[Read]:
    """The files of a source that were read, the newest reading first."""
    with db.transaction() as conn:
        rows = conn.execute(queries.reads, {"source": source, "limit": limit}).fetchall()
    return [
        Read(Entry(path, size, at), digest, Tags(*tags), good, msgspec.convert(report, FileReport), read_at)
        for path, size, at, digest, *tags, good, report, read_at in rows
    ]


@contextmanager
def alone(db: Database, source: int, code: str) -> Iterator[None]:
    """Until the end nobody else reads the source: two would do everything twice. Raises Conflict."""
    conn = db.connect()
    try:
        with errors_translated():
            ((mine,),) = conn.execute(queries.try_alone, {"source": source}).fetchall()
        if not mine:
            raise Conflict(f"source {code!r} is being read just now; look again later", "source")
        try:
            yield
        finally:
            # Closed, it would hold for a moment still.
            with errors_translated():
                conn.execute(queries.not_alone, {"source": source})
    finally:
        conn.close()
