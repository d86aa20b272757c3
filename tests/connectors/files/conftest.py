"""Folders of both kinds, each over a real folder of this machine."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.counterparts.sftp import HOST_KEY, PASSWORD, USER, Server, public, serving
from truestock.connectors.files.folders.door import door
from truestock.connectors.files.folders.folder import Folder
from truestock.connectors.files.folders.local import LocalFolder
from truestock.connectors.files.folders.sftp import SftpFolder

Opened = Callable[[Path], AbstractAsyncContextManager[Folder]]


def over(server: Server, **given: Any) -> SftpFolder:
    """The server's folder as the hub reaches it."""
    secrets = given.pop("secrets", {"password": PASSWORD})
    enters = door("127.0.0.1", server.port, given.pop("user", USER), given.pop("key", public(HOST_KEY)), secrets, 5.0)
    return SftpFolder(enters, "/", given.pop("timeout_s", 5.0), **given)


@asynccontextmanager
async def _sftp(root: Path) -> AsyncIterator[Folder]:
    async with serving(root) as server:
        folder = over(server)
        yield folder
        await folder.close()


@asynccontextmanager
async def _local(root: Path) -> AsyncIterator[Folder]:
    yield LocalFolder(str(root))


@pytest.fixture(params=["local", "sftp"])
def opened(request: pytest.FixtureRequest) -> Opened:
    """Opens a folder of this machine as the hub reaches it."""
    return {"local": _local, "sftp": _sftp}[request.param]
