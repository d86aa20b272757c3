"""Loads a file of an absolute feed and finds what it says otherwise than the one before it, in sets.

Nothing is written but tables of the session's own; rows that cannot be taken are found here."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from io import BytesIO
from itertools import chain
from typing import Any, BinaryIO, Final, get_args

from truestock.catalog.lots import LotDraft, put_lots
from truestock.core.problems import Conflict
from truestock.feeds.stock.before.diff import Changed
from truestock.feeds.stock.before.kept import Before
from truestock.feeds.stock.engine import queries
from truestock.feeds.stock.engine.runs import LineFault, Report, fault_of
from truestock.feeds.stock.engine.settings import FeedSettings
from truestock.feeds.stock.files import Block, FieldName, Lookups, as_told, blocks
from truestock.ledger.values import StatusName
from truestock.store.arrays import copy_into, own_tables
from truestock.store.database import Connection, Database

COLUMNS: Final = (
    "line", "sku", "location", "lot", "expires_at", "status", "qty", "at", "allocated", "order", "channel",
)  # fmt: skip
# What a row of any meaning says; a file that has no column of it is not taken.
NEEDS: Final[tuple[FieldName, ...]] = ("qty",)
# Past so many, what is wrong is how the file is read, not its rows.
FAULTS_MAX: Final = 10_000
# So many lines may speak of cells that other lines speak of.
TWICE_MAX: Final = 100_000
REPEATS: Final = "if each is a part, add them up; if not, let repeats of the feed count once. Together they are "
LOTS_AT_ONCE: Final = 500
OUT_OF_SCOPE: Final = "is not in the feed's scope"
Say = Callable[[str, int], None]


class TooManyFaults(Conflict):
    """So many rows are bad that the file is not taken."""


class Unreadable(Conflict):
    """The file breaks off; nothing of it is taken. `fault` says where."""

    def __init__(self, fault: LineFault) -> None:
        super().__init__(f"line {fault.line}: {fault.reason}; {fault.repair}", fault.field)
        self.fault = fault


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
    found = conn.execute(queries.find_gone, _named(settings)).rowcount
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


def leave_new_lots(conn: Connection) -> int:
    """Take out the rows that name lots which nobody knows yet; how many."""
    return conn.execute(queries.drop_new_lots).rowcount


def compare(
    conn: Connection,
    feed: int,
    settings: FeedSettings,
    scope: dict[str, Any],
    now: datetime,
    *,
    rows: int,
    net: bool,
    every: bool,
    silent: bool,
    by_lines: bool,
) -> None:
    """Fill the session's table of changes from the `rows` that were loaded. `by_lines`: only lines that are new were,
    and the cells of those that are gone. Raises NotByLines."""
    parameters = {
        **scope,
        **_named(settings),
        "feed": feed,
        "by_lines": by_lines,
        "scoped": bool(settings.locations or settings.categories),
        "now": now,
        "net": net,
        "every": every,
        "silent": silent,
    }
    conn.execute(queries.compare, parameters)
    conn.execute(queries.also_said, _named(settings))
    if silent and not (every or by_lines):
        ((again,),) = conn.execute(queries.told_again, {"rows": rows, "feed": feed}).fetchall()
        if again:
            conn.execute(queries.find_told_again, {**_named(settings), "feed": feed})
    if by_lines:
        if conn.execute(queries.said_elsewhere, {"feed": feed, "complete": settings.complete}).fetchall()[0][0]:
            raise NotByLines
        conn.execute(queries.said_long_before, {"feed": feed})
        conn.execute(queries.say_unbound, {"feed": feed})


def find_unmentioned(
    conn: Connection, feed: int, settings: FeedSettings, scope: dict[str, Any], before: Before | None
) -> None:
    """Find what a complete feed's file does not mention: that alone is to be taken away.

    `before`: what it does not mention is gone already. Raises NotByLines where something has come there since."""
    looked_at = before and before.looked_at
    if before is not None and before.silent:
        ((came,),) = conn.execute(queries.came_unmentioned, {"feed": feed, "looked_at": looked_at}).fetchall()
        if came:
            raise NotByLines
    conn.execute(queries.keep_foreign, scope)
    conn.execute(queries.keep_other_grain, _named(settings))
    conn.execute(queries.unsaid, {**scope, "feed": feed, "looked_at": looked_at})


def faults_of(conn: Connection, settings: FeedSettings, source: BinaryIO, now: datetime) -> list[LineFault]:
    """Why rows that were read cannot be taken. Raises TooManyFaults."""
    faults = _twice_told(conn, settings, source)
    twice = {fault.line for fault in faults}
    if twice:
        conn.execute(queries.fault_lines, {"lines": sorted(twice)})
    parameters = {"location": settings.location or None, "after": 0, "limit": FAULTS_MAX + 1}
    rows: list[tuple[Any, ...]] = conn.execute(queries.faults, parameters).fetchall()
    if len(rows) > FAULTS_MAX:
        raise TooManyFaults(f"over {FAULTS_MAX:,} rows cannot be taken; check the feed's mapping", "mapping")
    told = {row[0]: _with_row(_fault(row, settings, now), row) for row in rows if row[0] not in twice}
    by_line = {row[0]: row for row in rows}
    return [*told.values(), *(_with_row(fault, by_line[fault.line]) for fault in faults)]


def _twice_told(conn: Connection, settings: FeedSettings, source: BinaryIO) -> list[LineFault]:
    """Lines about one cell that are not one line told twice. Raises TooManyFaults."""
    rows: list[tuple[Any, ...]] = conn.execute(queries.twice_told, {"limit": TWICE_MAX + 1}).fetchall()
    if len(rows) > TWICE_MAX:
        raise TooManyFaults(f"over {TWICE_MAX:,} lines speak of what others speak of; send each cell once", "mapping")
    faults = [
        LineFault(line, "qty", f"line {first} says another figure of the same cell", f"add them up: {total}")
        for line, first, total, alike, _ in rows
        if not alike
    ]
    alike = {line: first for line, first, _, alike, of_order in rows if alike and not of_order}
    if alike and not settings.repeats_count_once:
        source.seek(0)
        said = as_told(settings.format, source, alike)
        parts = {first for line, first in alike.items() if said.get(line) != said.get(first, said.get(line))}
        faults += [
            LineFault(
                line,
                "qty",
                f"line {first} says the same figure of the same cell, and other things",
                f"{REPEATS}{total}",
            )
            for line, first, total, *_ in rows
            if alike.get(line) in parts
        ]
    return faults


def _named(settings: FeedSettings) -> dict[str, Any]:
    """What rows name that name nothing."""
    return {"location": settings.location or None, "statuses": list(get_args(StatusName))}


def foreign(fault: LineFault) -> bool:
    """Whether a row that cannot be taken is of nothing that we have in the feed's scope."""
    return fault.field == "sku" or fault.reason.endswith(OUT_OF_SCOPE)


