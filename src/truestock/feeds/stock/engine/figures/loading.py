"""Loads a file of figures into tables of the session's own: its rows, and the cells of lines that are gone."""

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from itertools import chain
from typing import Any, BinaryIO, Final, get_args

from truestock.catalog.lots import LotDraft, put_lots
from truestock.feeds.stock.before.diff import Changed
from truestock.feeds.stock.engine.figures import queries
from truestock.feeds.stock.engine.refusals import FAULTS_MAX, TooManyFaults, Unreadable
from truestock.feeds.stock.engine.runs import LineFault, Report, fault_of
from truestock.feeds.stock.engine.settings import FeedSettings
from truestock.feeds.stock.files import Block, FieldName, Lookups, blocks
from truestock.ledger.values import StatusName
from truestock.store.arrays import copy_into, own_tables
from truestock.store.database import Connection, Database

COLUMNS: Final = (
    "line", "sku", "location", "lot", "expires_at", "status", "qty", "at", "allocated", "order", "channel",
)  # fmt: skip
# What a row of any meaning says; a file that has no column of it is not taken.
NEEDS: Final[tuple[FieldName, ...]] = ("qty",)
LOTS_AT_ONCE: Final = 500
Say = Callable[[str, int], None]


class NotByLines(Exception):
    """What lines that are new or gone speak of stands in other lines too: the file has to be read whole."""


def load(
    conn: Connection, settings: FeedSettings, source: BinaryIO, lookups: Lookups, report: Report, say: Say
) -> list[LineFault]:
    """The file's rows into the session's own table; returns the faults. Raises Unreadable, TooManyFaults."""
    own_tables(conn, "feed_raw", "feed_change")
    loaded = _Loaded(settings, lookups, say)
    copy_into(conn, "feed_raw", COLUMNS, loaded.columns(source, lambda line: line))
    report.rows = loaded.rows
    return loaded.faults


def load_changed(
    conn: Connection, settings: FeedSettings, changed: Changed, lookups: Lookups, rows_before: int, report: Report,
    say: Say,
) -> list[LineFault]:  # fmt: skip
    """The same of lines that are new, and the cells of those that are gone; the file before had so many rows.

    Raises NotByLines, Unreadable, TooManyFaults."""
    own_tables(conn, "feed_raw", "feed_change", "feed_gone")
    numbers = list(changed.said)
    said, gone = _Loaded(settings, lookups, say), _Loaded(settings, lookups, say)
    columns = chain(
        said.columns(BytesIO(changed.new_file), lambda line: numbers[line - 2]),
        gone.columns(BytesIO(changed.old_file), lambda line: -line),
    )
    copy_into(conn, "feed_raw", COLUMNS, columns)
    found = conn.execute(queries.find_gone, named(settings)).rowcount
    if gone.faults or found != gone.rows:
        raise NotByLines
    conn.execute(queries.drop_gone)
    report.rows = rows_before - gone.rows + said.rows
    say("reading", report.rows - said.rows)
    return said.faults


class _Loaded:
    """What is read of a file: its rows by column, and the faults of those that cannot be read."""

    def __init__(self, settings: FeedSettings, lookups: Lookups, say: Say) -> None:
        self._settings = settings
        self._lookups = lookups
        self._say = say
        self.rows = 0
        self.faults: list[LineFault] = []

    def columns(self, source: BinaryIO, line_of: Callable[[int], int]) -> Iterator[Sequence[Sequence[str]]]:
        """Raises Unreadable, TooManyFaults. `line_of` gives a line the number that it goes by."""
        for block in blocks(self._settings.format, source, self._settings.mapping, self._lookups, NEEDS):
            faults = [fault for fault in block.faults if not fault.known]
            for fault in faults:
                told = fault_of(fault._replace(line=line_of(fault.line)))
                if fault.ends:
                    raise Unreadable(told)
                self.faults.append(told)
            if len(self.faults) > FAULTS_MAX:
                raise TooManyFaults(f"over {FAULTS_MAX:,} rows cannot be read; check the feed's mapping", "mapping")
            self.rows += len(block.lines) + len(faults)
            self._say("reading", len(block.lines))
            if block.lines:
                yield _columns(block, line_of)


def _columns(block: Block, line_of: Callable[[int], int]) -> list[list[str]]:
    nothing = [""] * len(block.lines)
    return [list(map(str, map(line_of, block.lines))), *(block.columns.get(name, nothing) for name in COLUMNS[1:])]


def make_lots(db: Database, conn: Connection) -> None:
    """Make the lots that the file names first."""
    rows = conn.execute(queries.new_lots).fetchall()
    for start in range(0, len(rows), LOTS_AT_ONCE):
        put_lots(db, [LotDraft(sku, code, expires) for sku, code, expires in rows[start : start + LOTS_AT_ONCE]])


def named(settings: FeedSettings) -> dict[str, Any]:
    """What rows name that name nothing."""
    return {"location": settings.location or None, "statuses": list(get_args(StatusName))}
