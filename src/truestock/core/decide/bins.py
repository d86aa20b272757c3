"""Which bins of a location give the units that leave it, and which one takes those that come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from truestock.core.words import Status

Zone = Literal["pick", "bulk", "staging", "inspection"]
ZONES: Final[tuple[Zone, ...]] = ("pick", "bulk", "staging", "inspection")
# Where units of a status lie before anybody said so.
ZONE_OF: Final[dict[int, Zone]] = {Status.RECEIVING: "staging", Status.INSPECTION: "inspection"}


@dataclass(slots=True)
class Held:
    """What one bin holds of a lot of an item."""

    bin: int
    zone: Zone
    code: str
    qty: int


class Taken(NamedTuple):
    """Units out of a bin."""

    bin: int
    qty: int


class Counted(NamedTuple):
    """What was counted of a lot in a bin, which held `held` units by the ledger then."""

    bin: int
    qty: int
    held: int

    @property
    def difference(self) -> int:
        """Units more (or, below zero, fewer) than there should be."""
        return self.qty - self.held


def found_in(counted: Iterable[Counted], without_bin: int) -> int:
    """Units that counted bins have brought to their location, or below zero that it has lost.

    What one of them has too many and another too few was laid from one into the other; what they have too many
    together are the units that the location has in no bin, as far as there are any. Below zero, those are units that
    the location lacks of what lies in its bins: they are there too."""
    more = sum(one.difference for one in counted)
    return max(0, more - without_bin) if more > 0 else more


def losing_order(zone: Zone) -> tuple[Status, ...]:
    """The statuses that units missing from bins of a zone are taken from: those that lie there first, the sellable
    next."""
    first = next((Status(status) for status, lies_in in ZONE_OF.items() if lies_in == zone), Status.SELLABLE)
    rest = (Status.SELLABLE, Status.QUARANTINE, Status.DAMAGED, Status.REWORK, Status.INSPECTION, Status.RECEIVING)
    return (first, *(status for status in rest if status != first))


def giving_order(status: int) -> tuple[Zone, ...]:
    """The zones that give units of a status, in their order: the zone where such units lie, then the usual order."""
    first = ZONE_OF.get(status, "pick")
    return (first, *(zone for zone in ZONES if zone != first))


def take(held: Iterable[Held], units: int, zones: Sequence[Zone]) -> list[Taken]:
    """Take up to `units`, zone by zone and inside one by code; what no bin gives lay in none."""
    found = []
    for bin_ in sorted(held, key=lambda h: (zones.index(h.zone), h.code, h.bin)):
        qty = min(units, bin_.qty)
        if qty > 0:
            bin_.qty -= qty
            units -= qty
            found.append(Taken(bin_.bin, qty))
    return found
