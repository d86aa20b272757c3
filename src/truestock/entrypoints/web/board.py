"""The table of the live page: items by channels, each cell what the channel may promise now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from truestock.availability.explain import explain
from truestock.availability.figures import figures_of
from truestock.availability.present import prepare
from truestock.availability.publishing.stream import PAGE_MOST, changes_since, latest
from truestock.availability.read import Reader
from truestock.availability.values import Unknown
from truestock.catalog.channels import StoredChannel, list_channels, read_channels
from truestock.catalog.items import StoredItem, list_items, read_items
from truestock.catalog.locations import list_locations
from truestock.catalog.rules import RuleBook, Snapshot
from truestock.entrypoints.web.why import Why, told
from truestock.reporting.dashboard.lately import Lately, RecentOrder, lately, recent_orders
from truestock.store.database import Connection, Database

ROWS_MAX = 200
_CHANNELS_MAX = 50


@dataclass(frozen=True, slots=True)
class Cell:
    """What one channel may promise of one item; None where nothing can be said."""

    channel: str
    name: str
    atp: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """One item; `allocated` units on hand are promised to orders."""

    sku: str
    name: str
    on_hand: int
    allocated: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    """What moves in a row: on hand, allocated, and the ATP by channel."""

    on_hand: int
    allocated: int
    atp: dict[str, int]


class Board:
    """Reads items, channels and numbers; for worker threads, one at a time."""

    def __init__(self, db: Database, rules: RuleBook) -> None:
        self._db = db
        self._rules = rules
        self._conn: Connection | None = None
        self._cursor: int | None = None
        self._sold_to = datetime.now(UTC) - timedelta(minutes=1)

    def channels(self) -> Sequence[StoredChannel]:
        """The columns, best rank first."""
        return sorted(list_channels(self._db, limit=_CHANNELS_MAX).rows, key=lambda c: (c.rank, c.code))

    def locations(self) -> int:
        """How many places hold stock; beyond a thousand it says a thousand."""
        return len(list_locations(self._db, limit=1_000).rows)

    def rows(self, search: str) -> tuple[list[Row], bool]:
        """The items whose SKU, name or barcode has the text, and whether there are more."""
        page = list_items(self._db, search=search or None, limit=ROWS_MAX)
        channels = self.channels()
        numbers = self.numbers([item.sku for item in page.rows])
        return [_row(item, channels, numbers.get(item.sku)) for item in page.rows], page.next is not None

    def skus(self) -> list[str]:
        """The items that a page without a search shows."""
        return [item.sku for item in list_items(self._db, limit=ROWS_MAX).rows]

    def changed(self) -> set[str]:
        """The SKUs that the change stream has named since the last time; at first none."""
        conn = self._at()
        if self._cursor is None:
            self._cursor = latest(conn)
        told = changes_since(conn, self._cursor, limit=PAGE_MOST)
        self._cursor = told.cursor
        return {change.sku for change in told.changes}

    def numbers(self, skus: Iterable[str]) -> dict[str, Numbers]:
        """The numbers of these items, all of one instant."""
        wanted = list(skus)
        return self._rules.read(lambda snapshot: self._numbers(snapshot, wanted))

    def lately(self) -> Lately:
        """What was sold in the last minute, and what is owed."""
        with self._db.transaction() as conn:
            return lately(conn, 60.0)

    def sales(self) -> list[RecentOrder]:
        """The orders since the last time; at first those of the last minute."""
        with self._db.transaction() as conn:
            found = recent_orders(conn, self._sold_to)
        if found:
            self._sold_to = found[-1].at
        return found

    def why(self, channel: str, sku: str) -> Why | None:
        """The explanation of one cell; None when there is no such channel or item."""
        found = explain(Reader(self._at(), self._rules), channel, sku)
        return None if isinstance(found, Unknown) else told(found, *self._names(channel, sku))

    def _names(self, channel: str, sku: str) -> tuple[str, str]:
        """What people call a channel and an item."""
        channels, items = read_channels(self._db, [channel]), read_items(self._db, [sku])
        return (
            channels[channel].name or channel if channel in channels else channel,
            items[sku].name if sku in items else "",
        )

    def close(self) -> None:
        """Give the connection back."""
        if self._conn is not None:
            self._conn.close()

    def _numbers(self, snapshot: Snapshot, skus: Sequence[str]) -> dict[str, Numbers]:
        rules = snapshot.items(snapshot.item_ids(skus).values())
        if not rules:
            return {}
        page = figures_of(self._at(), snapshot, list(rules.values()))
        return {
            item.sku: Numbers(item.on_hand, item.allocated, {told.viewer: told.atp for told in item.channels})
            for item in page.items
        }

    def _at(self) -> Connection:
        if self._conn is None or self._conn.closed:
            self._conn = prepare(self._db.connect())
        return self._conn


def _row(item: StoredItem, channels: Sequence[StoredChannel], numbers: Numbers | None) -> Row:
    atp = numbers.atp if numbers else {}
    cells = tuple(Cell(c.code, c.name or c.code, atp.get(c.code)) for c in channels)
    return Row(item.sku, item.name, numbers.on_hand if numbers else 0, numbers.allocated if numbers else 0, cells)
