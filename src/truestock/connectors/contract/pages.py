"""What a page of a channel shall show of a listing: texts, images and prices. Quantities are not among it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol, runtime_checkable

import msgspec

from truestock.connectors.contract.abilities import Connector
from truestock.connectors.contract.answers import Outcome, Throttle
from truestock.connectors.contract.traits import Budget

Pairs = tuple[tuple[str, str], ...]


class Picture(msgspec.Struct, frozen=True):
    """Where an image is, and the words for who does not see it."""

    url: str
    alt: str = ""


class Page(msgspec.Struct, frozen=True):
    """One listing as it shall be shown. What is None is left as it is there; an empty text or list empties it.

    `options`, `price`, `compare_at_price` and `currency` are the listing's own. The rest is said of the whole page, so
    that all pages of one `product`, a code of ours, say the same of it; it is empty where a listing stands alone.
    Prices are per listing unit in `currency`; a `compare_at_price` of 0 is none."""

    sku: str
    product: str = ""
    options: Pairs | None = None
    title: str | None = None
    summary: str | None = None
    description: str | None = None
    brand: str | None = None
    category: str | None = None
    images: tuple[Picture, ...] | None = None
    attributes: Pairs | None = None
    price: Decimal | None = None
    compare_at_price: Decimal | None = None
    currency: str | None = None
    tax_class: str | None = None


class PagesPushed(msgspec.Struct, frozen=True):
    """The answer to one push: an outcome for each SKU of it. `points` is what it has cost beyond its budget."""

    outcomes: dict[str, Outcome]
    throttle: Throttle = Throttle()
    points: float = 0.0


@runtime_checkable
class PushesPages(Connector, Protocol):
    """Writes what pages show; the same may be written any number of times."""

    @property
    def pages_budget(self) -> Budget:
        """How often, with a line for each page: a part of the channel's own that leaves the most to stock."""
        ...

    async def push_pages(self, pages: Sequence[Page]) -> PagesPushed:
        """Write at most 20 pages, each of another SKU.

        Raises ChannelDown and InDoubt when it did not come through; a part of it may be in force."""
        ...
