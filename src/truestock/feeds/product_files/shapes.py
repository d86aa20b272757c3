"""What readers of product files give and writers take: a row's content, and what it says of the item itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from truestock.catalog.listings.content import Kind, StoredContent
from truestock.feeds.product_files.report import ImportReport
from truestock.feeds.product_files.sheet import Sheet


@dataclass(slots=True)
class Told:
    """What a file says of one product or variant; `content` has the fields it names, an empty one to be emptied.

    `shown` is what a channel calls the variant. A `page` is a product that has no variants in any file, as a bundle.
    `stock` is a variant's cell in the stock column that was asked for."""

    line: int
    kind: Kind
    code: str
    content: dict[str, Any] = field(default_factory=dict)
    shown: str = ""
    gtin: str | None = None
    weight_g: int | None = None
    cost: Decimal | None = None
    page: bool = False
    stock: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant to be written: its own content, and with its product's where it has none; `stock` is published."""

    sku: str
    own: StoredContent
    full: StoredContent
    barcodes: tuple[str, ...] = ()
    weight_g: int | None = None
    cost: Decimal | None = None
    stock: int | None = None


@dataclass(frozen=True, slots=True)
class ProductPage:
    """A product with its variants, or one variant by itself."""

    product: StoredContent | None
    variants: Sequence[Variant]


@dataclass(frozen=True, slots=True)
class ReadAs:
    """How a file is to be read: what `mapping` says its columns are called, whether missing SKUs are made, and under
    which header stands the stock that is asked for; without one, no stock is."""

    make_skus: bool = False
    mapping: Mapping[str, str] = field(default_factory=dict)
    stock: str | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """What an export needs columns for: the names of kept cells, so many attributes, and stock or not."""

    kept: frozenset[str] = frozenset()
    attributes: int = 0
    stock: bool = False


class Format(Protocol):
    """A shop's form of product files."""

    @property
    def name(self) -> str:
        """What people type."""
        ...

    @property
    def quantities(self) -> frozenset[str]:
        """The stock columns that reading leaves alone, in small letters with underlines."""
        ...

    def read(self, sheet: Sheet, report: ImportReport, how: ReadAs, /) -> Iterator[Told]:
        """What the file says, row by row; bad rows go into the report."""
        ...

    def header(self, columns: Columns, /) -> list[str]:
        """The columns of an export: the format's own, and those that are needed."""
        ...

    def write(self, page: ProductPage, /) -> Iterator[dict[str, str]]:
        """The rows of a page, each by column; what is empty is left out."""
        ...

    def stock_header(self, place: str, /) -> list[str]:
        """The columns of a stock file; `place` is the shop's name of the location. Raises Invalid."""
        ...

    def stock_row(self, page: ProductPage, variant: Variant, place: str, /) -> dict[str, str]:
        """The row that sets a variant's stock. Raises Problem where the shop could not find the variant."""
        ...
