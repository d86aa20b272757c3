"""What the ATP of its items makes of a listing, and what its channel is told; item ATP itself is the view's."""

from collections.abc import Mapping

from truestock.core.network import Listing, Terms
from truestock.core.view import View


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
