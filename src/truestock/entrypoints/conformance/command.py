"""The command: plays all stories on somebody's world, and shows what became of each."""

from typing import Annotated

import typer


def conformance(
    ctx: typer.Context,
    world: Annotated[
        str, typer.Argument(help="The function that opens the counterpart, such as my_package.module:open_world.")
    ],
    story: Annotated[str | None, typer.Option(help="Play this story alone, such as 'orders flow'.")] = None,
) -> None:
    """Play what can go wrong between a hub and a channel on a connector and its counterpart.

    Starts a PostgreSQL of its own in a temporary folder and removes it. A story that needs more than the world offers
    is left out. Ends with 1 if a story failed. docs/connectors/tutorial.md says how to write a world."""
    import sys
    from pathlib import Path

    from pydantic import SecretStr

    from truestock.bootstrap import open_hub
    from truestock.config import Settings
    from truestock.entrypoints.bench.stages.stage import server_of
    from truestock.entrypoints.cli.output import print_json, print_table
    from truestock.entrypoints.cli.session import aloud, quietly, session_of
    from truestock.entrypoints.conformance.company import Company
    from truestock.entrypoints.conformance.run import opens_of, stories_of, tell_all

    session = session_of(ctx)
    # As with `python -m`: a world need not be installed to be found where one works on it.
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    opens = opens_of(world)
    stories = stories_of(story)
    told = []
    with server_of(session.data_dir) as server:
        server.cluster.create_database("conformance")
        url = SecretStr(server.cluster.url("conformance"))
        with open_hub(Settings(database_url=url, data_dir=server.cluster.home), quietly) as hub:
            for one in tell_all(Company(hub), opens, stories):
                told.append(one)
                if not session.as_json:
                    aloud(f"{one.story}: {one.result}")
    if session.as_json:
        print_json(told)
    else:
        print_table(("story", "result", "seconds", "why"), [(t.story, t.result, t.seconds, t.why) for t in told])
    if any(one.result == "failed" for one in told):
        raise typer.Exit(1)
