"""feed: what other systems say of stock. Here is how a feed is described; what it brings is taken in beside."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from truestock.entrypoints.cli.faults import WrongCall
from truestock.entrypoints.cli.feeding import lines, mapping, taking
from truestock.entrypoints.cli.feeding.edi import acknowledge
from truestock.entrypoints.cli.feeding.mapping import Quantity
from truestock.entrypoints.cli.feeding.taking import Code
from truestock.entrypoints.cli.imports.pausing import pause_or_resume
from truestock.entrypoints.cli.output import cell, print_json, print_table, say
from truestock.entrypoints.cli.selling.connecting import SecretsOption, secrets_of
from truestock.entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from truestock.feeds.stock.engine.feeds import Feed
    from truestock.feeds.stock.engine.settings import NewFeed

app = typer.Typer(no_args_is_help=True, help="Feeds: what other systems say of stock.")
app.add_typer(mapping.app, name="mapping")
Settings = Annotated[
    Path | None,
    typer.Option("--settings", help="A JSON file with the settings: format, mapping, scope, door; see the guide."),
]


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
    taking.print_runs(runs.rows)


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


for command in (
    *(taking.run, taking.preview, taking.look, taking.confirm, taking.runs),
    acknowledge,
    *(lines.lines, lines.retry, lines.drop, lines.undo),
):
    app.command()(command)
