"""What we tell warehouses and partners by X12: 940 ship this, 943 this is coming, 846 this is what there is. Pure."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from truestock.core.problems import Invalid
from truestock.feeds.stock.files.edi.writing import Elements, Outgoing, Partners, x12

VERSION = "004010"


class Address(NamedTuple):
    """Where something goes to or lies, by a code both know, with the rest as far as it is needed."""

    code: str = ""
    name: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""


class Line(NamedTuple):
    """Units of an item; `qty` is in base units, `gtin` is told beside the SKU if there is one."""

    sku: str
    qty: int
    gtin: str = ""
    lot: str = ""


class StockLine(NamedTuple):
    """What there is of an item: what may be sold, and what lies there if that is told too."""

    sku: str
    available: int
    on_hand: int | None = None
    gtin: str = ""
    location: str = ""


def ship_order(
    partners: Partners, control: int, at: datetime, order: str, warehouse: Address, to: Address, lines: Sequence[Line]
) -> bytes:
    """A 940: the warehouse shall ship these lines of an order. Raises Invalid."""
    segments: list[Elements] = [("W05", "N", order), *_party("WH", warehouse), *_party("ST", to)]
    for number, line in enumerate(lines, 1):
        segments.append(("LX", str(number)))
        segments.append(("W01", _qty(line), "EA", "", *_numbers(line.sku, line.gtin), line.lot))
    segments.append(("W76", str(sum(line.qty for line in lines))))
    return x12(partners, control, at, "OW", VERSION, [Outgoing("940", segments)])


def expected_receipt(
    partners: Partners, control: int, at: datetime, ref: str, due: date, warehouse: Address, lines: Sequence[Line]
) -> bytes:
    """A 943: these lines are coming to the warehouse, under this reference. Raises Invalid."""
    segments: list[Elements] = [("W06", "N", ref, due.strftime("%Y%m%d"), ref), *_party("WH", warehouse)]
    segments += [("W04", _qty(line), "EA", "", *_numbers(line.sku, line.gtin), line.lot) for line in lines]
    segments.append(("W03", str(sum(line.qty for line in lines))))
    return x12(partners, control, at, "AR", VERSION, [Outgoing("943", segments)])


def stock_report(partners: Partners, control: int, at: datetime, ref: str, lines: Sequence[StockLine]) -> bytes:
    """An 846: what there is of these items. Nothing below zero is told. Raises Invalid."""
    segments: list[Elements] = [("BIA", "00", "SI", ref, at.strftime("%Y%m%d"), at.strftime("%H%M"))]
    for number, line in enumerate(lines, 1):
        segments.append(("LIN", str(number), *_numbers(line.sku, line.gtin)))
        segments.append(("QTY", "33", str(max(0, line.available)), "EA"))
        if line.on_hand is not None:
            segments.append(("QTY", "17", str(max(0, line.on_hand)), "EA"))
        if line.location:
            segments.append(("N1", "WH", "", "92", line.location))
    segments.append(("CTT", str(len(lines))))
    return x12(partners, control, at, "IB", VERSION, [Outgoing("846", segments)])


def _party(kind: str, address: Address) -> list[Elements]:
    segments: list[Elements] = [("N1", kind, address.name, "92" if address.code else "", address.code)]
    if address.street:
        segments.append(("N3", address.street))
    if address.city or address.postal_code:
        segments.append(("N4", address.city, address.region, address.postal_code, address.country))
    return segments


def _numbers(sku: str, gtin: str) -> Elements:
    return ("SK", sku, "UK", gtin) if gtin else ("SK", sku, "", "")


def _qty(line: Line) -> str:
    if line.qty < 1:
        raise Invalid("qty", f"{line.sku} has {line.qty} units; tell at least 1")
    return str(line.qty)
