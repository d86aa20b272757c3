"""listings: how a channel sells, under its own SKUs."""

from pathlib import Path
from typing import Annotated

import typer

from truestock.entrypoints.cli.catalog.written import found, how, tell
from truestock.entrypoints.cli.faults import PROBLEM
from truestock.entrypoints.cli.options import After, DryRun, Limit, components_of
from truestock.entrypoints.cli.output import cell, print_json, print_page, print_record, print_table, say
from truestock.entrypoints.cli.session import session_of

app = typer.Typer(no_args_is_help=True, help="Listings: how a channel sells.")
Channel = Annotated[str, typer.Argument(metavar="CHANNEL", help="The channel's code.")]
FINDINGS_SHOWN = 100
Sku = Annotated[str, typer.Argument(metavar="SKU", help="The channel's own SKU.")]


@app.command("list")
def list_listings(
    ctx: typer.Context,
    channel: Annotated[str | None, typer.Option(help="Only this channel's.")] = None,
    item: Annotated[str | None, typer.Option(help="Only those that take this item.")] = None,
    search: Annotated[str | None, typer.Option(help="Any part of the SKU or the title.")] = None,
    after: After = None,
    limit: Limit = 100,
) -> None:
    """Show listings with what one of them takes."""
    from truestock.catalog import listings

    session = session_of(ctx)
    columns = ("channel", "sku", "title", "components", "together")
    with session.db() as db:
        print_page(listings.list_listings(db, channel, item, search, after, limit), columns, as_json=session.as_json)


@app.command()
def show(ctx: typer.Context, channel: Channel, sku: Sku) -> None:
    """Show one listing."""
    from truestock.catalog.listings import read_listings

    session = session_of(ctx)
    with session.db() as db:
        row = read_listings(db, [(channel, sku)]).get((channel, sku))
    print_record(found(row, f"listing of {channel}", sku), as_json=session.as_json)


@app.command()
def put(
    ctx: typer.Context,
    channel: Channel,
    sku: Sku,
    take: Annotated[
        list[str] | None, typer.Option(metavar="ITEM=UNITS", help="What one unit takes, as LAMP=2; once for each item.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="What the channel calls it.")] = None,
    together: Annotated[bool | None, typer.Option(help="Whether all items come from one location.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Make a listing or change what is given of it."""
    from truestock.catalog.listings import ListingDraft, put_listings

    session = session_of(ctx)
    draft = ListingDraft(channel, sku, components_of(take) if take else None, title, together)
    with session.db() as db:
        tell(session, "listing", f"{sku} of {channel}", put_listings(db, [draft], how(dry_run)), dry_run=dry_run)


@app.command()
def end(ctx: typer.Context, channel: Channel, sku: Sku, dry_run: DryRun = False) -> None:
    """Stop selling under a SKU."""
    from truestock.catalog.listings import end_listings

    session = session_of(ctx)
    with session.db() as db:
        results = end_listings(db, [(channel, sku)], how(dry_run))
        tell(session, "listing", f"{sku} of {channel}", results, dry_run=dry_run)


@app.command()
def rules(ctx: typer.Context, channel: Channel) -> None:
    """Show what a channel asks of its listings' content; `truestock import content-rules` brings it in."""
    from truestock.catalog.listings.content_rules import read_content_rules

    session = session_of(ctx)
    with session.db() as db:
        found = read_content_rules(db, channel)
    columns = ("field", "called", "required", "allowed", "at_least", "at_most", "pixels")
    if session.as_json:
        print_json(found)
    else:
        print_table(columns, [[cell(getattr(rule, name)) for name in columns] for rule in found])


@app.command()
def check(
    ctx: typer.Context,
    channel: Channel,
    images: Annotated[
        Path | None,
        typer.Option(help="A folder with the pictures, to check their size too.", file_okay=False, exists=True),
    ] = None,
) -> None:
    """Hold titles, texts, images, attributes and prices to the channel's rules, and say what to fix."""
    from truestock.feeds.product_files import check_content_of

    session = session_of(ctx)
    with session.db() as db:
        report = check_content_of(db, channel, images)
    if session.as_json:
        print_json(report)
    elif not report.found:
        say(f"{report.listings} listings of {channel} are as it asks.")
    else:
        print_table(
            ("SKU", "field", "what to do"), [(f.sku, f.field, f.reason) for f in report.findings[:FINDINGS_SHOWN]]
        )
        say(f"{report.found} faults in {report.faulty} of {report.listings} listings; --json has the first 10,000.")
    if report.found:
        raise typer.Exit(PROBLEM)
