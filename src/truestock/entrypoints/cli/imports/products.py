"""import products: a shop's product file, previewed and then taken in; stock in it is left alone."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from truestock.entrypoints.cli.faults import PROBLEM, WrongCall
from truestock.entrypoints.cli.imports.catalog import DryRun, ReportFile
from truestock.entrypoints.cli.imports.problems import Told
from truestock.entrypoints.cli.imports.progress import by_steps, progress
from truestock.entrypoints.cli.options import pair_of
from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.session import Session, session_of

if TYPE_CHECKING:
    from truestock.feeds.product_files import ImportReport

SHOWN = 30
COUNTS = ("lines", "products", "variants", "created", "changed", "unchanged", "refused")
FormatOption = Annotated[str, typer.Option("--format", help="shopify, woocommerce, magento, or plain for any table.")]
ChannelOption = Annotated[str, typer.Option(help="The code of the channel that the file is of.")]


def products(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A CSV or XLSX file.", exists=True, dir_okay=False, readable=True)],
    form: FormatOption,
    channel: ChannelOption,
    dry_run: DryRun = False,
    make_skus: Annotated[
        bool, typer.Option("--make-skus", help="Make SKUs of rows without one, from handles.")
    ] = False,
    currency: Annotated[str | None, typer.Option(help="Of prices that name none, as EUR.")] = None,
    mapping: Annotated[str | None, typer.Option(help="A saved column mapping, for a plain file.")] = None,
    column: Annotated[
        list[str] | None, typer.Option(metavar="NAME=HEADER", help="What a plain file calls a column, as sku=MATNR.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Of the text, as cp1252; found out if left out.")] = None,
    report: ReportFile = None,
) -> None:
    """Bring in a channel's product file: items, listings, titles, texts, images, prices; never stock.

    Missing items and listings are made, and what differs is changed; the report names the differences, and with
    --dry-run nothing is written. A file that says nothing new changes nothing."""
    from truestock.catalog.listings.column_mappings import read_column_mapping
    from truestock.feeds.product_files import ReadAs, import_products

    session = session_of(ctx)
    if form != "plain" and (mapping or column):
        raise WrongCall(
            "--mapping and --column are for --format plain; a shop's own form has its own columns", "mapping"
        )
    with session.db() as db, progress("checking" if dry_run else "writing products", [file]) as advance:
        named = read_column_mapping(db, mapping) if mapping else {}
        named |= dict(pair_of(text) for text in column or [])
        how = ReadAs(make_skus, named)
        with file.open("rb") as source:
            done = import_products(db, source, form, channel, dry_run, how, currency, encoding, by_steps(advance))
    _tell(session, file, done, report)


def _tell(session: Session, file: Path, report: "ImportReport", to: Path | None) -> None:
    told = Told()
    told.add(file.name, report.problems)
    told.add(file.name, report.notes)
    told.write(to)
    if session.as_json:
        print_json({"ok": report.clean, "changes": report.changes, "file": str(file), "report": report})
    else:
        print_table(("file", *COUNTS), [(file.name, *(getattr(report, name) for name in COUNTS))])
        _differences(report)
        told.print(report.refused + report.noted)
        _notes(report)
    if not report.clean:
        raise typer.Exit(PROBLEM)


def _differences(report: "ImportReport") -> None:
    if not report.fields:
        return
    say("", "Changed: " + ", ".join(f"{name} {count}" for name, count in sorted(report.fields.items())))
    rows = [(d.line, d.code, d.field, d.before, d.after) for d in report.differences[:SHOWN]]
    print_table(("line", "code", "field", "before", "after"), rows)
    if sum(report.fields.values()) > SHOWN:
        say("More changed; --json has the first 1,000.")


def _notes(report: "ImportReport") -> None:
    say("")
    if report.items_created or report.listings_created:
        say(f"New: {report.items_created} items, {report.listings_created} listings.")
    if report.ignored:
        say(f"Not taken: {', '.join(report.ignored)}. Stock comes in by `truestock import stock`.")
    if report.encoding not in ("utf-8", "workbook", ""):
        say(f"Read as {report.encoding}; if letters look wrong, name another with --encoding.")
    if report.clean and not report.changes:
        say("Nothing changes: all of it is there already.")
    elif report.dry_run:
        say("A dry run: nothing was written.")
