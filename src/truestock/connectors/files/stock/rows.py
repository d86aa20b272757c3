"""Lines of a push as rows of a file. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from truestock.connectors.contract.abilities import Line
from truestock.connectors.files.sheets.writing import Cell

FIELDS: Final = ("sku", "quantity", "adjustment", "place", "time", "rev", "key", "was")
DIGITS: Final = 6


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """A line as it stands in the last whole file; `time` is when it was sent."""

    sku: str
    place: str
    quantity: int
    rev: int
    key: str
    time: datetime


def row(line: Kept, was: int | None, fields: Iterable[str]) -> list[Cell]:
    """The cells of a line, one for each field. An adjustment has to be known to be one."""
    cells: dict[str, Cell] = {
        "sku": line.sku,
        "quantity": line.quantity,
        "adjustment": line.quantity - (was or 0),
        "place": line.place,
        "time": f"{line.time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "rev": line.rev,
        "key": line.key,
        "was": "" if was is None else was,
    }
    return [cells[field] for field in fields]


def kept_of(line: Line, now: datetime) -> Kept:
    """A line that is sent now."""
    return Kept(line.sku, line.place, line.quantity, line.rev, line.key, now.replace(microsecond=0))


def merged(before: Sequence[Kept], fresh: Iterable[Kept]) -> list[Kept]:
    """All lines: those sent now in the place of older ones, new ones by SKU and place."""
    by_spot = {(line.sku, line.place): line for line in before}
    by_spot |= {(line.sku, line.place): line for line in fresh}
    return [by_spot[spot] for spot in sorted(by_spot)]


class Names:
    """Names of files by `{time}` (UTC, to the second) and `{number}`: later ones always sort behind earlier ones."""

    def __init__(self) -> None:
        self._last = datetime.min.replace(tzinfo=UTC)
        self._number = 0

    def next(self, now: datetime) -> Mapping[str, str]:
        """The placeholders of the next name, even where the clock was set back."""
        self._last = max(now, self._last)
        self._number += 1
        return {"time": f"{self._last.astimezone(UTC):%Y%m%d%H%M%S}", "number": f"{self._number:0{DIGITS}}"}
