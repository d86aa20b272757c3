"""item-aliases, location-aliases: what sources' files call items and locations."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from truestock.entrypoints.cli.catalog.written import how, tell
from truestock.entrypoints.cli.options import After, DryRun, Limit
from truestock.entrypoints.cli.output import print_page
from truestock.entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from truestock.catalog.listings.aliases import Aliases

items = typer.Typer(no_args_is_help=True, help="What sources' files call items.")
locations = typer.Typer(no_args_is_help=True, help="What sources' files call locations.")
Source = Annotated[str, typer.Argument(help="Whose files call it so, as a feed's mapping names it.")]
Alias = Annotated[str, typer.Argument(help="What they call it.")]


@items.command("list")
def list_items(ctx: typer.Context, source: Source, after: After = None, limit: Limit = 100) -> None:
    """Show a source's names of items."""
    _list(ctx, "item", source, after, limit)


@items.command("put")
def put_item(
    ctx: typer.Context,
    source: Source,
    alias: Alias,
    sku: Annotated[str, typer.Argument(metavar="SKU", help="The item's SKU.")],
    dry_run: DryRun = False,
) -> None:
    """Say which item a source means by a name."""
    from truestock.catalog.listings.aliases import ITEM_ALIASES, ItemAliasDraft

    session = session_of(ctx)
    with session.db() as db:
        results = ITEM_ALIASES.put(db, [ItemAliasDraft(source, alias, sku)], how(dry_run))
        tell(session, "alias", alias, results, dry_run=dry_run)


@items.command("remove")
def remove_item(ctx: typer.Context, source: Source, alias: Alias, dry_run: DryRun = False) -> None:
    """Forget a source's name of an item."""
    _remove(ctx, "item", source, alias, dry_run)


@locations.command("list")
def list_locations(ctx: typer.Context, source: Source, after: After = None, limit: Limit = 100) -> None:
    """Show a source's names of locations."""
    _list(ctx, "location", source, after, limit)


@locations.command("put")
def put_location(
    ctx: typer.Context,
    source: Source,
    alias: Alias,
    location: Annotated[str, typer.Argument(help="The location's code.")],
    dry_run: DryRun = False,
) -> None:
    """Say which location a source means by a name."""
    from truestock.catalog.listings.aliases import LOCATION_ALIASES, LocationAliasDraft

    session = session_of(ctx)
    with session.db() as db:
        results = LOCATION_ALIASES.put(db, [LocationAliasDraft(source, alias, location)], how(dry_run))
        tell(session, "alias", alias, results, dry_run=dry_run)


@locations.command("remove")
def remove_location(ctx: typer.Context, source: Source, alias: Alias, dry_run: DryRun = False) -> None:
    """Forget a source's name of a location."""
    _remove(ctx, "location", source, alias, dry_run)


def _of(what: str) -> "Aliases[Any, Any]":
    from truestock.catalog.listings.aliases import ITEM_ALIASES, LOCATION_ALIASES

    return ITEM_ALIASES if what == "item" else LOCATION_ALIASES


def _list(ctx: typer.Context, what: str, source: str, after: str | None, limit: int) -> None:
    session = session_of(ctx)
    with session.db() as db:
        print_page(_of(what).list(db, source, after, limit), ("source", "alias", what), as_json=session.as_json)


def _remove(ctx: typer.Context, what: str, source: str, alias: str, dry_run: bool) -> None:
    session = session_of(ctx)
    with session.db() as db:
        tell(session, "alias", alias, _of(what).remove(db, [(source, alias)], how(dry_run)), dry_run=dry_run)
