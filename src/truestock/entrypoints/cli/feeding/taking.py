"""feed run, preview, look, confirm and runs: what a feed brings, and what became of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from truestock.entrypoints.cli.faults import PROBLEM, Refusal
from truestock.entrypoints.cli.feeding.lines import Number
from truestock.entrypoints.cli.imports.progress import counting
from truestock.entrypoints.cli.options import instant_of
from truestock.entrypoints.cli.output import print_json, print_table, say
from truestock.entrypoints.cli.session import actor, session_of

if TYPE_CHECKING:
    from truestock.feeds.stock.engine.runs import Run

Code = Annotated[str, typer.Argument(metavar="CODE", help="The feed's code.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="The file.", exists=True, dir_okay=False, readable=True)]
AsOf = Annotated[
    str | None, typer.Option(help="When it was true, as 2026-11-27T06:00:00+01:00; when it was written if left out.")
]
BookedUntil = Annotated[
    str | None, typer.Option(help="Up to when its source had booked our documents, if the file says so.")
]
CHANGES_SHOWN, CHANNELS_SHOWN = 100, 3
ALWAYS = ("rows", "taken")
COLUMNS_OF_CHANGES = (
    "sku", "location", "lot", "status", "stated", "on hand", "available", "displaced", "owed", "channels may promise",
)  # fmt: skip
COUNTS = (
    "rows", "taken", "quarantined", "known", "differed", "booked", "review", "older", "up", "down", "displaced", "owed",
)  # fmt: skip


def run(ctx: typer.Context, code: Code, file: File, as_of: AsOf = None, booked_until: BookedUntil = None) -> None:
    """Take a file in. The same file twice is recognised; one that was cut off is gone on with."""
    _take(ctx, code, file, as_of, booked_until, preview=False)


def preview(ctx: typer.Context, code: Code, file: File, as_of: AsOf = None, booked_until: BookedUntil = None) -> None:
    """Say what a file would do to stock, by the same steps; nothing is written."""
    _take(ctx, code, file, as_of, booked_until, preview=True)


def _take(
    ctx: typer.Context, code: str, file: Path, as_of: str | None, booked_until: str | None, *, preview: bool
) -> None:
    from datetime import UTC, datetime

    from truestock.feeds.stock.engine.taking import FeedFile

    session = session_of(ctx)
    written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    until = instant_of("booked_until", booked_until)
    with session.hub() as hub, file.open("rb") as source, counting("rows and parts", 0) as advance:
        told = FeedFile(file.name, source, instant_of("as_of", as_of) or written, until)
        engine = hub.feeds.engine
        done = engine.take(code, told, actor(), preview=preview, say=lambda _, count: advance(count))
    _told(ctx, done)


def _told(ctx: typer.Context, done: "Run") -> None:
    if session_of(ctx).as_json:
        print_json(done)
    else:
        print_runs([done])
        _changes(done)
        for note in done.report.notes:
            say(f"Note: {note}.")
        _faults(done)
        if done.known:
            say("This very file was taken before; nothing was done again.")
        if done.state == "asks":
            gone, there = done.report.would_zero, done.report.in_scope
            answer = (
                f"Do it all the same: truestock feed confirm {done.id}" if done.id else "Taken in, it will ask first."
            )
            say(f"It would take {gone} of {there} units away. {answer}")
        if not done.id:
            say("A preview: nothing was written.")
    if done.state in ("asks", "refused") or done.report.quarantined:
        raise typer.Exit(PROBLEM)


def _changes(done: "Run") -> None:
    changes = done.report.changes
    if not changes:
        return
    rows = [
        (
            *(c.sku, c.location, c.lot, c.status, c.stated),
            f"{c.on_hand_now} -> {c.on_hand_then}",
            f"{c.available_now} -> {c.available_then}",
            *(c.displaced or None, c.owed or None),
            ", ".join(f"{one.channel} {one.now} -> {one.then}" for one in c.atp[:CHANNELS_SHOWN]),
        )
        for c in changes[:CHANGES_SHOWN]
    ]
    say("")
    print_table(COLUMNS_OF_CHANGES, rows)
    if more := len(changes) - len(rows) + done.report.more:
        say(f"{more} more would change.")


def _faults(done: "Run") -> None:
    faults = done.report.faults
    if not faults:
        return
    say("")
    print_table(("line", "field", "reason", "repair"), [(f.line, f.field, f.reason, f.repair) for f in faults])
    if more := done.report.quarantined - len(faults):
        say(f"{more} more are set aside.")
    if done.id and done.state == "done":
        say(f"See what still waits: truestock feed lines {done.id}. Mend it: truestock feed retry {done.id}")


def look(ctx: typer.Context, code: Code) -> None:
    """Take in what waits where a feed's files lie, and go on with what was cut off."""
    from truestock.feeds.stock.engine.feeds import read_feed

    session = session_of(ctx)
    with session.hub() as hub:
        done, trouble = hub.feeds.look(code), read_feed(hub.db, code).trouble
    if session.as_json:
        print_json(done)
    elif done:
        print_runs(done)
    elif not trouble:
        say("There is no new file.")
    if trouble:
        raise Refusal("conflict", trouble, "door")


def confirm(
    ctx: typer.Context, number: Number, no: Annotated[bool, typer.Option("--no", help="Do not take the file.")] = False
) -> None:
    """Answer a run that asks: have it done all the same, or not."""
    session = session_of(ctx)
    with session.hub() as hub:
        done = hub.feeds.engine.confirm(number, actor(), take=not no)
    _told(ctx, done)


def runs(
    ctx: typer.Context,
    code: Annotated[str | None, typer.Argument(metavar="CODE", help="One feed's; all feeds' if left out.")] = None,
    before: Annotated[int | None, typer.Option(help="Go on after an earlier page, with runs below this one.")] = None,
) -> None:
    """Show runs, the newest first."""
    from truestock.feeds.stock.engine.runs import runs_of

    session = session_of(ctx)
    with session.db() as db:
        found = runs_of(db, code, before)
    if session.as_json:
        print_json(found)
    else:
        print_runs(found.rows)


def print_runs(runs: "Sequence[Run]") -> None:
    """A table of runs; counts that are 0 of all of them are left out."""
    counts = [name for name in COUNTS if name in ALWAYS or any(getattr(run.report, name) for run in runs)]
    rows = [
        (run.id or None, run.feed, run.file, run.as_of, run.state, *(getattr(run.report, name) for name in counts))
        for run in runs
    ]
    print_table(("run", "feed", "file", "as of (UTC)", "state", *counts), rows)
