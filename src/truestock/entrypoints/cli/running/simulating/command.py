"""simulate: a company's channels in simulated time, as they are kept in step today and as truestock would."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from truestock.core.problems import Problem
from truestock.entrypoints.cli.faults import Refusal, WrongCall
from truestock.entrypoints.cli.imports.progress import counting
from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.running.replay import reader_of
from truestock.entrypoints.cli.session import aloud, quietly, session_of

if TYPE_CHECKING:
    from truestock.core.replay.simulate.report import Report
    from truestock.core.replay.simulate.world import SimulatedWorld
    from truestock.feeds.order_files.order_file import OrderFile

LEFT_OUT_SHOWN = 20
DEFAULT_WORLD = "demo"


def simulate(
    ctx: typer.Context,
    orders: Annotated[Path | None, typer.Option(help="Your orders; else those of the world.", exists=True)] = None,
    reader: Annotated[
        str | None, typer.Option(help="csv, online-retail-ii (a Parquet file) or olist (a folder); told by the name.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Only so many of the file's orders.", min=1)] = None,
    world: Annotated[
        str | None, typer.Option(help="A named world, or a .toml or .json file; demo if there are no orders.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another number, other lags and losses.")] = 7,
    chart: Annotated[
        Path | None, typer.Option(help="Draw it as an SVG file that any browser opens.", dir_okay=False)
    ] = None,
    worlds: Annotated[bool, typer.Option("--worlds", help="List the named worlds, and nothing else.")] = False,
    write_world: Annotated[
        bool,
        typer.Option("--write-world", help="Print the named world's file and nothing else; demo has every setting."),
    ] = False,
) -> None:
    """Simulate your channels as they are synchronised today and with truestock: oversells, cancellations, lost sales.

    Nothing is sold and no database is needed: lags, losses, limits and outages are those of the world, decisions those
    of truestock. The same world, orders and seed give the same report."""
    session = session_of(ctx)
    if worlds:
        _list(as_json=session.as_json)
        return
    if write_world:
        _write(world)
        return
    if orders is None and (reader is not None or limit is not None):
        raise WrongCall("--reader and --limit are of an order file; name it with --orders", "orders")
    found, left_out = _simulated(world, orders, reader, limit, seed, quiet=session.as_json)
    if chart is not None:
        from truestock.entrypoints.cli.running.simulating.chart import draw

        chart.write_text(draw(found), encoding="utf-8")
    if session.as_json:
        print_json({**_fields(found), "left_out": left_out})
        return
    _tell(found, left_out)


def _fields(found: "Report") -> dict[str, object]:
    return {name: getattr(found, name) for name in found.__slots__}


def _simulated(
    world: str | None, orders: Path | None, reader: str | None, limit: int | None, seed: int, *, quiet: bool
) -> "tuple[Report, list[str]]":
    from truestock.feeds.order_files.order_file import OrderFileError
    from truestock.feeds.simulate.orders import chances_of, play
    from truestock.sync.simulate import simulate as run

    file = None if orders is None else reader_of(orders, reader, "reader")
    with _refused():
        stated = _world(world, named=orders is None)
        try:
            scene, events, count = play(stated, seed, file, limit)
            left_out = [] if file is None else _left_out(file)
            (quietly if quiet else aloud)(
                f"{count:,} orders, returns and cancels on {len(scene.stage.channels)} channels, of "
                f"{len(scene.stage.items):,} different items; sold twice"
            )
            with counting("simulating", count) as advance:
                name = world or (DEFAULT_WORLD if orders is None else "plain")
                return run(name, seed, scene, events, chances_of(seed), lambda _: advance(1)), left_out
        except OrderFileError as error:
            raise Refusal("simulate", str(error)) from None


def _world(name: str | None, *, named: bool) -> "SimulatedWorld":
    """The world asked for; an order file without one is sold in a world of which nothing is stated."""
    from truestock.core.replay.simulate.world import SimulatedWorld
    from truestock.feeds.simulate.world_file import read_world

    if name is None and not named:
        return SimulatedWorld()
    return read_world(name or DEFAULT_WORLD)


@contextmanager
def _refused() -> Iterator[None]:
    """What is wrong with a world says that it is the world's field."""
    try:
        yield
    except Refusal:
        raise
    except Problem as problem:
        raise Refusal("simulate", problem.detail, problem.field) from None


def _left_out(file: "OrderFile") -> list[str]:
    report = file.report
    left_out = [f"{count} rows left out: {reason}" for reason, count in report.left_out.items()]
    return left_out + [str(row) for row in report.bad_rows]


def _list(*, as_json: bool) -> None:
    from truestock.feeds.simulate.world_file import NAMED, read_world

    rows = [(name, read_world(name).title) for name in NAMED]
    if as_json:
        print_json({"worlds": [{"name": name, "title": title} for name, title in rows]})
        return
    print_table(("world", "what it is"), rows)


def _write(world: str | None) -> None:
    from truestock.feeds.simulate.world_file import named_world_text

    with _refused():
        say(named_world_text(world or DEFAULT_WORLD).rstrip("\n"))


def _tell(found: "Report", left_out: Sequence[str]) -> None:
    from truestock.entrypoints.cli.running.simulating.tables import by_channel, looks, side_by_side

    head, rows = side_by_side(found)
    print_table(head, rows, right=range(1, len(head)))
    head, rows = by_channel(found)
    say("")
    print_table(head, rows, "By channel (! beyond its limit)", right=range(2, len(head)))
    head, rows = looks(found)
    if rows:
        say("")
        print_table(head, rows, "Units shown, and units that could be delivered", right=range(2, len(head)))
    if found.notes or left_out:
        say("")
    for line in [*found.notes, *left_out[:LEFT_OUT_SHOWN]]:
        say(line)
