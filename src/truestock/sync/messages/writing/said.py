"""What templates may say of an order: plain texts and numbers, with nothing in them that could pose as something else.

Names and titles come from shoppers and shops: each is one line of printable characters. Pure."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from truestock.connectors.contract.orders import Buyer
from truestock.sync.messages.cases import Case, Line
from truestock.sync.messages.decide import Kind

TEXT_MAX: Final = 200
URL_MAX: Final = 1_000
_OF_BUYER: Final = ("name", "company", "street", "postcode", "city", "region", "country")
# Which units of a line each kind speaks of.
_UNITS: Final[dict[Kind, str]] = {
    "confirmed": "open",
    "delayed": "open",
    "split": "shipped",
    "shipped": "shipped",
    "cancelled": "cancelled",
}

Said = dict[str, Any]


def said_of(case: Case, kind: Kind, titles: Mapping[Line, str]) -> Said:
    """The fields of a message; `told` are the lines that its kind speaks of, `later` those that follow a parcel."""
    lines = _lines(case, titles)
    buyer = case.buyer or Buyer()
    about = [line for line in lines if line[_UNITS[kind]] and (kind != "delayed" or line["short"])]
    return {
        "kind": kind,
        "order": {
            "name": clean(case.name),
            "ref": clean(case.ref),
            "channel": case.code,
            "placed_on": case.placed_at.astimezone(UTC).date().isoformat(),
        },
        "buyer": {field: clean(getattr(buyer, field)) for field in _OF_BUYER},
        "lines": lines,
        "told": [_units(line, _UNITS[kind]) for line in about],
        "later": [_units(line, "open") for line in lines if line["open"]] if kind == "split" else [],
        "parcels": _parcels(case) if kind in ("split", "shipped") else [],
        "whole": not any(line["open"] or line["shipped"] for line in lines),
    }


def example(kind: Kind) -> Said:
    """Fields as of some order, to try a template on."""
    line = {"sku": "LAMP", "title": "Lamp", "ordered": 2, "open": 1, "shipped": 1, "cancelled": 1, "short": True}
    line |= {"expected": "2026-11-30"}
    return {
        "kind": kind,
        "order": {"name": "#1001", "ref": "1001", "channel": "web", "placed_on": "2026-11-27"},
        "buyer": dict.fromkeys(_OF_BUYER, "Example"),
        "lines": [line],
        "told": [{**line, "units": 1}],
        "later": [{**line, "units": 1}] if kind == "split" else [],
        "parcels": [
            {"carrier": "Carrier", "tracking": "1Z", "url": "https://example.com/1Z", "shipped_on": "2026-11-28"}
        ],
        "whole": False,
    }


def clean(text: str, at_most: int = TEXT_MAX) -> str:
    """One line of printable characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:at_most].rstrip()


def _units(line: Said, field: str) -> Said:
    return {**line, "units": line[field]}


def _lines(case: Case, titles: Mapping[Line, str]) -> list[Said]:
    """Each SKU once, in the order of lines."""
    cancelled = case.cancelled()
    found: dict[tuple[str, str], Said] = {}
    for one, order in case.orders.items():
        for n, line in order.lines.items():
            title = clean(titles.get((one, n), "") or line.sku)
            fresh = {"sku": line.sku, "title": title, "ordered": 0, "open": 0, "shipped": 0, "cancelled": 0}
            row = found.setdefault((line.sku, title), {**fresh, "short": False, "expected": ""})
            row["ordered"] += line.qty
            row["open"] += line.open
            row["shipped"] += line.shipped
            row["cancelled"] += cancelled.get((one, n), 0)
            if short := case.shorts.get((one, n)):
                row["short"] = True
                row["expected"] = max(row["expected"], short.expected.isoformat() if short.expected else "")
    return list(found.values())


def _parcels(case: Case) -> list[Said]:
    """Each parcel once, though its lines may have been booked one by one; one of which nothing is known is left out."""
    found: dict[tuple[str, str, str], datetime] = {}
    for step in sorted((s for s in case.steps if s.kind == "shipped"), key=lambda s: s.at):
        known = clean(step.carrier), clean(step.tracking), _web_address(step.url)
        if any(known):
            found.setdefault(known, step.at)
    return [
        {"carrier": carrier, "tracking": tracking, "url": url, "shipped_on": at.astimezone(UTC).date().isoformat()}
        for (carrier, tracking, url), at in found.items()
    ]


def _web_address(url: str) -> str:
    """An address of the web, and nothing that a reader's program would run."""
    text = clean(url, URL_MAX + 1)
    plain = " " not in text and len(text) <= URL_MAX and text.lower().startswith(("https://", "http://"))
    return text if plain else ""


def fields_of(said: Said, within: str = "") -> Iterable[str]:
    """The names of all fields, as templates write them."""
    for name, value in said.items():
        if isinstance(value, dict):
            yield from fields_of(value, f"{within}{name}.")
        else:
            yield f"{within}{name}"
