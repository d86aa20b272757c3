"""The command: one figure by name, or all of them; as a table or as JSON."""

from typing import Annotated

import typer

SECONDS = 9.0


def bench(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="The figure to measure; all but feed, reset and scale when left out.")
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0.1, help="How long to measure, warming up and rivals aside.")
    ] = SECONDS,
) -> None:
    """Measure on this machine: reserve-hot, reserve-spread, reserve-http, reserve-bulk, atp, explain, sync, webhooks,
    alerts, feed, reset, scale.

    Each starts a PostgreSQL of its own in a temporary folder, with the settings of production, and removes it."""
    from truestock.core.problems import NotFound
    from truestock.entrypoints.bench.all import BENCHES, measure
    from truestock.entrypoints.bench.figures.show import show
    from truestock.entrypoints.cli.output import print_json
    from truestock.entrypoints.cli.session import aloud, session_of

    if name is not None and name not in BENCHES:
        raise NotFound("bench", name, "name")
    session = session_of(ctx)
    report = measure([name] if name else None, seconds, session.data_dir, aloud)
    if session.as_json:
        print_json(report.alone() if name else report)
    else:
        show(report)
