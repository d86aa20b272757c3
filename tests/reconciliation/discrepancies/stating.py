"""A source that states numbers: what it says of a shop's cells, as feeds and counts hand it to reconciliation."""

from collections.abc import Mapping
from datetime import datetime
from itertools import count
from typing import Any, NamedTuple

from tests.factories import Shop, ago
from truestock.core.identity import part_of
from truestock.core.reconcile import Difference, Posture, Verdict
from truestock.core.words import Status
from truestock.reconciliation.discrepancies.agree import agreed, waiting
from truestock.reconciliation.discrepancies.weigh import weigh

_RUNS = count(1)


class Row(NamedTuple):
    """A discrepancy as a test looks at it."""

    state: str
    units: int
    times: int
    cause: str
    reason: str
    promised_beyond: int
    id: int


class Source:
    """Says how many units lie where, as of an instant; `expected` is read from the ledger as of the same."""

    def __init__(self, shop: Shop, name: str, posture: Posture = "compare") -> None:
        self.shop = shop
        self.name = name
        self.posture = posture

    def says(
        self, stated: Mapping[tuple[str, str], int], at: datetime | None = None, run: int | None = None
    ) -> dict[tuple[str, str], Verdict]:
        """One run over the sellable cells that it names by SKU and location; what becomes of those that differ."""
        run, at = run or next(_RUNS), at or ago()
        expected = {cell: self.expected(*cell, at) for cell in stated}
        told = {
            cell: self.difference(cell, units, expected[cell], at, run)
            for cell, units in stated.items()
            if units != expected[cell]
        }
        verdicts = weigh(self.shop.hub.db, self.name, self.posture, list(told.values()), ago())
        agree = {
            (d.item, d.loc)
            for cell, units in stated.items()
            if units == expected[cell]
            for d in [self.difference(cell, units, units, at, run)]
        }
        cells = [cell for cell in waiting(self.shop.hub.db, self.name, run) if (cell.item, cell.loc) in agree]
        by_place: dict[int, int] = {}
        for cell in stated:
            loc = self.place(cell[1])
            by_place[loc] = by_place.get(loc, 0) + 1
        agreed(self.shop.hub.db, self.name, run, cells, by_place, at, ago())
        return dict(zip(told, verdicts, strict=True))

    def difference(
        self, cell: tuple[str, str], stated: int, expected: int, at: datetime, run: int | None = None, **more: Any
    ) -> Difference:
        """What one line says."""
        item = self.item(cell[0])
        return Difference(
            part_of(item), item, self.place(cell[1]), more.get("lot"), more.get("status", Status.SELLABLE), stated,
            expected, at, run,
        )  # fmt: skip

    def expected(self, sku: str, location: str, at: datetime) -> int:
        """What the entries effective up to an instant add up to."""
        ((units,),) = self.shop.read(
            "SELECT coalesce(sum(d_on_hand), 0)::bigint FROM entry WHERE item = %s AND loc = %s AND status = 0 "
            "AND effective_at <= %s",
            self.item(sku), self.place(location), at,
        )  # fmt: skip
        return int(units)

    def item(self, sku: str) -> int:
        """An item's id."""
        return int(self.shop.read("SELECT id FROM item WHERE sku = %s", sku)[0][0])

    def place(self, code: str) -> int:
        """A location's id."""
        return int(self.shop.read("SELECT id FROM location WHERE code = %s", code)[0][0])

    def rows(self, sku: str) -> list[Row]:
        """The discrepancies that this source has found of an item, the newest last."""
        rows = self.shop.read(
            "SELECT state, stated - expected, times, cause, reason, promised_beyond, id FROM discrepancy "
            "WHERE source = %s AND item = %s ORDER BY id",
            self.name, self.item(sku),
        )  # fmt: skip
        return [Row(*row) for row in rows]
