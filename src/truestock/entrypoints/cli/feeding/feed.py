"""feed: what other systems say of stock."""

import typer

from truestock.entrypoints.cli.feeding import mapping
from truestock.entrypoints.cli.feeding.edi import acknowledge

app = typer.Typer(no_args_is_help=True, help="Feeds: what other systems say of stock.")
app.add_typer(mapping.app, name="mapping")
app.command()(acknowledge)
