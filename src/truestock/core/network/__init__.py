"""Locations, channels, listings, and the policies that rule an item."""

from truestock.core.network.values import (
    Channel,
    ItemRules,
    Listing,
    Location,
    Network,
    Place,
    Reach,
    Route,
    Terms,
    TermsKept,
)

__all__ = ["Channel", "ItemRules", "Listing", "Location", "Network", "Place", "Reach", "Route", "Terms", "TermsKept"]
