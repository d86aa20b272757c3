"""bins: what lies in which bin, units laid elsewhere, and where bins had fewer than was said."""

from typing import Annotated

import typer

from truestock.entrypoints.cli.catalog.locations import bins
from truestock.entrypoints.cli.ledger.told import tell
from truestock.entrypoints.cli.options import After, Key, Limit, validated
from truestock.entrypoints.cli.output import print_json, print_page, say
from truestock.entrypoints.cli.session import actor, session_of

app = bins
Location = Annotated[str, typer.Argument(metavar="LOCATION", help="The location's code.")]


@app.command("stock")
def bin_stock(
    ctx: typer.Context,
    location: Annotated[str | None, typer.Option(help="What lies in this location's bins.")] = None,
    sku: Annotated[str | None, typer.Option(help="Where this item lies.")] = None,
    code: Annotated[str | None, typer.Option("--bin", help="Only in this bin.")] = None,
    after: After = None,
    limit: Limit = 100,
) -> None:
    """Show what lies in which bin, and what lies in none."""
    from truestock.reporting.lists import list_bin_stock

    session = session_of(ctx)
    with session.db() as db:
        page = list_bin_stock(db, sku, location, code, after, limit)
    print_page(page, ("sku", "location", "bin", "zone", "lot", "qty"), as_json=session.as_json)


@app.command("move")
def move_bin(
    ctx: typer.Context,
    sku: Annotated[str, typer.Argument(metavar="SKU", help="The item's SKU.")],
    location: Location,
    qty: Annotated[int, typer.Argument(metavar="QTY", help="Base units.")],
    into: Annotated[str, typer.Option("--to", help="The bin they lie in now.")],
    from_bin: Annotated[str | None, typer.Option("--from", help="The bin they lay in; else they lay in none.")] = None,
    lot: Annotated[str | None, typer.Option(help="The lot's code.")] = None,
    key: Key = None,
) -> None:
    """Units were laid into another bin; nothing else about them changes."""
    from truestock.ledger.post import post
    from truestock.ledger.values import Post, Rebin

    session = session_of(ctx)
    said = {
        "kind": "bin",
        "sku": sku,
        "location": location,
        "qty": qty,
        "to_bin": into,
        "from_bin": from_bin,
        "lot": lot,
    }
    moved = validated(said, Rebin)
    with session.hub() as hub:
        answers = hub.run(post, [Post(moved, actor(), key)])
    tell(session, "bin", [sku], answers)


@app.command("gaps")
def bin_gaps(
    ctx: typer.Context,
    location: Annotated[str | None, typer.Option(help="Only at this location.")] = None,
    after: After = None,
    limit: Limit = 100,
) -> None:
    """Show bins that had fewer units than was said, or held more than lie there."""
    from truestock.reporting.lists import list_bin_gaps

    session = session_of(ctx)
    columns = ("opened_at", "sku", "location", "bin", "lot", "qty", "movement", "id")
    with session.db() as db:
        page = list_bin_gaps(db, location, after, limit)
    print_page(page, columns, as_json=session.as_json)


@app.command("close-gap")
def close_bin_gap(
    ctx: typer.Context,
    movement: Annotated[int, typer.Argument(metavar="MOVEMENT", help="The movement that showed it.")],
    gap: Annotated[int, typer.Argument(metavar="GAP", help="Its number.")],
) -> None:
    """Say that a gap was looked at and put right."""
    from truestock.ledger.work.bins import close_gap

    session = session_of(ctx)
    with session.db() as db:
        close_gap(db, movement, gap, actor())
    if session.as_json:
        print_json({"movement": movement, "id": gap})
    else:
        say(f"Gap {gap} is closed.")
