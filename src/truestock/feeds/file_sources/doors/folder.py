"""A folder, of this machine or over SFTP, in which a supplier drops files."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import BinaryIO, Final

from truestock.connectors.files.columns import matcher
from truestock.connectors.files.filed import Filed, NotWhole
from truestock.connectors.files.folders.folder import Entry, Folder, NoFile
from truestock.connectors.files.folders.local import LocalFolder
from truestock.connectors.files.folders.ripe import Ripeness, in_order
from truestock.connectors.files.sheets.writing import Style
from truestock.feeds.file_sources.doors.door import Fetched, Rest, Tags, told_as_of
from truestock.feeds.file_sources.settings import InFolder, OnServer, SourceSettings

MB: Final = 2**20


class FolderDoor:
    """Files lie right in the folder's root."""

    def __init__(self, folder: Folder, settings: SourceSettings) -> None:
        self._folder = folder
        self._settings = settings
        self._stable_s = settings.stable_s if settings.complete == "stable" else 0.0
        ripeness = Ripeness(settings.complete, self._stable_s, settings.marker)
        self._filed = Filed(folder, ripeness, Style(), settings.file_max_mb * MB, None)
        _, self._named = matcher(settings.name)

    async def waiting(self, is_read: Callable[[Entry], bool], rest: Rest | None) -> list[Entry]:
        """The whole files. Raises ChannelDown."""
        there = [entry for entry in await self._folder.entries("") if self._named(entry.name)]
        if self._stable_s and rest is None:
            return in_order(there)
        if self._stable_s and rest is not None and not all(map(is_read, there)):
            await self._filed.ripe("", self._named)
            await rest(self._stable_s)
        ripe = await self._filed.ripe("", self._named)
        return in_order({*ripe, *filter(is_read, there)})

    async def fetch(self, entry: Entry, _: Tags, out: BinaryIO) -> Fetched | None:
        """A file as of when it was changed last, or of now. Raises NoSheet and ChannelDown."""
        begun = datetime.now(UTC)
        try:
            await self._filed.fetch(entry, out)
        except NotWhole:
            return None
        return Fetched(entry, *told_as_of(entry.changed_at, begun))

    async def put_away(self, entry: Entry, *, good: bool) -> None:
        """Move a file as it was read; one that was written anew since is for the next look. Raises ChannelDown."""
        if self._settings.after_reading == "leave" or await self._folder.look(entry.path) != entry:
            return
        try:
            await self._folder.move(entry.path, self._settings.done_folder if good else self._settings.failed_folder)
        except NoFile:
            return

    async def about(self) -> str:
        """Which folder this is. Raises ChannelDown."""
        return await self._folder.about()

    async def close(self) -> None:
        """Let go of the connection."""
        await self._folder.close()


def folder_of(where: InFolder | OnServer, settings: SourceSettings, secrets: Mapping[str, str]) -> Folder:
    """The folder that is meant. Raises ValueError, which names what is at fault and shows no secret."""
    if isinstance(where, InFolder):
        return LocalFolder(where.root)
    # SSH is slow to import, and only those who use it shall wait for it.
    from truestock.connectors.files.folders.door import door
    from truestock.connectors.files.folders.sftp import SftpFolder

    enters = door(where.host, where.port, settings.user, settings.host_key, secrets, settings.timeout_s)
    return SftpFolder(enters, where.root, settings.timeout_s)
