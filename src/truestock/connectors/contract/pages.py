"""What a page of a channel shall show of a listing: texts, images and prices. Quantities are not among it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol, TypeVar, runtime_checkable

import msgspec

from truestock.connectors.contract.abilities import Connector
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Throttle
from truestock.connectors.contract.traits import Budget

Pairs = tuple[tuple[str, str], ...]
T = TypeVar("T")


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


# What pages say; the other fields say whose page it is and in which currency.
SAYS = tuple(name for name in Page.__struct_fields__ if name not in {"sku", "product", "currency"})


class GivenImage(msgspec.Struct, frozen=True):
    """An image of ours at a page of the channel, under the channel's `id` for it.

    Without an ID it is none that was given: the page had images by then, and perhaps this one."""

    url: str
    alt: str = ""
    id: str = ""


class GivenImages(msgspec.Struct, frozen=True):
    """What is known of the images at one page of the channel: ours in our order, and the IDs of the others.

    `page` names that page among those of all shops. `unsure`: since then a call was made whose effect nobody knows."""

    page: str
    ours: tuple[GivenImage, ...] = ()
    others: tuple[str, ...] = ()
    unsure: bool = False


Given = Mapping[str, Sequence[GivenImages]]


class Arranged(NamedTuple):
    """All images that a page shall have: ours in our order, before the others or behind them.

    `making` are the places in `ours` of those that are to be given; one without an ID that is not among them is noted
    alone. `dropped` are to be taken off the page."""

    ours: tuple[GivenImage, ...]
    making: tuple[int, ...]
    dropped: tuple[str, ...]
    others: tuple[str, ...]
    ours_first: bool

    @property
    def idle(self) -> bool:
        """Whether there is nothing to write, only something to know."""
        return not self.making and not self.dropped and not any(image.id for image in self.ours)

    def made(self, there: Sequence[str]) -> "Arranged":
        """As it was done, by the IDs of all images that the page has now.

        Where other images came meanwhile nobody can tell which are ours: then they are noted alone."""
        before = {*self.order, *self.dropped}
        new = [id_ for id_ in there if id_ not in before]
        named = dict(zip(self.making, new, strict=True)) if len(new) == len(self.making) else {}
        ours = [msgspec.structs.replace(image, id=named.get(n, image.id)) for n, image in enumerate(self.ours)]
        return self._replace(ours=tuple(ours), making=())

    @property
    def order(self) -> list[str]:
        """The IDs of all images on the page, those that are yet to be given left out."""
        ours = [image.id for image in self.ours if image.id]
        return [*ours, *self.others] if self.ours_first else [*self.others, *ours]


class PagesPushed(msgspec.Struct, frozen=True):
    """The answer to one push: an outcome for each SKU of it. `points` is what it has cost beyond its budget.

    `given`: by SKU what is known now of the images of its page, where they were looked at."""

    outcomes: dict[str, Outcome]
    throttle: Throttle = Throttle()
    points: float = 0.0
    given: dict[str, GivenImages] = {}


class Written(NamedTuple):
    """What became of the pages of one product of the channel, and what is known now of its images."""

    outcomes: dict[str, Outcome]
    throttle: Throttle = Throttle()
    points: float = 0.0
    images: GivenImages | None = None


@runtime_checkable
class PushesPages(Connector, Protocol):
    """Writes what pages show; the same may be written any number of times."""

    @property
    def page_fields(self) -> frozenset[str]:
        """What of a page it writes, of SAYS; the rest is left to the channel."""
        ...

    @property
    def pages_budget(self) -> Budget:
        """How often, with a line for each page: a part of the channel's own that leaves the most to stock."""
        ...

    async def push_pages(self, pages: Sequence[Page], given: Given) -> PagesPushed:
        """Write at most 20 pages, each of another SKU; `given` is what was known last of their images, by SKU.

        Images that the hub has not given are left as they are. What it gave is told also when a later part fails.
        Raises ChannelDown and InDoubt when it did not come through; a part of it may be in force."""
        ...


def wanted_images(page: Page) -> tuple[Picture, ...] | None:
    """The images that the page shall have; those without an address in the web cannot be given. None: left open."""
    if page.images is None:
        return None
    return tuple(picture for picture in page.images if picture.url.startswith(("https://", "http://")))


def known_of(page: str, given: Sequence[GivenImages]) -> GivenImages | None:
    """What is known of the images at a page of the channel."""
    return next((known for known in given if known.page == page), None)


def in_step(wanted: Sequence[Picture] | None, known: GivenImages | None, *, bare: bool) -> bool:
    """Whether the images at a page are to be left as they are; `bare`: it has none."""
    if wanted is None:
        return True
    if bare and wanted:
        return False
    return [(p.url, p.alt) for p in wanted] == [(i.url, i.alt) for i in (known.ours if known else ())]


def arranged(wanted: Sequence[Picture], there: Sequence[str], known: GivenImages | None) -> Arranged:
    """How the images of a page shall be, given the IDs of those that it has, in their order.

    Only what the hub has given is moved, renamed or taken away. A page that had images before the hub came gets those
    alone that our list gains later: the others may be the same. After a call of unknown outcome, images that are there
    and were not are taken for what it gave, and left."""
    known = known or GivenImages("")
    left = [image for image in known.ours if there and (not image.id or image.id in there)]
    given = {image.id for image in known.ours if image.id}
    unsure = known.unsure and any(id_ not in given and id_ not in known.others for id_ in there)
    noted = bool(there) and (unsure or not known.page)
    ours: list[GivenImage] = []
    making: list[int] = []
    for picture in wanted:
        before = next((image for image in left if image.url == picture.url), None)
        if before is not None:
            left.remove(before)
        elif not noted:
            making.append(len(ours))
        ours.append(GivenImage(picture.url, picture.alt, before.id if before else ""))
    return Arranged(
        ours=tuple(ours),
        making=tuple(making),
        dropped=tuple(image.id for image in left if image.id),
        others=tuple(id_ for id_ in there if id_ not in given),
        ours_first=not there or there[0] in given,
    )


async def by_product(
    refused: Mapping[str, Outcome],
    products: Sequence[Sequence[tuple[Page, T]]],
    write: Callable[[Sequence[tuple[Page, T]]], Awaitable[Written]],
) -> PagesPushed:
    """Write one product of the channel after the other, until one fails: then what went before it stands.

    Raises ChannelDown and InDoubt when it was the first."""
    outcomes = dict(refused)
    throttle, points = Throttle(), 0.0
    given: dict[str, GivenImages] = {}
    for n, pairs in enumerate(products):
        try:
            written = await write(pairs)
        except (ChannelDown, InDoubt) as fault:
            if n == 0:
                raise
            left = [page.sku for pairs in products[n:] for page, _ in pairs]
            outcomes |= dict.fromkeys(left, Outcome("later", str(fault)))
            if isinstance(fault, InDoubt):
                outcomes |= {page.sku: Outcome("unknown", str(fault)) for page, _ in pairs}
            else:
                throttle = fault.throttle
            break
        outcomes |= written.outcomes
        throttle = written.throttle
        points += written.points
        if written.images:
            given[pairs[0][0].sku] = written.images
    return PagesPushed(outcomes, throttle, points, given)
