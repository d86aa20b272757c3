"""The files that can be loaded: columns, which of them name a row, and the use case that takes the rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from truestock.catalog.barcodes import BarcodeDraft, put_barcodes
from truestock.catalog.changes import How, Result
from truestock.catalog.channels import ChannelDraft, ChannelLocationDraft, put_channel_locations, put_channels
from truestock.catalog.items import Component, ItemDraft, put_items
from truestock.catalog.kits import KitDraft, put_kits
from truestock.catalog.listings import ListingDraft, put_listings
from truestock.catalog.listings.aliases import ITEM_ALIASES, LOCATION_ALIASES, ItemAliasDraft, LocationAliasDraft
from truestock.catalog.listings.column_mappings import ColumnMappingDraft, put_column_mappings
from truestock.catalog.listings.content_rules import ContentRuleDraft, put_content_rules
from truestock.catalog.load.cells import Column, boolean, clock, decimal, instant, number, several, text, whole
from truestock.catalog.locations import BinDraft, LocationDraft, put_bins, put_locations
from truestock.catalog.lots import LotDraft, put_lots
from truestock.catalog.policies import PolicyDraft, put_policies
from truestock.store.database import Database

Cells = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Noun:
    """One kind of file. Lines that follow one another with the same `key` make one draft if it is `grouped`."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    build: Callable[[list[Cells]], Any]
    put: Callable[[Database, Sequence[Any], How], list[Result]]
    grouped: bool = False


def _one(draft: Callable[..., Any]) -> Callable[[list[Cells]], Any]:
    return lambda rows: draft(**rows[0])


def _components(rows: list[Cells]) -> tuple[Component, ...]:
    return tuple(Component(row["item"], row.get("units", 1)) for row in rows)


def _kit(rows: list[Cells]) -> KitDraft:
    return KitDraft(rows[0]["sku"], _components(rows))


def _listing(rows: list[Cells]) -> ListingDraft:
    first = rows[0]
    return ListingDraft(first["channel"], first["sku"], _components(rows), first.get("title"), first.get("together"))


