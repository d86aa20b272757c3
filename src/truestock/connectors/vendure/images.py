"""Keeps the images of a shop's products in step with ours; images that somebody put there are left alone.

The shop fetches none itself: the hub does, and uploads them as assets. What is taken off a product stays among the
shop's assets. An asset has no words for who does not see it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.pages import (
    Arranged,
    GivenImage,
    GivenImages,
    Page,
    Picture,
    arranged,
    in_step,
    known_of,
    wanted_images,
)
from truestock.connectors.vendure.answers import Part
from truestock.connectors.vendure.pictures import NotFetched, Pictures
from truestock.connectors.vendure.transport import AdminApi

SHOW_PRODUCT: Final = "mutation ShowProduct($input: UpdateProductInput!) { updateProduct(input: $input) { id } }"
UPLOAD: Final = """
mutation Upload($file: Upload!) {
  createAssets(input: [{file: $file}]) { __typename ... on Asset { id } ... on ErrorResult { message } }
}"""


class Named(Part, frozen=True):
    """Something with an ID."""

    id: str


class Done(Part, frozen=True):
    """The answer to a write of which nothing is read."""


class Made(Part, frozen=True):
    """An asset, or why there is none."""

    id: str = ""
    message: str = ""


class Uploaded(Part, frozen=True):
    """The answer to UPLOAD."""

    create_assets: list[Made]


class Kept(NamedTuple):
    """What is known of a product's images now, why some are not there, and how many calls it took."""

    known: GivenImages | None = None
    reasons: Sequence[str] = ()
    calls: float = 0.0


class Images:
    """The images of one channel of a server. `site` is its address, which with a product's ID names a page."""

    def __init__(self, api: AdminApi, pictures: Pictures, site: str) -> None:
        self._api = api
        self._pictures = pictures
        self._site = site

    @property
    def fetched(self) -> bool:
        """Whether any may be fetched at all."""
        return bool(self._pictures)

    async def keep(
        self, page: Page, product: str, there: Sequence[str], featured: str, given: Sequence[GivenImages]
    ) -> Kept:
        """Bring a product's images in step; `there` are its assets in order, `featured` is the one that stands for it.

        Raises InDoubt."""
        name = f"{self._site}#{product}"
        wanted, known = wordless(wanted_images(page)), known_of(name, given)
        if wanted is None or not self.fetched or in_step(wanted, known, bare=not there):
            return Kept()
        plan = arranged(wanted, there, known)
        if plan.idle:
            return Kept(GivenImages(name, plan.ours, plan.others))
        calls = 1.0 + len(plan.making)
        plan, reasons = await self._uploaded(plan)
        if reasons and known:
            plan = keeping(plan, known)
        input_ = {"id": product, "assetIds": plan.order, "featuredAssetId": first_of(plan, featured)}
        try:
            await self._api.write(SHOW_PRODUCT, {"input": input_}, Done)
        except ChannelDown as down:
            return Kept(None, [*reasons, str(down)], calls)
        return Kept(GivenImages(name, plan.ours, plan.others), reasons, calls)

    async def _uploaded(self, plan: Arranged) -> tuple[Arranged, list[str]]:
        """The plan with those images that could be uploaded, and why the others could not."""
        ours: list[GivenImage] = []
        reasons: list[str] = []
        for place, image in enumerate(plan.ours):
            made = image
            if place in plan.making:
                try:
                    made = await self._made(image)
                except (NotFetched, ChannelDown) as fault:
                    reasons.append(str(fault))
                    continue
            ours.append(made)
        return plan._replace(ours=tuple(ours), making=()), reasons

    async def _made(self, image: GivenImage) -> GivenImage:
        file = await self._pictures.fetch(image.url)
        (made,) = (await self._api.upload(UPLOAD, {"file": None}, file, Uploaded)).create_assets
        if not made.id:
            raise NotFetched(f"{image.url} is not taken: {made.message}")
        return GivenImage(image.url, "", made.id)


def keeping(plan: Arranged, known: GivenImages) -> Arranged:
    """The plan with ours that were to go, behind the rest of ours: what comes in their place could not be had yet."""
    going = tuple(image for image in known.ours if image.id in plan.dropped)
    return plan._replace(ours=(*plan.ours, *going), dropped=())


def wordless(wanted: Sequence[Picture] | None) -> Sequence[Picture] | None:
    """The images without their words."""
    return None if wanted is None else [Picture(picture.url) for picture in wanted]


def first_of(plan: Arranged, featured: str) -> str | None:
    """The asset that stands for the product: the one that somebody chose, or else the first; None without any."""
    return featured if featured in plan.others else next(iter(plan.order), None)
