"""What lies beside the cell: other items, other places, orders that wait, supply, and how it went before. Pure."""

from rapidfuzz.fuzz import ratio

from truestock.core.reconcile.causes.around import SOLD, Around, Clues, Likely, Neighbour
from truestock.core.words import Kind

# Status names between which units move while they are dealt with.
_ON_THE_WAY = frozenset(("receiving", "inspection", "quarantine", "damaged", "rework"))
ALIKE_PERCENT = 80
SOLD_LATELY_MAX = 5


def mistaken(around: Around) -> Clues:
    """Another item is off by as much the other way, and is easily taken for this one."""
    others = [o for o in around.neighbours if not o.same_item and o.same_location and o.units == -around.units]
    for other in others:
        reasons = [
            "its SKU or name is alike" if alike(around, other) else "",
            "it lies in the same bin" if other.same_bin else "",
            "the same order took both" if other.same_order else "",
        ]
        said = " and ".join(filter(None, reasons))
        # Of many items some are off by as much by chance, the more so by one unit.
        score = 88 + 3 * sum(map(bool, reasons)) if said else 46 if len(others) == 1 and abs(around.units) > 1 else 30
        off = f"{other.sku} is off by {other.units:+d} at the same place"
        yield Likely("mis_pick", score, f"{off}, and {said}" if said else off)


def alike(around: Around, other: Neighbour) -> bool:
    """Whether the SKUs or the names are nearly the same."""
    pairs = [(around.sku, other.sku), (around.name, other.name)]
    return any(one and two and ratio(one, two, score_cutoff=ALIKE_PERCENT) for one, two in pairs)


def elsewhere(around: Around) -> Clues:
    """The same item is off by as much the other way somewhere else."""
    for other in around.neighbours:
        if not other.same_item or other.units != -around.units:
            continue
        where = f"{other.status} at {other.location}"
        returned = other.returned or any(moved.kind == Kind.RETURN for moved in around.moved)
        waits = other.same_location and not _ON_THE_WAY.isdisjoint((around.status, other.status))
        if returned and waits:
            yield Likely("unprocessed_return", 95, f"{other.units:+d} {where}: units that came back and wait there")
        else:
            yield Likely("wrong_place", 93, f"the same item is off by {other.units:+d}, {where}")


def still_promised(around: Around) -> Clues:
    """Units promised to orders are gone there: they have left, and the ledger was not told."""
    missing = -around.units
    if missing <= 0:
        return
    for owed in around.owed:
        if missing in (owed.picked, owed.units):
            score = 89 if missing == owed.picked else 77
            state = "picked" if missing == owed.picked else "promised"
            yield Likely(
                "unposted_shipment", score, f"order {owed.ref} has {missing} {state} units here and not shipped"
            )
            return
    if len(around.owed) > 1 and missing == sum(owed.units for owed in around.owed):
        yield Likely("unposted_shipment", 72, f"all {len(around.owed)} orders that wait here have {missing} units")


def supplied(around: Around) -> Clues:
    """Expected units have come there and are not booked here, or other units than came were booked."""
    for supply in around.supplies:
        if supply.open_units and supply.open_units == around.units:
            more = (
                f"{abs(supply.open_units)} units {'still expected' if supply.open_units > 0 else 'more than ordered'}"
            )
            yield Likely("receiving_error", 95, f"{supply.ref} has {more}, which is the difference")
            return


def came_back(around: Around) -> Clues:
    """A few units more than expected, of an item sold lately: somebody may have brought them back."""
    sold = -sum(moved.units for moved in around.moved if moved.kind in SOLD)
    if 0 < around.units <= min(sold, SOLD_LATELY_MAX):
        yield Likely("unprocessed_return", 40, f"{around.units} of the {sold} units sold lately may have come back")


def gone(around: Around) -> Clues:
    """Fewer, and nothing else explains it; all the likelier where it was so before."""
    if around.units >= 0:
        return
    losses = [units for units in around.before if units < 0]
    small = -around.units <= max(2, around.expected // 50)
    if len(losses) >= 2 and len(losses) > len(around.before) // 2:
        said = f"fewer than expected {len(losses) + 1} times now, {-sum(losses) - around.units} units in all"
        yield Likely("shrinkage", min(78, 58 + 4 * len(losses)) if small else 50, said)
    else:
        yield Likely("shrinkage", 35 if small else 25, "units are gone, and nothing else explains it")
