"""The fields of one row of the CSV form: read into values, or refused with the reason and what would mend it."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import get_args

from truestock.core.replay.events import Kind, LatLng

_TEXT_MAX = 200
_UNITS_MAX = 1_000_000_000
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_KINDS: tuple[Kind, ...] = get_args(Kind)


class Mend(Exception):
    """What is wrong with a field, and what to do about it."""

    def __init__(self, field: str, reason: str, fix: str) -> None:
        super().__init__(field, reason, fix)
        self.field, self.reason, self.fix = field, reason, fix


@dataclass(frozen=True, slots=True)
class Fields:
    """A row's stripped cells by column, and the line it starts on."""

    line: int
    cells: Mapping[str, str]

    def text(self, name: str) -> str:
        """A name or reference: not empty, not endless, nothing that no eye can see."""
        value = self.cells.get(name, "")
        if not value:
            raise Mend(name, "empty", "fill it in, or remove the row")
        if len(value) > _TEXT_MAX:
            raise Mend(name, f"{len(value)} characters", f"use at most {_TEXT_MAX}")
        if not value.isprintable():
            raise Mend(name, "holds a character that cannot be printed", "remove it (NUL, tab or line break)")
        return value

    def units(self) -> int:
        """Whole base units, at least one."""
        value = self.text("qty")
        if not _WHOLE.fullmatch(value):
            raise Mend("qty", f"{value[:40]!r} is not a whole number", "write base units as digits only, such as 12")
        units = int(value)
        if units < 0:
            raise Mend("qty", f"{units} is negative", "write it positive, with the kind return or cancel")
        if units == 0:
            raise Mend("qty", "zero", "remove the row")
        if units > _UNITS_MAX:
            raise Mend("qty", f"{units} is more than {_UNITS_MAX:,}", "check for a barcode in the wrong column")
        return units

    def instant(self, zone: tzinfo) -> datetime:
        """An instant in UTC."""
        value = self.text("at")
        try:
            at = datetime.fromisoformat(value)
            return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise Mend("at", f"{value[:40]!r} is not a time", "write ISO 8601, such as 2026-03-02T14:05:00Z") from None

    def kind(self) -> Kind:
        """What happened; an order where nothing is said."""
        value = self.cells.get("kind", "").lower()
        for kind in _KINDS:
            if value == kind:
                return kind
        if value:
            raise Mend("kind", f"{value[:40]!r} is unknown", f"use {', '.join(_KINDS)} or leave it empty")
        return "order"

    def place(self) -> LatLng | None:
        """A point on the map, from both columns or neither."""
        lat, lng = self._degrees("lat", 90), self._degrees("lng", 180)
        if lat is None and lng is None:
            return None
        if lat is None or lng is None:
            name = "lat" if lat is None else "lng"
            raise Mend(name, "empty while its partner is not", "give both lat and lng, or neither")
        return LatLng(lat, lng)

    def _degrees(self, name: str, limit: int) -> float | None:
        value = self.cells.get(name, "").replace(",", ".")
        if not value:
            return None
        try:
            degrees = float(value)
        except ValueError:
            degrees = math.nan
        if not abs(degrees) <= limit:
            raise Mend(name, f"{value[:40]!r} is not a number of degrees", f"write -{limit} to {limit}, such as 52.26")
        return degrees
