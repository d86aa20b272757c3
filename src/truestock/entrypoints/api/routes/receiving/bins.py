"""What lies in which bin, and where bins had fewer units than was said."""

from typing import Annotated

import msgspec
from fastapi import Path, Query

from truestock.core.checks import BIGINT_MAX
from truestock.entrypoints.api.framework.route import Router, TheCall, TheHub
from truestock.entrypoints.api.framework.shapes import Rows, ThePage, rows_of
from truestock.entrypoints.api.front.call import READ, STOCK
from truestock.ledger.work.bins import close_gap
from truestock.reporting import lists
from truestock.reporting.lists.bins import BinRow, GapRow

router = Router("receiving", STOCK)
reader = Router("receiving", READ)
Number = Annotated[int, Path(ge=0, le=BIGINT_MAX)]


class Closed(msgspec.Struct, frozen=True):
    """The gap that is closed."""

    movement: int
    id: int


@reader.get("/v1/bins/stock")
def list_bin_stock(
    hub: TheHub,
    page: ThePage,
    location: str | None = None,
    sku: str | None = None,
    bin_: Annotated[str | None, Query(alias="bin")] = None,
) -> Rows[BinRow]:
    """What lies in the bins of a location, or of an item, and what lies in none."""
    return rows_of(lists.list_bin_stock(hub.db, sku, location, bin_, page.after, page.limit))


@reader.get("/v1/bins/gaps")
def list_bin_gaps(hub: TheHub, page: ThePage, location: str | None = None) -> Rows[GapRow]:
    """Bins that had fewer units than was said, or held more than lie there; the oldest first."""
    return rows_of(lists.list_bin_gaps(hub.db, location, page.after, page.limit))


@router.delete("/v1/bins/gaps/{movement}/{gap}")
def close_bin_gap(movement: Number, gap: Number, hub: TheHub, call: TheCall) -> Closed:
    """Say that a gap was looked at and put right."""
    close_gap(hub.db, movement, gap, call.caller.actor)
    return Closed(movement, gap)
