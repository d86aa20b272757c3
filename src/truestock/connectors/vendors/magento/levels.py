"""What a source has of a SKU, what to write there, and what that means for a line; it calls nobody."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import Outcome
from truestock.connectors.reserving.http_calls import one_line

IN_STOCK: Final = 1
OUT_OF_STOCK: Final = 0
APPLIED: Final = Outcome("applied")


class SourceItem(msgspec.Struct, frozen=True):
    """What a source has of a SKU. `status`: whether it is said to be in stock, whatever its quantity."""

    sku: str
    source_code: str
    quantity: float = 0
    status: int = IN_STOCK

    @property
    def units(self) -> int:
        """Whole units; none where people have set it to out of stock."""
        return math.floor(self.quantity) if self.status == IN_STOCK else 0


class SourceItems(msgspec.Struct, frozen=True):
    """A page of them, of so many."""

    items: list[SourceItem]
    total_count: int


class Source(msgspec.Struct, frozen=True):
    """Where stock is."""

    source_code: str
    name: str = ""


class Sources(msgspec.Struct, frozen=True):
    """All of them."""

    items: list[Source]


class Stock(msgspec.Struct, frozen=True):
    """What one or more websites sell from."""

    stock_id: int


class StockLink(msgspec.Struct, frozen=True):
    """A source of a stock."""

    source_code: str


class StockLinks(msgspec.Struct, frozen=True):
    """The sources of a stock."""

    items: list[StockLink]


def by_sku(items: Iterable[SourceItem]) -> dict[str, dict[str, SourceItem]]:
    """By SKU and source; the shop's database finds SKUs in any case."""
    found: dict[str, dict[str, SourceItem]] = {}
    for item in items:
        found.setdefault(item.sku, {})[item.source_code] = item
    return found


def decided(line: Line, source: str, at: Mapping[str, SourceItem]) -> Outcome | None:
    """What is known of a line before anything is written; None when it is to be written."""
    known = ", ".join(sorted(at))
    if not at:
        return _rejected(
            f"the shop keeps no stock of the SKU {line.sku}; give a product that SKU, in the same case, and assign a "
            "source to it"
        )
    if not source:
        return _rejected(
            f"it is not said at which source; the SKU is assigned to {known}: set one, or give the channel places"
        )
    item = at.get(source)
    if item is None:
        return _rejected(f"the SKU {line.sku} is not assigned to the source {source}, only to {known}: assign it there")
    if (item.quantity, item.status) == (line.quantity, _status(line.quantity)):
        return APPLIED
    if line.was is None or item.units == line.was:
        return None
    return Outcome("stale", f"the source has {item.units}, not {line.was}", item.units)


def body(lines: Sequence[Line], source: str) -> dict[str, object]:
    """The body of one write."""
    return {
        "sourceItems": [
            {
                "sku": line.sku,
                "source_code": line.place or source,
                "quantity": line.quantity,
                "status": _status(line.quantity),
            }
            for line in lines
        ]
    }


def beyond(at: Mapping[str, SourceItem], selling: Iterable[str], salable: float | None) -> int:
    """Units that Magento would sell of a SKU beyond what the sources of its stock have.

    Reservations only ever lower what is salable, so this is above 0 where backorders or a threshold below 0 let the
    shop sell what is not there, or where its index is behind."""
    if salable is None:
        return 0
    there = sum(at[source].units for source in selling if source in at)
    return max(0, math.ceil(salable) - there)


def shown(item: SourceItem, beyond_it: int) -> int:
    """What a source counts as having."""
    return item.units + beyond_it


def _status(quantity: int) -> int:
    return IN_STOCK if quantity > 0 else OUT_OF_STOCK


def _rejected(reason: str) -> Outcome:
    return Outcome("rejected", one_line(reason))
