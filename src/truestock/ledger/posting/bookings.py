"""Books each case on the books of its item: what a kind of booking means in changes of stock rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from truestock.core.book import ItemBook, Lot, Promise
from truestock.core.decide import facts
from truestock.core.decide.bins import ZONE_OF, Counted, Zone, losing_order
from truestock.core.decide.facts import Change
from truestock.core.decide.ring_fence import Refence, refence
from truestock.core.network import ItemRules
from truestock.core.words import ANY_LOT, NO_CHANNEL, NO_LOT, POOL, Kind, Place, Status
from truestock.ledger.movement import Movement
from truestock.ledger.posting.counted import mark_bins, refuse_bins, spread, weigh_bins
from truestock.ledger.posting.named import BIN_FIELDS, refuse_expiry, refuse_unknown_bins, refuse_without_lot
from truestock.ledger.posting.side_writes import SideWrites
from truestock.ledger.values import (
    Adjust,
    Answer,
    Booked,
    ChangeStatus,
    Count,
    CountBins,
    NotBooked,
    Opening,
    Post,
    PutAway,
    Rebin,
    Receive,
    Return,
    Ringfence,
    Sale,
    Scrap,
    SendBack,
    TransferIn,
    TransferOut,
    status_of,
)
from truestock.ledger.work import Work
from truestock.ledger.work.bins import Bin, Laying
from truestock.ledger.work.counted_bins import BinsCounted

Lots = tuple[tuple[int, int], ...]  # (lot, units)

SOURCES = {
    Kind.OPENING: Place.INBOUND,
    Kind.RECEIVE: Place.INBOUND,
    Kind.RETURN: Place.CUSTOMER,
    Kind.ADJUST: Place.ADJUSTMENT,
    Kind.SALE: Place.CUSTOMER,
    Kind.SEND_BACK: Place.INBOUND,
    Kind.SCRAP: Place.SCRAP,
}


@dataclass(slots=True)
class Case:
    """A booking whose codes are known. In a count of bins `counted` has what each held then, and
    `without_bin` how many units of the lot lay in none."""

    command: Post
    rules: ItemRules
    loc: int
    to: int = 0
    owners: tuple[int, int] = (POOL, POOL)
    channel: int = NO_CHANNEL
    moved_since: int = 0
    counted: Sequence[Counted] = ()
    without_bin: int = 0

    @property
    def bins(self) -> list[tuple[int, str]]:
        """(location, code) of the bins it names."""
        booking = self.command.booking
        named = [getattr(booking, field, None) for field in BIN_FIELDS]
        counted = [one.bin for one in booking.bins] if isinstance(booking, CountBins) else []
        return [(self.loc, code) for code in (*named, *counted) if code is not None]


@dataclass(slots=True)
class Bookings:
    """The running balance over a batch. `lots` are the lots that are there, by code; `bins` those that are named,
    `laid` the units that counts have found in bins which lay in none, by item, location and lot."""

    work: Work
    lots: dict[tuple[int, str], int]
    bins: dict[tuple[int, str], Bin] = field(default_factory=dict)
    displaced: list[tuple[ItemBook, tuple[Promise, ...]]] = field(default_factory=list)
    side: SideWrites = field(default_factory=SideWrites)
    laid: dict[tuple[int, int, int], int] = field(default_factory=dict)

    def write(self) -> None:
        """Queue what belongs to the bookings beside the books."""
        self.side.write(self.work.conn, self.work.now)

    def lot_of(self, case: Case) -> int | None:
        """The lot's id; None where a lot-tracked item's booking names none."""
        if case.command.lot is None:
            return None if case.rules.lot_tracked else NO_LOT
        return self.lots.get((case.rules.item, case.command.lot))

    def has_to_wait(self, case: Case) -> bool:
        """Whether a count of bins follows, in this transaction, something that it had seen: what its bins held was read
        without that."""
        booking = case.command.booking
        if not isinstance(booking, CountBins):
            return False
        cell = (case.loc, self.lot_of(case) or NO_LOT)
        entries = self.work.books[case.rules.item].entries
        told = [at for (_, kind, at, _, loc, lot, *_) in entries if kind != Kind.COUNT and (loc, lot) == cell]
        told += [one.effective_at for one in self.work.laid if (one.item, one.loc, one.lot) == (case.rules.item, *cell)]
        until = max(one.counted_at or booking.effective_at or self.work.now for one in booking.bins)
        return any(at is not None and at <= until for at in told)

    def book(self, case: Case, movement: Callable[..., Movement]) -> Answer:
        """Book one case, or say why not; nothing is half done."""
        booking = case.command.booking
        at = booking.effective_at or self.work.now
        if at > self.work.now:
            return NotBooked("invalid", "effective_at", "what happened cannot lie in the future; check the clock")
        refusal = refuse_unknown_bins(booking, case.loc, self.bins) or self._name_lot(case, at)
        if refusal is not None:
            return refusal
        if isinstance(booking, CountBins) and (refusal := refuse_bins(booking, case.loc, self.bins, self.work.now)):
            return refusal
        kind = booking.books
        made = movement(kind, case.command.actor, booking.source, booking.ref, booking.reason, at)
        self.work.begin_movement(made, [case.rules.item])
        match booking:
            case Ringfence():
                return self._ring_fence(case, made)
            case Opening():
                return self._opening(case, made, at)
            case Count():
                return self._count(case, made, at)
            case CountBins():
                return self._count_bins(case, booking, made, at)
            case TransferOut():
                return self._transfer_out(case, made, at)
            case TransferIn():
                out = self._change(case, -booking.qty, at, Status.IN_TRANSIT)
                moved = facts.arrive(self.work.books[case.rules.item], out, status_of(booking.status)).taken
                return self._arrived(case, made, at, moved or ((out.lot or NO_LOT, booking.qty),))
            case ChangeStatus():
                source, target = status_of(booking.from_status), status_of(booking.to_status)
                self._move(case, at, kind, source, target, case.loc)
                return Booked(made.id, booking.qty)
            case PutAway():
                moved = self._move(case, at, kind, status_of(booking.from_status), Status.SELLABLE, case.loc)
                zone = ZONE_OF.get(status_of(booking.from_status))
                self._lay(case, made, at, moved, booking.bin, booking.from_bin, zone)
                return Booked(made.id, booking.qty)
            case Rebin():
                lot = self.lot_of(case) or NO_LOT
                self._lay(case, made, at, ((lot, booking.qty),), booking.to_bin, booking.from_bin)
                return Booked(made.id, booking.qty)
            case Receive():
                self._apply(case, self._change(case, booking.qty, at, status_of(booking.status)))
                return self._arrived(case, made, at, ((self.lot_of(case) or NO_LOT, booking.qty),))
            case Return() | Adjust():
                self._apply(case, self._change(case, booking.qty, at, status_of(booking.status)))
                return Booked(made.id, booking.qty)
            case Sale():
                self._apply(case, self._change(case, -booking.qty, at, Status.SELLABLE))
                return Booked(made.id, booking.qty)
            case SendBack() | Scrap():
                self._apply(case, self._change(case, -booking.qty, at, status_of(booking.status)))
                return Booked(made.id, booking.qty)

    def _arrived(self, case: Case, made: Movement, at: datetime, units: Lots) -> Booked:
        """Units that came in fulfil what was expected of them, and lie where the booking says."""
        booking = case.command.booking
        assert isinstance(booking, Receive | TransferIn)
        if booking.expected is not None:
            self.side.fulfilled.name(case.rules, made.id, case.loc, booking.expected, booking.qty)
        self._lay(case, made, at, units, booking.bin)
        return Booked(made.id, booking.qty)

    def _lay(
        self,
        case: Case,
        made: Movement,
        at: datetime,
        units: Lots,
        into: str | None,
        out_of: str | None = None,
        zone: Zone | None = None,
    ) -> None:
        """Note the bins that a booking names; what a count had seen lies where it lay, unless that alone is told."""
        book = self.work.books[case.rules.item]
        if into is None or (
            made.kind is not Kind.BIN and self._counted_since(case, book, at, self.bins[case.loc, into])
        ):
            return
        giver = self.bins[case.loc, out_of] if out_of is not None else None
        self.work.laid += [
            Laying(made.id, made.kind, at, case.rules.item, case.loc, lot, qty, self.bins[case.loc, into], giver, zone)
            for lot, qty in units
        ]

    def _counted_since(self, case: Case, book: ItemBook, at: datetime, into: Bin) -> bool:
        """Whether a count has seen units that were laid into a bin then: of the location, or of the bin."""
        if facts.seen_by(book, self._change(case, 1, at, Status.SELLABLE)) is not None:
            return True
        shelf = (case.loc, self.lot_of(case) or NO_LOT)
        return at < book.now and book.seen_in_bins is not None and into.id in book.seen_in_bins.since(shelf, at)

    def _name_lot(self, case: Case, at: datetime) -> NotBooked | None:
        """A lot that comes in for the first time is made; one that only leaves has to be there."""
        code, rules, booking = case.command.lot, case.rules, case.command.booking
        book = self.work.books[rules.item]
        if code is None:
            return refuse_without_lot(booking, rules, book, case.loc)
        if (rules.item, code) in self.lots:
            return refuse_expiry(booking, code, book.lots[self.lots[rules.item, code]].expires_at)
        if not isinstance(booking, Receive | Opening | Count | CountBins | Return | TransferIn) and not (
            isinstance(booking, Adjust) and booking.qty > 0
        ):
            return NotBooked("not-found", "lot", f"{booking.sku} has no lot {code!r}; receive it first")
        lot = Lot(max(book.lots, default=0) + 1, getattr(booking, "expires_at", None), at)
        book.lots = {**book.lots, lot.id: lot}
        book.views.clear()
        self.lots[rules.item, code] = lot.id
        self.side.add_lot(rules, lot, code)
        return None

    def _change(self, case: Case, qty: int, at: datetime, status: Status, kind: Kind | None = None) -> Change:
        kind = kind or case.command.booking.books
        named = getattr(case.command.booking, "bin", None)
        into = self.bins[case.loc, named].id if named is not None else 0
        source, lot = SOURCES.get(kind), self.lot_of(case)
        return Change(case.rules.item, case.loc, qty, kind, source, at, lot, status, case.channel, into)

    def _apply(self, case: Case, change: Change, *, stated: bool = False) -> None:
        book = self.work.books[case.rules.item]
        self._see_promises(book, change, stated=stated)
        applied = facts.apply(book, change, stated=stated)
        if applied.displaced:
            self.displaced.append((book, applied.displaced))

    def _see_promises(self, book: ItemBook, change: Change, *, stated: bool = False) -> None:
        self.work.read_bins_then(change.item, change.effective_at)
        missing = facts.shortfall(book, change, stated=stated)
        if missing:
            self.work.read_displaceable(change, missing)

    def _opening(self, case: Case, made: Movement, at: datetime) -> Answer:
        booking = case.command.booking
        assert isinstance(booking, Opening)
        change = self._change(case, booking.qty, at, status_of(booking.status))
        if self.work.cell_has_entries(change):
            return NotBooked(
                "conflict", "location", "this cell already has entries; book a count or an adjustment instead"
            )
        self._apply(case, change)
        return Booked(made.id, booking.qty)

    def _count(self, case: Case, made: Movement, at: datetime) -> Answer:
        booking = case.command.booking
        assert isinstance(booking, Count)
        book, lot, status = self.work.books[case.rules.item], self.lot_of(case), status_of(booking.status)
        count = facts.Count(case.rules.item, case.loc, booking.qty, at, lot, status)
        since = case.moved_since + facts.booked_since(book, count)
        change = facts.counted_change(book, count, since, Place.ADJUSTMENT)
        if change is None:
            return Booked(made.id, 0)
        self._apply(case, change, stated=True)
        cell = (case.loc, ANY_LOT if lot is None else lot, int(status))
        book.marks[cell] = book.marks_of_ours[cell] = at
        self.side.mark(case.rules, cell, at, booking.qty, made.id)
        return Booked(made.id, change.qty)

    def _count_bins(self, case: Case, booking: CountBins, made: Movement, at: datetime) -> Answer:
        book, lot = self.work.books[case.rules.item], self.lot_of(case) or NO_LOT
        zone = self.bins[case.loc, booking.bins[0].bin].zone
        first, *_ = losing_order(zone)
        cell = (case.rules.item, case.loc, lot)
        without_bin = case.without_bin - self.laid.get(cell, 0)
        stated = book.mark(case.loc, lot, first)
        found, marks = weigh_bins(booking, case.counted, without_bin, book, self.bins, case.loc, lot, at, stated)
        self.laid[cell] = self.laid.get(cell, 0) + max(0, sum(mark.difference for mark in marks) - max(0, found))
        self.work.counted.append(BinsCounted(made.id, case.rules.item, case.loc, lot, marks))
        for status, qty in spread(book, case.loc, lot, found, zone):
            fact = Change(case.rules.item, case.loc, qty, Kind.COUNT, Place.ADJUSTMENT, at, lot, status, of_bins=True)
            self._apply(case, fact, stated=True)
        mark_bins(book, case.loc, lot, marks)
        return Booked(made.id, found)

    def _transfer_out(self, case: Case, made: Movement, at: datetime) -> Answer:
        booking = case.command.booking
        assert isinstance(booking, TransferOut)
        self._move(case, at, Kind.TRANSFER_OUT, Status.SELLABLE, Status.IN_TRANSIT, case.to)
        if booking.due_at is not None:
            ref = booking.ref or str(made.id)
            self.side.expect(case.rules, made.id, "transfer", case.to, ref, booking.qty, booking.due_at)
        return Booked(made.id, booking.qty)

    def _move(self, case: Case, at: datetime, kind: Kind, source: Status, target: Status, to: int) -> Lots:
        """Move units and say which lots they were."""
        qty: int = getattr(case.command.booking, "qty", 0)
        change = self._change(case, -qty, at, source, kind)
        book = self.work.books[case.rules.item]
        self._see_promises(book, change)
        applied = facts.move(book, change, to, target, kind)
        if applied.displaced:
            self.displaced.append((book, applied.displaced))
        return applied.taken or ((change.lot or NO_LOT, qty),)

    def _ring_fence(self, case: Case, made: Movement) -> Answer:
        booking = case.command.booking
        assert isinstance(booking, Ringfence)
        wish = Refence(case.rules.item, case.loc, *case.owners, booking.qty)
        free = refence(self.work.books[case.rules.item], wish)
        if free < booking.qty:
            owner = booking.from_channel or "the pool"
            return NotBooked("insufficient-stock", "qty", f"{owner} has {max(0, free)} free units there")
        return Booked(made.id, booking.qty)
