"""import: brings files in, line by line, and says of each bad line what is wrong with it."""

import typer

from truestock.entrypoints.cli.imports.catalog import add_catalog_commands
from truestock.entrypoints.cli.imports.fees import fees
from truestock.entrypoints.cli.imports.products import products
from truestock.entrypoints.cli.imports.stock import stock

app = typer.Typer(no_args_is_help=True, help="Bring in files: the catalog, shops' products, what lies where, and fees.")
add_catalog_commands(app)
app.command()(stock)
app.command()(products)
app.command()(fees)
