"""The catalog's nouns, one group of commands for each: list, show, put, and what else can be done to one."""

import typer

from truestock.entrypoints.cli.catalog import aliases, channels, items, listings, locations, lots, policies

GROUPS = {
    "items": items.app,
    "barcodes": items.barcodes,
    "kits": items.kits,
    "item-aliases": aliases.items,
    "location-aliases": aliases.locations,
    "lots": lots.app,
    "locations": locations.app,
    "channels": channels.app,
    "listings": listings.app,
    "policies": policies.app,
}


def add_catalog_groups(app: typer.Typer) -> None:
    """Every group under its noun."""
    for noun, group in GROUPS.items():
        app.add_typer(group, name=noun)
