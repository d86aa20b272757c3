"""Finds out what became of stock files from the files by which the other side acknowledges them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Final

from truestock.connectors.contract.answers import Outcome, Spot
from truestock.connectors.files.columns import PATTERN
from truestock.connectors.files.filed import Filed, Row
from truestock.connectors.files.settings import FilesSettings
from truestock.connectors.files.stock.memory import Memory

FIELDS: Final = ("sku", "place", "status", "reason")
NO_REASON: Final = "the channel gave no reason"
APPLIED: Final = Outcome("applied")


class Acks:
    """Of one channel. `headers` by field."""

    def __init__(self, filed: Filed, settings: FilesSettings, headers: Mapping[str, str], memory: Memory) -> None:
        self._filed = filed
        self._settings = settings
        self._headers = headers
        self._memory = memory
        self._good = frozenset(word.strip().casefold() for word in settings.ack_good.split(",") if word.strip())

    async def settle(self, tickets: Mapping[Spot, str]) -> Mapping[Spot, Outcome]:
        """Those that are acknowledged, or have waited for too long. Raises ChannelDown."""
        decided: dict[Spot, Outcome] = {}
        for ticket in sorted(set(tickets.values())):
            mine = [spot for spot, one in tickets.items() if one == ticket]
            decided |= await self._of(ticket, mine)
        self._memory.refused(spot for spot, outcome in decided.items() if outcome.kind != "applied")
        return decided

    async def _of(self, ticket: str, spots: Iterable[Spot]) -> dict[Spot, Outcome]:
        sent_s, _, path = ticket.partition("/")
        if not sent_s.isdigit() or not path:
            return dict.fromkeys(spots, Outcome("later", f"{ticket[:100]!r} is no ticket of stock files"))
        name = ack_path(self._settings.ack_name, path)
        entry = await self._filed.ripe_one(name)
        rows = await self._filed.told(entry, self._headers) if entry else None
        if rows is not None:
            return outcomes(spots, rows, self._good, all_named=self._settings.ack_lists == "all")
        if datetime.now(UTC).timestamp() - int(sent_s) < self._settings.ack_within_s:
            return {}
        late = Outcome("later", f"no {name} came within {self._settings.ack_within_s:g} s of the stock file")
        return dict.fromkeys(spots, late)


def ack_path(pattern: str, path: str) -> str:
    """The file that acknowledges the stock file `path`."""
    name = PurePosixPath(path)
    values = {"name": name.name, "stem": name.stem}
    return PATTERN.sub(lambda found: values[found[1]], pattern)


def outcomes(
    spots: Iterable[Spot], rows: Iterable[Row], good: frozenset[str], *, all_named: bool
) -> dict[Spot, Outcome]:
    """What the rows say of these. `all_named`: a row that is not named was not taken; else it was. Pure.

    A row that is named both as good and as refused was refused."""
    found: dict[Spot, Outcome] = {}
    for row in rows:
        spot = Spot(row.cells["sku"], row.cells.get("place", ""))
        is_good = row.cells["status"].casefold() in good if "status" in row.cells else all_named
        told = APPLIED if is_good else Outcome("rejected", _reason(row.cells))
        if found.get(spot, APPLIED).kind == "applied":
            found[spot] = told
    unnamed = Outcome("later", "the acknowledgement does not name it") if all_named else APPLIED
    return {spot: found.get(spot, unnamed) for spot in spots}


def _reason(cells: Mapping[str, str]) -> str:
    said = " ".join(filter(None, (cells.get("status", ""), cells.get("reason", ""))))
    return " ".join("".join(char if char.isprintable() else " " for char in said).split())[:300] or NO_REASON