_CLEAR = Column("clear", several, "columns to empty, as cost|weight_g; an empty cell leaves a column as it is")
_ITEMS = (
    Column("sku", text, "your SKU", required=True),
    Column("name", text, "what people call it"),
    Column("category", text, "policies can name it"),
    Column("unit", text, "the base unit, as in each or kg"),
    Column("weight_g", whole, "grams per base unit"),
    Column("cost", decimal, "per base unit"),
    Column("lot_tracked", boolean, "yes or no; fixed once there is stock"),
    Column("rotation", text, "fefo or fifo"),
    _CLEAR,
)
_BARCODES = (
    Column("gtin", text, "8, 12, 13 or 14 digits", required=True),
    Column("item", text, "the item's SKU", required=True),
    Column("units", whole, "base units in the package"),
)
_LOCATIONS = (
    Column("code", text, "your code", required=True),
    Column("name", text, "what people call it"),
    Column("kind", text, "dc, 3pl, store, dark_store, marketplace_fc or supplier"),
    Column("tier", text, "primary, secondary or virtual"),
    Column("rank", whole, "lower comes first inside the tier"),
    Column("lat", number, "degrees north"),
    Column("lng", number, "degrees east"),
    Column("ships", boolean, "parcels leave from it"),
    Column("pickup", boolean, "customers collect at it"),
    Column("capacity_per_day", whole, "orders a day"),
    Column("cut_off", clock, "local time"),
    Column("only_channel", text, "of a marketplace_fc: its channel's code"),
    _CLEAR,
)
_BINS = (
    Column("location", text, "the location's code", required=True),
    Column("code", text, "the bin's code", required=True),
    Column("zone", text, "pick, bulk, staging or inspection", required=True),
)
_CHANNELS = (
    Column("code", text, "your code", required=True),
    Column("name", text, "what people call it"),
    Column("group", text, "retail, ecommerce or wholesale"),
    Column("rank", whole, "lower is better: stock is protected for it"),
    Column("mode", text, "off, shadow or live"),
)
_CHANNEL_LOCATIONS = (
    Column("channel", text, "the channel's code", required=True),
    Column("location", text, "the location's code", required=True),
    Column("ord", whole, "lower comes first"),
)
_KITS = (
    Column("sku", text, "the kit's SKU, an item without stock; one line per component", required=True),
    Column("item", text, "the component's SKU", required=True),
    Column("units", whole, "base units of it in one kit"),
)
_LISTINGS = (
    Column("channel", text, "the channel's code", required=True),
    Column("sku", text, "the channel's own SKU; one line per component", required=True),
    Column("item", text, "the component's SKU", required=True),
    Column("units", whole, "base units of it in one listing"),
    Column("title", text, "what the channel calls it"),
    Column("together", boolean, "all components from one location"),
)
_POLICIES = (
    Column("kind", text, "safety_stock, buffer, guard, cap, protection, sell_out_at, ...", required=True),
    Column("value", whole, "units, percent or days", required=True),
    Column("channel", text, "a channel's code"),
    Column("item", text, "an item's SKU"),
    Column("category", text, "a category"),
    Column("location", text, "a location's code"),
    Column("tier", text, "primary, secondary or virtual"),
    Column("unit", text, "units, percent or days"),
    Column("starts_at", instant, "from this instant"),
    Column("ends_at", instant, "up to this instant"),
    Column("reason", text, "why"),
)
_LOTS = (
    Column("item", text, "the item's SKU", required=True),
    Column("code", text, "the lot's code", required=True),
    Column("expires_at", instant, "date or time; without a zone UTC"),
    Column("received_at", instant, "date or time; now if left out"),
    _CLEAR,
)
_CONTENT_RULES = (
    Column("channel", text, "the channel's code", required=True),
    Column("field", text, "title, description, images, price, ... or an attribute's name", required=True),
    Column("called", text, "the channel's own name of the attribute"),
    Column("required", boolean, "yes or no"),
    Column("allowed", several, "the values taken, as S|M|L; of images the extensions, as jpg|png"),
    Column("at_least", whole, "characters; of images how many"),
    Column("at_most", whole, "characters; of images how many"),
    Column("pixels", whole, "of images: the least width and height"),
)
_COLUMN_MAPPINGS = (
    Column("name", text, "what the mapping is called, as a supplier", required=True),
    Column("field", text, "a column of a plain product file", required=True),
    Column("header", text, "what the supplier's files call it", required=True),
)
_ITEM_ALIASES = (
    Column("source", text, "whose files call it so, as a feed or a supplier", required=True),
    Column("alias", text, "what they call it", required=True),
    Column("item", text, "the item's SKU", required=True),
)
_LOCATION_ALIASES = (
    Column("source", text, "whose files call it so", required=True),
    Column("alias", text, "what they call it", required=True),
    Column("location", text, "the location's code", required=True),
)

NOUNS = {
    noun.name: noun
    for noun in (
        Noun("items", _ITEMS, ("sku",), _one(ItemDraft), put_items),
        Noun("barcodes", _BARCODES, ("gtin",), _one(BarcodeDraft), put_barcodes),
        Noun("kits", _KITS, ("sku",), _kit, put_kits, grouped=True),
        Noun("channels", _CHANNELS, ("code",), _one(ChannelDraft), put_channels),
        Noun("locations", _LOCATIONS, ("code",), _one(LocationDraft), put_locations),
        Noun("bins", _BINS, ("location", "code"), _one(BinDraft), put_bins),
        Noun(
            "channel_locations",
            _CHANNEL_LOCATIONS,
            ("channel", "location"),
            _one(ChannelLocationDraft),
            put_channel_locations,
        ),
        Noun("listings", _LISTINGS, ("channel", "sku"), _listing, put_listings, grouped=True),
        Noun(
            "policies",
            _POLICIES,
            ("kind", "channel", "item", "category", "location", "tier", "starts_at", "ends_at"),
            _one(PolicyDraft),
            put_policies,
        ),
        Noun("lots", _LOTS, ("item", "code"), _one(LotDraft), put_lots),
        Noun("content_rules", _CONTENT_RULES, ("channel", "field"), _one(ContentRuleDraft), put_content_rules),
        Noun("column_mappings", _COLUMN_MAPPINGS, ("name", "field"), _one(ColumnMappingDraft), put_column_mappings),
        Noun("item_aliases", _ITEM_ALIASES, ("source", "alias"), _one(ItemAliasDraft), ITEM_ALIASES.put),
        Noun(
            "location_aliases", _LOCATION_ALIASES, ("source", "alias"), _one(LocationAliasDraft), LOCATION_ALIASES.put
        ),
    )
}
