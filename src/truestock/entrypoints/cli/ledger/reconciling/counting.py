"""counts: what is counted by plan or on request, and counted sheets."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from truestock.entrypoints.cli.faults import PROBLEM, WrongCall
from truestock.entrypoints.cli.options import After, Limit, validated
from truestock.entrypoints.cli.output import print_json, print_page, print_table, say
from truestock.entrypoints.cli.session import actor, session_of

if TYPE_CHECKING:
    from truestock.bootstrap import Hub
    from truestock.reconciliation.counts.values import Book

app = typer.Typer(no_args_is_help=True, help="Cycle counts: plans, tasks, sheets, approval and its limits.")
TASK_MAX = 2**62
Task = Annotated[
    int, typer.Argument(metavar="TASK", help="The task's number, as the list shows it.", min=1, max=TASK_MAX)
]
Who = Annotated[str | None, typer.Option("--by", help="Who counted; you, if it is left out.")]
PLAN = (
    *("code", "location", "zone", "lines_a_day", "lines_a_task", "a_days", "b_days", "c_days", "wear"),
    *("promotion_days", "tolerance_units", "tolerance_percent", "paused"),
)
TASK = ("id", "location", "zone", "why", "plan", "priority", "state", "lines", "left", "assigned_to", "made_at")


@app.command()
def plans(ctx: typer.Context) -> None:
    """Show all plans."""
    from truestock.reconciliation.counts.plans import list_plans

    session = session_of(ctx)
    with session.db() as db:
        show_rows(list_plans(db), PLAN, as_json=session.as_json)


@app.command()
def plan(
    ctx: typer.Context,
    code: Annotated[str, typer.Argument(metavar="CODE", help="The plan's name.")],
    location: Annotated[str | None, typer.Option(help="Only this location; else every one with stock.")] = None,
    zone: Annotated[str | None, typer.Option(help="Only pick, bulk, staging or inspection.")] = None,
    lines_a_day: Annotated[int | None, typer.Option(help="Items a location's counters manage in a day.")] = None,
    lines_a_task: Annotated[int | None, typer.Option(help="Items of one task.")] = None,
    a_days: Annotated[int | None, typer.Option(help="Days until an item of class A is due again.")] = None,
    b_days: Annotated[int | None, typer.Option(help="The same of class B.")] = None,
    c_days: Annotated[int | None, typer.Option(help="The same of class C.")] = None,
    wear: Annotated[int | None, typer.Option(help="Movements until any item is due again.")] = None,
    promotion_days: Annotated[int | None, typer.Option(help="Days before a dated policy begins; 0: none.")] = None,
    tolerance_units: Annotated[int | None, typer.Option(help="Units that an item may be off.")] = None,
    tolerance_percent: Annotated[int | None, typer.Option(help="Percent that an item may be off.")] = None,
    paused: Annotated[bool, typer.Option("--paused", help="Make no tasks for now.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Forget the plan.")] = False,
) -> None:
    """Make a plan, or change it; what is left out is as if it were new. Its tasks are made by the job count-plans."""
    from truestock.reconciliation.counts.plans import put_plan, remove_plan
    from truestock.reconciliation.counts.values import NewPlan

    session = session_of(ctx)
    said = {
        "location": location, "zone": zone, "lines_a_day": lines_a_day, "lines_a_task": lines_a_task, "a_days": a_days,
        "b_days": b_days, "c_days": c_days, "wear": wear, "promotion_days": promotion_days,
        "tolerance_units": tolerance_units, "tolerance_percent": tolerance_percent, "paused": paused,
    }  # fmt: skip
    given = {"code": code} | {name: value for name, value in said.items() if value is not None}
    with session.db() as db:
        made = remove_plan(db, code) if remove else put_plan(db, validated(given, NewPlan))
    if session.as_json:
        print_json(made)
    else:
        say(f"Plan {code} is removed." if remove else f"Plan {code} stands. Schedule it: schedule add count-plans")


@app.command()
def tasks(
    ctx: typer.Context,
    state: Annotated[str | None, typer.Option(help="open, done or cancelled; all, if it is left out.")] = "open",
    location: Annotated[str | None, typer.Option(help="Only at this location.")] = None,
    counter: Annotated[str | None, typer.Option("--for", help="Only this counter's; empty: nobody's.")] = None,
    after: After = None,
    limit: Limit = 100,
) -> None:
    """Show tasks, the newest first."""
    from truestock.reconciliation.counts.tasks import list_tasks
    from truestock.reconciliation.counts.values import TaskState

    session = session_of(ctx)
    if after is not None and not (after.isdecimal() and len(after) < 19):
        raise WrongCall("--after goes on after a task's number, as the page before said", "after")
    known = None if state is None else validated({"state": state}, dict[str, TaskState])["state"]
    with session.db() as db:
        found = list_tasks(db, known, location, None if after is None else int(after), limit, counter)
    print_page(found, TASK, as_json=session.as_json)


@app.command()
def ask(
    ctx: typer.Context,
    location: Annotated[str, typer.Argument(metavar="LOCATION", help="The location's code.")],
    skus: Annotated[list[str], typer.Argument(metavar="SKU...", help="What is to be counted.")],
    zone: Annotated[str, typer.Option(help="Only in the bins of pick, bulk, staging or inspection.")] = "",
    urgent: Annotated[bool, typer.Option("--urgent", help="Before everything that plans make.")] = False,
) -> None:
    """Have items counted at a location, or in one of its zones."""
    from truestock.reconciliation.counts import tasks
    from truestock.reconciliation.counts.values import NewTask

    session = session_of(ctx)
    with session.db() as db:
        wanted = {"location": location, "skus": skus, "zone": zone, "urgent": urgent}
        made = tasks.ask(db, validated(wanted, NewTask), actor())
    if session.as_json:
        print_json(made)
    else:
        say(f"Task {made.id} waits at {made.location}: {made.lines} items. Its sheet: truestock counts sheet {made.id}")


@app.command()
def assign(
    ctx: typer.Context,
    task: Task,
    to: Annotated[str | None, typer.Argument(metavar="COUNTER", help="You, if it is left out; empty: nobody.")] = None,
) -> None:
    """Say who is to count a task; others may count it still."""
    from truestock.reconciliation.counts import tasks
    from truestock.reconciliation.counts.values import Assign

    session = session_of(ctx)
    said = validated({"to": to}, Assign)
    with session.db() as db:
        given = tasks.assign(db, task, actor() if said.to is None else said.to)
    if session.as_json:
        print_json(given)
    else:
        say(f"Task {task} is {given.assigned_to}'s." if given.assigned_to else f"Task {task} is for whoever comes.")


@app.command()
def make(ctx: typer.Context) -> None:
    """Make the tasks that are due now, by every plan, and those of rejected picks and of recounts that are wanted."""
    from truestock.reconciliation.counts.due import ask_for_recounts, ask_for_rejected, make_due

    session = session_of(ctx)
    with session.db() as db:
        made = {"picks": ask_for_rejected(db), "recounts": ask_for_recounts(db), "plans": make_due(db)}
    if session.as_json:
        print_json(made)
    else:
        say("Tasks made: " + ", ".join(f"{len(tasks)} of {whose}" for whose, tasks in made.items()) + ".")


@app.command()
def sheet(
    ctx: typer.Context,
    task: Task,
    as_csv: Annotated[bool, typer.Option("--csv", help="As a CSV file to be filled in.")] = False,
) -> None:
    """Show what is to be counted, along the bins; what is expected is not said."""
    from truestock.reconciliation.counts.taking.sheet_file import write_sheet
    from truestock.reconciliation.counts.tasks import sheet as read_sheet

    session = session_of(ctx)
    with session.db() as db:
        found = read_sheet(db, task, actor())
    if as_csv:
        sys.stdout.write(write_sheet(found))
    elif session.as_json:
        print_json(found)
    else:
        show_rows(found.lines, ("sku", "name", "unit", "lot_tracked", "bins", "why", "state", "round"), as_json=False)


@app.command("import")
def import_(
    ctx: typer.Context,
    task: Task,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV: sku, code, lot, bin, qty, counted_at.")],
    by: Who = None,
) -> None:
    """Count a task by a filled-in sheet: all that has a quantity is counted, 0 says that there is none."""
    from truestock.reconciliation.counts.taking.sheet_file import take_sheet

    session = session_of(ctx)
    with session.hub() as hub:
        found = take_sheet(hub.db, book_of(hub), task, file.read_bytes(), by or actor())
    refused = [row for row in found if row.answer.outcome == "refused"]
    if session.as_json:
        print_json(found)
    else:
        for row in refused:
            say(f"Line {row.line}: {row.answer.detail}")
        taken = len(found) - len(refused)
        say(f"Rows taken: {taken}, refused: {len(refused)}. What came of it: truestock counts show {task}")
    if refused:
        raise typer.Exit(PROBLEM)


@app.command()
def cancel(
    ctx: typer.Context,
    task: Task,
    in_doubt: Annotated[
        str | None, typer.Option(help="sellable or recount: what becomes of units that no picker found.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the decision.")] = "",
) -> None:
    """Have a task not counted any more; what is booked of it stays."""
    from truestock.reconciliation.counts.doubt import cancel as cancelling
    from truestock.reconciliation.counts.values import Cancel

    session = session_of(ctx)
    said = validated({"in_doubt": in_doubt, "reason": reason}, Cancel)
    with session.hub() as hub:
        gone = cancelling.cancel(hub.db, book_of(hub), task, said, actor())
    if session.as_json:
        print_json(gone)
    else:
        say(f"Task {task} is cancelled.")


@app.command()
def scan(
    ctx: typer.Context,
    code: Annotated[str, typer.Argument(metavar="CODE", help="What a scanner has read.")],
    location: Annotated[str | None, typer.Option(help="Where, so that a bin's code is one of there.")] = None,
) -> None:
    """Show what a code means here: an item with its units, lot and expiry, a bin or a location."""
    import msgspec

    from truestock.reconciliation.scanning.find import find

    session = session_of(ctx)
    with session.db() as db:
        found = find(db, code, location)
    if session.as_json:
        print_json(found)
        return
    said = msgspec.structs.asdict(found) | msgspec.structs.asdict(found.says)
    print_table(("field", "value"), [row for row in said.items() if row[0] != "says" and row[1] is not None])


@app.command()
def prove(
    ctx: typer.Context,
    a_day: Annotated[int, typer.Option(help="Items counted a day, of 1,000.", min=1, max=1_000)] = 100,
    seed: Annotated[int, typer.Option(help="Another one is another network.")] = 20,
) -> None:
    """Count a made-up network, 60 % of whose records are wrong, by plan and in random order, until 95 % are right."""
    from functools import partial
    from random import Random

    from truestock.reconciliation.counts.rules.proving import Setting
    from truestock.reconciliation.counts.rules.proving import prove as count_both

    proof = count_both(Setting(a_day=a_day), partial(Random, seed))
    if session_of(ctx).as_json:
        print_json(proof._asdict())
        return
    rows = [
        (name, f"{run.accuracy[0]:.1%}", f"{run.accuracy[-1]:.1%}", run.counts, run.days)
        for name, run in proof._asdict().items()
    ]
    print_table(("order", "right at first", "right at last", "counts", "days"), rows)


def book_of(hub: "Hub") -> "Book":
    """Commits bookings."""
    from truestock.ledger.post import post

    return lambda posts: hub.run(post, posts)


def show_rows(rows: Any, columns: tuple[str, ...], *, as_json: bool) -> None:
    """Print rows as a table, or as JSON."""
    if as_json:
        print_json(rows)
    else:
        print_table(columns, [[getattr(row, column) for column in columns] for row in rows])
