"""The catalog's nouns, each from CSV files: good lines go in, bad ones are named."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from truestock.entrypoints.cli.faults import PROBLEM
from truestock.entrypoints.cli.imports.problems import Told, print_reports
from truestock.entrypoints.cli.imports.progress import by_steps, progress
from truestock.entrypoints.cli.output import print_table, say
from truestock.entrypoints.cli.session import Session, session_of

if TYPE_CHECKING:
    from truestock.catalog.load import Report
    from truestock.store.database import Database

NOUNS = {
    "items": "items: what is counted",
    "barcodes": "barcodes of items",
    "kits": "kits: items made of others, one line per component",
    "channels": "channels: where stock is sold",
    "locations": "locations: where stock lies",
    "bins": "bins inside locations",
    "channel_locations": "which locations channels sell from, in their order",
    "listings": "listings: how a channel sells, one line per component",
    "policies": "policies: safety stock, buffers, caps, protections and the others",
    "lots": "lots of lot-tracked items, with their expiry",
    "content_rules": "what channels ask of titles, images, attributes and the like",
    "column_mappings": "what suppliers' product files call their columns",
    "item_aliases": "what sources' files call items",
    "location_aliases": "what sources' files call locations",
}
Files = Annotated[
    list[Path], typer.Argument(help="CSV files with a header.", exists=True, dir_okay=False, readable=True)
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would become of every line, and write nothing.")]
AllOrNothing = Annotated[
    bool, typer.Option("--all-or-nothing", help="Check every line of every file before the first write.")
]
ReportFile = Annotated[
    Path | None, typer.Option("--report", help="Write the bad lines to this CSV file.", dir_okay=False)
]


def add_catalog_commands(app: typer.Typer) -> None:
    """One command for each noun."""
    for noun, said in NOUNS.items():
        app.command(noun.replace("_", "-"), help=f"Bring in {said}.")(_command(noun))


def _command(noun: str) -> Callable[..., None]:
    def command(
        ctx: typer.Context,
        files: Files,
        dry_run: DryRun = False,
        all_or_nothing: AllOrNothing = False,
        report: ReportFile = None,
    ) -> None:
        session = session_of(ctx)
        with session.db() as db:
            done = _load(db, noun, files, dry_run=dry_run or all_or_nothing)
            if all_or_nothing and not dry_run and all(map(_clean, done)):
                done = _load(db, noun, files, dry_run=False)
        tell_loads(session, files, done, report, undone=all_or_nothing and not dry_run)

    return command


def _load(db: "Database", noun: str, files: Sequence[Path], *, dry_run: bool) -> "list[Report]":
    from truestock.catalog.load import load_csv

    reports = []
    with progress("checking" if dry_run else f"writing {noun}", files) as advance:
        for file in files:
            with file.open("rb") as source:
                reports.append(load_csv(db, noun, source, dry_run=dry_run, progress=by_steps(advance)))
    return reports


def _clean(report: "Report") -> bool:
    return not report.refused and report.stopped is None


def tell_loads(
    session: Session, files: Sequence[Path], reports: "Sequence[Report]", to: Path | None, *, undone: bool
) -> None:
    """What became of each file; exits with 1 when a line was refused. `undone`: then nothing was written."""
    told = Told()
    for file, report in zip(files, reports, strict=True):
        told.add(file.name, report.problems)
    told.write(to)
    ok = all(map(_clean, reports))
    if session.as_json:
        print_reports([_as_dict(file, report) for file, report in zip(files, reports, strict=True)], ok=ok)
    else:
        columns = ("lines", "created", "changed", "unchanged", "refused")
        rows = [
            (file.name, *(getattr(report, column) for column in columns))
            for file, report in zip(files, reports, strict=True)
        ]
        print_table(("file", *columns), rows)
        told.print(sum(report.refused for report in reports))
        if undone and not ok:
            say("", "Nothing was written: all or nothing.")
        elif reports[0].dry_run:
            say("", "A dry run: nothing was written.")
    if not ok:
        raise typer.Exit(PROBLEM)


def _as_dict(file: Path, report: "Report") -> dict[str, object]:
    names = ("noun", "dry_run", "written", "lines", "created", "changed", "unchanged", "refused", "stopped", "problems")
    return {"file": str(file), **{name: getattr(report, name) for name in names}}
