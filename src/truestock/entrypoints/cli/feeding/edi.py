"""edi: what the senders of EDI files are told of them, and what warehouses and partners are told by X12."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from truestock.entrypoints.cli.feeding.mapping import FeedFile
from truestock.entrypoints.cli.options import validated
from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from truestock.feeds.stock.partners.write import ExpectedReceipt, ShipOrder, StockReport

app = typer.Typer(no_args_is_help=True, help="EDI: what warehouses and partners are told by X12.")
Sender = Annotated[str, typer.Option(help="Who we are there, with the qualifier, as ZZ:HUB.")]
Receiver = Annotated[str, typer.Option(help="Who is told, as ZZ:WAREHOUSE1.")]
Location = Annotated[str, typer.Option(help="The location's code.")]
Out = Annotated[Path, typer.Option(help="The file to write.", dir_okay=False)]
Test = Annotated[bool, typer.Option("--test", help="Mark it as a test.")]


def acknowledge(
    ctx: typer.Context,
    file: FeedFile,
    out: Annotated[Path, typer.Option(help="The file of answers to write.", dir_okay=False)],
) -> None:
    """Write what answers an X12 file (997) or an EDIFACT file (CONTRL): what of it is accepted, and what is wrong.

    Its interchanges are remembered by their senders' numbers, so that one that comes again is seen."""
    from datetime import UTC, datetime

    from truestock.feeds.stock.files.edi.kept import answer

    session = session_of(ctx)
    with session.db() as db, file.open("rb") as source:
        answered, content = answer(db, file.name, source, datetime.now(UTC))
    if content:
        out.write_bytes(content)
    if session.as_json:
        print_json({"interchanges": answered, "written": bool(content)})
        return
    rows = [(one.sender, one.control, one.seen, one.accepted, one.rejected) for one in answered]
    print_table(("sender", "number", "seen", "accepted", "rejected"), rows)
    if not content:
        say("Nothing is to be answered.")


@app.command("940")
def ship_order(
    ctx: typer.Context,
    order: Annotated[str, typer.Argument(metavar="ORDER", help="The channel's number of the order.")],
    channel: Annotated[str, typer.Option(help="The channel's code.")],
    location: Location,
    sender: Sender,
    receiver: Receiver,
    out: Out,
    test: Test = False,
) -> None:
    """Tell a warehouse to ship what an order is promised there, to the address that its channel has told."""
    from truestock.feeds.stock.partners.write import ShipOrder

    told = {"channel": channel, "order": order, **_between(location, sender, receiver, test)}
    _write(ctx, validated(told, ShipOrder), out)


@app.command("943")
def expected_receipt(
    ctx: typer.Context,
    document: Annotated[str, typer.Argument(metavar="DOCUMENT", help="A purchase order or a transfer.")],
    location: Location,
    sender: Sender,
    receiver: Receiver,
    out: Out,
    test: Test = False,
) -> None:
    """Tell a warehouse what is still to come of a purchase order or a transfer."""
    from truestock.feeds.stock.partners.write import ExpectedReceipt

    told = {"document": document, **_between(location, sender, receiver, test)}
    _write(ctx, validated(told, ExpectedReceipt), out)


@app.command("846")
def stock_report(
    ctx: typer.Context, location: Location, sender: Sender, receiver: Receiver, out: Out, test: Test = False
) -> None:
    """Tell a partner what lies at a location, and what of it nobody was promised."""
    from truestock.feeds.stock.partners.write import StockReport

    _write(ctx, validated(_between(location, sender, receiver, test), StockReport), out)


def _between(location: str, sender: str, receiver: str, test: bool) -> dict[str, str]:
    return {"location": location, "sender": sender, "receiver": receiver, "usage": "T" if test else "P"}


def _write(ctx: typer.Context, asked: "ShipOrder | ExpectedReceipt | StockReport", out: Path) -> None:
    from truestock.feeds.stock.partners.write import write

    session = session_of(ctx)
    with session.db() as db:
        written = write(db, asked)
    out.write_bytes(written.content)
    if session.as_json:
        print_json({"control": written.control, "lines": written.lines})
        return
    say(f"{out} has {written.lines} lines, under the number {written.control}.")
