"""What holds for every command of one call: where the database is, and whether answers are tables or JSON."""

import os
import pwd
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from truestock.core.problems import Problem

if TYPE_CHECKING:
    from truestock.bootstrap import Hub
    from truestock.config import Settings
    from truestock.store.database import Database


class NoDatabase(Problem):
    """A command that works on a database, and none has been made yet."""

    type = "no-database"


@dataclass(frozen=True, slots=True)
class Session:
    """The options of every command, and what they open."""

    as_json: bool = False
    database_url: str | None = None
    data_dir: Path | None = None

    def settings(self, **overrides: Any) -> "Settings":
        """The environment's settings, with those that the command line names instead."""
        from truestock.config import Settings

        own = {"database_url": self.database_url, "data_dir": self.data_dir, **overrides}
        return Settings(**{name: value for name, value in own.items() if value is not None})

    @contextmanager
    def hub(self) -> Iterator["Hub"]:
        """The hub on a database that `truestock init` has made. Raises NoDatabase."""
        from truestock.bootstrap import open_hub

        settings = self.settings()
        check_made(settings)
        with open_hub(settings, quietly) as hub:
            yield hub

    @contextmanager
    def database(self) -> Iterator["Database"]:
        """That database as it is, without bringing it up to date. Raises NoDatabase."""
        from truestock.bootstrap import open_database

        settings = self.settings()
        check_made(settings)
        with open_database(settings, quietly) as db:
            yield db

    @contextmanager
    def db(self) -> Iterator["Database"]:
        """The database of that hub, up to date. Raises NoDatabase."""
        with self.hub() as hub:
            yield hub.db


def session_of(ctx: typer.Context) -> Session:
    """The session of the call under way."""
    found = ctx.find_object(Session)
    return found if found is not None else Session()


def check_made(settings: "Settings") -> None:
    """Raise NoDatabase rather than make one where a name was mistyped."""
    remedy = "make it with `truestock init`, or name another with --data-dir or --database-url"
    if settings.database_url is None:
        if not (settings.data_dir / "postgres").exists():
            raise NoDatabase(f"there is no database in {settings.data_dir} yet; {remedy}")
        return
    from truestock.bootstrap import open_database
    from truestock.store import migrate

    with open_database(settings, quietly) as db:
        conn = db.connect()
        try:
            applied = migrate.status(conn).applied
        finally:
            conn.close()
    if not applied:
        raise NoDatabase(f"that database is not truestock's yet; {remedy}")


def quietly(_: str) -> None:
    """For commands that have better things to say than that the server was joined."""


def aloud(line: str) -> None:
    """For commands that start something: on standard error, apart from the answer."""
    typer.echo(line, err=True)


Say = Callable[[str], None]


def actor() -> str:
    """Who types, as movements and orders record it."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = str(os.getuid())
    return f"cli:{name}"
