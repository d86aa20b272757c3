"""What the stock column of a supplier's file means: counts of what lies at the supplier's location, as of the file.

A figure is what lies there for us, units of our open orders included: promises on it stay as they are. What has left
or come since the file was written still counts, and a count newer than the file stands."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final, NamedTuple

from truestock.connectors.files.sheets.figures import NoFigure, units
from truestock.core.problems import Invalid
from truestock.core.words import Status
from truestock.feeds.file_sources import queries
from truestock.feeds.product_files import ImportReport
from truestock.feeds.product_files.changes import Change
from truestock.feeds.product_files.import_products import stock_columns
from truestock.feeds.product_files.shapes import Format, Told
from truestock.feeds.stock.kept.counting import Cell, counts_of
from truestock.ledger.post import post
from truestock.ledger.values import Booked, Count, Post
from truestock.store.database import Database
from truestock.store.lane import Handler

AT_ONCE: Final = 200
# They say whether there is any, not how many.
FLAGS: Final = frozenset({"in_stock?", "is_in_stock"})
SEVERAL: Final = "this listing takes several items, a kit, or lots, so a file cannot count it; book counts of its items"
HALF_KNOWN: Final = (
    "another line about the same item has no figure, so the item's stock stays as it is; correct that line"
)
LATE: Final = (
    "a newer file was counted already, so this adds nothing to what lay there; if it is right, have it written anew"
)
Commit = Callable[[Handler, Sequence[Any]], Awaitable[list[Any]]]


class Figure(NamedTuple):
    """Units that a line of a file names for a channel's SKU; `is_new`: this very line makes the listing."""

    line: int
    sku: str
    qty: int
    is_new: bool = False


def column_of(header: Sequence[str], form: Format, named: str) -> str:
    """The header of the stock column: the one that is named, else the only one that is known. Raises Invalid."""
    if named:
        found = [name for name in header if name.casefold() == named.casefold()]
        found = [named] if named in header else found
        if len(found) != 1:
            raise Invalid("stock_column", f"the file has no column {named!r}; it has {', '.join(header[:40])}")
        return found[0]
    known = [name for name in stock_columns(header, form) if name.lower().replace(" ", "_") not in FLAGS]
    if len(known) != 1:
        which = f"has several stock columns ({', '.join(known)})" if known else "has no stock column that is known"
        raise Invalid("stock_column", f"the file {which}; set stock_column to the header that is meant")
    return known[0]


class Figures:
    """Gathers what a file says of stock; what is no figure is noted, and that line's stock stays as it is."""

    def __init__(self) -> None:
        self.found: list[Figure] = []
        self._unclear: list[tuple[Told, str]] = []

    def take(self, change: Change) -> None:
        """A variant's cell; an empty one says nothing, and below zero nothing is left."""
        told = change.told
        if not told.stock:
            return
        try:
            qty = units(told.stock, least=-(10**9))
        except NoFigure as error:
            self._unclear.append((told, str(error)))
            return
        self.found.append(Figure(told.line, told.code, max(0, qty), change.listing_is_new))

    def note(self, report: ImportReport, column: str) -> None:
        """Say in the report which lines were no figures."""
        for told, why in self._unclear:
            report.note(told.line, Invalid(column, why), told.stock)

    @property
    def clean(self) -> bool:
        """Whether every line that has a cell has a figure."""
        return not self._unclear

    @property
    def unclear(self) -> list[str]:
        """The SKUs whose cell is no figure."""
        return [told.code for told, _ in self._unclear]


class Counted(NamedTuple):
    """The counts to be booked, the figures whose SKUs lead to no one item, and those whose item has an unclear one.
    `late`: counts that a newer file stands against."""

    counts: list[Count]
    unknown: list[Figure]
    unclear: list[Figure]
    late: int


def decide(
    figures: Iterable[Figure],
    items: Mapping[str, tuple[str, int]],
    lay: Mapping[str, int],
    location: str,
    as_of: datetime,
    *,
    whole: bool,
    unread: Collection[str] = (),
    late: bool = False,
) -> Counted:
    """What differs from what lay there as of the file. `items`: by the channel's SKU its item and units; `lay`: units
    by item. `whole`: of an item that has no figure nothing lies there. `unread`: SKUs whose cell is no figure; of their
    items nothing is known. `late`: a newer file was counted, which may have found as it should be what this one would
    add to; in doubt the number stays too small. Pure."""
    half_known = {items[sku][0] for sku in unread if sku in items}
    wanted = dict.fromkeys(lay, 0) if whole else {}
    unknown: list[Figure] = []
    unclear: list[Figure] = []
    summed: dict[str, int] = {}
    for figure in figures:
        if figure.sku not in items:
            unknown.append(figure)
            continue
        item, of = items[figure.sku]
        if item in half_known:
            unclear.append(figure)
            continue
        summed[item] = summed.get(item, 0) + figure.qty * of
    cells: dict[Cell, int] = {(item, "sellable"): qty for item, qty in {**wanted, **summed}.items()}
    lying = {(item, "sellable"): qty for item, qty in lay.items()}
    counts = counts_of(cells, lying, location, as_of)
    taken = [count for count in counts if not late or count.sku not in lay or count.qty < lay[count.sku]]
    return Counted(taken, unknown, unclear, len(counts) - len(taken))


def compare(
    db: Database, channel: str, figures: Figures, location: str, as_of: datetime, *, whole: bool, late: bool
) -> Counted:
    """The same with what the ledger has."""
    with db.transaction() as conn:
        skus = [*(figure.sku for figure in figures.found), *figures.unclear]
        rows = conn.execute(queries.items_of, {"channel": channel, "skus": skus})
        items = {sku: (item, of) for sku, item, of in rows}
        parameters = {"location": location, "as_of": as_of, "status": int(Status.SELLABLE)}
        lay = {sku: int(qty) for sku, qty in conn.execute(queries.lay, parameters)}
    return decide(figures.found, items, lay, location, as_of, whole=whole, unread=figures.unclear, late=late)


class Ended(NamedTuple):
    """Of counts: how many were booked, against how many a newer one stood, and why others were refused, by SKU."""

    booked: int
    older: int
    refused: list[tuple[str, str]]


async def book(commit: Commit, counts: Iterable[Count], source: str, file: str, halt: Callable[[], None]) -> Ended:
    """Book the counts, in short transactions. Twice is as good as once.

    Raises what a booking raised, and what `halt` raises between two transactions."""
    booked = older = 0
    refused: list[tuple[str, str]] = []
    for some in _batches(counts):
        halt()
        commands = [Post(_named(count, source, file), f"source {source}") for count in some]
        for count, answer in zip(some, await commit(post, commands), strict=True):
            if isinstance(answer, Exception):
                raise answer
            if isinstance(answer, Booked):
                booked += answer.qty != 0
                older += answer.qty == 0
            else:
                refused.append((count.sku, answer.detail))
    return Ended(booked, older, refused)


def _named(count: Count, source: str, file: str) -> Count:
    return Count(
        sku=count.sku,
        location=count.location,
        qty=count.qty,
        status=count.status,
        effective_at=count.effective_at,
        source=source,
        ref=file[:500],
        reason="supplier's file",
    )


def _batches(counts: Iterable[Count]) -> Iterator[list[Count]]:
    left = iter(counts)
    while some := list(islice(left, AT_ONCE)):
        yield some
