"""replay: sells an order file, or a made-up season, through a hub and beside it the old ways."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Annotated

import typer

from truestock.entrypoints.cli.faults import Refusal, WrongCall
from truestock.entrypoints.cli.imports.progress import counting
from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.session import Session, aloud, quietly, session_of

if TYPE_CHECKING:
    from truestock.bootstrap import Hub
    from truestock.core.replay.events import World
    from truestock.feeds.order_files.order_file import OrderFile
    from truestock.feeds.replay import Happening, Pace, Result

FORMS = ("csv", "online-retail-ii", "olist")
SEASON_STARTS = datetime(2026, 3, 2, 8, tzinfo=UTC)
ORDERS, ITEMS = 20_000, 200
CONNECTIONS_MAX = 32
LEFT_OUT_SHOWN = 20


def replay(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Orders; a made-up season if left out.", exists=True)
    ] = None,
    form: Annotated[
        str | None, typer.Option(help="csv, online-retail-ii (a Parquet file) or olist (a folder); told by the name.")
    ] = None,
    orders: Annotated[int | None, typer.Option(help="Only so many orders; of a made-up season 20,000.", min=1)] = None,
    speed: Annotated[
        float | None, typer.Option(help="So many times as fast as it happened; flat out if left out.")
    ] = None,
    at_once: Annotated[int, typer.Option(help="Orders under way at once.", min=1, max=4_096)] = 256,
    every: Annotated[int, typer.Option(help="Minutes between two synchronisations, the old way.", min=1)] = 15,
    cover: Annotated[float, typer.Option(help="Opening stock as a share of a file's demand.", min=0.0)] = 0.9,
    seed: Annotated[int, typer.Option(help="Of a made-up season: another number, another season.")] = 7,
    url: Annotated[
        str | None, typer.Option(help="Go through the API of this running hub; nothing else of it is needed.")
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(help="Its API key, with the scopes read, orders, stock and catalog.", envvar="TRUESTOCK_KEY"),
    ] = None,
    into_hub: Annotated[
        bool, typer.Option("--into-hub", help="Sell in this database, not in one that is made and thrown away.")
    ] = False,
) -> None:
    """Sell orders through a hub and, beside it, the old way: units sold, refused, oversold and lost, in one table.

    A hub of its own in a temporary folder sells them, unless --into-hub or --url name yours: that one gets the items,
    channels, locations and opening stock of the replay."""
    from truestock.feeds.order_files.order_file import OrderFileError
    from truestock.feeds.replay import Pace, ReplayError

    session = session_of(ctx)
    try:
        world, happenings, left_out = _orders(file, form, orders, cover, seed)
        (quietly if session.as_json else aloud)(
            f"{len(world.items)} items, {len(world.channels)} channels, {len(happenings)} orders, returns and cancels"
        )
        if url:
            result = _sell_over_http(url, key, world, happenings, Pace(speed, at_once), every)
        else:
            result = _sell_here(session, world, happenings, Pace(speed, at_once), every, temporary=not into_hub)
    except (OrderFileError, ReplayError) as error:
        raise Refusal("replay", str(error)) from None
    _tell(session, result, left_out)


def _orders(
    file: Path | None, form: str | None, orders: int | None, cover: float, seed: int
) -> "tuple[World, list[Happening], list[str]]":
    from truestock.core.replay.demand import derive_world
    from truestock.core.replay.generate import generate
    from truestock.core.replay.season import Season

    if file is None:
        season = Season(orders or ORDERS, SEASON_STARTS, timedelta(days=14), ITEMS)
        made = generate(season, Random(seed).random)  # noqa: S311  chance for a made-up season, no secret
        return made.world, list(made.events), []
    read = reader_of(file, form)
    events = list(islice(read, orders))
    report = read.report
    left_out = [f"{count} rows left out: {reason}" for reason, count in report.left_out.items()]
    left_out += [str(row) for row in report.bad_rows]
    if not events:
        raise Refusal("replay", f"{file} has no order that can be read" + (f": {left_out[0]}" if left_out else ""))
    places, stocked_at = getattr(read, "locations", None), getattr(read, "stocked_at", None)
    world = derive_world(events, cover, places, stocked_at) if places else derive_world(events, cover)
    return world, [*events], left_out


def reader_of(file: Path, form: str | None, option: str = "form") -> "OrderFile":
    """The orders of a file or folder in a form, or in the one that its name tells. Raises WrongCall of `option`."""
    from truestock.feeds.order_files.csv_form import read_csv
    from truestock.feeds.order_files.olist import read_olist
    from truestock.feeds.order_files.online_retail_ii import read_online_retail_ii

    guessed = form or ("olist" if file.is_dir() else "online-retail-ii" if file.suffix == ".parquet" else "csv")
    match guessed:
        case "csv":
            return read_csv(file)
        case "olist":
            return read_olist(file)
        case "online-retail-ii":
            return read_online_retail_ii(file)
        case _:
            raise WrongCall(f"there is no {option} {form!r}; choose one of {', '.join(FORMS)}", option)


@contextmanager
def _hub(session: Session, *, temporary: bool) -> "Iterator[Hub]":
    from truestock.bootstrap import open_hub

    if not temporary:
        with session.hub() as hub:
            yield hub
        return
    with tempfile.TemporaryDirectory(prefix="truestock-replay-") as folder:
        # PostgreSQL's own account has to enter it where root types this.
        Path(folder).chmod(0o755)
        settings = session.settings().model_copy(update={"database_url": None, "data_dir": Path(folder)})
        with open_hub(settings, quietly) as hub:
            yield hub


def _sell_here(
    session: Session, world: "World", happenings: "Sequence[Happening]", pace: "Pace", minutes: int, *, temporary: bool
) -> "Result":
    from truestock.feeds.replay import old_ways, side_by_side
    from truestock.feeds.replay.following import FollowInProcess
    from truestock.feeds.replay.in_process import InProcess
    from truestock.feeds.replay.prepare import prepare
    from truestock.feeds.replay.shown import Shown

    with _hub(session, temporary=temporary) as hub:
        prepare(hub.db, hub.run, world)
        shown = Shown(world.channels)
        hub.publisher.on_change(FollowInProcess(hub.db, shown))
        hub.publisher.start()
        try:
            with counting("selling", len(happenings)) as advance:
                target = InProcess(hub.call, hub.db, hub.rules, shown)
                sold = side_by_side(happenings, world, target, pace, old_ways(minutes), lambda *_: advance(1))
                return asyncio.run(sold)
        finally:
            hub.publisher.stop()


def _sell_over_http(
    url: str, key: str | None, world: "World", happenings: "Sequence[Happening]", pace: "Pace", minutes: int
) -> "Result":
    from truestock.feeds.replay import old_ways, side_by_side
    from truestock.feeds.replay.over_http import OverHttp

    async def run(advance: Callable[[int], None]) -> "Result":
        async with OverHttp(url, world, key, connections=min(pace.at_once, CONNECTIONS_MAX)) as target:
            await target.prepare()
            return await side_by_side(happenings, world, target, pace, old_ways(minutes), lambda *_: advance(1))

    with counting("selling", len(happenings)) as advance:
        return asyncio.run(run(advance))


def _tell(session: Session, result: "Result", left_out: Sequence[str]) -> None:
    if session.as_json:
        reports = [result.hub.report, *result.baselines]
        speed = {"seconds": result.hub.seconds, "orders_per_s": result.hub.orders_per_s}
        print_json({"sellers": reports, **speed, "left_out": left_out})
        return
    shown, hub = result.table(), result.hub
    print_table(shown.head, shown.rows, right=range(1, len(shown.head)))
    say("", f"{hub.report.total.orders:,} orders in {hub.seconds:.1f} s: {hub.orders_per_s:,.0f} a second.")
    for line in left_out[:LEFT_OUT_SHOWN]:
        say(line)
