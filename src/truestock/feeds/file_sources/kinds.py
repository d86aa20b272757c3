"""The kind of job that this room brings: reading what is new of a source of files."""

from truestock.feeds.file_sources.reading import Paused, SourceReader
from truestock.store.jobs.kinds import JobKind, Work


def import_kind(reader: SourceReader) -> JobKind:
    """What is new of a source is read; one that is not reached is tried again."""

    def run(work: Work) -> str:
        assert work.source is not None
        try:
            return reader.read(work.source, work.stopping).said
        except Paused as paused:
            # Another try would find it so as well.
            return paused.detail

    return JobKind("import", "reads the new files of a source: products, and stock", False, run, of_source=True)
