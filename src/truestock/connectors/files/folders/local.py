"""A folder of this machine. Every step down is opened by itself, so that no link can lead out of the root."""

import asyncio
import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import BinaryIO, Final, TypeVar

from truestock.connectors.contract.answers import ChannelDown, InDoubt
from truestock.connectors.files.folders.folder import (
    ENTRIES_MAX,
    PART,
    PIECE,
    Entry,
    NoFile,
    TooBig,
    aside,
    is_finished,
    no_folder,
    not_allowed,
    too_many,
)

T = TypeVar("T")
_DOWN: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Nobody waits at a pipe that lies there.
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class LocalFolder:
    """`root` is an absolute path; it may be a link itself."""

    def __init__(self, root: str) -> None:
        self._root = root

    async def entries(self, folder: str) -> list[Entry]:
        """The whole files there. Raises ChannelDown."""
        return await self._run("list", folder, lambda: self._entries(folder))

    async def look(self, path: str) -> Entry | None:
        """One file. Raises ChannelDown."""
        return await self._run("look at", path, lambda: self._look(path))

    async def read(self, path: str, most: int) -> bytes:
        """All of it. Raises NoFile, TooBig and ChannelDown."""
        content = io.BytesIO()
        await self.fetch(path, most, content)
        return content.getvalue()

    async def fetch(self, path: str, most: int, out: BinaryIO) -> None:
        """All of it, piece by piece. Raises NoFile, TooBig and ChannelDown."""
        await self._run("read", path, lambda: self._fetch(path, most, out))

    async def write(self, path: str, content: bytes) -> None:
        """In one step. Raises ChannelDown and InDoubt."""
        await self._run("write", path, lambda: self._write(path, content))

    async def move(self, path: str, folder: str) -> None:
        """Into another folder. Raises NoFile and ChannelDown."""
        await self._run("move", path, lambda: self._move(path, folder))

    async def about(self) -> str:
        """Which root this is."""
        return f"folder {self._root}"

    async def close(self) -> None:
        """Nothing is held."""

    async def _run(self, what: str, path: str, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except PermissionError as error:
            raise not_allowed(what, path) from error
        except OSError as error:
            raise ChannelDown(f"the hub cannot {what} {path or self._root}: {error.strerror or error}") from error

    @contextmanager
    def _opened(self, folder: str) -> Iterator[int]:
        """The folder, held open. Raises ChannelDown and OSError."""
        try:
            handle = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise no_folder(self._root) from error
        try:
            for name in folder.split("/") if folder else ():
                try:
                    below = os.open(name, _DOWN, dir_fd=handle)
                except FileNotFoundError as error:
                    raise no_folder(f"{self._root}/{folder}") from error
                except NotADirectoryError as error:
                    raise ChannelDown(f"{folder} is a link or no folder: links are not followed") from error
                os.close(handle)
                handle = below
            yield handle
        finally:
            os.close(handle)

    def _entries(self, folder: str) -> list[Entry]:
        found: list[Entry] = []
        with self._opened(folder) as handle, os.scandir(handle) as listing:
            for count, one in enumerate(listing):
                if count == ENTRIES_MAX:
                    raise too_many(folder)
                if is_finished(one.name) and one.is_file(follow_symlinks=False):
                    with suppress(FileNotFoundError):
                        path = f"{folder}/{one.name}" if folder else one.name
                        found.append(_entry(path, one.stat(follow_symlinks=False)))
        return found

    def _look(self, path: str) -> Entry | None:
        folder, name = _split(path)
        with self._opened(folder) as handle:
            try:
                found = os.stat(name, dir_fd=handle, follow_symlinks=False)
            except FileNotFoundError:
                return None
        return _entry(path, found) if stat.S_ISREG(found.st_mode) else None

    def _fetch(self, path: str, most: int, out: BinaryIO) -> None:
        folder, name = _split(path)
        with self._opened(folder) as handle:
            try:
                file = os.open(name, _READ, dir_fd=handle)
            except FileNotFoundError as error:
                raise NoFile(path) from error
        with os.fdopen(file, "rb") as source:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise NoFile(path)
            size = 0
            while piece := source.read(min(PIECE, most + 1 - size)):
                size += out.write(piece)
                if size > most:
                    raise TooBig(path)

    def _write(self, path: str, content: bytes) -> None:
        folder, name = _split(path)
        with self._opened(folder) as handle:
            try:
                with os.fdopen(os.open(name + PART, _WRITE, 0o666, dir_fd=handle), "wb") as out:
                    out.write(content)
                    out.flush()
                    os.fsync(out.fileno())
                os.rename(name + PART, name, src_dir_fd=handle, dst_dir_fd=handle)
            except OSError:
                with suppress(OSError):
                    os.unlink(name + PART, dir_fd=handle)
                raise
            try:
                os.fsync(handle)
            except OSError as error:
                raise InDoubt(f"{path} was written, and may be lost: {error.strerror}") from error

    def _move(self, path: str, target: str) -> None:
        folder, name = _split(path)
        above, below = _split(target)
        with self._opened(above) as handle, suppress(FileExistsError):
            os.mkdir(below, dir_fd=handle)
        with self._opened(folder) as source, self._opened(target) as goal:
            with os.scandir(goal) as listing:
                names = {one.name for one in listing}
            free = next(other for n in range(len(names) + 1) if (other := aside(name, n)) not in names)
            try:
                os.rename(name, free, src_dir_fd=source, dst_dir_fd=goal)
            except FileNotFoundError as error:
                raise NoFile(path) from error


def _split(path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    return folder, name


def _entry(path: str, found: os.stat_result) -> Entry:
    return Entry(path, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))
