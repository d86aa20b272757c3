"""sources: where suppliers' files lie, how they are read, and what was."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from truestock.entrypoints.cli.faults import PROBLEM, WrongCall
from truestock.entrypoints.cli.imports.pausing import pause_or_resume
from truestock.entrypoints.cli.imports.problems import Told
from truestock.entrypoints.cli.output import cell, print_json, print_table, say
from truestock.entrypoints.cli.selling.connecting import (
    SecretsOption,
    SettingsOption,
    secrets_of,
    settings_of,
    show_settings,
)
from truestock.entrypoints.cli.session import session_of

if TYPE_CHECKING:
    from truestock.feeds.file_sources.report import FileReport
    from truestock.feeds.file_sources.sources import Source

app = typer.Typer(
    no_args_is_help=True, help="Fetch suppliers' files from a folder, over SFTP or from a URL, and read what is new."
)
Code = Annotated[str, typer.Argument(metavar="CODE", help="The source's code.")]
COUNTS = ("lines", "created", "changed", "unchanged", "refused")


@app.command()
def add(
    ctx: typer.Context,
    code: Annotated[
        str | None, typer.Argument(metavar="CODE", help="The source's code; left out, the settings are listed.")
    ] = None,
    channel: Annotated[str, typer.Option(help="The channel whose listings the files tell of.")] = "",
    location: Annotated[
        str | None, typer.Option(help="The supplier's location, where stock in the files is counted.")
    ] = None,
    settings: SettingsOption = None,
    secrets: SecretsOption = None,
) -> None:
    """Add a source of files, or describe it anew; nothing is fetched before it is run.

    What is not given again of an earlier one is forgotten, secrets too. Without --location stock is left aside."""
    from truestock.feeds.file_sources import settings as known
    from truestock.feeds.file_sources.sources import NewSource, put_source

    session = session_of(ctx)
    if code is None:
        schema = known.schema()
        if session.as_json:
            print_json({"settings": schema, "secrets": known.SECRETS})
        else:
            show_settings(schema, known.SECRETS)
        return
    if not channel:
        raise WrongCall("name the channel whose listings the files tell of", "channel")
    draft = NewSource(channel, known.settings_of(settings_of(settings or [])), location, secrets_of(secrets or []))
    with session.hub() as hub:
        made = put_source(hub.db, hub.seal(), code, draft, on_lan=hub.settings.sources_on_lan)
    if session.as_json:
        print_json(made)
    else:
        say(f"The source {code} is kept. What it would do: truestock sources test {code}")


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """Show all sources, with what the last look at each came to."""
    from truestock.feeds.file_sources.sources import sources

    session = session_of(ctx)
    with session.db() as db:
        found = sources(db)
    if session.as_json:
        print_json(found)
        return
    columns = ("source", "address", "channel", "location", "looked at (UTC)", "last file", "state")
    rows = [
        (s.code, s.settings.address, s.channel, s.location, s.looked_at, s.last_file and s.last_file.file, _state(s))
        for s in found
    ]
    print_table(columns, rows)


def _state(source: "Source") -> str:
    if source.paused:
        return f"paused: {source.trouble}" if source.trouble else "paused"
    return source.trouble or "well"


@app.command()
def show(ctx: typer.Context, code: Code) -> None:
    """Show a source: how it is reached and read, the files that were read last, and what the last one lacks."""
    import msgspec

    from truestock.feeds.file_sources.sources import files_of, read_source

    session = session_of(ctx)
    with session.db() as db:
        found, files = read_source(db, code), files_of(db, code)
    if session.as_json:
        print_json({"source": found, "files": files})
        return
    rows = [(name, getattr(found, name)) for name in ("code", "channel", "location", "paused", "looked_at", "added_at")]
    rows += [*msgspec.structs.asdict(found.settings).items(), ("state", _state(found))]
    print_table(("field", "value"), [(name, cell(value)) for name, value in rows if value not in (None, "")])
    say("")
    columns = ("file", "read (UTC)", *COUNTS, "counts", "fault")
    print_table(columns, [(file.report.file, file.read_at, *_figures(file.report)) for file in files])
    if found.last_file:
        _problems([found.last_file])


def _figures(report: "FileReport") -> tuple[object, ...]:
    counts = report.stock.changed if report.stock else None
    return (*(getattr(report, name) for name in COUNTS), counts, "as before" if report.same else report.fault)


@app.command()
def test(ctx: typer.Context, code: Code) -> None:
    """Look at a source, and say what reading the oldest new file would do; nothing is written or moved."""
    session = session_of(ctx)
    with session.hub() as hub:
        found = hub.sources.test(code)
    if session.as_json:
        print_json(found)
    else:
        say(f"{code} is {found.place}.")
        _tell(found.files, "A trial: nothing was written.")
    _end(found.files)


@app.command()
def run(
    ctx: typer.Context,
    code: Code,
    again: Annotated[
        bool, typer.Option("--again", help="Read the newest file, and those that could not be read, once more.")
    ] = False,
) -> None:
    """Read what is new of a source now, and say what became of it."""
    session = session_of(ctx)
    with session.hub() as hub:
        found = hub.sources.read(code, again=again)
    if session.as_json:
        print_json(found)
    else:
        _tell(found.files, "")
    _end(found.files)


def _tell(reports: "Sequence[FileReport]", more: str) -> None:
    if not reports:
        say("There is no new file.")
        return
    print_table(("file", *COUNTS, "counts", "fault"), [(report.file, *_figures(report)) for report in reports])
    _problems(reports)
    for report in reports:
        if report.not_taken:
            say(f"Not taken of {report.file}: {', '.join(report.not_taken)}.")
    if more:
        say(more)


def _problems(reports: "Sequence[FileReport]") -> None:
    told = Told()
    for report in reports:
        told.add(report.file, report.problems)
        told.add(report.file, report.notes)
    told.print(0)


def _end(reports: "Sequence[FileReport]") -> None:
    if any(report.fault or report.refused for report in reports):
        raise typer.Exit(PROBLEM)


@app.command()
def pause(ctx: typer.Context, code: Code) -> None:
    """Read nothing of a source until it is resumed."""
    _paused(ctx, code, paused=True)


@app.command()
def resume(ctx: typer.Context, code: Code) -> None:
    """Read a paused source again, first what came meanwhile."""
    _paused(ctx, code, paused=False)


def _paused(ctx: typer.Context, code: str, *, paused: bool) -> None:
    from truestock.feeds.file_sources.sources import pause as pause_source

    pausing = partial(pause_source, code=code, paused=paused)
    pause_or_resume(ctx, f"The source {code}", pausing, paused=paused)


@app.command()
def remove(ctx: typer.Context, code: Code) -> None:
    """Forget a source with what was read of it; what its files have changed stays."""
    from truestock.feeds.file_sources.sources import remove_source

    session = session_of(ctx)
    with session.db() as db:
        gone = remove_source(db, code)
    if session.as_json:
        print_json(gone)
    else:
        say(f"The source {code} is removed.")
