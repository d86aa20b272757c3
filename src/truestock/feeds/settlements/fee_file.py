"""A file of fees, brought in line by line for channels that tell none by themselves; a second time it changes nothing.

A line without an id of its own is known by all that it says, and equal lines of one file by their number."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO, Final, Literal, NamedTuple

import msgspec

from truestock.catalog.load import Report
from truestock.catalog.load.cells import Column, decimal, instant, text
from truestock.catalog.load.reading import RawRow, Unreadable, rows_of
from truestock.connectors.contract.orders import SettledFee
from truestock.connectors.orders.money import plain
from truestock.core.checks import check_number, check_text
from truestock.core.identity import content_digest
from truestock.core.problems import Conflict, Invalid, NotFound, Problem
from truestock.feeds.settlements import queries
from truestock.feeds.settlements.keep import AMOUNT_MAX, AT_ONCE, Kept, compared, drop, keep
from truestock.store.database import Connection, Database

COLUMNS: Final = (
    Column("order", text, "the channel's own number of the order; empty for a fee that is of none"),
    Column("line", text, "the channel's own id of the order's line"),
    Column("sku", text, "the channel's SKU; leads to the line where the order has one line of it"),
    Column("kind", text, "what the fee is for, as commission", required=True),
    Column("amount", decimal, "what the channel keeps; below zero where it gives back", required=True),
    Column("currency", text, "three letters, as EUR", required=True),
    Column("posted_at", instant, "date or time; without a zone UTC", required=True),
    Column("settlement", text, "the channel's name of the statement"),
    Column("id", text, "what no other fee of the order has"),
)
DIGITS_MAX: Final = 4
CURRENCY = re.compile("[A-Z]{3}")
Progress = Callable[[int], None]
Doing = Literal["keep", "try", "undo"]


class _Line(NamedTuple):
    row: RawRow
    fee: SettledFee


def load_fees(
    db: Database, channel: str, source: BinaryIO, doing: Doing = "keep", progress: Progress | None = None
) -> Report:
    """Keep the fees of a CSV file: `created` are new, `unchanged` were known; good lines go in, bad ones are named.

    To `try` writes nothing; to `undo` takes out what the file has brought: then `changed` are gone, and `unchanged`
    were not there. `progress` is told the lines done. Raises NotFound for the channel."""
    report = Report("fees", dry_run=doing == "try", written=doing != "try")
    number = _channel(db, channel)
    lines = _lines(source, report)
    while chunk := list(islice(lines, AT_ONCE)):
        with db.transaction() as conn:
            became = _done(conn, number, [line.fee for line in chunk], doing)
        for line, kept in zip(chunk, became, strict=True):
            _count(report, line, kept)
        if progress:
            progress(report.lines)
    return report


def _done(conn: Connection, channel: int, fees: list[SettledFee], doing: Doing) -> list[Kept]:
    if doing == "undo":
        return drop(conn, channel, fees)
    return compared(conn, channel, fees) if doing == "try" else keep(conn, channel, fees, "file")


def _count(report: Report, line: _Line, kept: Kept) -> None:
    if kept == "differs":
        told = (
            "this order has a fee of this id with another content; what corrects a fee is a fee with an id of its own"
        )
        report.refuse(line.row.line, Conflict(told, "id"), line.fee.id)
    else:
        report.created += kept == "new"
        report.changed += kept == "gone"
        report.unchanged += kept in {"known", "absent"}


def _lines(source: BinaryIO, report: Report) -> Iterator[_Line]:
    """The lines to be kept; the others are counted in the report."""
    alike: Counter[bytes] = Counter()
    first: dict[tuple[str, str], int] = {}
    try:
        for row in rows_of(source, COLUMNS):
            report.lines += 1
            try:
                fee = _fee(row, alike)
                if (line := first.setdefault((fee.order, fee.id), row.line)) != row.line:
                    raise Conflict(f"line {line} has the same id; each fee of an order needs its own", "id")
            except Problem as problem:
                report.refuse(row.line, problem, row.cells.get(problem.field or "", ""))
                continue
            yield _Line(row, fee)
    except Unreadable as end:
        report.stopped = end.line
        report.refuse(end.line, end.problem)


def _fee(row: RawRow, alike: Counter[bytes]) -> SettledFee:
    """The fee of a line. Raises Problem."""
    values: dict[str, Any] = {column.name: "" for column in COLUMNS}
    for column in COLUMNS:
        if (cell := row.cells.get(column.name)) is not None:
            values[column.name] = column.parse(column.name, cell)
        elif column.required:
            raise Invalid(column.name, f"{column.name} is empty; give it a value")
    if row.surplus:
        raise Invalid("line", f"the line has {row.surplus} cells more than the header; quote cells with the delimiter")
    for name in ("order", "line", "sku", "kind", "settlement", "id"):
        check_text(name, values[name])
    _check_money(values["amount"], values["currency"])
    values["amount"] = plain(values["amount"])
    values["posted_at"] = _in_utc(values["posted_at"])
    if not values["id"]:
        content = content_digest(msgspec.json.encode(values))
        alike[content] += 1
        values["id"] = f"{content.hex()}-{alike[content]}"
    return SettledFee(**values)


def _in_utc(posted_at: datetime) -> datetime:
    try:
        return posted_at.astimezone(UTC)
    except OverflowError:
        raise Invalid("posted_at", "posted_at is not in the years 1 to 9999; write it like 2026-11-27") from None


def _check_money(amount: Decimal, currency: str) -> None:
    check_number("amount", amount, -AMOUNT_MAX, AMOUNT_MAX)
    if amount != round(amount, DIGITS_MAX):
        raise Invalid("amount", f"amount {amount} has more than {DIGITS_MAX} digits behind the point; round it")
    if not CURRENCY.fullmatch(currency):
        raise Invalid("currency", f"currency {currency!r} is not three capital letters; write it like EUR")


def _channel(db: Database, code: str) -> int:
    with db.transaction() as conn:
        for (number,) in conn.execute(queries.channel_by_code, {"code": code}):
            return int(number)
    raise NotFound("channel", code, "channel")
