"""expected: what purchase orders will bring and what is wanted on a day, which ATP of days to come is made of."""

from typing import Annotated

import typer

from truestock.core.problems import NotFound
from truestock.entrypoints.cli.options import After, Limit, instant_of, validated
from truestock.entrypoints.cli.output import print_json, print_page, say
from truestock.entrypoints.cli.session import session_of

app = typer.Typer(no_args_is_help=True, help="Expected supply and dated demand.")
Sku = Annotated[str, typer.Argument(metavar="SKU", help="The item's SKU.")]
Ref = Annotated[str, typer.Argument(metavar="REF", help="The number of the purchase order or the demand.")]


@app.command("list")
def list_expected(
    ctx: typer.Context,
    sku: Annotated[str | None, typer.Option(help="Only of this item.")] = None,
    after: After = None,
    limit: Limit = 100,
) -> None:
    """Show what is open."""
    from truestock.catalog.load.cells import whole
    from truestock.ledger import expected
    from truestock.store.paging import page_of

    session = session_of(ctx)
    columns = ("sku", "location", "kind", "ref", "qty", "received", "due_at", "state")
    with session.db() as db:
        rows = expected.list_expected(db, sku, whole("after", after or "0"), limit + 1)
    if session.as_json:
        page = page_of([row._asdict() for row in rows], limit, lambda row: row["id"])
        print_json(page)
    else:
        print_page(page_of(rows, limit, lambda row: row.id), columns, as_json=False)


@app.command()
def add(
    ctx: typer.Context,
    sku: Sku,
    location: Annotated[str, typer.Argument(metavar="LOCATION", help="The location's code.")],
    qty: Annotated[int, typer.Argument(metavar="QTY", help="Base units.")],
    ref: Ref,
    due_at: Annotated[str, typer.Option(help="When, as 2026-11-27.")],
    demand: Annotated[bool, typer.Option("--demand", help="Units that are wanted, not units that come.")] = False,
) -> None:
    """Record units that will come, or that are wanted on a day."""
    from truestock.ledger.expected import Expect, expect

    session = session_of(ctx)
    kind = "demand" if demand else "purchase"
    due = instant_of("due_at", due_at)
    wanted = validated({"sku": sku, "location": location, "qty": qty, "due_at": due, "ref": ref, "kind": kind}, Expect)
    with session.hub() as hub:
        (made,) = expect(hub.db, hub.rules, [wanted])
    if session.as_json:
        print_json({"id": made})
    else:
        say(f"{qty} units of {sku} are {'wanted' if demand else 'expected'} at {location}: {ref}.")


@app.command()
def cancel(ctx: typer.Context, sku: Sku, ref: Ref) -> None:
    """Cancel what is still open under a number."""
    from truestock.ledger.expected import cancel_expected

    session = session_of(ctx)
    with session.hub() as hub:
        count = cancel_expected(hub.db, hub.rules, sku, ref)
    if not count:
        raise NotFound(f"open expectation of {sku}", ref, "ref")
    if session.as_json:
        print_json({"cancelled": count})
    else:
        say(f"{count} cancelled.")
