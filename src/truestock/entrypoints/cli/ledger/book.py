"""book: what happened to units, typed by hand: each command is one booking, as one movement."""

from typing import Annotated, Any

import typer

from truestock.entrypoints.cli.faults import Refusal
from truestock.entrypoints.cli.ledger.told import moved
from truestock.entrypoints.cli.options import Key, Reason, instant_of, validated
from truestock.entrypoints.cli.output import print_json, say
from truestock.entrypoints.cli.session import Session, actor, session_of

app = typer.Typer(no_args_is_help=True, help="Book what happened to units, or ring-fence them.")
Sku = Annotated[str, typer.Argument(metavar="SKU", help="The item's SKU.")]
Location = Annotated[str, typer.Argument(metavar="LOCATION", help="The location's code.")]
Qty = Annotated[int, typer.Argument(metavar="QTY", help="Base units.")]
Lot = Annotated[str | None, typer.Option(help="The lot's code, of a lot-tracked item.")]
Status = Annotated[
    str, typer.Option(help="sellable, receiving, inspection, quarantine, damaged, rework or in_transit.")
]
At = Annotated[str | None, typer.Option(help="When it happened, as 2026-11-27T06:00:00+01:00; now if left out.")]
Source = Annotated[str, typer.Option(help="The system or person that says so.")]
Ref = Annotated[str, typer.Option(help="Its own number for it.")]
Expected = Annotated[str | None, typer.Option(help="The expectation that this fulfils.")]


@app.command()
def receive(
    ctx: typer.Context, sku: Sku, location: Location, qty: Qty, lot: Lot = None,
    expires_at: Annotated[str | None, typer.Option(help="Of a new lot: when it expires.")] = None,
    status: Status = "sellable", expected: Expected = None, at: At = None, source: Source = "", ref: Ref = "",
    reason: Reason = "", key: Key = None,
) -> None:  # fmt: skip
    """Units came in from a supplier."""
    _book(ctx, "receive", key, sku=sku, location=location, qty=qty, lot=lot, status=status, expected=expected,
          expires_at=instant_of("expires_at", expires_at), effective_at=instant_of("at", at), source=source, ref=ref,
          reason=reason)  # fmt: skip


@app.command("return")
def return_(
    ctx: typer.Context, sku: Sku, location: Location, qty: Qty, lot: Lot = None, status: Status = "sellable",
    at: At = None, source: Source = "", ref: Ref = "", reason: Reason = "", key: Key = None,
) -> None:  # fmt: skip
    """Units came back from a customer; the status is what became of them."""
    _book(ctx, "return", key, sku=sku, location=location, qty=qty, lot=lot, status=status,
          effective_at=instant_of("at", at), source=source, ref=ref, reason=reason)  # fmt: skip


@app.command(context_settings={"ignore_unknown_options": True})
def adjust(
    ctx: typer.Context, sku: Sku, location: Location, qty: Qty,
    reason: Annotated[str, typer.Option(help="Why; it stands in the ledger.")],
    lot: Lot = None, status: Status = "sellable", at: At = None, source: Source = "", ref: Ref = "", key: Key = None,
) -> None:  # fmt: skip
    """Units were found (above zero) or lost (below, as -3)."""
    _book(ctx, "adjust", key, sku=sku, location=location, qty=qty, lot=lot, status=status,
          effective_at=instant_of("at", at), source=source, ref=ref, reason=reason)  # fmt: skip


@app.command()
def count(
    ctx: typer.Context, sku: Sku, location: Location, qty: Qty, lot: Lot = None, status: Status = "sellable",
    at: At = None, source: Source = "", ref: Ref = "", reason: Reason = "", key: Key = None,
) -> None:  # fmt: skip
    """So many units lay there; what happened after the count still counts."""
    _book(ctx, "count", key, sku=sku, location=location, qty=qty, lot=lot, status=status,
          effective_at=instant_of("at", at), source=source, ref=ref, reason=reason)  # fmt: skip


