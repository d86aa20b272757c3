"""What figures of a file mean: after the counts each item has what the file says, and nothing else has changed."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truestock.core.problems import Invalid
from truestock.feeds.file_sources.stock import Figure, column_of, decide
from truestock.feeds.product_files import FORMATS

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ITEMS = {"A": ("a", 1), "A6": ("a", 6), "B": ("b", 2)}
figures = st.lists(st.builds(Figure, st.just(2), st.sampled_from(["A", "A6", "B", "?"]), st.integers(0, 50)))
lay = st.dictionaries(st.sampled_from("abc"), st.integers(-5, 50))


@given(figures, lay, st.booleans())
def test_after_the_counts_the_ledger_has_what_the_file_says(
    rows: list[Figure], before: dict[str, int], whole: bool
) -> None:
    found = decide(rows, ITEMS, before, "acme", NOW, whole=whole)
    after = {**before, **{count.sku: count.qty for count in found.counts}}
    said: dict[str, int] = {}
    for row in rows:
        if row.sku in ITEMS:
            item, units = ITEMS[row.sku]
            said[item] = said.get(item, 0) + row.qty * units
    for item in "abc":
        left = 0 if whole else before.get(item, 0)
        assert after.get(item, 0) == said.get(item, left)
    assert found.unknown == [row for row in rows if row.sku == "?"]
    assert all(count.qty != before.get(count.sku, 0) for count in found.counts)
    assert {(count.location, count.status, count.effective_at) for count in found.counts} <= {("acme", "sellable", NOW)}


@pytest.mark.parametrize(
    ("form", "header", "named", "column"),
    [
        ("plain", ["sku", "Qty"], "", "Qty"),
        ("plain", ["sku", "On hand", "title"], "", "On hand"),
        ("plain", ["sku", "qty", "Bestand"], "Bestand", "Bestand"),
        ("plain", ["sku", "bestand", "Bestand"], "Bestand", "Bestand"),
        ("woocommerce", ["SKU", "In stock?", "Stock"], "", "Stock"),
        ("magento", ["sku", "qty", "is_in_stock"], "", "qty"),
        ("shopify", ["Handle", "Variant SKU", "Variant Inventory Qty"], "", "Variant Inventory Qty"),
    ],
)
def test_the_stock_column_is_the_one_named_or_the_only_one(
    form: str, header: list[str], named: str, column: str
) -> None:
    assert column_of(header, FORMATS[form], named) == column


@pytest.mark.parametrize(
    ("header", "named"), [(["sku"], ""), (["sku", "qty", "stock"], ""), (["sku", "qty"], "x"), (["X", "x"], "xX")]
)
def test_a_stock_column_is_never_guessed(header: list[str], named: str) -> None:
    with pytest.raises(Invalid) as refused:
        column_of(header, FORMATS["plain"], named)
    assert refused.value.field == "stock_column"
