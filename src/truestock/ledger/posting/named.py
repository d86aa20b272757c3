"""What speaks against the bins and the lot that a booking names, or does not name."""

from collections.abc import Container
from datetime import datetime
from typing import Final

from truestock.core.book import ItemBook
from truestock.core.network import ItemRules
from truestock.core.words import NO_LOT, Status
from truestock.ledger.values import AnyBooking, NotBooked, Rebin

BIN_FIELDS: Final = ("bin", "from_bin", "to_bin")


def refuse_unknown_bins(booking: AnyBooking, loc: int, bins: Container[tuple[int, str]]) -> NotBooked | None:
    """A bin that is named has to be one of the location's."""
    for field in BIN_FIELDS:
        code = getattr(booking, field, None)
        if code is not None and (loc, code) not in bins:
            detail = f"{booking.location} has no bin {code!r}; create it first, or check the spelling"
            return NotBooked("not-found", field, detail)
    return None


def refuse_without_lot(booking: AnyBooking, rules: ItemRules, book: ItemBook, loc: int) -> NotBooked | None:
    """Bins hold lots: units are laid elsewhere by their lot, unless so many have none."""
    if not (isinstance(booking, Rebin) and rules.lot_tracked):
        return None
    rows = book.stock.at(loc)
    there = sum(row.on_hand for row in rows if row.lot == NO_LOT and row.status != Status.IN_TRANSIT)
    if booking.qty <= there:
        return None
    return NotBooked("invalid", "lot", f"{max(0, there)} units of {booking.sku} there have no lot; name the lot")


def refuse_expiry(booking: AnyBooking, code: str, known: datetime | None) -> NotBooked | None:
    """One lot has one expiry; a booking that says another may mean another lot."""
    said = getattr(booking, "expires_at", None)
    if said is None or said == known:
        return None
    there = "none" if known is None else known.isoformat()
    return NotBooked(
        "conflict", "expires_at", f"lot {code} has another expiry ({there}); change the lot, or leave it out"
    )
