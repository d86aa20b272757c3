"""Reads a company's own orders from the plain CSV form: at, channel, order_ref, sku, qty; optional kind, lat, lng.

Bad rows are reported with line, field, reason and fix, and the good ones go on. The file need not be sorted: orders are
gathered whole (rows of one channel, reference and kind are one order) and given out in order of time."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from operator import attrgetter
from pathlib import Path

from truestock.core.replay.events import Kind, LatLng, OrderEvent
from truestock.feeds.order_files.csv_fields import Fields, Mend
from truestock.feeds.order_files.order_file import BadRow, OrderFile, OrderFileError, ReadReport, merged

REQUIRED = ("at", "channel", "order_ref", "sku", "qty")
OPTIONAL = ("kind", "lat", "lng")
_DELIMITERS = (",", ";", "\t", "|")


@dataclass(slots=True)
class _Order:
    at: datetime
    place: LatLng | None
    lines: list[tuple[str, int]] = field(default_factory=list)


def read_csv(path: Path, zone: tzinfo = UTC) -> OrderFile:
    """The orders of a file in order of time; times without an offset are in `zone`."""
    return OrderFile(lambda report: _events(path, zone, report))


def _events(path: Path, zone: tzinfo, report: ReadReport) -> Iterator[OrderEvent]:
    orders: dict[tuple[str, str, Kind], _Order] = {}
    for fields in _good_rows(path, report):
        try:
            key = fields.text("channel"), fields.text("order_ref"), fields.kind()
            line, at, place = (fields.text("sku"), fields.units()), fields.instant(zone), fields.place()
        except Mend as mend:
            report.bad(BadRow(fields.line, mend.field, mend.reason, mend.fix))
            continue
        order = orders.setdefault(key, _Order(at, place))
        order.at = min(order.at, at)
        order.place = order.place or place
        order.lines.append(line)
    events = [
        OrderEvent(order.at, channel, ref, kind, merged(order.lines), order.place)
        for (channel, ref, kind), order in orders.items()
    ]
    yield from sorted(events, key=attrgetter("at"))


def _good_rows(path: Path, report: ReadReport) -> Iterator[Fields]:
    """The rows that have the shape of the header."""
    text = _text(path, report)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    header: list[str] | None = None
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            report.bad(BadRow(line, "row", str(error), "close every quote, and double a quote inside a quoted field"))
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if header is None:
            header = _header(cells, line)
            continue
        report.rows += 1
        if len(cells) > len(header):
            reason = f"{len(cells)} fields where the header has {len(header)}"
            report.bad(BadRow(line, "row", reason, "put quotes around a field that holds the delimiter"))
            continue
        yield Fields(line, _by_name(header, cells))
    if header is None:
        raise OrderFileError(f"{path.name} is empty; the first line names the columns: {','.join(REQUIRED)}")


def _by_name(header: list[str], cells: list[str]) -> Mapping[str, str]:
    return dict(zip(header, (cell.strip() for cell in cells), strict=False))


def _header(cells: list[str], line: int) -> list[str]:
    header = [cell.strip().lower().replace(" ", "_") for cell in cells]
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise OrderFileError(
            f"line {line}: no column {', '.join(missing)}; the header needs {','.join(REQUIRED)}"
            f" and may have {','.join(OPTIONAL)}"
        )
    twice = [name for name in (*REQUIRED, *OPTIONAL) if header.count(name) > 1]
    if twice:
        raise OrderFileError(f"line {line}: column {', '.join(twice)} stands there twice; rename or remove one")
    return header


def _delimiter(text: str) -> str:
    """The one that cuts the header into the most columns."""
    header = text.lstrip().partition("\n")[0]
    return max(_DELIMITERS, key=header.count)


def _text(path: Path, report: ReadReport) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise OrderFileError(f"{path.name} cannot be read: {error.strerror}") from error
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        report.notes.append("not UTF-8, read as Windows-1252; save the file as UTF-8 if names look wrong")
        return raw.decode("cp1252", errors="replace")
