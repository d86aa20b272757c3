"""A stock file as commands: each good line an opening balance with a key of its own, each bad one in the report."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BufferedReader
from typing import Any, cast, get_args

from truestock.catalog.load.reading import RawRow, Unreadable, rows_of
from truestock.core.checks import check_choice, check_number, check_text
from truestock.core.problems import Invalid, Problem
from truestock.feeds.stock.opening.columns import COLUMNS, NAMES
from truestock.feeds.stock.opening.report import FileReport
from truestock.ledger.values import Opening, Post, StatusName

QTY_MAX = 1_000_000_000
REASON = "opening balance"


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for lines that do not say it; `as_of` is when the file's numbers were true, now if left out."""

    location: str | None = None
    status: str = "sellable"
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file, as it is booked."""

    number: int
    opening: Opening
    key: str

    def command(self, actor: str) -> Post:
        """What the ledger takes."""
        return Post(self.opening, actor, self.key)


def digest_of(source: BufferedReader) -> str:
    """What tells this file from any other, whatever its name; reads it from where it stands, and goes back there."""
    start = source.tell()
    digest = hashlib.file_digest(source, "sha256").hexdigest()
    source.seek(start)
    return digest


def lines_of(
    source: BufferedReader, report: FileReport, aliases: Mapping[str, str], defaults: Defaults
) -> Iterator[Line]:
    """The lines to be booked; the others are counted in the report."""
    report.digest = digest_of(source)
    try:
        for row in rows_of(source, COLUMNS, aliases):
            report.lines += 1
            report.ignored |= row.cells.keys() - set(NAMES)
            try:
                opening = _opening(row, report, defaults)
            except Problem as problem:
                report.refuse(row.line, problem, row.cells.get(problem.field or "", ""))
                continue
            if opening is None:
                report.empty += 1
            else:
                yield Line(row.line, opening, f"opening:{report.digest}:{row.line}")
    except Unreadable as end:
        report.stopped = end.line
        report.refuse(end.line, end.problem)


def _opening(row: RawRow, report: FileReport, defaults: Defaults) -> Opening | None:
    """The balance of a line; None of one with zero units. Raises Problem."""
    values: dict[str, Any] = {"location": defaults.location, "status": defaults.status}
    for column in COLUMNS:
        if (cell := row.cells.get(column.name)) is not None:
            values[column.name] = column.parse(column.name, cell)
        elif column.required:
            raise Invalid(column.name, f"{column.name} is empty; give it a value")
    if row.surplus:
        raise Invalid("line", f"the line has {row.surplus} cells more than the header; quote cells with the delimiter")
    values["status"] = values["status"].lower().replace(" ", "_")
    _check(values)
    if not values["qty"]:
        return None
    return Opening(
        source=report.source,
        ref=f"{report.digest[:12]}:{row.line}",
        reason=REASON,
        effective_at=defaults.as_of,
        **values,
    )


def _check(values: Mapping[str, Any]) -> None:
    check_text("sku", values["sku"], required=True)
    check_text("location", values["location"], required=True)
    check_text("lot", values.get("lot"))
    check_choice("status", values["status"], get_args(StatusName), required=True)
    check_number("qty", cast(int, values["qty"]), high=QTY_MAX)
    if values.get("expires_at") is not None and values.get("lot") is None:
        raise Invalid("expires_at", "an expiry is a lot's; name the lot, or leave the expiry out")
