"""lots: batches of lot-tracked items, their expiry, and holds that keep them from being promised."""

from typing import Annotated

import typer

from truestock.entrypoints.cli.catalog.written import found, how, tell
from truestock.entrypoints.cli.options import After, Clear, DryRun, Limit, instant_of
from truestock.entrypoints.cli.output import print_page, print_record
from truestock.entrypoints.cli.session import session_of

app = typer.Typer(no_args_is_help=True, help="Lots of lot-tracked items.")
Item = Annotated[str, typer.Argument(metavar="ITEM", help="The item's SKU.")]
Code = Annotated[str, typer.Argument(metavar="LOT", help="The lot's code.")]


@app.command("list")
def list_lots(ctx: typer.Context, item: Item, after: After = None, limit: Limit = 100) -> None:
    """Show the lots of an item."""
    from truestock.catalog import lots

    session = session_of(ctx)
    columns = ("item", "code", "expires_at", "received_at", "held")
    with session.db() as db:
        print_page(lots.list_lots(db, item, after, limit), columns, as_json=session.as_json)


@app.command()
def show(ctx: typer.Context, item: Item, lot: Code) -> None:
    """Show one lot."""
    from truestock.catalog.lots import read_lots

    session = session_of(ctx)
    with session.db() as db:
        row = read_lots(db, [(item, lot)]).get((item, lot))
    print_record(found(row, f"lot of {item}", lot), as_json=session.as_json)


@app.command()
def put(
    ctx: typer.Context,
    item: Item,
    lot: Code,
    expires_at: Annotated[str | None, typer.Option(help="Date or time, as 2027-03-01.")] = None,
    received_at: Annotated[str | None, typer.Option(help="Date or time; now if left out.")] = None,
    clear: Clear = None,
    dry_run: DryRun = False,
) -> None:
    """Make a lot or change its dates."""
    from truestock.catalog.lots import LotDraft, put_lots

    session = session_of(ctx)
    expires, received = instant_of("expires_at", expires_at), instant_of("received_at", received_at)
    draft = LotDraft(item, lot, expires, received, tuple(clear or ()))
    with session.db() as db:
        tell(session, "lot", f"{lot} of {item}", put_lots(db, [draft], how(dry_run)), dry_run=dry_run)


@app.command()
def hold(
    ctx: typer.Context,
    item: Item,
    lot: Code,
    reason: Annotated[str, typer.Option(help="Why, as quality or recall.")],
    dry_run: DryRun = False,
) -> None:
    """Keep a lot from being promised."""
    from truestock.catalog.lots import HoldDraft, hold_lots

    session = session_of(ctx)
    with session.db() as db:
        results = hold_lots(db, [HoldDraft(item, lot, reason)], how(dry_run))
        tell(session, "lot", f"{lot} of {item}", results, dry_run=dry_run)


@app.command()
def release(ctx: typer.Context, item: Item, lot: Code, dry_run: DryRun = False) -> None:
    """End the hold of a lot."""
    from truestock.catalog.lots import release_lots

    session = session_of(ctx)
    with session.db() as db:
        results = release_lots(db, [(item, lot)], how(dry_run))
        tell(session, "hold of lot", f"{lot} of {item}", results, dry_run=dry_run)
