"""What the names in a feed's files mean, and which of their interchanges were taken in before."""

from typing import BinaryIO

from truestock.catalog.listings.aliases import names_of
from truestock.feeds.stock.files.edi.kept import taken_before
from truestock.feeds.stock.files.mapper import Lookups
from truestock.feeds.stock.files.mapping import Mapping
from truestock.feeds.stock.files.values import Format
from truestock.store.database import Database


def lookups_of(db: Database, mapping: Mapping, form: Format, source: BinaryIO) -> Lookups:
    """What the source calls items and locations, barcodes where it goes by them; of EDI what was taken in before."""
    before = taken_before(db, source, form.encoding) if form.name in {"x12", "edifact"} else frozenset()
    return names_in(db, mapping)._replace(interchanges=before)


def names_in(db: Database, mapping: Mapping) -> Lookups:
    """The names alone."""
    by_barcode = mapping.item_by == "barcode"
    return Lookups(*names_of(db, mapping.source, barcodes=by_barcode)) if mapping.source or by_barcode else Lookups()
