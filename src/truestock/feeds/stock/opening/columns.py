"""The columns of a stock file, and what other systems call them."""

from collections.abc import Mapping
from typing import Final

from truestock.catalog.load.cells import Column, instant, text, whole
from truestock.core.problems import Invalid

COLUMNS: Final = (
    Column("sku", text, "your SKU", required=True),
    Column("location", text, "the location's code; not needed if one holds for the whole file"),
    Column("qty", whole, "base units", required=True),
    Column("lot", text, "the lot's code, of a lot-tracked item"),
    Column("status", text, "sellable if left out"),
    Column("expires_at", instant, "of the lot: date or time; without a zone UTC"),
)
NAMES: Final = tuple(column.name for column in COLUMNS)

_OTHER_NAMES: Final = {
    "sku": ("item", "item_code", "item_number", "article", "article_number", "material", "product_code", "part_number"),
    "location": ("warehouse", "warehouse_code", "site", "plant", "facility", "store"),
    "qty": ("quantity", "on_hand", "on_hand_qty", "qty_on_hand", "units", "stock", "unrestricted"),
    "lot": ("batch", "batch_number", "lot_number", "lot_code"),
    "status": ("stock_status", "condition", "disposition"),
    "expires_at": ("expiry", "expiry_date", "expiration_date", "best_before", "use_by"),
}


def aliases_of(named: Mapping[str, str]) -> dict[str, str]:
    """What header names mean; `named` says for some columns which header the file has instead. Raises Invalid."""
    aliases = {other: column for column, others in _OTHER_NAMES.items() for other in others if column not in named}
    for column, header in named.items():
        if column not in NAMES:
            raise Invalid("column", f"there is no column {column!r}; the columns are {', '.join(NAMES)}")
        # A header that happens to have our name, and is not meant, is left aside like any other.
        aliases.setdefault(column, f"{column} (another column is meant)")
        aliases[header.strip().lower().replace(" ", "_")] = column
    return aliases
