"""init, serve, demo: makes the database, runs a hub on it, or shows one at work."""

from contextlib import closing
from typing import Annotated

import typer

from truestock.entrypoints.cli.output import print_json, say
from truestock.entrypoints.cli.session import Session, aloud, check_made, quietly, session_of

Port = Annotated[int | None, typer.Option(help="The port to listen on; 0 takes a free one.", min=0, max=65_535)]


def init(ctx: typer.Context) -> None:
    """Make the database and the data folder, or bring them up to date."""
    from truestock.bootstrap import open_database
    from truestock.store import migrate

    session = session_of(ctx)
    settings = session.settings()
    with open_database(settings, quietly if session.as_json else aloud) as db, closing(db.connect()) as conn:
        applied = migrate.upgrade(conn, months_ahead=settings.partitions_ahead)
        total = len(migrate.status(conn).applied)
    place = place_of(session)
    if session.as_json:
        print_json({"database": place, "migrations": total, "applied": [step.number for step in applied]})
        return
    say(
        f"The database is ready: {place}.",
        f"{len(applied)} of {total} migrations were applied now." if applied else "It was up to date already.",
        "",
        "Next:",
        "  truestock import items items.csv                 what you sell; likewise locations, channels, listings",
        "  truestock import stock stock.csv --source erp    what lies where",
        "  truestock serve                                  the API and the live page",
        "  truestock doctor                                 whether all is well",
    )


def serve(
    ctx: typer.Context,
    host: Annotated[
        str | None, typer.Option(help="The address to listen on; other than loopback only once there are API keys.")
    ] = None,
    port: Port = None,
) -> None:
    """Run the hub: the API and the live page, until Ctrl-C."""
    from truestock.bootstrap import open_hub
    from truestock.entrypoints.api.operate.logs import configure
    from truestock.entrypoints.api.serve import serve as serve_hub
    from truestock.entrypoints.web import Pages

    session = session_of(ctx)
    settings = session.settings(host=host, port=port)
    check_made(settings)
    configure(settings)

    def ready(address: str) -> None:
        for line in (
            f"  Live page   {address}/",
            f"  The API     {address}/docs",
            f"  Data        {place_of(session)}",
            "  Stop        Ctrl-C",
        ):
            aloud(line)

    with open_hub(settings, aloud) as hub, closing(Pages(hub)) as pages:
        serve_hub(hub, pages.routes, ready, ending=pages.live.close)
    aloud("Stopped.")


def demo(ctx: typer.Context, port: Port = None) -> None:
    """Show a made-up company selling all day through a hub of its own, and beside it the old way, until Ctrl-C."""
    from truestock.entrypoints.api.operate.logs import configure
    from truestock.entrypoints.demo import run_demo

    settings = session_of(ctx).settings(port=port)
    # Whoever watches the page wants to read the address, not its requests.
    configure(settings.model_copy(update={"log_level": "warning"}))
    run_demo(settings, aloud)


def place_of(session: Session) -> str:
    """Where the data lies, without a secret."""
    settings = session.settings()
    if settings.database_url is None:
        return str(settings.data_dir)
    return without_password(settings.database_url.get_secret_value())


def without_password(url: str) -> str:
    """A database's address as it may be shown."""
    scheme, mark, rest = url.partition("://")
    if not mark:
        return "the configured PostgreSQL"
    account, at, place = rest.rpartition("@")
    return f"{scheme}://{account.partition(':')[0]}{at}{place.partition('?')[0]}"
