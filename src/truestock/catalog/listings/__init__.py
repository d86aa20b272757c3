"""How channels sell: their listings, and what the pages of items and listings show, as each channel asks for it."""

from truestock.catalog.listings.listings import (
    ListingDraft,
    StoredListing,
    end_listings,
    list_listings,
    put_listings,
    read_listings,
)

__all__ = ["ListingDraft", "StoredListing", "end_listings", "list_listings", "put_listings", "read_listings"]
