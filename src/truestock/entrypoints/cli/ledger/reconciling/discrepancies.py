"""discrepancies: where sources and the ledger disagree, what is tolerated, and what you decide of it."""

from typing import TYPE_CHECKING, Annotated

import typer

from truestock.core.checks import BIGINT_MAX, INT_MAX
from truestock.entrypoints.cli.options import After, Limit, decimal_of, instant_of
from truestock.entrypoints.cli.output import print_json, print_page, print_table, say
from truestock.entrypoints.cli.session import Session, actor, session_of

if TYPE_CHECKING:
    from truestock.reconciliation.discrepancies.lists import Discrepancy

app = typer.Typer(no_args_is_help=True, help="Where sources and the ledger disagree, and what is decided of it.")
tolerances = typer.Typer(no_args_is_help=True, help="Tolerances: how far a source may differ before somebody looks.")
Number = Annotated[
    int, typer.Argument(metavar="NUMBER", help="The discrepancy's number, as the list shows it.", min=1, max=BIGINT_MAX)
]
Why = Annotated[str, typer.Option("--reason", help="Why; it stands with what is decided.")]
Source = Annotated[str | None, typer.Option(help="Only of this source: a feed's code, or count.")]
Location = Annotated[str | None, typer.Option(help="Only at this location.")]
COLUMNS = (
    *("id", "source", "sku", "location", "stated", "expected", "difference", "value", "age_hours", "cause", "score"),
    "state",
)


@app.command("list")
def list_(
    ctx: typer.Context,
    state: Annotated[
        str | None, typer.Option(help="Only open, review, adjusted, accepted, dismissed or gone; else what waits.")
    ] = None,
    source: Source = None,
    sku: Annotated[str | None, typer.Option(help="Only of this item.")] = None,
    location: Location = None,
    cause: Annotated[str | None, typer.Option(help="Only with this likely cause.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only stock, or allocated.")] = None,
    beyond: Annotated[bool, typer.Option("--beyond", help="Only beyond tolerance.")] = False,
    promised: Annotated[
        bool,
        typer.Option("--promised", help="Only where units are promised that are not there if the source is right."),
    ] = False,
    after: After = None,
    limit: Limit = 100,
) -> None:
    """Show what waits for somebody, the newest first, each with its likely cause."""
    from truestock.reconciliation.discrepancies.lists import list_discrepancies

    session = session_of(ctx)
    with session.db() as db:
        page = list_discrepancies(db, state, source, sku, location, cause, kind, beyond, promised, after, limit)
    print_page(page, COLUMNS, as_json=session.as_json)


@app.command()
def show(ctx: typer.Context, number: Number) -> None:
    """Show one: what speaks for its likely cause, and the cell's entries since both sides agreed last."""
    from truestock.reconciliation.discrepancies.lists import read_discrepancy

    session = session_of(ctx)
    with session.db() as db:
        found = read_discrepancy(db, number)
    if session.as_json:
        print_json(found)
        return
    one = found.discrepancy
    print_table(("field", "value"), [(name, getattr(one, name)) for name in one.__struct_fields__])
    since = "both agreed" if found.agreed else "a month before; they were never seen to agree"
    say("", f"{one.cause} ({one.score} of 100): {found.meaning}.", f"Since {since}, {found.since:%Y-%m-%d %H:%M}:")
    columns = ("effective_at", "kind", "lot", "on_hand", "reserved", "movement")
    print_table(columns, [[getattr(entry, name) for name in columns] for entry in found.entries])


@app.command()
def adjust(ctx: typer.Context, number: Number, reason: Why) -> None:
    """Put the ledger right: book what was stated, as of when it was stated."""
    from truestock.ledger.post import post
    from truestock.reconciliation.discrepancies import decide
    from truestock.reconciliation.discrepancies.lists import read_discrepancy

    session = session_of(ctx)
    with session.hub() as hub:
        command = decide.booking_of(hub.db, number, actor(), reason)
        (answer,) = hub.run(post, [command])
        decide.noted(hub.db, number, command, answer)
        _tell(session, read_discrepancy(hub.db, number).discrepancy)


@app.command()
def accept(ctx: typer.Context, number: Number, reason: Why) -> None:
    """Leave the ledger as it is; the same difference is not raised again."""
    _decide(ctx, "accept", number, reason)


