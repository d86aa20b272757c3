"""A transaction of bookings: what they need to know is read under the lock, and what they decide is written at once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import msgspec

from truestock.catalog.rules import Snapshot
from truestock.core.decide.bins import Counted
from truestock.core.decide.settle import settle
from truestock.core.identity import content_digest
from truestock.core.words import ANY_LOT, NO_LOT, Kind
from truestock.ledger import queries
from truestock.ledger.desk import Desk
from truestock.ledger.movement import Movement
from truestock.ledger.posting.bookings import Bookings, Case
from truestock.ledger.requests import Key, Remembered, Requests
from truestock.ledger.values import Answer, Booked, Count, CountBins, NotBooked, status_of
from truestock.ledger.work import Work
from truestock.ledger.work.bins import Bin
from truestock.store.arrays import ints, texts, times

SCOPE = "movement"


@dataclass(slots=True)
class Batch:
    """What one call decides, before it is written."""

    work: Work
    bookings: Bookings
    requests: Requests
    movement: Callable[..., Movement]

    def once(self, case: Case) -> Answer:
        """Book a case, or answer again what its key was answered before."""
        key = Key(SCOPE, case.command.key) if case.command.key else None
        digest = content_digest(msgspec.json.encode(case.command.same))
        if key is not None and (seen := self.requests.seen(key)) is not None:
            return _replay(seen, digest)
        answer = self.bookings.book(case, self.movement)
        if key is not None and isinstance(answer, Booked):
            self.requests.answer(key, digest, answer, case.command.actor)
        return answer

    def finish(self, also: Callable[[], None] | None = None) -> None:
        """Serve what is owed, then write, with what the caller writes `also`, and commit; or leave all as it was where
        nothing has changed."""
        self.work.begin_settling(self.movement(Kind.BACKFILL))
        settle(self.work.books.values(), self.bookings.displaced)
        if not (also or self.work.changed or self.requests.answered):
            self.work.rollback()
            return
        self.bookings.write()
        self.requests.write(self.work.now)
        if also is not None:
            also()
        self.work.write()
        self.work.commit()


def open_batch(desk: Desk, snapshot: Snapshot, cases: Sequence[Case], keys: Iterable[Key], *, wait: bool) -> Batch:
    """Lock the items of these cases and read what booking them needs. Without `wait`, what another process holds is
    missing from the books."""
    items = {case.rules.item: case.rules for case in cases}
    work = desk.begin(items.values(), wait=wait).open(snapshot.epoch, desk.movement)
    requests = Requests(desk.conn, keys)
    work.read_marks()
    bookings = Bookings(work, _lots(work, cases), _bins(work, cases))
    _read_for_counts(work, bookings, cases)
    _read_counted_bins(work, bookings, cases)
    return Batch(work, bookings, requests, desk.movement)


def _replay(seen: Remembered, digest: bytes) -> Answer:
    if seen.content != digest:
        return NotBooked("idempotency-key-reused", "key", "this key was used for another content; take a new key")
    return msgspec.structs.replace(msgspec.json.decode(seen.result, type=Booked), replay=True)


def _lots(work: Work, cases: Sequence[Case]) -> dict[tuple[int, str], int]:
    named = sorted({(c.rules.part, c.rules.item, c.command.lot) for c in cases if c.command.lot is not None})
    if not named:
        return {}
    parts, items, codes = zip(*named, strict=True)
    rows = work.conn.execute(
        queries.lots_by_code, {"parts": ints(parts), "items": ints(items), "codes": texts(codes)}, prepare=True
    )
    return {(item, code): lot for item, code, lot in rows}


def _bins(work: Work, cases: Sequence[Case]) -> dict[tuple[int, str], Bin]:
    named = sorted({bin_ for case in cases for bin_ in case.bins})
    if not named:
        return {}
    locs, codes = zip(*named, strict=True)
    rows = work.conn.execute(queries.bins_by_code, {"locs": ints(locs), "codes": texts(codes)}, prepare=True)
    return {(loc, code): Bin(number, zone, code) for loc, code, number, zone in rows}


def _read_for_counts(work: Work, bookings: Bookings, cases: Sequence[Case]) -> None:
    """What moved in the counted cells after each count was taken, but before this transaction."""
    counts = [
        (case, case.command.booking)
        for case in cases
        if isinstance(case.command.booking, Count) and case.command.booking.effective_at is not None
    ]
    if not counts:
        return
    rows = work.conn.execute(
        queries.moved_since,
        {
            "parts": ints(case.rules.part for case, _ in counts),
            "items": ints(case.rules.item for case, _ in counts),
            "locs": ints(case.loc for case, _ in counts),
            "lots": ints(_lot_or_any(bookings, case) for case, _ in counts),
            "statuses": ints(status_of(count.status) for _, count in counts),
            "as_ofs": times(count.effective_at for _, count in counts),
        },
    )
    for n, moved in rows:
        counts[n - 1][0].moved_since = int(moved)


def _read_counted_bins(work: Work, bookings: Bookings, cases: Sequence[Case]) -> None:
    """What counted bins held then, and how many units of their lots lay in none."""
    counts = [
        (case, booking, bookings.lot_of(case) or NO_LOT)
        for case in cases
        if isinstance(booking := case.command.booking, CountBins) and case.rules.item in work.books
    ]
    rows = [
        (n, case, lot, bin_.id, said.counted_at or count.effective_at or work.now)
        for n, (case, count, lot) in enumerate(counts, 1)
        for said in count.bins
        if (bin_ := bookings.bins.get((case.loc, said.bin))) is not None
    ]
    if not rows:
        return
    held = work.conn.execute(
        queries.bins_counted,
        {
            "ns": ints(n for n, *_ in rows),
            "parts": ints(case.rules.part for _, case, *_ in rows),
            "items": ints(case.rules.item for _, case, *_ in rows),
            "locs": ints(case.loc for _, case, *_ in rows),
            "lots": ints(lot for _, _, lot, *_ in rows),
            "bins": ints(number for *_, number, _ in rows),
            "as_ofs": times(as_of for *_, as_of in rows),
        },
    )
    of = {(n, number): qty for n, number, qty in held}
    cells = {
        "parts": ints(case.rules.part for case, _, _ in counts),
        "items": ints(case.rules.item for case, _, _ in counts),
        "locs": ints(case.loc for case, _, _ in counts),
        "lots": ints(lot for *_, lot in counts),
        "as_ofs": times(count.effective_at or work.now for _, count, _ in counts),
    }
    for n, units in work.conn.execute(queries.without_bin, cells):
        case, count, _ = counts[n - 1]
        case.without_bin = int(units)
        found = [(bookings.bins.get((case.loc, said.bin)), said.qty) for said in count.bins]
        case.counted = [Counted(bin_.id, qty, of[n, bin_.id]) for bin_, qty in found if bin_ is not None]


def _lot_or_any(bookings: Bookings, case: Case) -> int:
    lot = bookings.lot_of(case)
    return ANY_LOT if lot is None else lot
