"""The command line: what an operator does, typed; each command decodes, calls one use case and shows its answer.

The rooms below are imported when a command runs, so that asking for help costs nothing."""

from pathlib import Path
from typing import Annotated

import typer

from truestock import __version__
from truestock.entrypoints.bench.command import bench
from truestock.entrypoints.cli import imports
from truestock.entrypoints.cli.catalog import add_catalog_groups
from truestock.entrypoints.cli.feeding import edi, feed
from truestock.entrypoints.cli.imports import exporting, sources
from truestock.entrypoints.cli.ledger import bins, book, documents, lists, moving, proof, receiving
from truestock.entrypoints.cli.ledger.reconciling import alerts, count_results, discrepancies
from truestock.entrypoints.cli.ledger.reconciling.rehearse import rehearse
from truestock.entrypoints.cli.root import Root
from truestock.entrypoints.cli.running import database, doctor, erase, jobs, keys, replay, schedule, secrets, start
from truestock.entrypoints.cli.running.simulating.command import simulate
from truestock.entrypoints.cli.selling import availability, channel, cutover, fees, guard, messages, orders, webhooks
from truestock.entrypoints.cli.selling.mapping import inbox, rules
from truestock.entrypoints.cli.session import Session
from truestock.entrypoints.conformance.command import conformance

app = typer.Typer(
    name="truestock",
    cls=Root,
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help comes in a third of the time
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"truestock {__version__}")
        raise typer.Exit


@app.callback()
def every_command(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON; also problems, on standard error.")] = False,
    database_url: Annotated[str | None, typer.Option(help="The PostgreSQL to use instead of the setting's.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="The data folder to use instead of the setting's.")] = None,
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """One ledger of stock, and one answer to how many you can sell, here, now.

    The options below may stand anywhere in the line."""
    ctx.obj = Session(as_json, database_url, data_dir)


app.command()(start.init)
app.command()(start.serve)
app.command()(start.demo)
app.command()(doctor.doctor)
app.command()(replay.replay)
app.command()(simulate)
app.command()(rehearse)
app.command()(bench)
app.command()(conformance)
app.add_typer(database.app, name="db")
app.add_typer(keys.app, name="keys")
app.command()(erase.erase)
app.add_typer(secrets.app, name="secrets")
app.add_typer(schedule.app, name="schedule")
app.add_typer(jobs.app, name="jobs")
app.command()(availability.atp)
app.command()(availability.days)
app.command()(availability.explain)
app.command()(lists.stock)
app.command()(lists.entries)
app.add_typer(lists.movements, name="movements")
app.command()(proof.check)
app.command()(proof.repair)
app.command()(proof.reverse)
app.add_typer(book.app, name="book")
app.add_typer(documents.app, name="expected")
app.add_typer(receiving.app, name="receiving")
app.add_typer(moving.transfers, name="transfers")
app.add_typer(moving.variances, name="variances")
app.add_typer(moving.pos, name="pos")
app.add_typer(feed.app, name="feed")
app.add_typer(edi.app, name="edi")
app.add_typer(discrepancies.app, name="discrepancies")
app.add_typer(discrepancies.tolerances, name="tolerances")
app.command()(discrepancies.accuracy)
app.add_typer(orders.app, name="orders")
app.add_typer(fees.app, name="fees")
app.add_typer(channel.app, name="channel")
app.command()(cutover.cutover)
app.add_typer(inbox.app, name="inbox")
app.add_typer(rules.app, name="mapping")
channel.app.command()(guard.guard)
app.add_typer(webhooks.app, name="webhook")
app.add_typer(messages.app, name="message")
app.add_typer(alerts.app, name="alerts")
app.add_typer(count_results.app, name="counts")
app.add_typer(imports.app, name="import")
app.add_typer(sources.app, name="sources")
app.add_typer(exporting.app, name="export")
add_catalog_groups(app)
app.add_typer(bins.app, name="bins")


def main() -> None:
    """What the installed program `truestock` runs."""
    app(prog_name="truestock")
