"""The load itself: rows into drafts, drafts in chunks into the use case, answers back to lines.

Good rows go in; with all or nothing the whole file is checked before the first write and then goes in by the same
short chunks, so that a load that was cut off is finished by running it again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from time import sleep
from typing import Any, BinaryIO

from truestock.catalog.changes import PUT, How, Result
from truestock.catalog.load.nouns import NOUNS, Cells, Noun
from truestock.catalog.load.reading import RawRow, Unreadable, rows_of
from truestock.catalog.load.report import Report
from truestock.core.checks import check_choice
from truestock.core.problems import Conflict, Invalid, Problem
from truestock.store.database import Database
from truestock.store.errors import Busy

CHUNK = 2_000
BUSY_TRIES = 6
Progress = Callable[[int], None]
Put = Callable[[Database, Sequence[Any], How], list[Result]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft and the row whose line stands for it."""

    row: RawRow
    draft: Any


def load_csv(
    db: Database,
    noun: str,
    source: BinaryIO,
    all_or_nothing: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Load a file of one noun (a key of NOUNS); `progress` is told the lines done. Raises Invalid for the noun.

    The source must be seekable for all or nothing. Loading a file twice changes nothing the second time, except that
    protections start anew."""
    check_choice("noun", noun, list(NOUNS), required=True)
    if not (all_or_nothing and not dry_run):
        return _pass(db, NOUNS[noun], source, dry_run, progress)
    start = source.tell()
    checked = _pass(db, NOUNS[noun], source, dry_run=True, progress=None)
    if checked.refused or checked.stopped:
        checked.dry_run = False
        return checked
    source.seek(start)
    return _pass(db, NOUNS[noun], source, dry_run, progress)


def _pass(db: Database, noun: Noun, source: BinaryIO, dry_run: bool, progress: Progress | None) -> Report:
    report = Report(noun.name, dry_run, written=not dry_run)
    drafts = _drafts(noun, source, report)
    while chunk := list(islice(drafts, CHUNK)):
        results = put_patiently(noun.put, db, [prepared.draft for prepared in chunk], How(dry_run=dry_run))
        for prepared, result in zip(chunk, results, strict=True):
            if isinstance(result, Problem):
                report.refuse(prepared.row.line, result, prepared.row.cells.get(result.field or "", ""))
            else:
                report.count(result)
        if progress:
            progress(report.lines)
    return report


def put_patiently(put: Put, db: Database, drafts: Sequence[Any], how: How = PUT) -> list[Result]:
    """One chunk; somebody else's short write is waited for."""
    for attempt in range(1, BUSY_TRIES):
        try:
            return put(db, drafts, how)
        except Busy:
            sleep(0.05 * attempt)
    return put(db, drafts, how)


def _drafts(noun: Noun, source: BinaryIO, report: Report) -> Iterator[Prepared]:
    first_line: dict[tuple[str, ...], int] = {}
    for group in _groups(noun, source, report):
        key = tuple(group[0].cells.get(name, "") for name in noun.key)
        if (line := first_line.setdefault(key, group[0].line)) != group[0].line:
            apart = "; its lines must follow one another" if noun.grouped else "; keep one of them"
            report.refuse(group[0].line, Conflict(f"line {line} is about the same{apart}", noun.key[0]), key[0])
            continue
        cells = [_parsed(noun, row, report) for row in group]
        if all(found is not None for found in cells):
            yield Prepared(group[0], noun.build([found for found in cells if found is not None]))


def _groups(noun: Noun, source: BinaryIO, report: Report) -> Iterator[list[RawRow]]:
    """Rows that make one draft together; where the file breaks off, what came before it is still given."""
    group: list[RawRow] = []
    try:
        for row in rows_of(source, noun.columns):
            report.lines += 1
            same = group and all(group[0].cells.get(name) == row.cells.get(name) for name in noun.key)
            if group and not (noun.grouped and same):
                yield group
                group = []
            group.append(row)
    except Unreadable as end:
        report.stopped = end.line
        report.refuse(end.line, end.problem)
        # The last draft may miss the lines that could not be read.
        if noun.grouped:
            return
    if group:
        yield group


def _parsed(noun: Noun, row: RawRow, report: Report) -> Cells | None:
    """The values of a line, or None and its problems in the report."""
    values: Cells = {}
    problems: list[tuple[Problem, str]] = []
    if row.surplus:
        detail = f"the line has {row.surplus} cells more than the header; quote cells that hold the delimiter"
        problems.append((Invalid("line", detail), ""))
    for column in noun.columns:
        cell = row.cells.get(column.name)
        try:
            if cell is not None:
                values[column.name] = column.parse(column.name, cell)
            elif column.required:
                problems.append((Invalid(column.name, f"{column.name} is empty; give it a value"), ""))
        except Problem as unreadable:
            problems.append((unreadable, cell or ""))
    for problem, value in problems:
        report.refuse(row.line, problem, value)
    return None if problems else values
