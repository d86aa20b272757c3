"""orders: reserving at "buy", and what becomes of an order afterwards."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from truestock.entrypoints.cli.faults import PROBLEM, Refusal, WrongCall
from truestock.entrypoints.cli.options import After, Key, Limit, counted, instant_of, validated
from truestock.entrypoints.cli.output import print_json, print_page, print_record, print_table, say
from truestock.entrypoints.cli.session import Session, actor, session_of

if TYPE_CHECKING:
    from truestock.orders.actions import Action
    from truestock.orders.values import OrderResult
    from truestock.reporting.lists.orders import Order

app = typer.Typer(
    no_args_is_help=True, help="Orders and cart holds: list, show, reserve, confirm, release, ship, reject a pick."
)
# A table's title, its rows and its columns.
Part = tuple[str, Sequence[object], tuple[str, ...]]
Channel = Annotated[str, typer.Argument(metavar="CHANNEL", help="The channel's code.")]
Ref = Annotated[str, typer.Argument(metavar="REF", help="The channel's own number of the order or cart.")]
Lines = Annotated[
    list[str] | None, typer.Option("--line", metavar="LINE=QTY", help="Only so many of a line, counted from 0; as 0=2.")
]


@app.command("list")
def list_orders(
    ctx: typer.Context,
    channel: Annotated[str | None, typer.Option(help="Only this channel's.")] = None,
    state: Annotated[str | None, typer.Option(help="Only in this state, as open or held.")] = None,
    after: After = None,
    limit: Limit = 100,
) -> None:
    """Show orders and carts, the newest first."""
    from truestock.reporting import lists

    session = session_of(ctx)
    columns = ("channel", "ref", "state", "mode", "priority", "placed_at", "recorded_at", "expires_at", "actor")
    with session.db() as db:
        print_page(lists.list_orders(db, channel, state, after, limit), columns, as_json=session.as_json)


@app.command()
def show(ctx: typer.Context, channel: Channel, ref: Ref) -> None:
    """Show an order with its lines, what is promised where, what is owed, and what it brought and cost."""
    from truestock.reporting.lists import read_order

    session = session_of(ctx)
    with session.db() as db:
        order = read_order(db, channel, ref)
    if session.as_json:
        print_json(order)
        return
    print_record(order.head, as_json=False)
    parts: tuple[Part, ...] = (
        ("Lines", order.lines, ("line", "sku", "item", "units", "qty", "granted")),
        ("Promises", order.promises, ("line", "item", "location", "lot", "owner", "qty", "posted", "voided", "open")),
        ("Owed", order.shorts, ("line", "item", "qty", "filled", "cancelled", "since")),
        *_money_parts(order),
    )
    for title, rows, columns in parts:
        if rows:
            say("")
            print_table(columns, [[getattr(row, column) for column in columns] for row in rows], title)


def _money_parts(order: "Order") -> "list[Part]":
    """What the channel's order was sold for, and what the channel keeps."""
    if order.money is None:
        return []
    money = order.money
    shipping = f", shipping {money.shipping} and {money.shipping_tax} tax" if money.lines else ""
    return [
        (f"Sold, in {money.currency}{shipping}", money.lines, ("line", "sku", "qty", "price", "discount", "tax")),
        ("Fees", money.fees, ("line", "kind", "amount", "currency", "source", "settlement", "posted_at")),
    ]


@app.command()
def reserve(
    ctx: typer.Context,
    channel: Channel,
    ref: Ref,
    lines: Annotated[list[str], typer.Argument(metavar="SKU=QTY...", help="What is bought, as LAMP=2.")],
    mode: Annotated[str, typer.Option(help="all_or_nothing, partial or sold.")] = "all_or_nothing",
    hold_for: Annotated[int | None, typer.Option(help="Hold a cart for so many seconds instead.")] = None,
    priority: Annotated[int, typer.Option(help="Higher is served first when units are owed.")] = 0,
) -> None:
    """Reserve an order, or hold a cart; exits with 1 when it is refused."""
    from truestock.orders.reserve import Reserve
    from truestock.orders.reserve import reserve as reserve_orders
    from truestock.orders.values import ContentDiffers, NewOrder, UnknownSku

    session = session_of(ctx)
    wanted = [{"sku": sku, "qty": qty} for sku, qty in counted(lines)]
    order = {
        "channel": channel,
        "ref": ref,
        "lines": wanted,
        "mode": mode,
        "hold_for_s": hold_for,
        "priority": priority,
    }
    command = Reserve(validated(order, NewOrder), actor())
    with session.hub() as hub:
        (answer,) = hub.run(reserve_orders, [command])
    if isinstance(answer, UnknownSku):
        raise Refusal("not-found", f"there is no {answer.field.rpartition('.')[2]} {answer.sku!r}", answer.field)
    if isinstance(answer, ContentDiffers):
        raise Refusal("idempotency-key-reused", f"order {ref!r} was answered before for another content", "ref")
    _tell(session, answer)