@app.command("transfer-out")
def transfer_out(
    ctx: typer.Context, sku: Sku, location: Location, qty: Qty,
    to: Annotated[str, typer.Option(help="Where they go.")],
    lot: Lot = None, due_at: Annotated[str | None, typer.Option(help="When they should arrive.")] = None,
    at: At = None, source: Source = "", ref: Ref = "", reason: Reason = "", key: Key = None,
) -> None:  # fmt: skip
    """Units left for another location, where they are in transit until they arrive."""
    _book(ctx, "transfer_out", key, sku=sku, location=location, qty=qty, to=to, lot=lot,
          due_at=instant_of("due_at", due_at), effective_at=instant_of("at", at), source=source, ref=ref,
          reason=reason)  # fmt: skip


@app.command("transfer-in")
def transfer_in(
    ctx: typer.Context, sku: Sku, location: Location, qty: Qty, lot: Lot = None, status: Status = "sellable",
    expected: Expected = None, at: At = None, source: Source = "", ref: Ref = "", reason: Reason = "", key: Key = None,
) -> None:  # fmt: skip
    """Units in transit arrived."""
    _book(ctx, "transfer_in", key, sku=sku, location=location, qty=qty, lot=lot, status=status, expected=expected,
          effective_at=instant_of("at", at), source=source, ref=ref, reason=reason)  # fmt: skip


@app.command()
def status(
    ctx: typer.Context, sku: Sku, location: Location, qty: Qty,
    from_status: Annotated[str, typer.Option("--from", help="The status they had.")],
    to_status: Annotated[str, typer.Option("--to", help="The status they have now.")],
    lot: Lot = None, at: At = None, source: Source = "", ref: Ref = "", reason: Reason = "", key: Key = None,
) -> None:  # fmt: skip
    """Units changed their status where they lie."""
    _book(ctx, "status", key, sku=sku, location=location, qty=qty, from_status=from_status, to_status=to_status,
          lot=lot, effective_at=instant_of("at", at), source=source, ref=ref, reason=reason)  # fmt: skip


@app.command("put-away")
def put_away(
    ctx: typer.Context, sku: Sku, location: Location, qty: Qty, lot: Lot = None,
    bin: Annotated[str | None, typer.Option("--bin", help="The bin they lie in now.")] = None,  # noqa: A002  the option's name
    at: At = None, source: Source = "", ref: Ref = "", reason: Reason = "", key: Key = None,
) -> None:  # fmt: skip
    """Received units are now on the shelf."""
    _book(ctx, "put_away", key, sku=sku, location=location, qty=qty, lot=lot, bin=bin,
          effective_at=instant_of("at", at), source=source, ref=ref, reason=reason)  # fmt: skip


@app.command("ring-fence")
def ring_fence(
    ctx: typer.Context, sku: Sku, location: Location, qty: Qty,
    from_channel: Annotated[str | None, typer.Option("--from", help="The channel that gives; else the pool.")] = None,
    to_channel: Annotated[str | None, typer.Option("--to", help="The channel that gets; else the pool.")] = None,
    reason: Reason = "", source: Source = "", ref: Ref = "", key: Key = None,
) -> None:  # fmt: skip
    """Move units between the common pool and a channel's ring, or between two rings."""
    _book(ctx, "ring_fence", key, sku=sku, location=location, qty=qty, from_channel=from_channel,
          to_channel=to_channel, source=source, ref=ref, reason=reason)  # fmt: skip


def _book(ctx: typer.Context, kind: str, key: str | None, **fields: Any) -> None:
    from truestock.feeds.receiving.approvals import Move, move
    from truestock.ledger.values import AnyBooking, NotBooked

    session = session_of(ctx)
    given = {name: value for name, value in fields.items() if value is not None}
    booking = validated({"kind": kind, **given}, AnyBooking)
    with session.hub() as hub:
        (answer,) = hub.run(move, [Move(booking, actor(), key, approver=True)])
    if isinstance(answer, NotBooked):
        raise Refusal(answer.type, answer.detail, answer.field)
    _tell(session, kind, answer)


def _tell(session: Session, kind: str, answer: Any) -> None:
    if session.as_json:
        print_json(answer)
        return
    again = " It was booked before under this key." if answer.replay else ""
    say(f"Movement {answer.movement}: {moved(kind, answer.qty)}.{again}")
