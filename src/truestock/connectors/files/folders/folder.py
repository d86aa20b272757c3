"""What is asked of a place for files. A file that is written is there whole or not at all; links are never followed."""

from datetime import datetime
from pathlib import PurePosixPath
from typing import BinaryIO, Final, NamedTuple, Protocol

from truestock.connectors.contract.answers import ChannelDown

PART: Final = ".part"
# Names under which programs write what is not whole yet.
UNFINISHED: Final = (PART, ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".swp", "~")
ENTRIES_MAX: Final = 20_000
# Bytes that are read at a time.
PIECE: Final = 2**20


class NoFile(Exception):
    """There is no such file."""


class TooBig(Exception):
    """A file has more bytes than are read."""


class Entry(NamedTuple):
    """A file as its folder lists it: `path` from the root on, `size` in bytes, `changed_at` by the clock over there."""

    path: str
    size: int
    changed_at: datetime

    @property
    def name(self) -> str:
        """Its own name."""
        return PurePosixPath(self.path).name


class Folder(Protocol):
    """A root with folders below it; every `path` is relative to it, its parts divided by a slash.

    All calls raise ChannelDown when they came to nothing, with what to do about it."""

    async def entries(self, folder: str) -> list[Entry]:
        """The whole files that lie in a folder, in no order; those with names of unfinished ones are left out."""
        ...

    async def look(self, path: str) -> Entry | None:
        """One file, None where there is none."""
        ...

    async def read(self, path: str, most: int) -> bytes:
        """All of a file. Raises NoFile, and TooBig above so many bytes."""
        ...

    async def fetch(self, path: str, most: int, out: BinaryIO) -> None:
        """All of a file into `out`, which has nothing else in it then, piece by piece. Raises NoFile, and TooBig above
        so many bytes."""
        ...

    async def write(self, path: str, content: bytes) -> None:
        """Put a file there in one step, in the place of one of that name: nobody ever sees a part of it.

        Raises InDoubt when nobody knows whether it is there."""
        ...

    async def move(self, path: str, folder: str) -> None:
        """Put a file into another folder, which is made if need be. Raises NoFile."""
        ...

    async def about(self) -> str:
        """Which root this is, for people."""
        ...

    async def close(self) -> None:
        """Let go of what is held; the next call takes it up again."""
        ...


def is_finished(name: str) -> bool:
    """Whether a name is one that whole files have."""
    return name.isprintable() and "/" not in name and not name.startswith(".") and not name.endswith(UNFINISHED)


def aside(name: str, taken: int) -> str:
    """A name for a file whose own one is taken so many times already."""
    path = PurePosixPath(name)
    return f"{path.stem}.{taken}{path.suffix}" if taken else name


def no_folder(folder: str) -> ChannelDown:
    """What is said of a folder that is not there."""
    return ChannelDown(f"there is no folder {folder or '(the root)'}: make it, or mend the settings")


def not_allowed(what: str, path: str) -> ChannelDown:
    """What is said of a right that is missing; `what` such as "write"."""
    return ChannelDown(f"the hub may not {what} {path or '(the root)'}: give its account the right to")


def too_many(folder: str) -> ChannelDown:
    """What is said of a folder that nobody clears."""
    return ChannelDown(f"folder {folder or '(the root)'} has over {ENTRIES_MAX:,} files: clear it of old ones")
