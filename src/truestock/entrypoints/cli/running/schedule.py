"""schedule: what is done at set times."""

from typing import Annotated

import typer

from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.session import session_of

app = typer.Typer(no_args_is_help=True, help="Have things done at set times by a running truestock serve.")
Id = Annotated[int, typer.Argument(metavar="ID", help="The schedule's id.", min=1, max=2**31 - 1)]
Source = Annotated[str | None, typer.Option(help="The source's code, for a job about a source of files.")]
KIND = ("what", "of_channel", "or_all", "of_source", "about")
COLUMNS = ("id", "what", "channel", "source", "cron", "zone", "last_run", "next_run")


@app.command()
def add(
    ctx: typer.Context,
    what: Annotated[str | None, typer.Argument(help="The kind of job; left out, all are listed.")] = None,
    channel: Annotated[str | None, typer.Argument(help="The channel's code, for a job about one.")] = None,
    cron: Annotated[
        str, typer.Option(help="Minute, hour, day, month and weekday; this is every night at half past four.")
    ] = "30 4 * * *",
    zone: Annotated[str, typer.Option(help="On whose clocks, as Europe/Berlin.")] = "UTC",
    source: Source = None,
) -> None:
    """Have a kind of job done at set times; without one the kinds are listed."""
    from truestock.sync.schedules.schedules import NewSchedule, add_schedule

    session = session_of(ctx)
    with session.hub() as hub:
        if what is None:
            kinds = [(k.name, k.of_channel, k.or_all, k.of_source, k.about) for k in hub.jobs.kinds.values()]
            if session.as_json:
                print_json([dict(zip(KIND, row, strict=True)) for row in kinds])
            else:
                print_table(("what", "of one channel", "or of all", "of one source", "does"), kinds)
            return
        made = add_schedule(hub.db, hub.jobs.kinds, NewSchedule(what, cron, zone, channel, source))
    if session.as_json:
        print_json(made)
    else:
        say(f"Schedule {made.id}: {what} is due next at {made.next_run:%Y-%m-%d %H:%M} UTC.")


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """Show all schedules; times are UTC."""
    from truestock.sync.schedules.schedules import list_schedules

    session = session_of(ctx)
    with session.db() as db:
        found = list_schedules(db)
    if session.as_json:
        print_json(found)
    else:
        print_table(COLUMNS, [[getattr(row, column) for column in COLUMNS] for row in found])


@app.command()
def remove(ctx: typer.Context, schedule: Id) -> None:
    """Forget a schedule; a job that it has queued is still done."""
    from truestock.sync.schedules.schedules import remove_schedule

    session = session_of(ctx)
    with session.db() as db:
        gone = remove_schedule(db, schedule)
    if session.as_json:
        print_json(gone)
    else:
        of = gone.channel or gone.source
        say(f"Schedule {gone.id} is removed: {gone.what}{f' of {of}' if of else ''}.")


@app.command()
def run(ctx: typer.Context, schedule: Id) -> None:
    """Queue a schedule's job now, besides its times; a running truestock serve does it."""
    from truestock.sync.schedules.schedules import run_now

    session = session_of(ctx)
    with session.hub() as hub:
        job = run_now(hub.db, hub.jobs.kinds, schedule)
    if session.as_json:
        print_json({"job": job})
    else:
        say(f"Job {job} waits. How it goes: truestock jobs")
