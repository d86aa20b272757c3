"""feed: what other systems say of stock; how it is kept, taken in, tried first, mended and undone."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from truestock.entrypoints.cli.faults import PROBLEM, Refusal, WrongCall
from truestock.entrypoints.cli.feeding import lines, mapping
from truestock.entrypoints.cli.feeding.edi import acknowledge
from truestock.entrypoints.cli.feeding.lines import Number
from truestock.entrypoints.cli.feeding.mapping import Quantity
from truestock.entrypoints.cli.imports.pausing import pause_or_resume
from truestock.entrypoints.cli.imports.progress import counting
from truestock.entrypoints.cli.options import instant_of
from truestock.entrypoints.cli.output import cell, print_json, print_table, say
from truestock.entrypoints.cli.selling.connecting import SecretsOption, secrets_of
from truestock.entrypoints.cli.session import actor, session_of

if TYPE_CHECKING:
    from truestock.feeds.stock.engine.feeds import Feed
    from truestock.feeds.stock.engine.runs import Run
    from truestock.feeds.stock.engine.settings import NewFeed

app = typer.Typer(no_args_is_help=True, help="Feeds: what other systems say of stock.")
app.add_typer(mapping.app, name="mapping")
Code = Annotated[str, typer.Argument(metavar="CODE", help="The feed's code.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="The file.", exists=True, dir_okay=False, readable=True)]
AsOf = Annotated[
    str | None, typer.Option(help="When it was true, as 2026-11-27T06:00:00+01:00; when it was written if left out.")
]
BookedUntil = Annotated[
    str | None, typer.Option(help="Up to when its source had booked our documents, if the file says so.")
]
Settings = Annotated[
    Path | None,
    typer.Option("--settings", help="A JSON file with the settings: format, mapping, scope, door; see the guide."),
]
CHANGES_SHOWN, CHANNELS_SHOWN = 100, 3
ALWAYS = ("rows", "taken")
COLUMNS_OF_CHANGES = (
    "sku", "location", "lot", "status", "stated", "on hand", "available", "displaced", "owed", "channels may promise",
)  # fmt: skip
COUNTS = (
    "rows", "taken", "quarantined", "known", "differed", "booked", "review", "older", "up", "down", "displaced", "owed",
)  # fmt: skip


@app.command()
def add(
    ctx: typer.Context,
    code: Code,
    meaning: Annotated[
        str, typer.Option(help="on_hand, available, delta, count, expected, sales, receipt, shipment or return.")
    ],
    posture: Annotated[str, typer.Option(help="book: its source is the master; reconcile; or compare.")] = "book",
    location: Annotated[str, typer.Option(help="The location of rows that name none.")] = "",
    complete: Annotated[
        bool, typer.Option("--complete", help="In its scope there is nothing of what a file does not mention.")
    ] = False,
    all_or_nothing: Annotated[
        bool, typer.Option("--all-or-nothing", help="Take no row of a file in which one is bad.")
    ] = False,
    due: Annotated[int | None, typer.Option(help="Minutes within which a file is due after the last one.")] = None,
    form: Annotated[str, typer.Option("--format", help="csv, xlsx, json_lines, x12 or edifact.")] = "",
    quantity: Quantity = "",
    how: Annotated[
        Path | None, typer.Option("--mapping", help="A mapping as JSON, as `feed mapping suggest` writes it.")
    ] = None,
    settings: Settings = None,
    secrets: SecretsOption = None,
) -> None:
    """Add a feed, or describe it anew; its meaning is never guessed.

    What is not given again of an earlier one is forgotten, secrets too."""
    from truestock.feeds.stock.engine.feeds import put_feed

    flags = {"location": location, "complete": complete, "all_or_nothing": all_or_nothing}
    named = {"name": form, "quantity": quantity}
    files = {"format": {name: value for name, value in named.items() if value}, "mapping": _json(how, "mapping")}
    draft = _draft(meaning, posture, due, _json(settings, "settings"), flags, files, secrets_of(secrets or []))
    session = session_of(ctx)
    with session.hub() as hub:
        made = put_feed(hub.db, hub.seal(), code, draft, on_lan=hub.settings.sources_on_lan)
    if session.as_json:
        print_json(made)
    else:
        say(f"The feed {code} is kept. What a file would do: truestock feed preview {code} FILE")


def _draft(
    meaning: str, posture: str, due: int | None, told: dict[str, Any], flags: dict[str, Any],
    files: dict[str, dict[str, Any]], secrets: dict[str, str],
) -> "NewFeed":  # fmt: skip
    from truestock.feeds.stock.engine.settings import feed_of

    told |= {name: value for name, value in flags.items() if value}
    told |= {name: {**told.get(name, {}), **value} for name, value in files.items() if value}
    data = {"meaning": meaning, "posture": posture, "settings": told, "secrets": secrets}
    return feed_of(data | ({} if due is None else {"due_every_minutes": due}))


def _json(file: Path | None, option: str) -> dict[str, Any]:
    """What a file holds, as an object; empty without one. Raises WrongCall."""
    import msgspec

    if file is None:
        return {}
    try:
        held: dict[str, Any] = msgspec.json.decode(file.read_bytes(), type=dict)
    except (OSError, msgspec.DecodeError, msgspec.ValidationError) as error:
        raise WrongCall(f"{file} holds no {option}: {error}", option) from None
    return held


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """Show all feeds, with when their last file came, and which of them are late."""
    from truestock.feeds.stock.engine.feeds import feeds

    session = session_of(ctx)
    with session.db() as db:
        found = feeds(db)
    if session.as_json:
        print_json(found)
        return
    columns = ("feed", "meaning", "posture", "last file (UTC)", "as of (UTC)", "state")
    print_table(columns, [(f.code, f.meaning, f.posture, f.arrived_at, f.as_of, _state(f)) for f in found])


def _state(feed: "Feed") -> str:
    if feed.paused:
        return "paused"
    return "; ".join(filter(None, ["late" if feed.late else "", feed.trouble])) or "well"


@app.command()
def show(ctx: typer.Context, code: Code) -> None:
    """Show a feed with its settings, and its last runs."""
    import msgspec

    from truestock.feeds.stock.engine.feeds import read_feed
    from truestock.feeds.stock.engine.runs import runs_of

    session = session_of(ctx)
    with session.db() as db:
        feed, runs = read_feed(db, code), runs_of(db, code, limit=10)
    if session.as_json:
        print_json({"feed": feed, "runs": runs.rows})
        return
    rows = [(name, getattr(feed, name)) for name in ("code", "meaning", "posture", "arrived_at", "as_of", "added_at")]
    rows += [("state", _state(feed)), ("due every (minutes)", feed.due_every_minutes)]
    rows += _flat(msgspec.to_builtins(feed.settings))
    print_table(("field", "value"), [(name, cell(value)) for name, value in rows if value not in (None, "")])
    say("")
    _runs(runs.rows)


def _flat(told: dict[str, Any], above: str = "") -> list[tuple[str, object]]:
    """Settings by their paths, as mapping.fields.qty.columns."""
    import msgspec

    rows: list[tuple[str, object]] = []
    for name, value in told.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{above}{name}.")
        else:
            steps = isinstance(value, list | tuple) and any(isinstance(one, dict) for one in value)
            rows.append((f"{above}{name}", msgspec.json.encode(value).decode() if steps else value))
    return rows


def _runs(runs: "Sequence[Run]") -> None:
    """Counts that are 0 of all of them are left out."""
    counts = [name for name in COUNTS if name in ALWAYS or any(getattr(run.report, name) for run in runs)]
    rows = [
        (run.id or None, run.feed, run.file, run.as_of, run.state, *(getattr(run.report, name) for name in counts))
        for run in runs
    ]
    print_table(("run", "feed", "file", "as of (UTC)", "state", *counts), rows)


@app.command()
def remove(ctx: typer.Context, code: Code) -> None:
    """Forget a feed with its runs and what it stated; what it changed stays."""
    from truestock.feeds.stock.engine.feeds import remove_feed

    session = session_of(ctx)
    with session.db() as db:
        gone = remove_feed(db, code)
    if session.as_json:
        print_json(gone)
    else:
        say(f"The feed {code} is removed.")


@app.command()
def pause(ctx: typer.Context, code: Code) -> None:
    """Take nothing of a feed until it is resumed."""
    _paused(ctx, code, paused=True)


@app.command()
def resume(ctx: typer.Context, code: Code) -> None:
    """Take what a paused feed brings again."""
    _paused(ctx, code, paused=False)


def _paused(ctx: typer.Context, code: str, *, paused: bool) -> None:
    from truestock.feeds.stock.engine.feeds import pause_feed

    pausing = partial(pause_feed, code=code, paused=paused)
    pause_or_resume(ctx, f"The feed {code}", pausing, paused=paused)


@app.command()
def run(ctx: typer.Context, code: Code, file: File, as_of: AsOf = None, booked_until: BookedUntil = None) -> None:
    """Take a file in. The same file twice is recognised; one that was cut off is gone on with."""
    _take(ctx, code, file, as_of, booked_until, preview=False)


@app.command()
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
        _runs([done])
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


@app.command()
def look(ctx: typer.Context, code: Code) -> None:
    """Take in what waits where a feed's files lie, and go on with what was cut off."""
    from truestock.feeds.stock.engine.feeds import read_feed

    session = session_of(ctx)
    with session.hub() as hub:
        done, trouble = hub.feeds.look(code), read_feed(hub.db, code).trouble
    if session.as_json:
        print_json(done)
    elif done:
        _runs(done)
    elif not trouble:
        say("There is no new file.")
    if trouble:
        raise Refusal("conflict", trouble, "door")


@app.command()
def confirm(
    ctx: typer.Context, number: Number, no: Annotated[bool, typer.Option("--no", help="Do not take the file.")] = False
) -> None:
    """Answer a run that asks: have it done all the same, or not."""
    session = session_of(ctx)
    with session.hub() as hub:
        done = hub.feeds.engine.confirm(number, actor(), take=not no)
    _told(ctx, done)


@app.command()
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
        _runs(found.rows)


app.command()(acknowledge)


for command in (lines.lines, lines.retry, lines.drop, lines.undo):
    app.command()(command)
