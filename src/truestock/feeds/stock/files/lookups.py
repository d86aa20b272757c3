"""The names that a mapping's files may use, from the catalog."""

from truestock.catalog.listings.aliases import names_of
from truestock.feeds.stock.files.mapper import Lookups
from truestock.feeds.stock.files.mapping import Mapping
from truestock.store.database import Database


def lookups_of(db: Database, mapping: Mapping) -> Lookups:
    """What the mapping's source calls items and locations, and barcodes where it goes by them."""
    by_barcode = mapping.item_by == "barcode"
    if not mapping.source and not by_barcode:
        return Lookups()
    return Lookups(*names_of(db, mapping.source, barcodes=by_barcode))
