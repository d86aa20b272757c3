"""init: makes the database and the data folder, and says what to do next."""

import typer

from truestock.entrypoints.cli.output import print_json, say
from truestock.entrypoints.cli.session import Session, aloud, quietly, session_of


def init(ctx: typer.Context) -> None:
    """Make the database and the data folder, or bring them up to date."""
    from truestock.bootstrap import open_database
    from truestock.store import migrate

    session = session_of(ctx)
    settings = session.settings()
    with open_database(settings, quietly if session.as_json else aloud) as db:
        conn = db.connect()
        try:
            applied = migrate.upgrade(conn, months_ahead=settings.partitions_ahead)
            total = len(migrate.status(conn).applied)
        finally:
            conn.close()
    place = place_of(session)
    if session.as_json:
        print_json({"database": place, "migrations": total, "applied": [step.number for step in applied]})
        return
    say(
        f"The database is ready: {place}.",
        f"{len(applied)} of {total} migrations were applied now." if applied else "It was up to date already.",
        "",
        "Next:",
        "  truestock import items items.csv       what you sell; also locations, channels, listings",
        "  truestock import stock stock.csv --source erp    what lies where",
        "  truestock serve                        the API and the live page",
        "  truestock doctor                       whether all is well",
    )


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