def _tell(session: Session, answer: "OrderResult") -> None:
    if session.as_json:
        print_json(answer)
    else:
        columns = ("sku", "asked", "granted", "available", "short_by")
        print_table(columns, [[getattr(line, column) for column in columns] for line in answer.lines])
        until = f" until {answer.expires_at:%Y-%m-%d %H:%M:%S} UTC" if answer.expires_at else ""
        again = ", as answered before" if answer.replay else ""
        say("", f"Order {answer.ref} of {answer.channel}: {answer.state}{until}{again}.")
    if not answer.granted:
        raise typer.Exit(PROBLEM)


@app.command()
def confirm(
    ctx: typer.Context,
    channel: Channel,
    ref: Ref,
    order_ref: Annotated[str | None, typer.Option(help="The order's number, if it is not the cart's.")] = None,
    key: Key = None,
) -> None:
    """Turn a cart's hold into an order; nothing is asked of stock again."""
    from truestock.orders.actions import Confirm

    _act(ctx, Confirm(channel, ref, order_ref), key)


@app.command()
def release(
    ctx: typer.Context,
    channel: Channel,
    ref: Ref,
    line: Lines = None,
    reason: Annotated[str, typer.Option(help="Why, as cancelled.")] = "",
    key: Key = None,
) -> None:
    """Give promises back: all that is open, or some of some lines."""
    from truestock.orders.actions import Release, ReleaseLine

    lines = [ReleaseLine(n, qty) for n, qty in _numbered(line)] if line else None
    _act(ctx, Release(channel, ref, lines, reason), key)


@app.command()
def ship(
    ctx: typer.Context,
    channel: Channel,
    ref: Ref,
    line: Lines = None,
    location: Annotated[str | None, typer.Option(help="Where it left from, if not where it was promised.")] = None,
    at: Annotated[str | None, typer.Option(help="When it left; now if left out.")] = None,
    tracking: Annotated[str, typer.Option(help="The parcel's number.")] = "",
    key: Key = None,
) -> None:
    """Units left for the customer: all that is open, or some of some lines."""
    from truestock.orders.actions import Ship, ShipLine

    lines = [ShipLine(n, qty) for n, qty in _numbered(line)] if line else None
    _act(ctx, Ship(channel, ref, lines, location, instant_of("at", at), tracking), key)


@app.command("reject-pick")
def reject_pick(
    ctx: typer.Context,
    channel: Channel,
    ref: Ref,
    line: Annotated[int, typer.Option(help="The line, counted from 0.", min=0)] = 0,
    reason: Annotated[str, typer.Option(help="not_found, rejected, damaged or wrong_count.")] = "not_found",
    location: Annotated[str | None, typer.Option(help="Where, if the line is promised in several places.")] = None,
    sku: Annotated[str | None, typer.Option(help="Which item, if the line takes several.")] = None,
    qty: Annotated[int | None, typer.Option(help="Base units that are damaged, or that there are fewer.")] = None,
    key: Key = None,
) -> None:
    """A line could not be picked: units there are in doubt, damaged or fewer; promises on them are kept elsewhere."""
    from truestock.orders.actions import RejectPick
    from truestock.reconciliation.counts.due import ask_for_rejected

    fields = {"line": line, "reason": reason, "location": location, "sku": sku, "qty": qty}
    given = {"channel": channel, "ref": ref} | {name: value for name, value in fields.items() if value is not None}
    _act(ctx, validated(given, RejectPick), key)
    with session_of(ctx).db() as db:
        ask_for_rejected(db)


def _numbered(texts: list[str]) -> list[tuple[int, int]]:
    pairs = counted(texts)
    if any(not (number.isascii() and number.isdecimal()) or not qty for number, qty in pairs):
        raise WrongCall("a line is named by its place in the order, from 0: write --line 0=2", "line")
    return [(int(number), qty) for number, qty in pairs]


def _act(ctx: typer.Context, action: "Action", key: str | None) -> None:
    from truestock.orders.act import act
    from truestock.orders.actions import Act, NotDone

    session = session_of(ctx)
    with session.hub() as hub:
        (answer,) = hub.run(act, [Act(action, actor(), key)])
    if isinstance(answer, NotDone):
        raise Refusal(answer.type, answer.detail, answer.field)
    _tell_done(session, answer)


def _tell_done(session: Session, answer: Any) -> None:
    if session.as_json:
        print_json(answer)
        return
    again = " It was done before under this key." if answer.replay else ""
    say(f"Order {answer.ref} of {answer.channel}: {answer.units} base units, now {answer.state}.{again}")
