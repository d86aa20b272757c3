"""import fees: what a channel keeps for itself, from a file of its settlement."""

from typing import TYPE_CHECKING, Annotated

import typer

from truestock.entrypoints.cli.faults import WrongCall
from truestock.entrypoints.cli.imports.catalog import DryRun, Files, ReportFile, tell_loads
from truestock.entrypoints.cli.imports.products import ChannelOption
from truestock.entrypoints.cli.imports.progress import by_steps, progress
from truestock.entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from truestock.catalog.load import Report
    from truestock.feeds.settlements.fee_file import Doing


def fees(
    ctx: typer.Context,
    files: Files,
    channel: ChannelOption,
    dry_run: DryRun = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take out again what these files have brought.")] = False,
    report: ReportFile = None,
) -> None:
    """Keep a channel's fees: columns kind, amount, currency, posted_at, and any of order, line, sku, settlement, id.

    `amount` is what the channel keeps, below zero where it gives back. The same file a second time changes nothing. A
    line without an id is known by all that it says. Fees may come before their orders. With --undo the counts say what
    changed: those are gone."""
    from truestock.feeds.settlements.fee_file import load_fees

    if dry_run and undo:
        raise WrongCall("--dry-run says what keeping would do; leave it out to take the files' fees out", "undo")
    session = session_of(ctx)
    doing: Doing = "undo" if undo else "try" if dry_run else "keep"
    reports: list[Report] = []
    with session.db() as db, progress("checking" if dry_run else "writing fees", files) as advance:
        for file in files:
            with file.open("rb") as source:
                reports.append(load_fees(db, channel, source, doing, by_steps(advance)))
    tell_loads(session, files, reports, report, undone=False)
