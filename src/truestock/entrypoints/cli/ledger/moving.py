"""transfers, variances, pos: how units move, vary, and are sold over a counter."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from truestock.entrypoints.cli.faults import PROBLEM
from truestock.entrypoints.cli.ledger.told import done, tell
from truestock.entrypoints.cli.options import Key, counted, instant_of, validated
from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.session import actor, session_of

transfers = typer.Typer(no_args_is_help=True, help="Transfers between locations.")
variances = typer.Typer(no_args_is_help=True, help="What was lost, found, damaged and so on, with its reason.")
pos = typer.Typer(no_args_is_help=True, help="What stores sell and take back over the counter.")
Location = Annotated[str, typer.Argument(metavar="LOCATION", help="The location's code.")]
Skus = Annotated[list[str], typer.Argument(metavar="SKU=QTY...", help="Items, with base units.")]
Ref = Annotated[str, typer.Argument(metavar="REF", help="Its number.")]
At = Annotated[str | None, typer.Option(help="When it happened; now if left out.")]
REASON = ("code", "label", "takes_from", "goes_to", "retired")


@transfers.command()
def send(
    ctx: typer.Context,
    ref: Ref,
    sender: Annotated[str, typer.Argument(metavar="FROM", help="Where they leave.")],
    receiver: Annotated[str, typer.Argument(metavar="TO", help="Where they go.")],
    skus: Skus,
    due_at: Annotated[str, typer.Option(help="When they should arrive, as 2026-11-27.")],
    at: At = None,
) -> None:
    """Units left for another location; receive them there with the transfer as the document."""
    from truestock.feeds.receiving import transfer
    from truestock.feeds.receiving.values import Transfer

    session = session_of(ctx)
    said = {
        "ref": ref,
        "from_location": sender,
        "to_location": receiver,
        "due_at": instant_of("due_at", due_at),
        "lines": [{"sku": sku, "qty": qty} for sku, qty in counted(skus)],
        "sent_at": instant_of("at", at),
    }
    moved = validated(said, Transfer)
    with session.hub() as hub:
        (answers,) = hub.run(transfer.send, [transfer.Send(moved, actor())])
    tell(session, "transfer_out", [line.sku for line in moved.lines], answers)


@transfers.command()
def lost(
    ctx: typer.Context,
    ref: Ref,
    reason: Annotated[str, typer.Option(help="Why; it stands in the ledger.")],
    sku: Annotated[str | None, typer.Option(help="Only this item in it.")] = None,
    line: Annotated[int | None, typer.Option(help="Only this line of it: truestock expected document.")] = None,
    qty: Annotated[int | None, typer.Option(help="Only so many units, of one item; the rest is still to come.")] = None,
    key: Key = None,
) -> None:
    """What has not arrived of a transfer is lost, all of it or so many units."""
    from truestock.feeds.receiving import transfer
    from truestock.feeds.receiving.values import Lost

    session = session_of(ctx)
    gone = validated({"ref": ref, "reason": reason, "sku": sku, "line": line, "qty": qty}, Lost)
    with session.hub() as hub:
        (answer,) = hub.run(transfer.lose, [transfer.Lose(gone, actor(), key)])
    answer = done(answer)
    if session.as_json:
        print_json(answer)
    else:
        print_table(("sku", "lost"), list(answer.units.items()))


@variances.command()
def book(
    ctx: typer.Context,
    reason: Annotated[str, typer.Argument(metavar="REASON", help="A code of: truestock variances reasons.")],
    location: Location,
    skus: Skus,
    lot: Annotated[str | None, typer.Option(help="The lot's code.")] = None,
    status: Annotated[str | None, typer.Option(help="The status they had, where it is not the reason's own.")] = None,
    note: Annotated[str, typer.Option(help="What more there is to say.")] = "",
    at: At = None,
    key: Key = None,
) -> None:
    """Units are not where, or as, they should be; the reason says where they go."""
    from truestock.feeds.receiving.values import Variance
    from truestock.feeds.receiving.variances.vary import Vary, vary

    session = session_of(ctx)
    shared = {
        "location": location,
        "reason": reason,
        "lot": lot,
        "status": status,
        "note": note,
        "happened_at": instant_of("at", at),
    }
    found = [validated({**shared, "sku": sku, "qty": qty}, Variance) for sku, qty in counted(skus)]
    keys = [None if key is None else f"{key}:{n}" for n in range(len(found))]
    with session.hub() as hub:
        answers = hub.run(vary, [Vary(one, actor(), own, approver=True) for one, own in zip(found, keys, strict=True)])
    tell(session, "variance", [str(one.sku) for one in found], answers)


@variances.command("import")
def import_file(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with location, reason, qty, and sku or barcode.")],
    source: Annotated[str, typer.Option(help="The system or person that says so.")] = "",
) -> None:
    """Book a file of variances; sent again it books nothing twice."""
    from truestock.feeds.receiving.variances.files import book_file

    session = session_of(ctx)
    content = file.read_bytes()
    with session.hub() as hub:
        report = book_file(hub.run, content, actor(), source)
    if session.as_json:
        print_json({**report._asdict(), "refused": [one._asdict() for one in report.refused]})
    else:
        say(f"{report.booked} lines were booked, {report.known} had been before, {len(report.refused)} were refused.")
        if report.refused:
            print_table(("line", "field", "reason"), report.refused)
    if report.refused:
        raise typer.Exit(PROBLEM)


@variances.command()
def reasons(ctx: typer.Context) -> None:
    """Show the reasons, and where units go for each."""
    from truestock.ledger.posting.reasons import list_reasons

    session = session_of(ctx)
    with session.db() as db:
        found = list_reasons(db)
    if session.as_json:
        print_json({"rows": [asdict(one) for one in found]})
    else:
        print_table(REASON, [[getattr(one, name) for name in REASON] for one in found])


@variances.command()
def reason(
    ctx: typer.Context,
    code: Annotated[str, typer.Argument(metavar="CODE", help="As water_damage.")],
    takes_from: Annotated[str, typer.Argument(metavar="FROM", help="A status; adjustment: they turn up.")],
    goes_to: Annotated[str, typer.Argument(metavar="TO", help="A status, or adjustment, scrap, supplier.")],
    label: Annotated[str, typer.Option(help="What people read.")] = "",
    retired: Annotated[bool, typer.Option("--retired", help="It is not taken any more.")] = False,
) -> None:
    """Add a reason, or change its words."""
    from truestock.ledger.posting.reasons import ReasonCode, put_reason

    session = session_of(ctx)
    made = ReasonCode(code, label or code.replace("_", " ").capitalize(), takes_from, goes_to, retired)
    with session.db() as db:
        put_reason(db, made)
    if session.as_json:
        print_json(asdict(made))
    else:
        say(f"Units with the reason {code} go from {takes_from} to {goes_to}.")


@pos.command()
def sale(
    ctx: typer.Context,
    location: Location,
    ref: Ref,
    skus: Skus,
    returned: Annotated[bool, typer.Option("--returned", help="They were brought back.")] = False,
    status: Annotated[
        str, typer.Option(help="Of what was brought back: sellable, damaged, inspection ...")
    ] = "sellable",
    channel: Annotated[str | None, typer.Option(help="The store's channel.")] = None,
    at: At = None,
) -> None:
    """A receipt of a till: each line is booked once for the store, the receipt and its place."""
    from truestock.feeds.receiving.till import RingUp, ring_up
    from truestock.feeds.receiving.values import TillReceipt

    session = session_of(ctx)
    lines = [{"sku": sku, "qty": qty, "returned": returned, "status": status} for sku, qty in counted(skus)]
    said = {"ref": ref, "location": location, "lines": lines, "channel": channel, "sold_at": instant_of("at", at)}
    receipt = validated(said, TillReceipt)
    with session.hub() as hub:
        (answers,) = hub.run(ring_up, [RingUp(receipt, actor())])
    tell(session, "return" if returned else "sale", [str(line.sku) for line in receipt.lines], answers)
