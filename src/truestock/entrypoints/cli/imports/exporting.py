"""export: a channel's products and stock as files that its shop system imports."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from truestock.entrypoints.cli.imports.products import SHOWN, ChannelOption, FormatOption
from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.session import Session, session_of

if TYPE_CHECKING:
    from truestock.feeds.product_files import ExportReport

app = typer.Typer(no_args_is_help=True, help="Write files that shop systems import: products, and what may be sold.")
Out = Annotated[Path, typer.Option(help="The file to write.", dir_okay=False)]


@app.command()
def products(
    ctx: typer.Context,
    form: FormatOption,
    channel: ChannelOption,
    out: Out,
    changed_since: Annotated[
        str | None,
        typer.Option(help="Only what changed since, as 2026-11-27T06:00:00+01:00; the report says from when."),
    ] = None,
    with_stock: Annotated[bool, typer.Option("--with-stock", help="With what may be sold of each.")] = False,
) -> None:
    """Write a channel's products with their texts, images and prices."""
    from truestock.feeds.product_files import export_products
    from truestock.feeds.product_files.since import instant_since

    session, since = session_of(ctx), instant_since(changed_since)
    with session.hub() as hub, _new(out) as target:
        report = export_products(hub.db, hub.rules, channel, form, target, since, with_stock)
    _tell(session, out, report, "" if report.as_of is None else report.as_of.isoformat())


@app.command()
def stock(
    ctx: typer.Context,
    form: FormatOption,
    channel: ChannelOption,
    out: Out,
    place: Annotated[
        str, typer.Option(help="The shop's own name of the location: Shopify's, or Magento's source.")
    ] = "",
    changed_since: Annotated[
        str | None, typer.Option(help="Only what changed since: an instant, or the cursor of the report before.")
    ] = None,
) -> None:
    """Write what the channel may sell of each listing, as a file that sets stock in the shop."""
    from truestock.feeds.product_files import export_stock
    from truestock.feeds.product_files.since import since

    session, start = session_of(ctx), since(changed_since)
    with session.hub() as hub, _new(out) as target:
        report = export_stock(hub.db, hub.rules, channel, form, target, start, place)
    _tell(session, out, report, str(report.cursor if report.cursor is not None else report.as_of))


@contextmanager
def _new(path: Path) -> Iterator[BinaryIO]:
    """A file that takes its name only when it is whole, so that no shop reads half of it."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as target:
            yield target
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _tell(session: Session, out: Path, report: "ExportReport", go_on: str) -> None:
    if session.as_json:
        print_json({"file": str(out), "report": report})
        return
    counts = ("rows", "variants", "left_out")
    print_table(("file", "rows", "variants", "left out"), [(out.name, *(getattr(report, name) for name in counts))])
    if report.notes:
        say("")
        print_table(("SKU", "reason"), [(note.value, note.reason) for note in report.notes[:SHOWN]])
    say("", f"What changes from now on: --changed-since {go_on}")
