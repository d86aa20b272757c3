"""Writes stock files: a push is one file, and is in force once that has its name, or once it is acknowledged."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Pushed, Spot, Throttle
from truestock.connectors.files.columns import filled
from truestock.connectors.files.filed import Filed
from truestock.connectors.files.folders.folder import NoFile
from truestock.connectors.files.settings import FilesSettings
from truestock.connectors.files.sheets.writing import ROWS_MAX, WORKBOOK, fits, written
from truestock.connectors.files.stock.memory import Memory
from truestock.connectors.files.stock.rows import Kept, Names, kept_of, merged, row

# What the last whole file had: the other side may take that away.
KEPT: Final = "truestock.kept"
KEPT_MAX: Final = 512 * 2**20


class StockOut:
    """Of one channel. `headers` by field, in the order of the columns."""

    def __init__(self, filed: Filed, settings: FilesSettings, headers: Mapping[str, str], memory: Memory) -> None:
        self._filed = filed
        self._settings = settings
        self._headers = headers
        self._memory = memory
        self._names = Names()

    async def push(self, lines: Sequence[Line]) -> Pushed:
        """Write the lines as one file. Raises ChannelDown and InDoubt."""
        now = datetime.now(UTC)
        path = filled(self._settings.stock_name, self._names.next(now))
        refused = {line.spot: outcome for line in lines if (outcome := self._refusal(line, path)) is not None}
        sent = [line for line in lines if line.spot not in refused]
        if not sent:
            return Pushed(refused)
        fresh = [kept_of(line, now) for line in sent]
        rows = fresh
        if self._settings.stock_mode == "whole":
            rows = merged(await self._kept(), fresh)
            if path.lower().endswith(WORKBOOK) and len(rows) >= ROWS_MAX:
                raise ChannelDown(f"a workbook holds {ROWS_MAX:,} rows, and there are {len(rows):,}: write CSV")
            await self._filed.folder.write(KEPT, msgspec.json.encode(rows))
        was = {line.spot: line.was for line in sent}
        fields = list(self._headers)
        cells = [row(line, was.get(Spot(line.sku, line.place)), fields) for line in rows]
        content = written(path, list(self._headers.values()), cells, self._filed.style)
        try:
            await self._filed.folder.write(path, content)
        except InDoubt:
            self._memory.doubt(was, now, path)
            raise
        self._memory.sent({line.spot: line.quantity for line in sent}, now)
        told = self._told(path, now)
        return Pushed({**dict.fromkeys(was, told), **refused}, Throttle(retry_after_s=self._settings.file_every_s))

    def _told(self, path: str, now: datetime) -> Outcome:
        if not self._settings.ack_name:
            return Outcome("applied")
        return Outcome("accepted", ticket=f"{int(now.timestamp())}/{path}")

    def _refusal(self, line: Line, path: str) -> Outcome | None:
        if "adjustment" in self._headers and line.was is None:
            return Outcome("stale", "what it shows has to be known before it can be adjusted")
        for text in (line.sku, line.place):
            if not fits(text, path, self._filed.style):
                return Outcome("rejected", f"{text[:100]!r} cannot be written in {self._filed.style.encoding}")
        return None

    async def _kept(self) -> list[Kept]:
        """What the last whole file had. Raises ChannelDown."""
        try:
            return msgspec.json.decode(await self._filed.folder.read(KEPT, KEPT_MAX), type=list[Kept])
        except NoFile:
            return []
        except msgspec.MsgspecError as error:
            raise ChannelDown(f"{KEPT} is not as it was written ({error}): delete it, and reset the channel") from error