@app.command()
def dismiss(ctx: typer.Context, number: Number, reason: Why) -> None:
    """Say that the statement was wrong; another like it is raised again."""
    _decide(ctx, "dismiss", number, reason)


@app.command()
def recount(ctx: typer.Context, number: Number, reason: Why) -> None:
    """Ask for a count of the cell; it waits for review until then."""
    _decide(ctx, "recount", number, reason)


def _decide(ctx: typer.Context, what: str, number: int, reason: str) -> None:
    from truestock.reconciliation.discrepancies import decide
    from truestock.reconciliation.discrepancies.lists import read_discrepancy

    session = session_of(ctx)
    deciding = {"accept": decide.accept, "dismiss": decide.dismiss, "recount": decide.recount}
    with session.db() as db:
        deciding[what](db, number, actor(), reason)
        _tell(session, read_discrepancy(db, number).discrepancy)


def _tell(session: Session, one: "Discrepancy") -> None:
    if session.as_json:
        print_json(one)
    else:
        say(f"Discrepancy {one.id} of {one.sku} at {one.location} is {one.state}: {one.reason}.")


@tolerances.command("list")
def list_tolerances(ctx: typer.Context, after: After = None, limit: Limit = 100) -> None:
    """Show them; the most specific one holds: item, then location, source, category."""
    from truestock.reconciliation.discrepancies import tolerances as kept

    session = session_of(ctx)
    with session.db() as db:
        page = kept.list_tolerances(db, after, limit)
    columns = ("id", "source", "item", "category", "location", "units", "percent", "value", "reason", "actor")
    print_page(page, columns, as_json=session.as_json)


@tolerances.command()
def put(
    ctx: typer.Context,
    units: Annotated[int | None, typer.Option(help="At most so many units.")] = None,
    percent: Annotated[str | None, typer.Option(help="At most so many percent of the units expected.")] = None,
    value: Annotated[str | None, typer.Option(help="At most units of this value, at the item's cost.")] = None,
    source: Annotated[str, typer.Option(help="Of this source: a feed's code, or count.")] = "",
    item: Annotated[str | None, typer.Option(help="For this item.")] = None,
    category: Annotated[str | None, typer.Option(help="For this category.")] = None,
    location: Annotated[str | None, typer.Option(help="At this location.")] = None,
    reason: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """Set one, or replace the one with the same scope. Every limit that is named has to be kept."""
    from truestock.reconciliation.discrepancies import tolerances as kept

    session = session_of(ctx)
    draft = kept.ToleranceDraft(
        units=units,
        percent=decimal_of("percent", percent),
        value=decimal_of("value", value),
        source=source,
        item=item,
        category=category,
        location=location,
        reason=reason,
    )
    with session.db() as db:
        number = kept.put_tolerance(db, draft, actor())
    if session.as_json:
        print_json({"id": number})
    else:
        say(f"Tolerance {number} holds.")


@tolerances.command()
def end(
    ctx: typer.Context,
    tolerance: Annotated[int, typer.Argument(metavar="ID", help="The tolerance's id.", min=1, max=INT_MAX)],
) -> None:
    """Tolerate that no longer."""
    from truestock.reconciliation.discrepancies import tolerances as kept

    session = session_of(ctx)
    with session.db() as db:
        kept.end_tolerance(db, tolerance)
    if session.as_json:
        print_json({"id": tolerance})
    else:
        say(f"Tolerance {tolerance} holds no longer.")


def accuracy(
    ctx: typer.Context,
    location: Location = None,
    source: Source = None,
    since: Annotated[str | None, typer.Option(help="From this day on, as 2026-11-01.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this day.")] = None,
    limit: Limit = 100,
) -> None:
    """Show how accurate the ledger was: of the cells that sources stated how many were right, and why not all."""
    from truestock.reconciliation.discrepancies.accuracy import read_accuracy

    session = session_of(ctx)
    first, last = instant_of("since", since), instant_of("until", until)
    with session.db() as db:
        found = read_accuracy(db, location, source, first and first.date(), last and last.date(), limit)
    if session.as_json:
        print_json(found)
        return
    days = ("day", "location", "source", "cells", "right", "percent", "units", "value")
    causes = ("cause", "cells", "units", "value")
    print_table(days, [[getattr(row, name) for name in days] for row in found.days])
    if found.causes:
        say("")
        print_table(causes, [[getattr(row, name) for name in causes] for row in found.causes])
