"""When a file of figures is read by its changed lines alone, and when it is kept so that the next one can be."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import BinaryIO, Final

import msgspec

from truestock.feeds.stock.before import diff
from truestock.feeds.stock.before.diff import Changed, changed_lines
from truestock.feeds.stock.before.kept import Before, before_of, forget, keep, pieces_of
from truestock.feeds.stock.engine.feeds import Stored, read_feed
from truestock.feeds.stock.engine.figures import queries
from truestock.feeds.stock.engine.figures.standing import NOTHING_LEFT
from truestock.feeds.stock.engine.runs import Run
from truestock.feeds.stock.engine.session import Session
from truestock.feeds.stock.files import Lookups

PIECE: Final = 1 << 20
# A file of which more lines than one in so many, and some, are new or gone is read whole.
CHANGED_ONE_IN: Final = 5
CHANGED_SOME: Final = 1_000


def read_by_of(stored: Stored, lookups: Lookups) -> bytes:
    """A digest of all that decides what a line of the feed's files means, but for the items that it names."""
    feed, names = stored.feed, (lookups.items, lookups.locations, lookups.barcodes)
    said = msgspec.json.encode((feed.meaning, feed.posture, feed.settings, names), order="sorted")
    return hashlib.sha256(said).digest()


def file_before(session: Session, run: Run, source: BinaryIO, read_by: bytes) -> tuple[Before, Changed] | None:
    """The file before and what this one has changed of it, if few lines; None: it is to be read whole."""
    conn, feed = session.conn, session.stored.id
    was = read_feed(session.db, session.stored.feed.code).as_of
    if was is None or was >= run.as_of or (before := before_of(conn, feed, read_by)) is None:
        return None
    at_most = before.rows // CHANGED_ONE_IN + CHANGED_SOME
    changed = changed_lines(session.settings.format, _pieces(source), pieces_of(conn, feed), at_most)
    return changed and (before, changed)


def keep_lines(session: Session, run: Run, source: BinaryIO, read_by: bytes) -> None:
    """Keep the file for the next one, if each of its rows says by itself what the feed's figure of a cell is."""
    conn, settings, report, feed = session.conn, session.settings, run.report, session.stored.id
    ((stated, cells, more),) = conn.execute(queries.said_by_lines, {"feed": feed}).fetchall()
    plain = settings.format.name == "csv" and not settings.format.columns and not more
    plain = plain and settings.format.encoding.lower() in diff.ENCODINGS
    # An item may be another since it was looked at.
    plain = plain and session.rules.refresh().epoch == session.snapshot.epoch
    whole = cells == report.taken + report.zeroed and not report.older and NOTHING_LEFT not in report.notes
    if not (plain and whole and report.moves) or report.since is None:
        forget(conn, feed)
        return
    bad = {line for (line,) in conn.execute(queries.lines_of_run, {"run": run.id})}
    before = Before(run.id, report.taken, report.zeroed, stated, report.since)
    with suppress(diff.NotByLines):
        keep(conn, feed, read_by, before, diff.lines_of(settings.format, _pieces(source)), bad)


def _pieces(source: BinaryIO) -> Iterator[bytes]:
    source.seek(0)
    return iter(partial(source.read, PIECE), b"")
