"""Styles, scripts and the vendored libraries, served from memory under the hash of all of them, to be kept for ever."""

import mimetypes
from functools import cache
from hashlib import sha256
from importlib import resources
from importlib.resources.abc import Traversable
from typing import NamedTuple

_ROOT = resources.files(__package__) / "static"
_KEEP = {"cache-control": "public, max-age=31536000, immutable", "x-content-type-options": "nosniff"}


class StaticFile(NamedTuple):
    """A file as it goes out."""

    body: bytes
    media_type: str
    headers: dict[str, str]


@cache
def static_files() -> dict[str, StaticFile]:
    """Every file by its path below the folder."""
    return {
        path: StaticFile(file.read_bytes(), mimetypes.guess_type(path)[0] or "application/octet-stream", _KEEP)
        for path, file in _walk(_ROOT, "")
    }


@cache
def version() -> str:
    """Changes whenever any file does."""
    digest = sha256()
    for path, file in sorted(static_files().items()):
        digest.update(path.encode() + b"\0" + file.body)
    return digest.hexdigest()[:12]


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _walk(entry, f"{prefix}{entry.name}/")
        else:
            found.append((prefix + entry.name, entry))
    return found
