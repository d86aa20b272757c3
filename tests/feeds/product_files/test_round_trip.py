"""The sample files of the shop systems: imported, exported and imported again, they say the same."""

import csv
import io
from collections.abc import Iterable

import pytest

from tests.feeds.product_files.conftest import Export, Import, Table, sample, table
from truestock.feeds.product_files import ImportReport

SAMPLES = [
    ("shopify_apparel.csv", "shopify"),
    ("shopify_home-and-garden.csv", "shopify"),
    ("shopify_jewelery.csv", "shopify"),
    ("shopify_product_template_2024.csv", "shopify"),
    ("woocommerce_sample_products.csv", "woocommerce"),
    ("magento_catalog_product.csv", "magento"),
]
STOCK = {"Variant Inventory Qty", "Stock", "In stock?", "qty", "is_in_stock"}
NUMBERS = {
    "Image Position",
    "Variant Price",
    "Variant Compare At Price",
    "Cost per item",
    "Regular price",
    "Sale price",
}


def as_bytes(rows: Table) -> bytes:
    text = io.StringIO(newline="")
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def said(rows: Iterable[dict[str, str]]) -> dict[tuple[str, ...], dict[str, str]]:
    """What the rows say, without stock and empty cells, by what names them."""
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for row in rows:
        cells = {name: cell.strip() for name, cell in row.items() if cell.strip() and name not in STOCK}
        if "Handle" in row:
            # Shopify's rows of one handle are told apart by their order.
            number = sum(key[0] == row["Handle"] for key in found)
            key: tuple[str, ...] = (row["Handle"], str(number))
        else:
            key = (row.get("SKU") or row.get("sku") or "",)
        found[key] = cells
    return found


@pytest.mark.parametrize(("name", "form"), SAMPLES)
def test_a_sample_exported_keeps_every_cell_that_it_had(take: Import, give: Export, name: str, form: str) -> None:
    raw = sample(name)
    report = take(raw, form, make_skus=True)
    assert report.clean, report.problems
    rows, exported = give(form)
    assert exported.left_out == 0
    before, after = said(table(raw)), said(rows)
    assert after.keys() == before.keys()
    for key, cells in before.items():
        kept = after[key]
        for column, said_cell in cells.items():
            cell = said_cell
            if column == "additional_image_labels":
                # A label without an image is of nothing.
                cell = ",".join(cell.split(",")[: len(cells["additional_images"].split(","))])
            if column == "Image Position" or (column in NUMBERS and float(cell) == float(kept[column])):
                continue
            assert kept.get(column) == cell, (key, column)
        # What came in besides is what the hub makes where the file has nothing.
        added = kept.keys() - cells.keys()
        assert added <= {"Variant SKU", "Image Position"}, (key, added)


@pytest.mark.parametrize(("name", "form"), SAMPLES)
def test_an_import_of_what_was_exported_changes_nothing(take: Import, give: Export, name: str, form: str) -> None:
    raw = sample(name)
    first = take(raw, form, make_skus=True)
    assert (first.changes, first.unchanged) == (first.products + first.variants, 0)
    again = take(raw, form, make_skus=True)
    assert (again.changes, again.differences) == (0, [])
    rows, _ = give(form)
    back = take(as_bytes(rows), form)
    assert (back.changes, back.refused, back.differences) == (0, 0, [])
    assert (back.products, back.variants) == (first.products, first.variants)


@pytest.mark.parametrize(("name", "form"), SAMPLES)
@pytest.mark.parametrize("other", ["shopify", "woocommerce", "magento", "plain"])
def test_what_one_shop_has_can_be_written_for_another(
    take: Import, give: Export, name: str, form: str, other: str
) -> None:
    first = take(sample(name), form, make_skus=True)
    rows, _ = give(other)
    assert rows
    back = take(as_bytes(rows), other, channel="other")
    assert back.clean, back.problems
    assert back.variants == first.variants
    assert back.items_created == 0
    again = take(as_bytes(rows), other, channel="other")
    assert again.changes == 0, again.differences


def test_a_large_export_with_rows_told_again_names_each_of_them(take: Import) -> None:
    report: ImportReport = take(sample("woocommerce_export_large.csv"), "woocommerce")
    assert (report.lines, report.products + report.variants, report.refused) == (400, 25, 375)
    assert (report.problems[0].line, report.problems[0].value) == (27, "woo-vneck-tee")
    assert "line 2" in report.problems[0].reason


def test_barcodes_that_a_spreadsheet_rounded_are_named_and_the_rows_go_in(take: Import) -> None:
    report = take(sample("shopify_product_template_2024.csv"), "shopify")
    assert (report.refused, report.noted, report.items_created) == (0, 16, 16)
    assert "rounded by a spreadsheet" in report.notes[0].reason
    assert (report.notes[0].line, report.notes[0].field) == (2, "Variant Barcode")
