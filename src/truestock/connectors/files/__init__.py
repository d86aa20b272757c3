"""Files as a channel: CSV or XLSX in a folder of this machine or over SFTP, both ways."""

from collections.abc import Mapping
from typing import Final

import httpx2

from truestock.connectors.contract.kind import Kind
from truestock.connectors.files.channel import FilesChannel
from truestock.connectors.files.folders.folder import Folder
from truestock.connectors.files.folders.local import LocalFolder
from truestock.connectors.files.settings import SECRETS, FilesSettings


def build(client: httpx2.AsyncClient, settings: FilesSettings, secrets: Mapping[str, str]) -> FilesChannel:  # noqa: ARG001  files need no HTTP
    """A channel with the abilities that its settings speak of. Raises ValueError."""
    return FilesChannel(_folder(settings, secrets), settings)


def _folder(settings: FilesSettings, secrets: Mapping[str, str]) -> Folder:
    if not settings.host:
        return LocalFolder(settings.folder)
    # SSH is slow to import, and only those who use it shall wait for it.
    from truestock.connectors.files.folders.door import door
    from truestock.connectors.files.folders.sftp import SftpFolder

    enters = door(settings.host, settings.port, settings.user, settings.host_key, secrets, settings.timeout_s)
    return SftpFolder(enters, settings.folder, settings.timeout_s)


KIND: Final = Kind(
    name="files",
    title="Files in a folder or over SFTP",
    settings=FilesSettings,
    secrets=SECRETS,
    build=build,
    optional_secrets=frozenset(SECRETS),
)
