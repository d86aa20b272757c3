"""What a count of bins makes of the cells of its location, and of the marks of its bins."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from truestock.core.book import ItemBook
from truestock.core.decide.bins import Counted, Held, Zone, found_in, losing_order
from truestock.core.decide.bins_seen import BinMark, SeenInBins
from truestock.core.words import Status
from truestock.ledger.values import CountBins, NotBooked
from truestock.ledger.work.bins import Bin
from truestock.ledger.work.counted_bins import Mark

Named = Mapping[tuple[int, str], Bin]


def refuse_bins(booking: CountBins, loc: int, bins: Named, now: datetime) -> NotBooked | None:
    """Each bin once, all of one zone, none counted in the future."""
    codes = [one.bin for one in booking.bins]
    for n, one in enumerate(booking.bins):
        if (loc, one.bin) not in bins:
            what = f"{booking.location} has no bin {one.bin!r}; create it first, or check the spelling"
            return NotBooked("not-found", f"bins[{n}].bin", what)
        if one.bin in codes[:n]:
            return NotBooked("invalid", f"bins[{n}].bin", f"bin {one.bin!r} is named twice; add up what lies in it")
        if bins[loc, one.bin].zone != bins[loc, booking.bins[0].bin].zone:
            return NotBooked(
                "invalid", f"bins[{n}].bin", "the bins of one count are of one zone; book one count a zone"
            )
        if one.counted_at is not None and one.counted_at > now:
            what = "what is counted cannot lie in the future; check the clock"
            return NotBooked("invalid", f"bins[{n}].counted_at", what)
    return None


def weigh_bins(
    booking: CountBins, counted: Sequence[Counted], without_bin: int, book: ItemBook, bins: Named, loc: int, lot: int,
    at: datetime, stated: datetime | None,
) -> tuple[int, list[Mark]]:  # fmt: skip
    """The units that the location has more (or, below zero, fewer), and the marks of the bins; a bin that was counted
    anew since is left out. The location was `stated`: bins counted until then are as they were counted, but their units
    are known."""
    seen = book.seen_in_bins
    marks, of = [], []
    for said, one in zip(booking.bins, counted, strict=True):
        as_of = min(said.counted_at or at, book.now)
        if seen is not None and any(
            known.as_of > as_of for known in seen.marks.get((loc, lot), ()) if known.bin == one.bin
        ):
            continue
        bin_ = bins[loc, said.bin]
        marks.append(Mark(Held(bin_.id, bin_.zone, bin_.code, 0), as_of, one.qty, one.difference, 0))
        if stated is None or as_of > stated:
            of.append(one)
    found = found_in(of, without_bin)
    left, shared = max(0, found), []
    for mark in marks:
        qty = min(left, max(0, mark.difference)) if stated is None or mark.as_of > stated else 0
        left -= qty
        shared.append(mark._replace(found=qty))
    return found, shared


def spread(book: ItemBook, loc: int, lot: int, found: int, zone: Zone) -> list[tuple[Status, int]]:
    """The units by status: found ones in that of the zone, missing ones out of those that there are."""
    first, *rest = losing_order(zone)
    if found >= 0:
        return [(first, found)]
    left, parts = -found, {first: 0}
    for status in (first, *rest):
        rows = (row for row in book.stock.at(loc) if row.lot == lot and row.status == status)
        qty = min(left, max(0, sum(row.on_hand for row in rows)))
        if qty:
            parts[status] = -qty
            left -= qty
    parts[first] -= left
    return list(parts.items())


def mark_bins(book: ItemBook, loc: int, lot: int, marks: Sequence[Mark]) -> None:
    """Have what is booked next see the count."""
    if book.seen_in_bins is None:
        book.seen_in_bins = SeenInBins({})
    fresh = {mark.bin.bin for mark in marks}
    known = [mark for mark in book.seen_in_bins.marks.get((loc, lot), ()) if mark.bin not in fresh]
    book.seen_in_bins.marks[loc, lot] = known + [BinMark(mark.bin.bin, mark.as_of, mark.found) for mark in marks]
