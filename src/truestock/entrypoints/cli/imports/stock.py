"""import stock: opening balances from several systems' files, with totals to sign off before and after."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from truestock.entrypoints.cli.faults import PROBLEM, WrongCall
from truestock.entrypoints.cli.imports.catalog import AllOrNothing, DryRun, Files, ReportFile
from truestock.entrypoints.cli.imports.problems import Told, print_reports
from truestock.entrypoints.cli.imports.progress import progress
from truestock.entrypoints.cli.options import pair_of
from truestock.entrypoints.cli.output import print_table, say
from truestock.entrypoints.cli.session import Session, actor, session_of

if TYPE_CHECKING:
    from truestock.feeds.stock.opening import FileReport, SourceFile


def stock(
    ctx: typer.Context,
    files: Files,
    source: Annotated[
        list[str], typer.Option(help="The system the files are from, as erp; or once for each file, in their order.")
    ],
    location: Annotated[str | None, typer.Option(help="The location of lines that name none.")] = None,
    status: Annotated[str, typer.Option(help="The status of lines that name none.")] = "sellable",
    column: Annotated[
        list[str] | None, typer.Option(metavar="NAME=HEADER", help="What the file calls a column, as sku=MATNR.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="When the numbers were true, as 2026-11-27T06:00:00+01:00; now if left out.")
    ] = None,
    dry_run: DryRun = False,
    all_or_nothing: AllOrNothing = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Book without asking.")] = False,
    report: ReportFile = None,
) -> None:
    """Book opening balances: columns sku, location, qty, and where there are any lot, status, expires_at.

    Every line is checked first and the totals are shown to be signed off; then the good lines are booked as opening
    movements. A cell that has entries already is refused. The same file a second time is recognised, also where the
    first time was cut off. The usual names that other systems give the columns are understood; others are ignored."""
    from truestock.feeds.stock.opening import book_stock, check_stock

    session = session_of(ctx)
    if session.as_json and not (yes or dry_run):
        raise WrongCall("with --json nobody is asked; say --yes or --dry-run", "yes")
    wanted = _wanted(files, source, location, status, column or [], as_of)
    with session.hub() as hub:
        with progress("checking", files) as advance:
            checked = check_stock(hub.db, hub.rules, wanted, advance)
        clean = all(r.clean for r in checked)
        to_book = sum(r.booked for r in checked)
        if dry_run or (all_or_nothing and not clean) or not to_book:
            note = "A dry run: nothing was booked." if dry_run else "Nothing was booked."
            _finish(session, checked, report, note)
            return
        if not session.as_json:
            _totals(checked, "To be booked")
        if not yes:
            typer.confirm("Book these?", abort=True, err=True)
        with progress("booking", files) as advance:
            booked = book_stock(hub.run, wanted, actor(), advance)
    _finish(session, booked, report, "Booked.")


def _wanted(
    files: Sequence[Path],
    sources: Sequence[str],
    location: str | None,
    status: str,
    columns: Sequence[str],
    as_of: str | None,
) -> "list[SourceFile]":
    from truestock.feeds.stock.opening import Defaults, SourceFile, aliases_of

    if len(sources) not in (1, len(files)):
        raise WrongCall(f"give one --source for all files, or {len(files)}, one for each in their order", "source")
    named = dict(pair_of(text) for text in columns)
    defaults = Defaults(location, status, _instant(as_of))
    each = sources if len(sources) == len(files) else [sources[0] for _ in files]
    return [SourceFile(file, name, aliases_of(named), defaults) for file, name in zip(files, each, strict=True)]


def _instant(text: str | None) -> datetime | None:
    from truestock.catalog.load.cells import instant

    return None if text is None else instant("as_of", text)


def _finish(session: Session, reports: "Sequence[FileReport]", to: Path | None, note: str) -> None:
    told = Told()
    for report in reports:
        told.add(report.file, report.problems)
    told.write(to)
    ok = all(report.clean for report in reports)
    if session.as_json:
        print_reports(reports, ok=ok)
    else:
        _totals(reports, "To be booked" if reports[0].dry_run else "Booked")
        told.print(sum(report.refused for report in reports))
        for report in reports:
            if report.ignored:
                say("", f"Columns of {report.file} that were ignored: {', '.join(sorted(report.ignored))}")
        say("", note)
    if not ok:
        raise typer.Exit(PROBLEM)


def _totals(reports: "Sequence[FileReport]", title: str) -> None:
    columns = ("lines", "booked", "booked_units", "known", "known_units", "empty", "refused")
    rows: list[tuple[object, ...]] = [
        (report.source, report.file, *(getattr(report, column) for column in columns)) for report in reports
    ]
    if len(rows) > 1:
        rows.append(("all", "", *(sum(getattr(report, column) for report in reports) for column in columns)))
    shown = ("lines", "booked", "units", "known before", "units", "empty", "refused")
    print_table(("source", "file", *shown), rows, title)
    places = sorted({place for report in reports for place in report.units_at})
    if places:
        say("")
        print_table(
            ("source", "file", "location", "units"),
            [(r.source, r.file, place, r.units_at[place]) for r in reports for place in places if r.units_at[place]],
        )
