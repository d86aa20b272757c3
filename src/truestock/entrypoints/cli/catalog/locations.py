"""locations, bins: where stock lies."""

from typing import Annotated

import typer

from truestock.entrypoints.cli.catalog.written import found, how, tell
from truestock.entrypoints.cli.options import After, Clear, DryRun, Limit
from truestock.entrypoints.cli.output import print_page, print_record
from truestock.entrypoints.cli.session import session_of

app = typer.Typer(no_args_is_help=True, help="Locations: where stock lies or can come from.")
bins = typer.Typer(no_args_is_help=True, help="Bins inside locations.")
Code = Annotated[str, typer.Argument(metavar="CODE", help="The location's code.")]


@app.command("list")
def list_locations(ctx: typer.Context, after: After = None, limit: Limit = 100) -> None:
    """Show locations by code."""
    from truestock.catalog import locations

    session = session_of(ctx)
    columns = ("code", "name", "kind", "tier", "rank", "ships", "pickup", "capacity_per_day", "cut_off", "only_channel")
    with session.db() as db:
        print_page(locations.list_locations(db, after, limit), columns, as_json=session.as_json)


@app.command()
def show(ctx: typer.Context, code: Code) -> None:
    """Show one location."""
    from truestock.catalog.locations import read_locations

    session = session_of(ctx)
    with session.db() as db:
        print_record(found(read_locations(db, [code]).get(code), "location", code), as_json=session.as_json)


@app.command()
def put(
    ctx: typer.Context,
    code: Code,
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    kind: Annotated[str | None, typer.Option(help="dc, 3pl, store, dark_store, marketplace_fc or supplier.")] = None,
    tier: Annotated[str | None, typer.Option(help="primary, secondary or virtual.")] = None,
    rank: Annotated[int | None, typer.Option(help="Lower comes first inside the tier.")] = None,
    lat: Annotated[float | None, typer.Option(help="Degrees north.")] = None,
    lng: Annotated[float | None, typer.Option(help="Degrees east.")] = None,
    ships: Annotated[bool | None, typer.Option(help="Whether parcels leave from it.")] = None,
    pickup: Annotated[bool | None, typer.Option(help="Whether customers collect at it.")] = None,
    capacity_per_day: Annotated[int | None, typer.Option(help="Orders a day.")] = None,
    cut_off: Annotated[str | None, typer.Option(help="Local time, as 14:30.")] = None,
    only_channel: Annotated[str | None, typer.Option(help="Of a marketplace_fc: its channel.")] = None,
    clear: Clear = None,
    dry_run: DryRun = False,
) -> None:
    """Make a location or change what is given of it."""
    from truestock.catalog.load.cells import clock
    from truestock.catalog.locations import LocationDraft, put_locations

    session = session_of(ctx)
    at = None if cut_off is None else clock("cut_off", cut_off)
    cleared = tuple(clear or ())
    draft = LocationDraft(
        code, name, kind, tier, rank, lat, lng, ships, pickup, capacity_per_day, at, only_channel, cleared
    )
    with session.db() as db:
        tell(session, "location", code, put_locations(db, [draft], how(dry_run)), dry_run=dry_run)


@bins.command("list")
def list_bins(ctx: typer.Context, location: Code, after: After = None, limit: Limit = 100) -> None:
    """Show the bins of a location by code."""
    from truestock.catalog import locations

    session = session_of(ctx)
    with session.db() as db:
        page = locations.list_bins(db, location, after, limit)
        print_page(page, ("location", "code", "zone"), as_json=session.as_json)


@bins.command("put")
def put_bin(
    ctx: typer.Context,
    location: Code,
    code: Annotated[str, typer.Argument(metavar="BIN", help="The bin's code.")],
    zone: Annotated[str, typer.Argument(metavar="ZONE", help="pick, bulk, staging or inspection.")],
    dry_run: DryRun = False,
) -> None:
    """Make a bin, or move it to another zone."""
    from truestock.catalog.locations import BinDraft, put_bins

    session = session_of(ctx)
    with session.db() as db:
        tell(session, "bin", code, put_bins(db, [BinDraft(location, code, zone)], how(dry_run)), dry_run=dry_run)
