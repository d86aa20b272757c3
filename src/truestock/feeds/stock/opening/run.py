"""Checks stock files as a whole, then books them by short batches: cut off, or sent twice, an import goes on where it
was, because every line has a key made of the file's content and its number."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from truestock.catalog.rules import RuleBook
from truestock.core.problems import Problem
from truestock.feeds.stock.opening.check import Checker, Verdict
from truestock.feeds.stock.opening.lines import Defaults, Line, lines_of
from truestock.feeds.stock.opening.refusal import Refused
from truestock.feeds.stock.opening.report import FileReport
from truestock.ledger.post import post
from truestock.ledger.values import Booked, NotBooked
from truestock.store.database import Database
from truestock.store.lane import Handler

AT_ONCE = 500
CHECKED_AT_ONCE = 2_000
Run = Callable[[Handler, Sequence[Any]], list[Any]]
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a source such as erp or 3pl, and how to read it."""

    path: Path
    source: str
    aliases: Mapping[str, str]
    defaults: Defaults


def check_stock(
    db: Database, rules: RuleBook, files: Sequence[SourceFile], progress: Progress | None = None
) -> list[FileReport]:
    """What booking these files would do, one report a file; nothing is written. `progress` is told of lines done."""
    checker = Checker(db, rules)
    return [_through(file, True, CHECKED_AT_ONCE, partial(checker.check, file.path.name), progress) for file in files]


def book_stock(run: Run, files: Sequence[SourceFile], actor: str, progress: Progress | None = None) -> list[FileReport]:
    """Book these files, one report a file. What was booked before under the same content is recognised."""

    def booked(lines: Sequence[Line]) -> list[Verdict]:
        return [_verdict(answer) for answer in run(post, [line.command(actor) for line in lines])]

    return [_through(file, False, AT_ONCE, booked, progress) for file in files]


def _through(
    file: SourceFile,
    dry_run: bool,
    at_once: int,
    judge: Callable[[Sequence[Line]], list[Verdict]],
    progress: Progress | None,
) -> FileReport:
    report = FileReport(file.path.name, file.source, dry_run)
    for lines in _chunks(file, report, at_once):
        for line, verdict in zip(lines, judge(lines), strict=True):
            _count(report, line, verdict)
        if progress:
            progress(len(lines))
    return report


def _chunks(file: SourceFile, report: FileReport, at_once: int) -> Iterator[list[Line]]:
    with file.path.open("rb") as source:
        lines = lines_of(source, report, file.aliases, file.defaults)
        while chunk := list(islice(lines, at_once)):
            yield chunk


def _count(report: FileReport, line: Line, verdict: Verdict) -> None:
    opening = line.opening
    if isinstance(verdict, Problem):
        report.refuse(line.number, verdict, str(getattr(opening, verdict.field or "", "")))
    elif verdict == "known":
        report.recognise(opening.qty)
    else:
        report.book(opening.location, opening.qty)


def _verdict(answer: Booked | NotBooked) -> Verdict:
    if isinstance(answer, NotBooked):
        return Refused(answer)
    return "known" if answer.replay else "book"
