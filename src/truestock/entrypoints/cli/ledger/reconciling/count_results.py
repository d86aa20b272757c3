"""counts: what they have found, what is decided of it, and who may decide."""

from typing import Annotated

import typer

from truestock.entrypoints.cli.faults import Refusal
from truestock.entrypoints.cli.ledger.reconciling.counting import TASK_MAX, Task, app, book_of, show_rows
from truestock.entrypoints.cli.options import After, Limit, decimal_of, validated
from truestock.entrypoints.cli.output import print_json, print_page, say
from truestock.entrypoints.cli.session import actor, session_of

__all__ = ["app"]

Sku = Annotated[str, typer.Argument(metavar="SKU", help="The item's SKU.")]
Why = Annotated[str, typer.Option("--reason", help="Why; it is kept with the decision, and stands in the ledger.")]
RESULT = ("task", "location", "zone", "sku", "name", "state", "difference", "value", "without_bin")


@app.command()
def show(
    ctx: typer.Context,
    task: Annotated[int | None, typer.Argument(metavar="TASK", help="Only this task's.", min=1, max=TASK_MAX)] = None,
    state: Annotated[str | None, typer.Option(help="Only review, booked or dismissed.")] = None,
    after: After = None,
    limit: Limit = 100,
) -> None:
    """Show what counts have found that are over; those in review wait for approval."""
    from truestock.reconciliation.counts.decide import list_results
    from truestock.reconciliation.counts.values import LineState

    session = session_of(ctx)
    known = None if state is None else validated({"state": state}, dict[str, LineState])["state"]
    with session.db() as db:
        print_page(list_results(db, known, task, after, limit), RESULT, as_json=session.as_json)


@app.command()
def approve(ctx: typer.Context, task: Task, sku: Sku, reason: Why) -> None:
    """Book the last count of an item; a role of yours has to cover the difference, where there are roles."""
    _decide(ctx, task, sku, "approve", reason)


@app.command()
def recount(ctx: typer.Context, task: Task, sku: Sku, reason: Why) -> None:
    """Have somebody else count an item once more."""
    _decide(ctx, task, sku, "recount", reason)


@app.command()
def dismiss(ctx: typer.Context, task: Task, sku: Sku, reason: Why) -> None:
    """Leave the ledger as it is, whatever the count said."""
    _decide(ctx, task, sku, "dismiss", reason)


@app.command()
def limits(ctx: typer.Context) -> None:
    """Show what each role may approve."""
    from truestock.reconciliation.counts.plans import list_limits

    session = session_of(ctx)
    with session.db() as db:
        show_rows(list_limits(db), ("role", "members", "units", "value", "own_counts"), as_json=session.as_json)


@app.command()
def limit(
    ctx: typer.Context,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="The role's name.")],
    member: Annotated[
        list[str] | None, typer.Option(help="The name of an API key, or of who types, as cli:maria; several times.")
    ] = None,
    units: Annotated[int | None, typer.Option(help="Base units of one item; any, if it is left out.")] = None,
    value: Annotated[str | None, typer.Option(help="Value at cost; any, if it is left out.")] = None,
    own_counts: Annotated[
        bool, typer.Option("--own-counts", help="They may approve what they have counted themselves.")
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Forget the role.")] = False,
) -> None:
    """Say what a role may approve, and who is in it; from the first role on, whoever is in none may approve nothing."""
    from truestock.reconciliation.counts.plans import put_limit, remove_limit
    from truestock.reconciliation.counts.values import Limit as NewLimit

    session = session_of(ctx)
    said = {"role": role, "members": member or [], "units": units, "value": decimal_of("value", value)}
    said["own_counts"] = own_counts
    with session.db() as db:
        made = remove_limit(db, role) if remove else put_limit(db, validated(said, NewLimit))
    if session.as_json:
        print_json(made)
    else:
        say(f"Role {role} is removed." if remove else f"Role {role} stands, with {len(made.members)} members.")


def _decide(ctx: typer.Context, task: int, sku: str, decision: str, reason: str) -> None:
    from truestock.core.problems import Problem
    from truestock.reconciliation.counts.decide import decide
    from truestock.reconciliation.counts.values import Verdict

    session = session_of(ctx)
    verdict = validated({"task": task, "sku": sku, "decision": decision, "reason": reason}, Verdict)
    with session.hub() as hub:
        (answer,) = decide(hub.db, book_of(hub), [verdict], actor())
    if isinstance(answer, Problem):
        raise Refusal(answer.type, answer.detail, answer.field)
    if session.as_json:
        print_json(answer)
    else:
        say(f"The count of {sku} in task {task} is {answer.state}.")