def _with_row(fault: LineFault, row: tuple[Any, ...]) -> LineFault:
    cells = zip(COLUMNS[1:], (*row[1:4], row[13], *row[4:7], *row[14:]), strict=True)
    fields = {name: str(cell) for name, cell in cells if cell is not None}
    return LineFault(fault.line, fault.field, fault.reason, fault.repair, fields, mapped=True)


def _fault(row: tuple[Any, ...], settings: FeedSettings, now: datetime) -> LineFault:
    line, sku, location, lot, status, qty, at, no_item, kit, no_loc, no_lot, no_status, category, *_ = row
    if no_item:
        return LineFault(line, "sku", f"there is no item {sku!r}", "add the item, or give the source a name for it")
    if kit:
        return LineFault(line, "sku", f"{sku} is a kit and has no stock of its own", "tell its components")
    if location is None:
        return LineFault(line, "location", "the row names no location", "name it, or set the feed's location")
    if no_loc:
        detail = f"there is no location {location!r}"
        return LineFault(line, "location", detail, "add the location, or give the source a name for it")
    if qty is None:
        return LineFault(line, "qty", "the quantity is missing", "write how many units there are; 0 for none")
    if qty < 0:
        return LineFault(line, "qty", f"{qty} units cannot lie anywhere", "write 0, or take the row out")
    if no_lot:
        return LineFault(line, "lot", f"{sku} is not lot-tracked, and the row names lot {lot!r}", "leave the lot out")
    if no_status:
        return LineFault(line, "status", f"{status!r} is no status", "write one that is known, as sellable")
    if at is not None and at > now:
        return LineFault(line, "at", f"{at.isoformat()} is in the future", "check the source's clock, or the zone")
    if settings.locations and location not in settings.locations:
        return LineFault(line, "location", f"{location} {OUT_OF_SCOPE}", "add it there, or take the row out")
    return LineFault(line, "sku", f"category {category!r} {OUT_OF_SCOPE}", "add it, or take the row out")
