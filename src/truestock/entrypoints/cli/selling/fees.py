"""fees: what channels keep for themselves, as their settlements tell it, and the sums."""

from typing import Annotated

import typer

from truestock.entrypoints.cli.options import After, Limit, instant_of
from truestock.entrypoints.cli.output import print_json, print_page, print_table, say
from truestock.entrypoints.cli.session import session_of

app = typer.Typer(no_args_is_help=True, help="Fees that channels keep: list those that were settled, and sum them up.")


@app.command("list")
def list_fees(
    ctx: typer.Context,
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="The channel's code.")],
    settlement: Annotated[str | None, typer.Option(help="Only of this settlement.")] = None,
    unmatched: Annotated[
        bool, typer.Option("--unmatched", help="Only those whose order is not here, or that are of none.")
    ] = False,
    after: After = None,
    limit: Limit = 100,
) -> None:
    """Show a channel's settled fees, the newest first; an order's own are shown by `orders show`."""
    from truestock.reporting import lists

    session = session_of(ctx)
    columns = ("order", "known", "line", "sku", "kind", "amount", "currency", "posted_at", "settlement", "source", "id")
    with session.db() as db:
        page = lists.list_fees(db, channel, settlement, unmatched, after, limit)
    print_page(page, columns, as_json=session.as_json)


@app.command()
def totals(
    ctx: typer.Context,
    channel: Annotated[str | None, typer.Option(help="Only this channel's.")] = None,
    since: Annotated[str | None, typer.Option(help="From this date or time on, as 2026-11-01.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this date or time, as 2026-12-01.")] = None,
) -> None:
    """Sum up what channels keep, by currency, source and kind, and say how far their settlements have been read.

    Fees that orders tell count when their order was placed, settled ones when they were posted."""
    from truestock.reporting import lists

    session = session_of(ctx)
    first, end = instant_of("since", since), instant_of("until", until)
    with session.db() as db:
        found = lists.fee_totals(db, channel, first, end)
    if session.as_json:
        print_json(found)
        return
    columns = ("channel", "currency", "source", "kind", "fees", "amount")
    print_table(columns, [[getattr(row, column) for column in columns] for row in found.totals])
    if found.readings:
        say("")
        told = ("channel", "read_at", "trouble", "unread")
        print_table(told, [[getattr(row, name) for name in told] for row in found.readings], "Settlements")
