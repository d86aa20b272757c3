"""Reads what is new of all sources, as a stage of a job; one that is paused or not reached holds up no other."""

from collections.abc import Callable
from time import monotonic
from typing import Final

from truestock.core.problems import Conflict, NotFound
from truestock.feeds.file_sources.reading import Paused, SourceReader, Unreached
from truestock.feeds.file_sources.sources import sources
from truestock.store.database import Database
from truestock.store.jobs.stages import Progress

LOOK_EVERY_S: Final = 0.5
# For a source that somebody else reads at this moment: what it brings is waited for.
WITHIN_S: Final = 900.0


def read_sources(db: Database, reader: SourceReader, within_s: float = WITHIN_S) -> Callable[[Progress], str]:
    """The stage of a job that takes in suppliers' files, of one channel or of all; what was passed over is named."""

    def run(progress: Progress) -> str:
        read, passed = 0, []
        for source in sources(db):
            if progress.channel not in (None, source.channel):
                continue
            progress.halt(0)
            progress.tell("running", f"reads {source.code}")
            try:
                _read(reader, source.code, progress, within_s)
                read += 1
            except (Conflict, NotFound) as fault:
                passed.append(f"{source.code} ({fault.detail})")
        over = f", passed over: {', '.join(passed)}" if passed else ""
        return f"sources that were read: {read}{over}"

    return run


def _read(reader: SourceReader, code: str, progress: Progress, within_s: float) -> None:
    """Read one as soon as nobody else does. Raises Conflict, NotFound."""
    late_at = monotonic() + within_s
    while True:
        try:
            reader.read(code, progress.stopping)
        except (Paused, Unreached):
            raise
        except Conflict:
            if monotonic() >= late_at:
                raise
        else:
            return
        progress.halt(LOOK_EVERY_S)
