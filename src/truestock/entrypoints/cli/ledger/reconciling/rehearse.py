"""rehearse: plays real sales with errors put in, and says how many of them reconciliation brings to light."""

from itertools import groupby
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Annotated

import typer

from truestock.entrypoints.cli.faults import Refusal
from truestock.entrypoints.cli.imports.progress import counting
from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.running.replay import reader_of
from truestock.entrypoints.cli.session import aloud, session_of

if TYPE_CHECKING:
    from truestock.core.replay.events import OrderEvent
    from truestock.entrypoints.rehearsal.rehearse import Rehearsed

GROCERY = "grocery"


def rehearse(
    ctx: typer.Context,
    orders: Annotated[Path, typer.Argument(metavar="ORDERS", help="The sales to play.", exists=True)],
    reader: Annotated[
        str | None,
        typer.Option(help="csv, online-retail-ii (a Parquet file), olist (a folder) or grocery; told by the name."),
    ] = None,
    days: Annotated[int, typer.Option(help="Only so many days of it.", min=1, max=400)] = 10,
    each: Annotated[int, typer.Option(help="Errors of each of the ten kinds, every day.", min=0, max=200)] = 8,
    seed: Annotated[int, typer.Option(help="Another number, other errors.")] = 7,
) -> None:
    """Play sales as they were, and again with errors put in; every evening a feed states everything.

    Sales are lost or told twice, items, units and locations are wrong, units are stolen, receipts are not told,
    shipments are posted late, files are read twice, returns are not dealt with. Says how many of the errors came to
    light, how many with their cause, and whether anything was made up.

    Works on databases of its own, which are removed."""
    from truestock.entrypoints.rehearsal.on_servers import rehearsed
    from truestock.entrypoints.rehearsal.play import RehearsalFailed

    session = session_of(ctx)
    events = _events(orders, reader, days, seed)
    played = len({event.at.date() for event in events})
    aloud(f"{len(events):,} receipts, orders and returns on {played} days; played twice")
    try:
        with counting("rehearsing", 2 * played) as advance:
            found = rehearsed(events, session.data_dir, each=each, seed=seed, advance=advance)
    except RehearsalFailed as error:
        raise Refusal("rehearse", f"{error}; look at {orders.name}") from None
    if session.as_json:
        print_json(found)
    else:
        _tell(found)


def _events(orders: Path, reader: str | None, days: int, seed: int) -> "list[OrderEvent]":
    from truestock.entrypoints.rehearsal.grocery import read_grocery
    from truestock.feeds.order_files.order_file import OrderFileError

    try:
        if reader == GROCERY or (reader is None and orders.name.startswith(GROCERY)):
            return read_grocery(orders, days, Random(seed))  # noqa: S311  nothing is kept secret by it
        by_day = groupby(reader_of(orders, reader, "reader"), key=lambda event: event.at.date())
        return [event for _, (_, of_day) in zip(range(days), by_day, strict=False) for event in of_day]
    except OrderFileError as error:
        raise Refusal("rehearse", str(error)) from None


def _tell(found: "Rehearsed") -> None:
    print_table(
        ("error", "cells", "cancelled out", "found", "with its cause"),
        [(kind.kind, kind.injected, kind.cancelled, kind.found, kind.cause_told) for kind in found.kinds],
    )
    differing = found.injected - found.cancelled
    told = f"{found.cause_told:,} of them with their cause ({found.percent_told} %)"
    say(
        "",
        f"{found.found:,} of {differing:,} differences were found ({found.percent_found} %), {told},",
        f"on {found.days} days with {found.stated:,} figures stated of {found.items:,} items.",
        f"Made up: {found.invented_clean} on the days as they were, {found.invented} beside the errors.",
        f"Of another size than the difference: {found.wrong_size}. It took {found.seconds} s.",
    )
