"""Reads back what the other side shows from the newest report that it has dropped."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from truestock.connectors.contract.answers import ChannelDown, Shown, Spot
from truestock.connectors.files.columns import matcher
from truestock.connectors.files.filed import Filed, Row
from truestock.connectors.files.folders.folder import Entry
from truestock.connectors.files.settings import FilesSettings
from truestock.connectors.files.sheets.figures import Decimals, NoFigure, units
from truestock.connectors.files.stock.memory import Memory

FIELDS: Final = ("sku", "place", "quantity")
UNITS_MAX: Final = 10**12


class Reports:
    """Of one channel. `headers` by field. With `differences` a report that may be older than what was sent last is
    worth nothing: a difference that is sent twice oversells."""

    def __init__(
        self, filed: Filed, settings: FilesSettings, headers: Mapping[str, str], memory: Memory, *, differences: bool
    ) -> None:
        self._filed = filed
        self._folder, self._wanted = matcher(settings.report_name)
        self._name = settings.report_name
        self._newest = settings.report_newest
        self._decimal = settings.decimal
        self._lag = timedelta(seconds=settings.report_lag_s)
        self._headers = headers
        self._memory = memory
        self._differences = differences
        self._read: tuple[Entry, dict[Spot, int]] | None = None

    async def read_back(self, spots: Sequence[Spot]) -> Shown:
        """The newest report's numbers; of what was sent after it, the number sent. Raises ChannelDown."""
        entry = await self.newest()
        if entry is None:
            raise ChannelDown(f"there is no whole report {self._name} yet: let the other side write one")
        numbers = await self._numbers(entry)
        taken_at = entry.changed_at - self._lag
        if self._differences and self._may_be_older(spots, taken_at):
            raise ChannelDown(f"{entry.path} may be older than what was sent last: waiting for the next report")
        found: dict[Spot, int] = {}
        for spot in spots:
            number = self._memory.known(spot, taken_at)
            if number is None:
                number = numbers.get(spot)
            if number is not None:
                found[spot] = number
        self._memory.settle(spots)
        return Shown(found)

    async def newest(self) -> Entry | None:
        """The newest whole report. Raises ChannelDown."""
        ripe = await self._filed.ripe(self._folder, self._wanted)
        if self._newest == "name":
            ripe.sort(key=lambda entry: entry.name)
        return ripe[-1] if ripe else None

    def _may_be_older(self, spots: Iterable[Spot], taken_at: datetime) -> bool:
        unknown = [spot for spot in spots if self._memory.known(spot, taken_at) is None]
        if unknown and taken_at < self._memory.began:
            return True
        return any(self._memory.is_doubted(spot, taken_at) for spot in unknown)

    async def _numbers(self, entry: Entry) -> dict[Spot, int]:
        """What a report says, which is read once. Raises ChannelDown."""
        if self._read is None or self._read[0] != entry:
            rows = await self._filed.told(entry, self._headers)
            if rows is None:
                raise ChannelDown(f"{entry.path} changes while it is read: the next look will tell")
            try:
                self._read = entry, numbers_of(rows, self._decimal)
            except NoFigure as error:
                raise ChannelDown(f"{entry.path} cannot be used: {error}") from error
        return self._read[1]


def numbers_of(rows: Iterable[Row], decimal: Decimals = "point") -> dict[Spot, int]:
    """What is shown, by spot. Pure. Raises NoFigure, naming the line."""
    found: dict[Spot, int] = {}
    for row in rows:
        spot = Spot(row.cells["sku"], row.cells.get("place", ""))
        try:
            number = units(row.cells["quantity"], -UNITS_MAX, UNITS_MAX, decimal)
        except NoFigure as error:
            raise NoFigure(f"line {row.line}: {error}") from error
        if found.setdefault(spot, number) != number:
            raise NoFigure(f"line {row.line}: a second quantity for {spot.sku}")
    return found
