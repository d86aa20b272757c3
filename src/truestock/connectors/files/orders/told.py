"""Writes what becomes of orders: a file for each parcel and each cancellation, whose name is the same for every try."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Final

from truestock.connectors.contract.answers import Outcome
from truestock.connectors.contract.orders import Cancelling, Parcel
from truestock.connectors.files.columns import filled
from truestock.connectors.files.filed import Filed
from truestock.connectors.files.sheets.writing import fits, written

PARCEL_FIELDS: Final = (
    "order", "line", "quantity", "carrier", "tracking", "tracking_url", "shipped_at", "place", "parcel",
)  # fmt: skip
CANCEL_FIELDS: Final = ("order", "line", "quantity", "whole", "reason", "cancellation")


class Told:
    """Files of one form. `headers` by field, in the order of the columns."""

    def __init__(self, filed: Filed, pattern: str, headers: Mapping[str, str]) -> None:
        self._filed = filed
        self._pattern = pattern
        self._headers = headers

    async def ship(self, order: str, parcel: Parcel) -> Outcome:
        """Write what has left. Raises ChannelDown and InDoubt."""
        at = f"{parcel.shipped_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if parcel.shipped_at else ""
        same = {
            "order": order, "carrier": parcel.carrier, "tracking": parcel.tracking, "place": parcel.place,
            "tracking_url": parcel.tracking_url, "shipped_at": at, "parcel": parcel.id,
        }  # fmt: skip
        return await self._write(order, parcel.id, same, parcel.lines)

    async def cancel(self, order: str, cancelling: Cancelling) -> Outcome:
        """Write what will not leave. Raises ChannelDown and InDoubt."""
        whole = "yes" if cancelling.whole else "no"
        same = {"order": order, "whole": whole, "reason": cancelling.reason, "cancellation": cancelling.key}
        return await self._write(order, cancelling.key, same, cancelling.lines)

    async def _write(self, order: str, name: str, same: Mapping[str, str], lines: Mapping[str, int]) -> Outcome:
        path = filled(self._pattern, {"id": name, "order": order})
        if await self._filed.folder.look(path) is not None:
            return Outcome("applied")
        rows: list[Sequence[str | int]] = []
        for line, qty in sorted(lines.items()):
            cells: dict[str, str | int] = {**same, "line": line, "quantity": qty}
            rows.append([cells[field] for field in self._headers])
        strange = [cell for row in rows for cell in row if isinstance(cell, str) and not self._fits(cell, path)]
        if strange:
            return Outcome("rejected", f"{strange[0][:100]!r} cannot be written in {self._filed.style.encoding}")
        content = written(path, list(self._headers.values()), rows, self._filed.style)
        await self._filed.folder.write(path, content)
        return Outcome("applied")

    def _fits(self, text: str, path: str) -> bool:
        return fits(text, path, self._filed.style)
