"""listings: how a channel sells, under its own SKUs."""

from typing import Annotated

import typer

from truestock.entrypoints.cli.catalog.written import found, how, tell
from truestock.entrypoints.cli.options import After, DryRun, Limit, components_of
from truestock.entrypoints.cli.output import print_page, print_record
from truestock.entrypoints.cli.session import session_of

app = typer.Typer(no_args_is_help=True, help="Listings: how a channel sells.")
Channel = Annotated[str, typer.Argument(metavar="CHANNEL", help="The channel's code.")]
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
