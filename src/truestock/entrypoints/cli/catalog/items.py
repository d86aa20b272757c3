"""items, barcodes, kits: what is counted, what its packages are called, and what is made of it."""

from typing import Annotated

import typer

from truestock.entrypoints.cli.catalog.written import found, how, tell
from truestock.entrypoints.cli.options import After, Clear, DryRun, Limit, components_of, decimal_of
from truestock.entrypoints.cli.output import print_page, print_record
from truestock.entrypoints.cli.session import session_of

app = typer.Typer(no_args_is_help=True, help="Items: what is counted, each a SKU.")
barcodes = typer.Typer(no_args_is_help=True, help="Barcodes of items.")
kits = typer.Typer(no_args_is_help=True, help="Kits: items that are made of others.")
Sku = Annotated[str, typer.Argument(metavar="SKU", help="The item's SKU.")]
Gtin = Annotated[str, typer.Argument(metavar="GTIN", help="8, 12, 13 or 14 digits.")]


@app.command("list")
def list_items(
    ctx: typer.Context,
    search: Annotated[str | None, typer.Option(help="Any part of the SKU, the name or a barcode.")] = None,
    category: Annotated[str | None, typer.Option(help="Only those of this category.")] = None,
    after: After = None,
    limit: Limit = 100,
) -> None:
    """Show items by SKU."""
    from truestock.catalog import items

    session = session_of(ctx)
    columns = ("sku", "name", "category", "unit", "cost", "lot_tracked", "kit", "barcodes")
    with session.db() as db:
        print_page(items.list_items(db, search, category, after, limit), columns, as_json=session.as_json)


@app.command()
def show(ctx: typer.Context, sku: Sku) -> None:
    """Show one item with everything known of it."""
    from truestock.catalog.items import read_items

    session = session_of(ctx)
    with session.db() as db:
        print_record(found(read_items(db, [sku]).get(sku), "item", sku), as_json=session.as_json)


@app.command()
def put(
    ctx: typer.Context,
    sku: Sku,
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    category: Annotated[str | None, typer.Option(help="Policies can name it.")] = None,
    unit: Annotated[str | None, typer.Option(help="The base unit, as each or kg.")] = None,
    weight_g: Annotated[int | None, typer.Option(help="Grams per base unit.")] = None,
    cost: Annotated[str | None, typer.Option(help="Per base unit, as 12.50.")] = None,
    lot_tracked: Annotated[bool | None, typer.Option(help="Whether its units belong to lots.")] = None,
    rotation: Annotated[str | None, typer.Option(help="fefo or fifo.")] = None,
    clear: Clear = None,
    dry_run: DryRun = False,
) -> None:
    """Make an item or change what is given of it."""
    from truestock.catalog.items import ItemDraft, put_items

    session = session_of(ctx)
    draft = ItemDraft(
        sku, name, category, unit, weight_g, decimal_of("cost", cost), lot_tracked, rotation, tuple(clear or ())
    )
    with session.db() as db:
        tell(session, "item", sku, put_items(db, [draft], how(dry_run)), dry_run=dry_run)


@barcodes.command("put")
def put_barcode(
    ctx: typer.Context,
    gtin: Gtin,
    sku: Sku,
    units: Annotated[int | None, typer.Option(help="Base units in the package; 1 if left out.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Give an item a barcode."""
    from truestock.catalog.barcodes import BarcodeDraft, put_barcodes

    session = session_of(ctx)
    with session.db() as db:
        results = put_barcodes(db, [BarcodeDraft(gtin, sku, units)], how(dry_run))
        tell(session, "barcode", gtin, results, dry_run=dry_run)


@barcodes.command("show")
def show_barcode(ctx: typer.Context, gtin: Gtin) -> None:
    """Show which item a barcode means."""
    from truestock.catalog.barcodes import find_barcodes

    session = session_of(ctx)
    with session.db() as db:
        rows = list(find_barcodes(db, [gtin]).values())
    print_record(found(rows[0] if rows else None, "barcode", gtin), as_json=session.as_json)


@barcodes.command("remove")
def remove_barcode(ctx: typer.Context, gtin: Gtin, dry_run: DryRun = False) -> None:
    """Take a barcode away."""
    from truestock.catalog.barcodes import remove_barcodes

    session = session_of(ctx)
    with session.db() as db:
        tell(session, "barcode", gtin, remove_barcodes(db, [gtin], how(dry_run)), dry_run=dry_run)


@kits.command("put")
def put_kit(
    ctx: typer.Context,
    sku: Sku,
    components: Annotated[list[str], typer.Argument(metavar="ITEM=UNITS...", help="What one kit takes, as LAMP=2.")],
    dry_run: DryRun = False,
) -> None:
    """Make an item a kit of these components, or change what it is made of."""
    from truestock.catalog.kits import KitDraft, put_kits

    session = session_of(ctx)
    with session.db() as db:
        results = put_kits(db, [KitDraft(sku, components_of(components))], how(dry_run))
        tell(session, "kit", sku, results, dry_run=dry_run)
