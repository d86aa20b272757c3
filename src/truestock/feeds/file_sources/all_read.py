"""Reads what is new of all sources, as a stage of a job; one that is paused or not reached holds up no other."""

from collections.abc import Callable

from truestock.core.problems import Conflict, NotFound
from truestock.feeds.file_sources.reading import SourceReader
from truestock.feeds.file_sources.sources import sources
from truestock.store.database import Database
from truestock.store.jobs.stages import Progress


def read_sources(db: Database, reader: SourceReader) -> Callable[[Progress], str]:
    """The stage of a job that takes in suppliers' files, of one channel or of all; what was passed over is named."""

    def run(progress: Progress) -> str:
        read, passed = 0, []
        for source in sources(db):
            if progress.channel not in (None, source.channel):
                continue
            progress.halt(0)
            progress.tell("running", f"reads {source.code}")
            try:
                reader.read(source.code, progress.stopping)
                read += 1
            except (Conflict, NotFound) as fault:
                passed.append(f"{source.code} ({fault.detail})")
        over = f", passed over: {', '.join(passed)}" if passed else ""
        return f"sources that were read: {read}{over}"

    return run
