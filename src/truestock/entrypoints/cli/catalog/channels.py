"""channels: where stock is sold, and from which locations."""

from typing import Annotated

import typer

from truestock.entrypoints.cli.catalog.written import found, how, tell
from truestock.entrypoints.cli.options import After, DryRun, Limit
from truestock.entrypoints.cli.output import print_page, print_record
from truestock.entrypoints.cli.session import session_of

app = typer.Typer(
    no_args_is_help=True,
    help="Channels: where stock is sold, from which locations (to connect one: truestock channel).",
)
Code = Annotated[str, typer.Argument(metavar="CODE", help="The channel's code.")]


@app.command("list")
def list_channels(ctx: typer.Context, after: After = None, limit: Limit = 100) -> None:
    """Show channels by code, with their locations in order."""
    from truestock.catalog import channels

    session = session_of(ctx)
    columns = ("code", "name", "group", "rank", "mode", "locations")
    with session.db() as db:
        print_page(channels.list_channels(db, after, limit), columns, as_json=session.as_json)


@app.command()
def show(ctx: typer.Context, code: Code) -> None:
    """Show one channel."""
    from truestock.catalog.channels import read_channels

    session = session_of(ctx)
    with session.db() as db:
        print_record(found(read_channels(db, [code]).get(code), "channel", code), as_json=session.as_json)


@app.command()
def put(
    ctx: typer.Context,
    code: Code,
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    group: Annotated[str | None, typer.Option(help="retail, ecommerce or wholesale.")] = None,
    rank: Annotated[int | None, typer.Option(help="Lower is better: stock is protected for it.")] = None,
    mode: Annotated[str | None, typer.Option(help="off, shadow or live.")] = None,
    location: Annotated[
        list[str] | None, typer.Option(help="All locations it sells from, once for each, in their order.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Make a channel or change what is given of it."""
    from truestock.catalog.channels import ChannelDraft, put_channels

    session = session_of(ctx)
    draft = ChannelDraft(code, name, group, rank, mode, tuple(location) if location else None)
    with session.db() as db:
        tell(session, "channel", code, put_channels(db, [draft], how(dry_run)), dry_run=dry_run)
