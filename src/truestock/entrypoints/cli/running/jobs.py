"""jobs: what is queued, what was done, what failed, and what is to be done or not to be done now."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from truestock.core.checks import BIGINT_MAX
from truestock.core.problems import Conflict, NotFound
from truestock.entrypoints.cli.options import Limit
from truestock.entrypoints.cli.output import cell, print_json, print_page, print_table, say
from truestock.entrypoints.cli.running.schedule import Source
from truestock.entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from truestock.entrypoints.cli.session import Session

app = typer.Typer(help="Show jobs, have them done now, tried again, or not done.")
STAGES = ("stage", "channel", "state", "began_at", "ended_at", "said")
COLUMNS = ("id", "kind", "channel", "source", "state", "tries", "queued_at", "next_try_at", "ended_at", "said")
Id = Annotated[int, typer.Argument(metavar="ID", help="The job's id.", min=1, max=BIGINT_MAX - 1)]
State = Annotated[
    Literal["waiting", "running", "done", "failed", "cancelled"] | None, typer.Option(help="Only those in this state.")
]
Before = Annotated[
    int | None, typer.Option("--after", help="Go on after this one, as the page before said.", min=1, max=BIGINT_MAX)
]


@app.callback(invoke_without_command=True)
def jobs(ctx: typer.Context) -> None:
    """Show jobs, the newest first; have them done now, tried again, or not done."""
    if ctx.invoked_subcommand is None:
        _show(session_of(ctx), None, None, 100)


@app.command("list")
def list_(ctx: typer.Context, state: State = None, before: Before = None, limit: Limit = 100) -> None:
    """Show jobs, the newest first, and what their last try did or why it failed."""
    _show(session_of(ctx), state, before, limit)


def _show(session: "Session", state: State, before: int | None, limit: int) -> None:
    from truestock.store.jobs.queue import list_jobs

    with session.db() as db:
        print_page(list_jobs(db, state, before, limit), COLUMNS, as_json=session.as_json)


@app.command()
def show(ctx: typer.Context, job: Id) -> None:
    """Show one job, and how each of the things stands that it does in order."""
    from truestock.store.jobs.queue import read_job

    session = session_of(ctx)
    with session.db() as db:
        found = read_job(db, job)
    if found is None:
        raise NotFound("job", job)
    if session.as_json:
        print_json(found)
        return
    print_table(("field", "value"), [(column, cell(getattr(found, column))) for column in COLUMNS], folded=True)
    if found.stages:
        say("")
        stages = [[getattr(stage, column) for column in STAGES] for stage in found.stages]
        print_table(STAGES, stages, folded=True)


@app.command()
def run(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(help="The kind of job; truestock schedule add lists them.")],
    channel: Annotated[str | None, typer.Argument(help="The channel's code, for a job about one.")] = None,
    source: Source = None,
) -> None:
    """Have a job done now, without a schedule; a running truestock serve does it."""
    from truestock.sync.schedules.schedules import run_once

    session = session_of(ctx)
    with session.hub() as hub:
        job = run_once(hub.db, hub.jobs.kinds, what, channel, source)
    if session.as_json:
        print_json({"job": job})
    else:
        say(f"Job {job} waits. How it goes: truestock jobs show {job}")


@app.command()
def cancel(ctx: typer.Context, job: Id) -> None:
    """Have a job not done; one that runs ends where its work next looks."""
    from truestock.store.jobs.queue import cancel as cancel_job
    from truestock.store.jobs.queue import read_job

    session = session_of(ctx)
    with session.db() as db:
        if read_job(db, job) is None:
            raise NotFound("job", job)
        if not cancel_job(db, job):
            raise Conflict(f"job {job} has ended already")
        found = read_job(db, job)
    if session.as_json:
        print_json(found)
    else:
        say(f"Job {job} is cancelled, or ends within seconds if it runs. How it stands: truestock jobs show {job}")


@app.command()
def retry(ctx: typer.Context, job: Id) -> None:
    """Have a failed job tried once more; a running truestock serve does it."""
    from truestock.store.jobs.queue import read_job
    from truestock.store.jobs.queue import retry as retry_job

    session = session_of(ctx)
    with session.db() as db:
        if read_job(db, job) is None:
            raise NotFound("job", job)
        if not retry_job(db, job):
            raise Conflict(f"job {job} has not failed, or the same one waits already")
        found = read_job(db, job)
    if session.as_json:
        print_json(found)
    else:
        say(f"Job {job} waits. How it goes: truestock jobs")
