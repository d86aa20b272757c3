"""Files of feeds, whatever their form, as rows in our own fields: decoded, mapped and checked, and nothing booked."""

from truestock.feeds.stock.files.mapper import Lookups, Missing
from truestock.feeds.stock.files.mapping import Mapping, mapping_of
from truestock.feeds.stock.files.reading import blocks, mapped, read
from truestock.feeds.stock.files.values import FIELDS, Block, FeedFault, FeedRow, Format

__all__ = [
    "FIELDS",
    "Block",
    "FeedFault",
    "FeedRow",
    "Format",
    "Lookups",
    "Mapping",
    "Missing",
    "blocks",
    "mapped",
    "mapping_of",
    "read",
]
