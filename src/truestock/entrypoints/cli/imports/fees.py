"""import fees: what a channel keeps for itself, from a file of its settlement."""

from typing import TYPE_CHECKING

import typer

from truestock.entrypoints.cli.imports.catalog import DryRun, Files, ReportFile, tell_loads
from truestock.entrypoints.cli.imports.products import ChannelOption
from truestock.entrypoints.cli.imports.progress import progress
from truestock.entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from truestock.catalog.load import Report


def fees(
    ctx: typer.Context, files: Files, channel: ChannelOption, dry_run: DryRun = False, report: ReportFile = None
) -> None:
    """Keep a channel's fees: columns kind, amount, currency, posted_at, and any of order, line, sku, settlement, id.

    `amount` is what the channel keeps, below zero where it gives back. The same file a second time changes nothing. A
    line without an id is known by all that it says. Fees may come before their orders."""
    from truestock.feeds.settlements.fee_file import load_fees

    session = session_of(ctx)
    reports: list[Report] = []
    with session.db() as db, progress("checking" if dry_run else "writing fees", files) as advance:
        for file in files:
            before = 0

            def told(lines: int) -> None:
                nonlocal before
                advance(lines - before)
                before = lines

            with file.open("rb") as source:
                reports.append(load_fees(db, channel, source, dry_run, told))
    tell_loads(session, files, reports, report, undone=False)
