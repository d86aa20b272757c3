"""Turns the codes of a booking into ids, or says which of them is not known."""

from collections.abc import Mapping, Sequence

from truestock.catalog.rules import Snapshot
from truestock.core.checks import check_years
from truestock.core.network import ItemRules
from truestock.core.problems import Invalid
from truestock.core.words import POOL
from truestock.ledger.posting.bookings import Case
from truestock.ledger.values import CountBins, NotBooked, Post, Ringfence, Sale, TransferOut

INSTANTS = ("effective_at", "due_at", "expires_at")


def resolve(snapshot: Snapshot, commands: Sequence[Post]) -> list[Case | NotBooked]:
    """One case a command, or why it cannot be one. Raises RulesChanged."""
    ids = snapshot.item_ids({command.booking.sku for command in commands})
    rules = snapshot.items(ids.values())
    cases = [_case(snapshot, command, ids, rules) for command in commands]
    if cases and not any(isinstance(case, Case) for case in cases):
        snapshot.check()  # no transaction follows that would
    return cases


def _case(
    snapshot: Snapshot, command: Post, ids: Mapping[str, int], rules: Mapping[int, ItemRules]
) -> Case | NotBooked:
    booking = command.booking
    item = rules.get(ids.get(booking.sku, 0))
    if item is None:
        return _unknown("sku", "item", booking.sku)
    if item.kit:
        return NotBooked("invalid", "sku", f"{booking.sku} is a kit and has no stock of its own; book its components")
    if command.lot is not None and not item.lot_tracked:
        return NotBooked("invalid", "lot", f"{booking.sku} is not lot-tracked; leave the lot out")
    location = snapshot.location(booking.location)
    if location is None:
        return _unknown("location", "location", booking.location)
    try:
        for field in INSTANTS:
            check_years(field, getattr(booking, field, None))
        for n, said in enumerate(booking.bins if isinstance(booking, CountBins) else ()):
            check_years(f"bins[{n}].counted_at", said.counted_at)
    except Invalid as problem:
        return NotBooked("invalid", problem.field or "", problem.detail)
    case = Case(command, item, location.id)
    if isinstance(booking, TransferOut):
        to = snapshot.location(booking.to)
        if to is None:
            return _unknown("to", "location", booking.to)
        if to.id == location.id:
            return NotBooked("invalid", "to", "a transfer goes to another location")
        case.to = to.id
    if isinstance(booking, Ringfence):
        return _owners(snapshot, booking, case)
    if isinstance(booking, Sale) and booking.channel is not None:
        channel = snapshot.channel(booking.channel)
        if channel is None:
            return _unknown("channel", "channel", booking.channel)
        case.channel = channel.id
    return case


def _owners(snapshot: Snapshot, booking: Ringfence, case: Case) -> Case | NotBooked:
    owners = []
    for field, code in (("from_channel", booking.from_channel), ("to_channel", booking.to_channel)):
        channel = snapshot.channel(code) if code is not None else None
        if code is not None and channel is None:
            return _unknown(field, "channel", code)
        if channel is not None and case.loc not in channel.locations:
            return NotBooked("invalid", field, f"channel {code} does not draw on location {booking.location}")
        owners.append(channel.id if channel is not None else POOL)
    if owners[0] == owners[1]:
        return NotBooked("invalid", "to_channel", "units move between the pool and a channel, or between two channels")
    case.owners = (owners[0], owners[1])
    return case


def _unknown(field: str, what: str, key: str) -> NotBooked:
    return NotBooked("not-found", field, f"there is no {what} {key!r}; create it first, or check the spelling")
