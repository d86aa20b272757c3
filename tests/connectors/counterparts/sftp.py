"""An SFTP server in the event loop of the test, over a real folder; it can be told to fail at any step."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

USER, PASSWORD = "hub", "let-me-in-please"
HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")
OTHER_KEY = asyncssh.generate_private_key("ssh-ed25519")
CLIENT_KEY = asyncssh.generate_private_key("ssh-ed25519")


def public(key: asyncssh.SSHKey) -> str:
    """A key as it stands in settings."""
    return key.export_public_key().decode().strip()


def private(key: asyncssh.SSHKey) -> str:
    """A key as it is given as a secret."""
    return key.export_private_key("openssh").decode()


@dataclass
class Server:
    """Serves `root`. `at`: steps ("open", "write", "before rename", "after rename", "list") and what they do next,
    each once; `logins` counts those who were let in; `on_rename` hears of every file that got its name."""

    root: Path
    port: int = 0
    logins: int = 0
    at: dict[str, list[Callable[["Files"], None]]] = field(default_factory=dict)
    on_rename: Callable[[Path], object] = str
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)
    closed: bool = False

    def once(self, step: str, *faults: Callable[["Files"], None]) -> None:
        """At the next times of the step this happens."""
        self.at.setdefault(step, []).extend(faults)

    def cut_all(self) -> None:
        """Every connection is lost."""
        for connection in self.connections:
            connection.abort()


class Files(asyncssh.SFTPServer):
    """One session."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], server: Server) -> None:
        super().__init__(channel, chroot=str(server.root).encode())
        self.server = server

    def cut(self) -> None:
        self.channel.get_connection().abort()

    def _step(self, name: str) -> None:
        if waiting := self.server.at.get(name):
            waiting.pop(0)(self)

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Any:
        self._step("open")
        return super().open(path, pflags, attrs)

    def write(self, file_obj: object, offset: int, data: bytes) -> Any:
        self._step("write")
        return super().write(file_obj, offset, data)

    def scandir(self, path: bytes) -> Any:
        self._step("list")
        return super().scandir(path)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
        self._step("before rename")
        super().posix_rename(oldpath, newpath)
        self.server.on_rename(self.server.root / newpath.decode().lstrip("/"))
        self._step("after rename")


def cut(files: Files) -> None:
    """The connection is lost."""
    files.cut()
    raise asyncssh.SFTPConnectionLost("cut")


def forbid(files: Files) -> None:
    """The account may not."""
    raise asyncssh.SFTPPermissionDenied("no")


def fill_up(files: Files) -> None:
    """The disk is full."""
    raise asyncssh.SFTPFailure("no space left")


class _Login(asyncssh.SSHServer):
    def __init__(self, server: Server) -> None:
        self._server = server

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._server.connections.append(conn)
        if self._server.closed:
            conn.abort()

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return self._let_in((username, password) == (USER, PASSWORD))

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return self._let_in(username == USER and key.public_data == CLIENT_KEY.public_data)

    def _let_in(self, good: bool) -> bool:
        self._server.logins += good
        return good


@asynccontextmanager
async def serving(root: Path) -> AsyncIterator[Server]:
    """The server, up."""
    server = Server(root)
    listener = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=lambda: _Login(server),
        server_host_keys=[HOST_KEY],
        sftp_factory=lambda channel: Files(channel, server),
        config=None,
        login_timeout=10,
    )
    server.port = listener.get_port()
    try:
        yield server
    finally:
        server.cut_all()
        listener.close()
        await listener.wait_closed()
