"""stock, movements, entries: what lies where, and what has happened."""

from typing import Annotated

import typer

from truestock.entrypoints.cli.options import After, Limit
from truestock.entrypoints.cli.output import print_json, print_page, print_record, print_table, say
from truestock.entrypoints.cli.session import session_of

movements = typer.Typer(no_args_is_help=True, help="Movements: what happened, who said so, and why.")
ENTRY = (
    *("recorded_at", "kind", "location", "lot", "status", "owner", "channel", "on_hand", "reserved", "short", "bin"),
    "in_bin",
)


def stock(
    ctx: typer.Context,
    sku: Annotated[str | None, typer.Argument(metavar="[SKU]", help="Only this item.")] = None,
    location: Annotated[str | None, typer.Option(help="Only at this location.")] = None,
    status: Annotated[str | None, typer.Option(help="Only units of this status.")] = None,
    empty: Annotated[bool, typer.Option("--empty", help="Also rows without units.")] = False,
    after: After = None,
    limit: Limit = 100,
) -> None:
    """Show what lies where: on hand, reserved and available by lot, status and owner."""
    from truestock.reporting.lists import list_stock

    session = session_of(ctx)
    columns = ("sku", "location", "lot", "status", "owner", "on_hand", "reserved", "available")
    with session.db() as db:
        page = list_stock(db, sku, location, status, empty, after, limit)
    print_page(page, columns, as_json=session.as_json)


def entries(
    ctx: typer.Context,
    sku: Annotated[str, typer.Argument(metavar="SKU", help="The item's SKU.")],
    after: After = None,
    limit: Limit = 100,
) -> None:
    """Show an item's entries in the ledger, the newest first."""
    from truestock.reporting.lists import list_entries

    session = session_of(ctx)
    with session.db() as db:
        print_page(list_entries(db, sku, after, limit), (*ENTRY, "movement"), as_json=session.as_json)


@movements.command("list")
def list_movements(
    ctx: typer.Context,
    kind: Annotated[str | None, typer.Option(help="Only this kind, as receive, count or ship.")] = None,
    source: Annotated[str | None, typer.Option(help="Only from this source.")] = None,
    ref: Annotated[str | None, typer.Option(help="Only with this number of the source.")] = None,
    after: After = None,
    limit: Limit = 100,
) -> None:
    """Show movements, the newest first."""
    from truestock.reporting import lists

    session = session_of(ctx)
    columns = ("movement", "kind", "recorded_at", "effective_at", "actor", "source", "ref", "reason", "items")
    with session.db() as db:
        page = lists.list_movements(db, kind, source, ref, after, limit)
    print_page(page, columns, as_json=session.as_json)


@movements.command()
def show(ctx: typer.Context, movement: Annotated[int, typer.Argument(metavar="MOVEMENT", help="Its number.")]) -> None:
    """Show one movement with its entries."""
    from truestock.reporting.lists import read_movement

    session = session_of(ctx)
    with session.db() as db:
        found = read_movement(db, movement)
    if session.as_json:
        print_json(found)
        return
    print_record(found.head, as_json=False)
    say("")
    print_table(("sku", *ENTRY[1:]), [[getattr(e, name) for name in ("sku", *ENTRY[1:])] for e in found.entries])
