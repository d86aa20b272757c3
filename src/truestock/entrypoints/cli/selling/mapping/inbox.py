"""inbox: what channels sell or ask for that means nothing here, and what you say of it."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from truestock.entrypoints.cli.options import After, DryRun, components_of
from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.session import actor, session_of

if TYPE_CHECKING:
    from truestock.bootstrap import Hub
    from truestock.feeds.inbox.accept import Came
    from truestock.feeds.inbox.entries import Entry

app = typer.Typer(no_args_is_help=True, help="What channels sell and nobody knows here, and what it may mean.")
Channel = Annotated[str, typer.Argument(metavar="CHANNEL", help="The channel's code.")]
Sku = Annotated[str, typer.Argument(metavar="SKU", help="The channel's own SKU, as the inbox shows it.")]


@app.command("list")
def list_(
    ctx: typer.Context,
    channel: Annotated[str | None, typer.Option(help="Only this channel's.")] = None,
    kind: Annotated[
        str | None,
        typer.Option(help="Only unmapped_sku, unread_order, order_trouble, unmapped_listing or missing_listing."),
    ] = None,
    after: After = None,
    limit: Annotated[int, typer.Option(help="Rows to show.", min=1, max=100)] = 50,
) -> None:
    """Show what waits for somebody to say what it means: what holds up orders first, each with what it may mean."""
    from truestock.feeds.inbox.entries import MEANINGS, list_inbox

    session = session_of(ctx)
    with session.db() as db:
        page = list_inbox(db, channel, kind, after, limit)
    if session.as_json:
        print_json(page)
    elif not page.rows:
        say("The inbox is empty.")
    else:
        print_table(
            ("channel", "what", "SKU or order", "title", "orders", "units", "since (UTC)", "may mean, or why"),
            [
                (e.channel, MEANINGS[e.kind], e.key, e.title, e.orders or None, e.units, e.oldest, told(e))
                for e in page.rows
            ],
        )
        if page.next:
            say(f"More: --after '{page.next}'")


def told(entry: "Entry") -> str:
    """The best match in a few words, or what is wrong."""
    if not entry.matches:
        return entry.reason
    best, more = entry.matches[0], len(entry.matches) - 1
    units = "" if best.units == 1 else f"={best.units}"
    return f"{best.item}{units} ({best.score}: {best.reason})" + (f", and {more} more" if more else "")


@app.command("map")
def map_(
    ctx: typer.Context,
    channel: Channel,
    sku: Sku,
    items: Annotated[
        list[str], typer.Argument(metavar="ITEM[:UNITS]...", help="What one sale takes: TEE, or TEE:6 (TEE=6 as well).")
    ],
    dry_run: DryRun = False,
) -> None:
    """Say what a channel's SKU takes. The orders that waited for it are taken at once."""
    from truestock.catalog.changes import How
    from truestock.catalog.listings import ListingDraft
    from truestock.core.problems import Problem
    from truestock.feeds.inbox.accept import map_skus

    session = session_of(ctx)
    draft = ListingDraft(channel, sku, components_of([_with_equals(text) for text in items]))
    with session.hub() as hub:
        (result,) = map_skus(hub.db, [draft], How(dry_run=dry_run))
        if isinstance(result, Problem):
            raise result
        came = None if dry_run else _come(hub, channel, sku)
    if session.as_json:
        print_json({"id": result.id, "outcome": result.outcome, "dry_run": dry_run, "taken": came})
    else:
        say(f"The listing {sku} of {channel} {'would be' if dry_run else 'is'} {result.outcome}.")
        _tell(came)


def _with_equals(text: str) -> str:
    """TEE:6 as TEE=6."""
    sku, colon, units = text.rpartition(":")
    return f"{sku}={units}" if colon and sku and units.isascii() and units.isdecimal() else text


@app.command()
def ignore(
    ctx: typer.Context,
    channel: Channel,
    sku: Sku,
    reason: Annotated[str, typer.Option(help="Why; it is shown with it.")] = "no stock",
    undo: Annotated[bool, typer.Option("--undo", help="Ignore it no longer: its lines are asked for again.")] = False,
) -> None:
    """Say that a SKU is no stock (gift wrap, a service): its lines ask nothing of it, and their orders wait no more."""
    from truestock.feeds.inbox import accept

    session = session_of(ctx)
    with session.hub() as hub:
        if undo:
            accept.heed(hub.db, channel, [sku])
        else:
            accept.ignore(hub.db, channel, [sku], reason, actor())
        came = _come(hub, channel, sku)
    if session.as_json:
        print_json({"channel": channel, "sku": sku, "ignored": not undo, "taken": came})
    else:
        say(f"{sku} of {channel} is {'ignored no longer' if undo else 'ignored'}.")
        _tell(came)


@app.command()
def ignored(
    ctx: typer.Context,
    channel: Annotated[str | None, typer.Option(help="Only this channel's.")] = None,
    after: After = None,
    limit: Annotated[int, typer.Option(help="Rows to show.", min=1, max=1_000)] = 100,
) -> None:
    """Show what is ignored, since when, by whom and why."""
    from truestock.feeds.inbox.accept import list_ignored

    session = session_of(ctx)
    with session.db() as db:
        page = list_ignored(db, channel, after, limit)
    if session.as_json:
        print_json(page)
        return
    columns = ("channel", "sku", "reason", "actor", "since")
    print_table(columns, [[getattr(row, column) for column in columns] for row in page.rows])
    if page.next:
        say(f"More: --after '{page.next}'")


@app.command()
def read(ctx: typer.Context, channel: Channel) -> None:
    """Have a running server read anew what a connected channel lists, where its connector can."""
    from truestock.feeds.inbox.lister import read_again

    session = session_of(ctx)
    with session.db() as db:
        last = read_again(db, channel)
    if session.as_json:
        print_json(last)
        return
    when = "never" if last.read_at is None else f"{last.read_at:%Y-%m-%d %H:%M} UTC"
    say(f"A running server reads what {channel} lists within seconds; the last time: {when}.")
    if last.without_sku:
        say(f"Of its listings {last.without_sku} have no SKU that one here can have.")
    if last.trouble:
        say(f"The last try failed: {last.trouble}")


def _come(hub: "Hub", channel: str, sku: str) -> "Came":
    from truestock.feeds.inbox.accept import take_concerned

    return asyncio.run(take_concerned(hub.db, hub.rules, hub.call, {channel: [sku]}))


def _tell(came: "Came | None") -> None:
    if came is not None and came.orders:
        say(f"Orders looked at: {came.orders}; waiting for it still: {came.waiting}.")
