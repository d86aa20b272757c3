"""Loads a room's `queries.sql`: statements under a `-- name: lock_heads` line, used as plain attributes.

What runs is what is written there; nothing is ever assembled.
"""

import re
from collections.abc import Iterator, Mapping
from importlib import resources
from importlib.resources.abc import Traversable

FILE_NAME = "queries.sql"
_HEADER = re.compile(r"^-- name:[ \t]*(?P<name>\S+)[ \t]*$", re.MULTILINE)


class Queries:
    """The named statements of one file; an unknown name is an AttributeError."""

    def __init__(self, source: str, statements: Mapping[str, str]) -> None:
        self.source = source
        self._statements = dict(statements)

    def __getattr__(self, name: str) -> str:
        try:
            return self._statements[name]
        except KeyError:
            raise AttributeError(f"{self.source} has no query named {name!r}") from None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._statements.items())


def parse(text: str, source: str) -> Queries:
    """Split a file into its statements; each runs to the next header and keeps its comments."""
    statements: dict[str, str] = {}
    preamble, *rest = _HEADER.split(text)
    if any(line and not line.startswith("--") for line in map(str.strip, preamble.splitlines())):
        raise ValueError(f"{source}: a statement stands before the first '-- name:' line")
    for name, body in zip(rest[::2], rest[1::2], strict=True):
        if not name.isidentifier() or name.startswith("_") or name == "source":
            raise ValueError(f"{source}: {name!r} cannot name a query")
        if name in statements:
            raise ValueError(f"{source}: two queries are named {name!r}")
        statements[name] = body.strip().removesuffix(";")
    return Queries(source, statements)


def load(package: str, file_name: str = FILE_NAME) -> Queries:
    """The queries of a package, as in `queries = load(__package__)`."""
    file = resources.files(package) / file_name
    return parse(file.read_text(encoding="utf-8"), f"{package}/{file_name}")


def all_queries(root: str = "truestock") -> Iterator[Queries]:
    """Every query file below a package, in order of path: for the tests and for the reference."""

    def walk(folder: Traversable, package: str) -> Iterator[Queries]:
        for entry in sorted(folder.iterdir(), key=lambda found: found.name):
            if entry.is_dir() and entry.name.isidentifier():
                yield from walk(entry, f"{package}.{entry.name}")
            elif entry.name == FILE_NAME:
                yield load(package)

    return walk(resources.files(root), root)
