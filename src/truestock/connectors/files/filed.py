"""What reading and writing have in common: one channel's folder, and how its files are read whole."""

import asyncio
import io
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO, NamedTuple

from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.files.folders.folder import Entry, Folder, NoFile, TooBig
from truestock.connectors.files.folders.ripe import Ripeness
from truestock.connectors.files.sheets.reading import NoSheet, Sheet, open_sheet
from truestock.connectors.files.sheets.writing import Style


class NotWhole(Exception):
    """The file is not there, or is not whole yet: look again later."""


class Row(NamedTuple):
    """A row by field, with its line in the file."""

    line: int
    cells: dict[str, str]


class Filed:
    """`most`: bytes that are read of a file at most. `encoding`: of CSV that is read, None to find it out."""

    def __init__(self, folder: Folder, ripeness: Ripeness, style: Style, most: int, encoding: str | None) -> None:
        self.folder = folder
        self.style = style
        self._ripeness = ripeness
        self._most = most
        self._encoding = encoding

    async def ripe(self, folder: str, wanted: Callable[[str], bool]) -> list[Entry]:
        """The whole files of a folder, the longest unchanged first. Raises ChannelDown."""
        return self._ripeness.ripe(await self.folder.entries(folder), wanted)

    async def ripe_one(self, path: str) -> Entry | None:
        """One file, None where it is not there or not whole. Raises ChannelDown."""
        entry = await self.folder.look(path)
        if entry is None:
            return None
        beside = self._ripeness.marker_of(path)
        marker = await self.folder.look(beside) if beside else None
        return entry if self._ripeness.is_ripe(entry, marker) else None

    async def fetch(self, entry: Entry, out: BinaryIO) -> None:
        """A file's bytes into `out`. Raises NotWhole where it changed meanwhile, NoSheet where it is too big,
        ChannelDown."""
        if entry.size > self._most:
            raise NoSheet(1, f"the file has over {self._most // 2**20} MB; split it")
        try:
            await self.folder.fetch(entry.path, self._most, out)
        except (NoFile, TooBig) as error:
            raise NotWhole(entry.path) from error
        if out.tell() != entry.size or await self.folder.look(entry.path) != entry:
            raise NotWhole(entry.path)

    async def rows(self, entry: Entry, headers: Mapping[str, str], explained: int = 0) -> list[Row]:
        """A file's rows by field, without the first `explained`. Raises NotWhole, NoSheet and ChannelDown."""
        content = io.BytesIO()
        await self.fetch(entry, content)
        rows = await asyncio.to_thread(rows_of, content, headers, self._encoding)
        return rows[explained:]

    async def told(self, entry: Entry, headers: Mapping[str, str]) -> list[Row] | None:
        """The same of a file on which nothing else can go on: None while it is not whole. Raises ChannelDown."""
        try:
            return await self.rows(entry, headers)
        except NotWhole:
            return None
        except NoSheet as error:
            raise ChannelDown(f"{entry.path} cannot be read: {error}") from error


def rows_of(content: BinaryIO, headers: Mapping[str, str], encoding: str | None) -> list[Row]:
    """The rows of a file by field, all of whose headers have to be there. Raises NoSheet."""
    content.seek(0)
    sheet = open_sheet(content, encoding)
    places = _places(sheet, headers)
    return list(_rows(sheet, places))


def _rows(sheet: Sheet, places: Mapping[str, int]) -> Iterator[Row]:
    for line, cells in sheet.rows:
        if any(cells[len(sheet.header) :]):
            raise NoSheet(line, f"line {line} has more cells than the header; quote cells that hold the delimiter")
        yield Row(line, {field: cells[place] for field, place in places.items()})


def _places(sheet: Sheet, headers: Mapping[str, str]) -> dict[str, int]:
    """In which column each field stands; big and small letters are alike where no header is written exactly so."""
    loose = [name.casefold() for name in sheet.header]
    found: dict[str, int] = {}
    for field, header in headers.items():
        names, wanted = (sheet.header, header) if header in sheet.header else (loose, header.casefold())
        if names.count(wanted) != 1:
            fault = "stands there twice" if wanted in names else "is missing"
            raise NoSheet(1, f"column {header!r} ({field}) {fault}; the header has {', '.join(sheet.header[:40])}")
        found[field] = names.index(wanted)
    return found
