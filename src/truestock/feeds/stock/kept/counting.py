"""What figures that others keep of our stock mean in the ledger. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from truestock.connectors.contract.stock_read import Kept
from truestock.ledger.values import Count, StatusName

# What is held there is good and not to be had for now; what has been bought and not left still lies there.
STATUSES: Final[tuple[StatusName, ...]] = ("sellable", "quarantine", "damaged")
# An item's units in one status.
Cell = tuple[str, StatusName]


class Counted(NamedTuple):
    """The counts to be booked, and the SKUs that lead to no one item."""

    counts: list[Count]
    unknown: list[str]


def counted(
    kept: Sequence[Kept],
    unread: Mapping[str, str],
    items: Mapping[str, tuple[str, int]],
    lying: Mapping[tuple[str, str], int],
    location: str,
    as_of: datetime,
) -> Counted:
    """What differs from the ledger, as of the reading. `items`: by the channel's SKU its item and units; `lying`: by
    item and status. Of an item that is left out there is nothing; of one that cannot be read nothing is known."""
    figures: dict[Cell, int] = {(item, status): 0 for status in STATUSES for item, of in lying if of == status}
    unknown: list[str] = []
    for row in kept:
        if row.sku not in items:
            unknown.append(row.sku)
            continue
        item, units = items[row.sku]
        for status, qty in zip(STATUSES, (row.available + row.reserved, row.held, row.unsellable), strict=True):
            figures[item, status] = figures.get((item, status), 0) + qty * units
    unclear = {items[sku][0] for sku in unread if sku in items}
    known = {cell: qty for cell, qty in figures.items() if cell[0] not in unclear}
    return Counted(counts_of(known, lying, location, as_of), unknown)


def counts_of(
    figures: Mapping[Cell, int], lying: Mapping[tuple[str, str], int], location: str, as_of: datetime
) -> list[Count]:
    """What differs from what lay there, as of an instant; of a cell without a figure nothing is said."""
    return [
        Count(sku=item, location=location, qty=qty, status=status, effective_at=as_of)
        for (item, status), qty in sorted(figures.items())
        if qty != lying.get((item, status), 0)
    ]
