"""The world that a stream of real orders implies: its items and channels, and stock for a part of the demand."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from truestock.core.replay.events import Channel, Item, Location, OrderEvent, World

PLAIN_LOCATIONS = (
    Location("MAIN", "Main warehouse", "dc", rank=1),
    Location("SECOND", "Second warehouse", "dc", rank=2),
    Location("OUTSIDE", "Outside warehouse", "3pl", tier="secondary"),
)


def demand(events: Iterable[OrderEvent]) -> Counter[tuple[str, str]]:
    """Units ordered by (channel, sku), whoever could have delivered them."""
    wanted: Counter[tuple[str, str]] = Counter()
    for event in events:
        if event.kind == "order":
            for sku, qty in event.lines:
                wanted[event.channel, sku] += qty
    return wanted


def derive_world(
    events: Iterable[OrderEvent],
    cover: float = 0.9,
    locations: Sequence[Location] = PLAIN_LOCATIONS,
    stocked_at: Mapping[str, Sequence[str]] | None = None,
) -> World:
    """A world whose opening stock is `cover` times each item's demand.

    Every channel draws on every location, the busiest channel ranks first. `stocked_at` names the locations of an
    item where they are known (sellers, say); the others lie at all locations, the most at the first."""
    wanted = demand(events)
    by_channel: Counter[str] = Counter()
    by_sku: Counter[str] = Counter()
    for (channel, sku), units in wanted.items():
        by_channel[channel] += units
        by_sku[sku] += units
    codes = tuple(location.code for location in locations)
    opening: dict[tuple[str, str], int] = {}
    for sku, units in by_sku.items():
        places = stocked_at.get(sku, codes) if stocked_at else codes
        weights = [1 / position for position in range(1, len(places) + 1)]
        for place, share in zip(places, apportion(round(units * cover), weights), strict=True):
            opening[sku, place] = share
    return World(
        items=tuple(Item(sku, sku, "", 0, 0) for sku in sorted(by_sku)),
        locations=tuple(locations),
        channels=tuple(
            Channel(channel, channel, codes, rank)
            for rank, (channel, _) in enumerate(sorted(by_channel.items(), key=lambda pair: (-pair[1], pair[0])), 1)
        ),
        opening=opening,
    )


def apportion(units: int, weights: Sequence[float]) -> list[int]:
    """Whole units by weight that add up to `units`: rounded down, the rest to the largest remainders."""
    total = sum(weights)
    exact = [units * weight / total for weight in weights]
    shares = [int(share) for share in exact]
    by_remainder = sorted(range(len(weights)), key=lambda number: (shares[number] - exact[number], number))
    for number in by_remainder[: units - sum(shares)]:
        shares[number] += 1
    return shares
