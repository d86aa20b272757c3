"""Files of feeds, whatever their form, as rows in our own fields: decoded, mapped and checked, and nothing booked."""

from truestock.feeds.stock.files.lookups import lookups_of, names_in
from truestock.feeds.stock.files.mapper import Lookups, Missing
from truestock.feeds.stock.files.mapping import Mapping, format_of, mapping_of
from truestock.feeds.stock.files.reading import Preview, as_told, blocks, mapped, preview, read
from truestock.feeds.stock.files.suggesting import Suggestion, suggest
from truestock.feeds.stock.files.values import FIELDS, Block, FeedFault, FeedRow, FieldName, Format

__all__ = [
    "FIELDS",
    "Block",
    "FeedFault",
    "FeedRow",
    "FieldName",
    "Format",
    "Lookups",
    "Mapping",
    "Missing",
    "Preview",
    "Suggestion",
    "as_told",
    "blocks",
    "format_of",
    "lookups_of",
    "mapped",
    "mapping_of",
    "names_in",
    "preview",
    "read",
    "suggest",
]
