"""What is asked of a place from which files are fetched."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import BinaryIO, Final, NamedTuple, Protocol

from truestock.connectors.files.folders.folder import Entry

# Waits for so many seconds.
Rest = Callable[[float], Awaitable[None]]
# What does not know a file's time names the first instant of its calendar: 1970, in archives 1980.
TIMES_FROM: Final = datetime(1981, 1, 1, tzinfo=UTC)


class Tags(NamedTuple):
    """What a server said of a content, so that it need not send the same again; empty where it said nothing."""

    etag: str = ""
    last_modified: str = ""


class Fetched(NamedTuple):
    """A whole file: what is known of it, and as of when it tells. `stated`: that is when it was written, and not when
    it was fetched."""

    entry: Entry
    as_of: datetime
    stated: bool = True
    tags: Tags = Tags()


def told_as_of(written: datetime | None, now: datetime) -> tuple[datetime, bool]:
    """As of when a file tells, and whether that is when it was written. Pure."""
    if written is None or written < TIMES_FROM:
        return now, False
    return min(written, now), True


class Door(Protocol):
    """Raises ChannelDown for what came to nothing, with what to do about it."""

    async def waiting(self, is_read: Callable[[Entry], bool], rest: Rest | None) -> list[Entry]:
        """The whole files that lie there, the oldest first. With `rest` those that were not read are waited for until
        they are seen to be whole; without, those count as whole that only time would tell."""
        ...

    async def fetch(self, entry: Entry, tags: Tags, out: BinaryIO) -> Fetched | None:
        """A file into `out`; None where it is not whole yet, or still what the tags were said of. Raises NoSheet where
        it is too big."""
        ...

    async def put_away(self, entry: Entry, *, good: bool) -> None:
        """Move what was read, if that is wanted."""
        ...

    async def about(self) -> str:
        """Which place this is, for people."""
        ...

    async def close(self) -> None:
        """Let go of what is held."""
        ...
