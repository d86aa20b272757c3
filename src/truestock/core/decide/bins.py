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
