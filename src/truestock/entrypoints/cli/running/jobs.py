"""jobs: what is queued, what was done, and what failed."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from truestock.core.problems import Conflict, NotFound
from truestock.entrypoints.cli.options import Limit
from truestock.entrypoints.cli.output import print_json, print_page, say
from truestock.entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from truestock.entrypoints.cli.session import Session

app = typer.Typer(help="Show jobs, and have failed ones tried again.")
COLUMNS = ("id", "kind", "channel", "state", "tries", "queued_at", "next_try_at", "ended_at", "said")
State = Annotated[
    Literal["waiting", "running", "done", "failed", "cancelled"] | None, typer.Option(help="Only those in this state.")
]
Before = Annotated[int | None, typer.Option("--after", help="Go on after this one, as the page before said.", min=1)]


@app.callback(invoke_without_command=True)
def jobs(ctx: typer.Context) -> None:
    """Show jobs, the newest first, and have failed ones tried again."""
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
def retry(ctx: typer.Context, job: Annotated[int, typer.Argument(metavar="ID", help="The job's id.", min=1)]) -> None:
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
