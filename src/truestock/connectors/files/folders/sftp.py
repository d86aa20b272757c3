"""A folder over SFTP, over one connection that is kept for a while and opened anew when it was lost."""

import asyncio
import io
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from typing import BinaryIO, Final, TypeVar, cast

import asyncssh

from truestock.connectors.contract.answers import ChannelDown, InDoubt
from truestock.connectors.files.folders.door import Door
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
# Longer than between two calls at work, shorter than servers wait.
KEPT_S: Final = 20.0
_GONE: Final = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)
_FORBIDDEN: Final = (asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect)
_FULL: Final = (asyncssh.SFTPNoSpaceOnFilesystem, asyncssh.SFTPQuotaExceeded)
_LOST: Final = (
    asyncssh.SFTPConnectionLost,
    asyncssh.SFTPNoConnection,
    asyncssh.DisconnectError,
    asyncssh.ChannelOpenError,
    OSError,
    TimeoutError,
)


class Lost(ChannelDown):
    """The connection was lost, or there was none; what was under way may have come through."""


class SftpFolder:
    """`root` on the server, relative to where the account begins if it has no slash in front. `timeout_s`: for each
    answer of the server, and for each piece of a file."""

    def __init__(self, door: Door, root: str, timeout_s: float, kept_s: float = KEPT_S) -> None:
        self._door = door
        self._root = root.rstrip("/") or ("/" if root else ".")
        self._timeout_s = timeout_s
        self._kept_s = kept_s
        self._entering = asyncio.Lock()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._busy = 0

    async def entries(self, folder: str) -> list[Entry]:
        """The whole files there. Raises ChannelDown."""
        return await self._ask("list", folder, lambda client: self._entries(client, folder))

    async def look(self, path: str) -> Entry | None:
        """One file. Raises ChannelDown."""
        try:
            found = await self._ask("look at", path, lambda client: self._timed(client.lstat(self._at(path))))
        except NoFile:
            return None
        return _entry(path, found)

    async def read(self, path: str, most: int) -> bytes:
        """All of it. Raises NoFile, TooBig and ChannelDown."""
        content = io.BytesIO()
        await self.fetch(path, most, content)
        return content.getvalue()

    async def fetch(self, path: str, most: int, out: BinaryIO) -> None:
        """All of it, piece by piece. Raises NoFile, TooBig and ChannelDown."""
        await self._ask("read", path, lambda client: self._fetch(client, path, most, out))

    async def write(self, path: str, content: bytes) -> None:
        """In one step. Raises ChannelDown and InDoubt."""
        await self._ask("write", path, lambda client: self._fill(client, path + PART, content))
        try:
            await self._ask("rename", path + PART, lambda client: self._put(client, path), again=False)
        except NoFile as error:
            raise ChannelDown(f"{path}{PART} was taken away before it was whole: let nobody touch {PART}") from error
        except Lost as lost:
            await self._after_loss(path, len(content), lost)

    async def move(self, path: str, folder: str) -> None:
        """Into another folder. Raises NoFile and ChannelDown."""
        await self._ask("move", path, lambda client: self._move(client, path, folder))

    async def about(self) -> str:
        """Which root this is."""
        where = await self._ask("enter", "", lambda client: self._timed(client.realpath(self._root)))
        return f"{self._door.user} at {self._door.host}, folder {where}"

    async def close(self) -> None:
        """Let go of the connection."""
        if self._idle is not None:
            self._idle.cancel()
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            connection.abort()
            with suppress(*_LOST, asyncssh.Error):
                async with asyncio.timeout(self._timeout_s):
                    await connection.wait_closed()

    async def _after_loss(self, path: str, size: int, lost: Lost) -> None:
        """Find out over another connection whether the file has its name. Raises ChannelDown and InDoubt."""
        try:
            part, whole = await self.look(path + PART), await self.look(path)
        except ChannelDown as down:
            raise InDoubt(f"nobody knows whether {path} is there ({lost}), and it cannot be seen: {down}") from down
        if part is not None:
            raise ChannelDown(f"{path} did not get its name: {lost}") from lost
        if whole is None or whole.size != size:
            raise InDoubt(f"{path} was perhaps there and has been taken: {lost}") from lost

    async def _ask(
        self, what: str, path: str, work: Callable[[asyncssh.SFTPClient], Awaitable[T]], *, again: bool = True
    ) -> T:
        """What the work comes to. If a kept connection turns out to be lost, it is tried once more over another one.

        Raises NoFile, TooBig, Lost and ChannelDown."""
        kept = self._is_up()
        try:
            return await self._once(what, path, work)
        except Lost:
            if not (kept and again):
                raise
        return await self._once(what, path, work)

    async def _once(self, what: str, path: str, work: Callable[[asyncssh.SFTPClient], Awaitable[T]]) -> T:
        client = await self._entered()
        self._busy += 1
        try:
            return await work(client)
        except _GONE as error:
            raise NoFile(path) from error
        except _FORBIDDEN as error:
            raise not_allowed(what, path) from error
        except _FULL as error:
            raise ChannelDown(f"the server has no room for {path}: clear it") from error
        except _LOST as error:
            if self._client is client:
                await self.close()
            said = str(error) or f"no answer within {self._timeout_s:g} s"
            raise Lost(f"the connection was lost while trying to {what} {path or self._root}: {said}") from error
        except (asyncssh.Error, UnicodeError) as error:
            raise ChannelDown(f"the server does not {what} {path or self._root}: {error}") from error
        finally:
            self._busy -= 1
            self._let_go_later()

    def _is_up(self) -> bool:
        return self._connection is not None and not self._connection.is_closed()

    async def _entered(self) -> asyncssh.SFTPClient:
        """The client of the connection, which is opened if there is none. Raises Lost and ChannelDown."""
        async with self._entering:
            if self._client is not None and self._is_up():
                return self._client
            await self.close()
            try:
                async with asyncio.timeout(2 * self._door.connect_s + self._timeout_s):
                    self._connection = await self._door.enter()
                    self._client = await self._connection.start_sftp_client()
                    return self._client
            except asyncssh.HostKeyNotVerifiable as error:
                raise ChannelDown(
                    f"{self._door.host} answers with another key than host_key says: it is not the server that was "
                    "meant, or its operator has changed the key; ask, and do not take the new key unseen"
                ) from error
            except asyncssh.PermissionDenied as error:
                raise ChannelDown(f"not let in as {self._door.user}: check user, password and private_key") from error
            except _LOST as error:
                await self.close()
                raise Lost(f"{self._door.host}:{self._door.port} does not answer: {str(error) or 'timeout'}") from error
            except asyncssh.Error as error:
                await self.close()
                raise ChannelDown(f"{self._door.host} offers no SFTP to us: {error}") from error

    def _let_go_later(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(self._kept_s, self._let_go)

    def _let_go(self) -> None:
        if self._busy:
            self._let_go_later()
        elif self._connection is not None:
            self._connection.close()

    async def _timed(self, answer: Awaitable[T]) -> T:
        async with asyncio.timeout(self._timeout_s):
            return await answer

    async def _entries(self, client: asyncssh.SFTPClient, folder: str) -> list[Entry]:
        found: list[Entry] = []
        count = 0
        try:
            # Left open, a listing that is not read to its end would hold up the connection for ever.
            names = cast(AsyncGenerator[asyncssh.SFTPName, None], client.scandir(self._at(folder)))
            async with asyncio.timeout(10 * self._timeout_s), aclosing(names) as listing:
                async for one in listing:
                    count += 1
                    if count > ENTRIES_MAX:
                        raise too_many(folder)
                    name = str(one.filename)
                    entry = _entry(f"{folder}/{name}" if folder else name, one.attrs)
                    if entry is not None and is_finished(name):
                        found.append(entry)
        except _GONE as error:
            raise no_folder(f"{self._root}/{folder}") from error
        return found

    async def _fetch(self, client: asyncssh.SFTPClient, path: str, most: int, out: BinaryIO) -> None:
        # What an earlier connection brought before it was lost does not count.
        out.seek(0)
        out.truncate()
        size = 0
        async with await self._timed(client.open(self._at(path), "rb")) as file:
            while size <= most:
                # Opened for bytes, it gives bytes, which its type does not say.
                piece = cast(bytes, await self._timed(file.read(min(PIECE, most + 1 - size))))
                if not piece:
                    return
                size += out.write(piece)
        raise TooBig(path)

    async def _fill(self, client: asyncssh.SFTPClient, path: str, content: bytes) -> None:
        """Raises ChannelDown where its folder is not there."""
        try:
            file = await self._timed(client.open(self._at(path), "wb"))
        except _GONE as error:
            raise no_folder(f"{self._root}/{path.rpartition('/')[0]}") from error
        try:
            for start in range(0, len(content), PIECE):
                await self._timed(file.write(content[start : start + PIECE], start))
        finally:
            await self._timed(file.close())

    async def _put(self, client: asyncssh.SFTPClient, path: str) -> None:
        """Give a file its name, in the place of an older one where the server can."""
        part, whole = self._at(path + PART), self._at(path)
        try:
            await self._timed(client.posix_rename(part, whole))
        except asyncssh.SFTPOpUnsupported:
            await self._timed(client.rename(part, whole))

    async def _move(self, client: asyncssh.SFTPClient, path: str, folder: str) -> None:
        if not await self._timed(client.isdir(self._at(folder))):
            try:
                await self._timed(client.mkdir(self._at(folder)))
            except _GONE as error:
                raise no_folder(f"{self._root}/{folder.rpartition('/')[0]}") from error
        names = {str(name) for name in await self._timed(client.listdir(self._at(folder)))}
        name = path.rpartition("/")[2]
        free = next(other for n in range(len(names) + 1) if (other := aside(name, n)) not in names)
        await self._timed(client.rename(self._at(path), self._at(f"{folder}/{free}")))

    def _at(self, path: str) -> str:
        return f"{self._root.rstrip('/')}/{path}" if path else self._root


def _entry(path: str, attributes: asyncssh.SFTPAttrs) -> Entry | None:
    """None for what is no file, such as a folder or a link."""
    if attributes.type not in (asyncssh.FILEXFER_TYPE_REGULAR, asyncssh.FILEXFER_TYPE_UNKNOWN):
        return None
    return Entry(path, attributes.size or 0, datetime.fromtimestamp(attributes.mtime or 0, UTC))
