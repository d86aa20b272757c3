"""What the ATP of its items makes of a listing, and what its channel is told; item ATP itself is the view's."""

from collections.abc import Iterable, Mapping

from truestock.core.book.view import View
from truestock.core.network import Listing, Place, Terms


def needs_places(listing: Listing) -> bool:
    """Whether the ATP depends on where the components lie."""
    return listing.together and len(listing.components) > 1


def places_of(view: View) -> dict[int, int]:
    """Base units that a channel may take at each of its locations."""
    return dict(view.places())


def listing_atp(listing: Listing, atps: Mapping[int, int], places: Mapping[int, Mapping[int, int]]) -> int:
    """In listing units: the minimum over components of floor(ATP / units); sold together, at most the sum over
    locations of that minimum. `places` (item -> location -> units) is read only then."""
    each = min(atps[item] // units for item, units in listing.components)
    return min(each, sum(together(listing, places).values())) if needs_places(listing) else each


def together(listing: Listing, places: Mapping[int, Mapping[int, int]]) -> dict[int, int]:
    """Listing units whose components all lie at one location, by location."""
    (first, _), *_ = listing.components
    found = {loc: min(places[item].get(loc, 0) // units for item, units in listing.components) for loc in places[first]}
    return {loc: count for loc, count in found.items() if count > 0}


def published(listing: Listing, atp: int, atps: Mapping[int, int], terms: Mapping[int, Terms]) -> int:
    """What the channel is told: never below 0, and 0 while an item's ATP is below its sell-out threshold."""
    if any(atps[item] < terms[item].sell_out_at.get(listing.channel, 0) for item, _ in listing.components):
        return 0
    return max(0, atp)


def by_place(
    listing: Listing, shown: int, places: Iterable[Place], units: Mapping[int, Mapping[int, int]]
) -> dict[int, int]:
    """What is shown at each place of a channel: as much as lies there, the first places first, and never more than
    `shown` in all. `units` (item -> location -> base units)."""
    left, found = shown, {}
    for place in places:
        here = min(
            sum(count for loc, count in units[item].items() if loc in place.locations) // n
            for item, n in listing.components
        )
        if needs_places(listing):
            here = sum(count for loc, count in together(listing, units).items() if loc in place.locations)
        found[place.id] = min(left, max(0, here))
        left -= found[place.id]
    return found
