"""cutover: take a channel over from the way it was kept before, and say when it is live."""

from typing import TYPE_CHECKING, Annotated

import typer

from truestock.entrypoints.cli.faults import WrongCall
from truestock.entrypoints.cli.options import instant_of
from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from truestock.sync.cutover.takeover import Takeover


def cutover(
    ctx: typer.Context,
    code: Annotated[str, typer.Argument(metavar="CODE", help="The channel's code.")],
    begin: Annotated[bool, typer.Option("--begin", help="Take its orders in and compare its numbers.")] = False,
    as_of: Annotated[
        str | None, typer.Option(help="With --begin: when the opening stock was counted. Default: as its files say.")
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Write to the channel from now on.")] = False,
    force: Annotated[bool, typer.Option("--force", help="With --live: whatever stands against it.")] = False,
) -> None:
    """Take a connected channel over, step by step; without an option show how far it has come.

    After --begin a running server takes in the orders that are open there and books what has left since the stock was
    counted, then compares every number and writes none. --live ends that, and refuses while something is open."""
    from truestock.sync.cutover import takeover

    if begin and live:
        raise WrongCall("begin first, look at the differences, and then say live", "live")
    if as_of is not None and not begin:
        raise WrongCall("it belongs to --begin", "as-of")
    session = session_of(ctx)
    with session.db() as db:
        if begin:
            found = takeover.begin(db, code, instant_of("as-of", as_of))
        elif live:
            found = takeover.go_live(db, code, force=force)
        else:
            found = takeover.report(db, code)
    if session.as_json:
        print_json(found)
    else:
        _show(found)


def _show(found: "Takeover") -> None:
    taken = f"{found.orders} orders taken in" if found.orders_read else f"{found.orders} orders taken in so far"
    say(f"{found.channel} is {found.mode}; {taken}, {found.unsettled} not settled, {found.unread} not understood.")
    say(f"{found.same} of {found.spots} numbers are the same, {found.compared} compared.")
    if found.differences:
        print_table(
            ("listing", "place", "ours", "shown there", "seen (UTC)"),
            [(d.sku, d.place, d.ours, d.shown, d.seen_at) for d in found.differences],
        )
    if found.mode == "shadow":
        for hindrance in found.hindrances:
            say(f"Not yet: {hindrance}.")
        if not found.hindrances:
            say(f"When the differences are explained: truestock cutover {found.channel} --live")
