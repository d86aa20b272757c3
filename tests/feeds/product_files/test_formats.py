"""Each form by itself: whatever a page says, what is written is read as the same."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truestock.catalog.listings.content import Image, StoredContent, shown
from truestock.core.problems import Invalid
from truestock.feeds.product_files import FORMATS, ImportReport, ReadAs
from truestock.feeds.product_files.formats.cells import grams, money
from truestock.feeds.product_files.shapes import Columns, Format, ProductPage, Told, Variant
from truestock.feeds.product_files.sheet import inert, open_sheet

LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs"))
WORD = st.text(LETTERS.filter(lambda c: c.isprintable() and c not in "'|,=:#"), min_size=1, max_size=12)
CODE = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,15}", fullmatch=True)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=80).map(str.strip)
PRICE = st.integers(1, 10**9).map(lambda cents: Decimal(cents) / 100)
IMAGE = st.builds(Image, CODE.map(lambda name: f"https://a.example/{name}.jpg"))
SIZES = st.lists(CODE, min_size=2, max_size=4, unique=True)


@st.composite
def pages(draw: st.DrawFn) -> ProductPage:
    """A product with two to four variants by size."""
    product = StoredContent(
        draw(CODE),
        "product",
        title=draw(WORD),
        brand=draw(WORD),
        description=draw(TEXT),
        images=tuple(draw(st.lists(IMAGE, max_size=3))),
    )
    variants = []
    for size in draw(SIZES):
        price = draw(PRICE)
        before = draw(st.sampled_from([Decimal(0), price + 1, price * 2]))
        own = StoredContent(
            f"{product.code}.{size}",
            product=product.code,
            options=(("Size", size),),
            price=price,
            compare_at_price=before,
        )
        weight = draw(st.integers(1, 50_000))
        variants.append(Variant(own.code, own, shown(own, product), weight_g=weight, cost=draw(PRICE)))
    return ProductPage(product, variants)


def written_and_read(form: Format, page: ProductPage) -> list[Told]:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, form.header(Columns(attributes=1)), restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({name: inert(cell) for name, cell in row.items()} for row in form.write(page))
    report = ImportReport(form.name, "shop", dry_run=True)
    told = list(form.read(open_sheet(io.BytesIO(text.getvalue().encode())), report, ReadAs()))
    assert report.clean, report.problems
    return told


@pytest.mark.parametrize("name", FORMATS)
@given(page=pages())
def test_a_written_page_is_read_as_it_was(name: str, page: ProductPage) -> None:
    told = written_and_read(FORMATS[name], page)
    variants = {row.code: row for row in told if row.kind == "variant"}
    assert variants.keys() == {variant.sku for variant in page.variants}
    assert page.product
    for variant in page.variants:
        row = variants[variant.sku]
        size = variant.own.options
        options = row.content["options"]
        assert tuple((key.lower(), value) for key, value in options) == tuple((k.lower(), v) for k, v in size or ())
        assert row.content["product"] == page.product.code
        assert row.content["price"] == variant.own.price
        assert (row.content.get("compare_at_price") or 0) == variant.own.compare_at_price
    products = [row for row in told if row.kind == "product"]
    if name != "plain":
        (product,) = products
        assert (product.code, product.content["title"]) == (page.product.code, page.product.title)
        assert tuple(image.url for image in product.content.get("images", ())) == tuple(
            image.url for image in page.product.images or ()
        )


@pytest.mark.parametrize(
    ("cell", "value"), [("12", "12"), ("12.50", "12.5"), ("12,50", "12.5"), ("12,5", "12.5"), ("0", "0"), (".5", "0.5")]
)
def test_prices_are_read_with_a_point_or_an_unmistakable_comma(cell: str, value: str) -> None:
    assert money("price", cell) == Decimal(value)


@pytest.mark.parametrize("cell", ["1,234", "1.234,50", "12 EUR", "-1", "NaN", "1e400000", "0.0000001", "1,2,3"])
def test_prices_that_could_be_misread_are_refused(cell: str) -> None:
    with pytest.raises(Exception, match=r"write it like 12\.50"):
        money("price", cell)


def test_weights_are_rounded_to_grams() -> None:
    assert (grams("w", ".5", "lbs"), grams("w", "0.25", "kg"), grams("w", "8", "oz")) == (227, 250, 227)
    with pytest.raises(Exception, match="no weight"):
        grams("w", "9999999999", "kg")


@pytest.mark.parametrize("cell", ["1E+999999", "-1E+999999999", "1E-999999", "9" * 100])
def test_a_number_that_nobody_means_is_refused_before_it_is_written_out(cell: str) -> None:
    with pytest.raises(Invalid, match="is no number that can be meant") as refused:
        grams("Variant Grams", cell, "g")
    assert len(refused.value.detail) < 100
