"""The working state of one item under its lock: stock rows, lots, shorts, protection, and the entries being written.

Decisions change a book through `post` and its siblings only, so that rows and entries cannot part.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from truestock.core.book.stock import Stock
from truestock.core.book.values import FreshPromise, Kept, Lot, Promise, Row, Short
from truestock.core.network import ItemRules
from truestock.core.network.policy import FAR_FUTURE
from truestock.core.words import ANY_LOT, NO_CHANNEL, POOL, WAITING_STATUSES, Kind, Status

if TYPE_CHECKING:
    from truestock.core.book.view import FreeUnits, View
    from truestock.core.decide.bins_seen import SeenInBins

ORDINAL_BITS = 20
SELLABLE = int(Status.SELLABLE)
NONE: Final[Mapping[int, Any]] = MappingProxyType({})  # one for all the books that have no lots, or keep nothing
NO_LOTS: Final[frozenset[int]] = frozenset()

# What entries are gathered by, one per movement, instant and row (the detail stands on the promises):
# movement, kind, effective_at (None: when it is recorded), channel, loc, lot, status, owner.
EntryKey = tuple[int, int, datetime | None, int, int, int, int, int]


class ItemBook:
    """One item as a transaction sees and changes it. `now` is the decision's clock reading, `terms` the rules then.
    `guards` has by channel the units that were computed to be sold there and not known here yet.

    `settled` once owed units have been served from all there is, until units come free again. `free` are units that
    were added up already; a book may bring them along. `given_back` are units that carts gave up before their time;
    `aside` says that units have come to lie in receiving or inspection, or have left it."""

    _owed: dict[int, int] | None
    __slots__ = (
        "_ordinal",
        "_owed",
        "_shelves",
        "aside",
        "displaced",
        "earliest_hold",
        "entries",
        "free",
        "fresh",
        "given_back",
        "guards",
        "kept",
        "lots",
        "marks",
        "marks_of_ours",
        "moved",
        "movement",
        "net_until",
        "now",
        "promises",
        "rules",
        "seen_in_bins",
        "settled",
        "shorts",
        "stock",
        "terms",
        "touched",
        "version",
        "views",
    )

    def __init__(
        self,
        rules: ItemRules,
        version: int,
        now: datetime,
        stock: Stock,
        lots: Mapping[int, Lot] = NONE,
        shorts: tuple[Short, ...] = (),
        kept: Mapping[int, Kept] = NONE,
        earliest_hold: datetime | None = None,
        guards: Mapping[int, int] = NONE,
    ) -> None:
        self.rules = rules
        self.version = version
        self.now = now
        self.stock = stock
        self.lots = lots
        self.shorts = shorts
        self.kept = kept
        self.earliest_hold = earliest_hold
        self.guards = guards
        self.terms = rules.terms(now)
        self.settled = self.aside = False
        self.movement = self._ordinal = 0
        self.free: tuple[FreeUnits, ...] = ()
        self.entries: dict[EntryKey, list[int]] = {}
        self.fresh: list[FreshPromise] = []
        self.promises: dict[tuple[str, int, int], Promise] = {}
        self.displaced: list[Promise] = []
        self.given_back: list[tuple[Promise, int]] = []
        self.marks: dict[tuple[int, int, int], datetime] = {}
        self.marks_of_ours: dict[tuple[int, int, int], datetime] = {}
        self.net_until: dict[tuple[int, int, int], datetime] = {}
        self.seen_in_bins: SeenInBins | None = None
        self.touched: list[Row] = []
        self.moved: list[int] = []
        self.views: dict[tuple[int, bool], View] = {}
        self._shelves: dict[int, list[Row]] = {}
        self._owed = None

    @property
    def item(self) -> int:
        """The item's id."""
        return self.rules.item

    def rotation(self, row: Row) -> tuple[datetime, datetime, int]:
        """Which lot leaves first: earliest expiry, or oldest receipt; lot 0 before any lot of the same date."""
        lot = self.lots.get(row.lot)
        if lot is None:
            return (FAR_FUTURE, FAR_FUTURE, row.lot)
        expires = lot.expires_at or FAR_FUTURE
        first, second = (lot.received_at, expires) if self.rules.rotation == "fifo" else (expires, lot.received_at)
        return (first, second, row.lot)

    def barred_lots(self, channel: int) -> frozenset[int]:
        """Lots that the channel may not be promised: held, expired, or too near their expiry."""
        if not self.lots:
            return NO_LOTS
        until = self.now + timedelta(days=self.terms.min_shelf_life_days.get(channel, 0))
        return frozenset(
            lot.id for lot in self.lots.values() if lot.held or (lot.expires_at is not None and lot.expires_at <= until)
        )

    def mark(self, loc: int, lot: int | None, status: int, *, ours: bool = False) -> datetime | None:
        """When the newest absolute statement about a cell was true (loc, lot, status); the use case has read them.

        `ours`: up to when it had seen what we tell its source, which may book that later."""
        marks = self.marks_of_ours if ours else self.marks
        keys = (ANY_LOT,) if lot is None else (ANY_LOT, lot)
        found = [at for key in keys if (at := marks.get((loc, key, status))) is not None]
        return max(found, default=None)

    def put_back(self, promise: Promise) -> bool:
        """Whether the newest statement about its cell is net of this promise, whose units were therefore put back."""
        found = [self.net_until.get((promise.loc, lot, SELLABLE)) for lot in (ANY_LOT, promise.lot)]
        return any(until is not None and promise.made_at <= until for until in found)

    def shelf(self, loc: int) -> list[Row]:
        """The sellable rows at a location, in the order in which their lots leave."""
        found = self._shelves.get(loc)
        if found is None:
            found = [row for row in self.stock.at(loc) if row.status == SELLABLE]
            if len(found) > 1:
                found.sort(key=self.rotation)
            self._shelves[loc] = found
        return found

    def row(self, loc: int, lot: int, status: int, owner: int) -> Row:
        """The row, made empty where there is none."""
        rows = self.stock.at(loc)
        for row in rows:
            if row.lot == lot and row.status == status and row.owner == owner:
                return row
        rows.append(made := Row(loc, lot, status, owner))
        self._shelves.pop(loc, None)
        return made

    def post(
        self,
        row: Row,
        kind: Kind,
        d_on_hand: int,
        d_reserved: int,
        channel: int = NO_CHANNEL,
        effective_at: datetime | None = None,
    ) -> None:
        """Change a row and write its entry; the only way quantities of a row change."""
        row.on_hand += d_on_hand
        row.reserved += d_reserved
        row.d_on_hand += d_on_hand
        row.d_reserved += d_reserved
        if not row.touched:
            row.touched = True
            self.touched.append(row)
        key = (self.movement, kind, effective_at, channel, row.loc, row.lot, row.status, row.owner)
        entry = self.entries.get(key)
        if entry is None:
            self.entries[key] = [d_on_hand, d_reserved, 0]
        else:
            entry[0] += d_on_hand
            entry[1] += d_reserved
        if row.status == 0:
            self.moved.append(row.loc)
        elif d_on_hand and row.status in WAITING_STATUSES:
            self.aside = True

    def note(
        self,
        place: int,
        kind: Kind,
        d_on_hand: int,
        d_short: int = 0,
        *,
        lot: int = 0,
        channel: int = NO_CHANNEL,
        effective_at: datetime | None = None,
    ) -> None:
        """Write an entry that no stock row carries: a place outside the house, or a short (place 0)."""
        key = (self.movement, kind, effective_at, channel, place, lot, Status.SELLABLE, POOL)
        entry = self.entries.setdefault(key, [0, 0, 0])
        entry[0] += d_on_hand
        entry[2] += d_short
        if d_short:
            self._owed = None

    def owed(self) -> dict[int, int]:
        """Units owed by channel; what is owed changes through `note` alone."""
        owed = self._owed
        if owed is None:
            owed = self._owed = {}
            for short in self.shorts:
                owed[short.channel] = owed.get(short.channel, 0) + short.open
        return owed

    def owe(self, short: Short, kind: Kind) -> None:
        """Record units of an order line that nothing backs, as one short per line, priority and age."""
        self.note(0, kind, 0, short.qty, channel=short.channel)
        # Only promises of one line can be displaced one after the other; a new order's lines are new.
        for known in self.shorts if kind is Kind.DISPLACE else ():
            if short.identity == known.identity:
                known.qty += short.qty
                known.touched = True
                return
        self.shorts = (*self.shorts, short)

    def promised(self, fresh: FreshPromise) -> None:
        """Note a promise that this transaction makes."""
        self.fresh.append(fresh)
        expires_at = fresh.buyer.expires_at
        if expires_at is not None and (self.earliest_hold is None or expires_at < self.earliest_hold):
            self.earliest_hold = expires_at

    def next_ordinal(self) -> int:
        """The key of the next promise: unique in the item, because versions are."""
        self._ordinal += 1
        return (self.version + 1 << ORDINAL_BITS) + self._ordinal
