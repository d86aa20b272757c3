"""Files of the world, read as a feed would: what is suggested for them reads all of their rows."""

from pathlib import Path
from unittest import SkipTest

import pytest

from truestock.feeds.stock.files import FeedFault, FeedRow, Format, mapping_of, read, suggest

DATA = Path(__file__).parents[5] / "shared/data"


def sample(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        raise SkipTest(f"../shared/data/{name} is not there")
    return path


def test_a_grocers_stock_with_expiry_is_read_as_it_is_suggested() -> None:
    path = sample("grocery_expiry/grocery_inventory_and_sales.csv")
    with path.open("rb") as source:
        found = suggest(Format(), source)
        source.seek(0)
        answers = list(read(found.format, source, found.mapping))
    columns = {guess.field: guess.column for guess in found.guesses}
    assert columns["sku"] == "Product_ID"
    assert columns["qty"] == "Stock_Quantity"
    assert columns["expires_at"] == "Expiration_Date"
    assert columns["location"] == "Warehouse_Location"
    rows = [answer.fields for answer in answers if isinstance(answer, FeedRow)]
    assert len(rows) == len(answers) == path.read_bytes().count(b"\n") - 1
    assert all(row["expires_at"].startswith("202") and row["qty"].isdecimal() for row in rows)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("magento_msi_stock_sources.csv", {"sku": "sku", "location": "source_code", "qty": "quantity"}),
        ("shopify_apparel.csv", {"sku": "Variant SKU", "qty": "Variant Inventory Qty"}),
    ],
)
def test_shops_files_are_read_with_their_own_columns(name: str, fields: dict[str, str]) -> None:
    mapping = mapping_of({"fields": {field: {"columns": [column]} for field, column in fields.items()}})
    with sample(f"channel_csv/{name}").open("rb") as source:
        answers = list(read(Format(), source, mapping))
    faults = [answer for answer in answers if isinstance(answer, FeedFault)]
    assert len(answers) > 3
    assert not any(fault.ends for fault in faults)
    # Fractions of units, and rows that only add an image, are told and not guessed.
    assert {(fault.field, fault.reason.partition(" ")[2][:9]) for fault in faults} <= {
        ("qty", "is not a "),
        ("sku", "item is m"),
    }
