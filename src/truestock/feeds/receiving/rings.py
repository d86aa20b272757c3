"""Sets apart for channels what has just become sellable, once all that is owed has been served from it."""

from datetime import datetime

from truestock.core.book import ItemBook
from truestock.core.decide import facts
from truestock.core.decide.facts import Change
from truestock.core.decide.ring_fence import free_units
from truestock.core.decide.ring_shares import RingShare, ring_shares
from truestock.core.decide.settle import settle
from truestock.core.words import POOL, Kind
from truestock.ledger.posting.batch import Batch
from truestock.ledger.posting.bookings import Case
from truestock.ledger.values import Booked, Post, Ringfence


def fence(batch: Batch, case: Case, qty: int) -> dict[str, int]:
    """Split `qty` units that a booking has made sellable by the rules of its location; units by channel's code."""
    book = batch.work.books[case.rules.item]
    shares = _shares(book, case.loc, batch.work.now)
    if not shares or _seen_before(batch, case):
        return {}
    made = book.movement
    batch.work.begin_movement(batch.movement(Kind.BACKFILL), [book.item])
    settle([book], ())
    book.movement = made
    units = min(qty, max(0, free_units(book, case.loc, POOL)))
    channels = book.rules.network.channels
    fenced = {}
    for channel, share in ring_shares(units, shares).items():
        code = channels[channel].code
        booking = Ringfence(
            sku=case.rules.sku,
            location=case.command.booking.location,
            qty=share,
            to_channel=code,
            source=case.command.booking.source,
            ref=case.command.booking.ref,
            reason="split at receipt",
        )
        split = Case(Post(booking, case.command.actor), case.rules, case.loc, owners=(POOL, channel))
        if isinstance(batch.bookings.book(split, batch.movement), Booked):
            fenced[code] = share
    return fenced


def _seen_before(batch: Batch, case: Case) -> bool:
    """Whether a count had seen these units already, so that they are no more than there were."""
    at = case.command.booking.effective_at or batch.work.now
    change = Change(case.rules.item, case.loc, 1, case.command.booking.books, None, at, batch.bookings.lot_of(case))
    return facts.seen_by(batch.work.books[case.rules.item], change) is not None


def _shares(book: ItemBook, loc: int, at: datetime) -> list[RingShare]:
    rules, found = book.rules, []
    for channel in rules.network.channels.values():
        if loc not in channel.locations:
            continue
        percent = rules.candidates("ring_share", at, channel.id, loc)
        target = rules.candidates("ring_target", at, channel.id, loc)
        if percent or target:
            found.append(
                RingShare(
                    channel.id,
                    channel.rank,
                    percent[0].value if percent else None,
                    target[0].value if target else None,
                    sum(row.on_hand for row in book.shelf(loc) if row.owner == channel.id),
                )
            )
    return found
