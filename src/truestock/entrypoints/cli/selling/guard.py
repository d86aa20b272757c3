"""channel guard: what a channel may have sold and the hub has not heard of."""

from typing import Annotated

import typer

from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.session import session_of


def guard(ctx: typer.Context, code: Annotated[str, typer.Argument(metavar="CODE", help="The channel's code.")]) -> None:
    """Show the units that a channel may have sold and the hub has not heard of, and what they were computed from.

    They are computed every five minutes where a rule asks for it: truestock policies put guard_service 99."""
    from truestock.core.available.guard import within
    from truestock.sync.guards.listing import guards_of

    session = session_of(ctx)
    with session.db() as db:
        found = guards_of(db, code)
    if session.as_json:
        print_json(found)
    elif found:
        columns = ("item", "units", "certain", "sold an hour", "lag, half", "lag, 95 %", "orders", "computed (UTC)")
        rows = [
            (
                *(g.item, g.units, f"{g.percent} %", f"{g.per_hour:.3g}"),
                *(within(g.lag_p50_s), within(g.lag_p95_s), g.orders, g.computed_at),
            )
            for g in found
        ]
        print_table(columns, rows)
    else:
        say(f"Nothing is kept back on {code}: no rule asks for it, nothing was sold, or its orders come in at once.")
