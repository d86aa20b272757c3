"""feed lines, retry, drop and undo: what a run lost, and what it did."""

from typing import TYPE_CHECKING, Annotated

import typer

from truestock.entrypoints.cli.faults import PROBLEM, WrongCall
from truestock.entrypoints.cli.options import Reason
from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.session import actor, session_of

if TYPE_CHECKING:
    from truestock.feeds.stock.engine.undoing.undo import Undone

Number = Annotated[int, typer.Argument(metavar="RUN", help="The run's number.")]
Lines = Annotated[list[int] | None, typer.Option("--line", help="A line; may be given several times.")]


def lines(
    ctx: typer.Context,
    number: Number,
    every: Annotated[bool, typer.Option("--all", help="Also those that were tried again or dropped.")] = False,
    after: Annotated[int, typer.Option(help="Go on after this line.")] = 0,
) -> None:
    """Show the rows of a run that were set aside, why, and what would mend them."""
    from truestock.feeds.stock.engine.runs import lines_of

    session = session_of(ctx)
    with session.db() as db:
        found = lines_of(db, number, None if every else "open", after)
    if session.as_json:
        print_json(found)
        return
    rows = [
        (one.line, one.field, one.reason, one.repair, " ".join(f"{k}={v}" for k, v in one.fields.items()), one.state)
        for one in found.rows
    ]
    print_table(("line", "field", "reason", "repair", "row", "state"), rows)
    if found.next:
        say(f"More: --after {found.next}")


def retry(
    ctx: typer.Context,
    number: Number,
    line: Lines = None,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="LINE:FIELD=VALUE", help="Another value for a line, as 12:sku=LAMP-2."),
    ] = None,
) -> None:
    """Try rows again that were set aside: all of a run, or some, with values that are changed."""
    from truestock.feeds.stock.engine.mending import Mending

    session = session_of(ctx)
    with session.hub() as hub:
        told = Mending(hub.db, hub.rules).retry(number, line, _changes(change or []), actor())
    if session.as_json:
        print_json(told)
    else:
        say(f"Lines that were taken: {len(told.taken)}, by run {told.run}.")
        rows = [(one.line, one.field, one.reason, one.repair) for one in told.faults]
        if rows:
            print_table(("line", "field", "reason", "repair"), rows)
    if told.faults:
        raise typer.Exit(PROBLEM)


def _changes(texts: list[str]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for text in texts:
        line, colon, pair = text.partition(":")
        field, equals, value = pair.partition("=")
        if not (colon and equals and field and line.isascii() and line.isdecimal()):
            raise WrongCall(f"--set {text} names no value; write it as 12:sku=LAMP-2", "set")
        found.setdefault(int(line), {})[field] = value
    return found


def drop(ctx: typer.Context, number: Number, line: Lines = None) -> None:
    """Say that rows which were set aside are not wanted."""
    from truestock.feeds.stock.engine.mending import Mending

    if not line:
        raise WrongCall("name the lines, as --line 12", "line")
    session = session_of(ctx)
    with session.hub() as hub:
        Mending(hub.db, hub.rules).drop(number, line)
    if session.as_json:
        print_json({"run": number, "dropped": line})
    else:
        say(f"Lines that are dropped: {len(line)}.")


def undo(
    ctx: typer.Context,
    number: Number,
    reason: Reason = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Undo without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would change, and write nothing.")] = False,
) -> None:
    """Undo a whole run by reversal, after showing what that changes. Expected supply stands as before it, but for lines
    of which something newer was said."""
    from truestock.feeds.stock.engine.mending import Mending

    session = session_of(ctx)
    if session.as_json and not (yes or dry_run):
        raise WrongCall("with --json nobody is asked; say --yes or --dry-run", "yes")
    with session.hub() as hub:
        mending = Mending(hub.db, hub.rules)
        told = mending.undo(number, actor(), reason, preview=True)
        if not session.as_json:
            rows = [(c.sku, c.location, c.lot, c.status, c.on_hand, c.reserved) for c in told.changes[:100]]
            if rows:
                print_table(("sku", "location", "lot", "status", "on hand", "reserved"), rows)
                say("")
            else:
                say("No stock changes.")
            say(f"Movements: {told.movements}; units up {told.up}, down {told.down}, promised {told.promised}.")
            if told.supply:
                _show_supply(told)
        if not dry_run:
            if not yes:
                typer.confirm("Undo it?", abort=True, err=True)
            told = mending.undo(number, actor(), reason, preview=False)
    if session.as_json:
        print_json(told)
    else:
        say("Nothing was undone." if dry_run else f"Run {number} is undone.")


def _show_supply(told: "Undone") -> None:
    rows = [
        (one.ref, one.sku, one.location, one.qty, one.received, f"{one.due_at:%Y-%m-%d}", one.stays or one.state)
        for one in told.supply[:100]
    ]
    print_table(("document", "sku", "location", "units", "received", "due", "then"), rows)
    say(f"Lines of supply: {told.lines_back} put back, {told.lines_stay} stay.")
