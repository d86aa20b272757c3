"""Keeps the images of a shop's products in step with ours; images that somebody put there are left alone.

The shop keeps copies under addresses of its own, so that ours are known by the IDs that it gave them. What is taken
off a product stays among the shop's files."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome
from truestock.connectors.contract.pages import (
    Arranged,
    GivenImage,
    GivenImages,
    Page,
    arranged,
    in_step,
    known_of,
    wanted_images,
)
from truestock.connectors.shopify.documents import Answer, Part, UserError
from truestock.connectors.shopify.mapping import said
from truestock.connectors.shopify.transport import AdminApi

THERE = "query ImagesThere($product: ID!) { product(id: $product) { media(first: 250) { nodes { id } } } }"
GIVE = """
mutation GiveImages($product: ProductUpdateInput!, $media: [CreateMediaInput!]!) {
  productUpdate(product: $product, media: $media) {
    product { media(first: 250) { nodes { id } } }
    userErrors { field message }
  }
}"""
MEND = "mutation MendImages($files: [FileUpdateInput!]!) { fileUpdate(files: $files) { userErrors { code message } } }"
SORT = """
mutation SortImages($product: ID!, $moves: [MoveInput!]!) {
  productReorderMedia(id: $product, moves: $moves) { mediaUserErrors { code message } }
}"""
POINTS: Final = 80.0  # all four calls
# The shop is still working on a file that it got lately.
PASSING: Final = frozenset({"FILE_LOCKED", "MEDIA_CANNOT_BE_MODIFIED", "NON_READY_MEDIA", "NON_READY_STATE"})


class Medium(Part, frozen=True):
    """An image, or a film, of a product."""

    id: str


class Media(Part, frozen=True):
    """All of a product's; it has 250 at most."""

    nodes: list[Medium]


class Product(Part, frozen=True):
    """A page of the shop."""

    media: Media


class ThereData(Part, frozen=True):
    """The answer to THERE."""

    product: Product | None


class Given(Part, frozen=True):
    """What became of images."""

    user_errors: list[UserError]
    product: Product | None = None


class GiveData(Part, frozen=True):
    """The answer to GIVE."""

    product_update: Given | None


class Mended(Part, frozen=True):
    """What became of a change to images."""

    user_errors: tuple[UserError, ...] = ()
    media_user_errors: tuple[UserError, ...] = ()


class MendData(Part, frozen=True):
    """The answer to MEND, and to SORT."""

    file_update: Mended | None = None
    product_reorder_media: Mended | None = None


class Kept(NamedTuple):
    """What is known of the images now, and why they are not as they shall be; None where they are."""

    known: GivenImages | None = None
    fault: Outcome | None = None


async def keep_images(api: AdminApi, product: str, page: Page, given: Sequence[GivenImages], *, bare: bool) -> Kept:
    """Bring a product's images in step; `bare`: it has none. Raises ChannelDown, InDoubt before any was given."""
    wanted, known = wanted_images(page), known_of(product, given)
    if wanted is None or in_step(wanted, known, bare=bare):
        return Kept()
    there = [] if bare else await _there(api, product)
    plan = arranged(wanted, there, known)
    if plan.idle:
        return Kept(GivenImages(product, plan.ours, plan.others))
    stand = there
    if plan.making:
        told, _throttle = await api.write(GIVE, give_variables(product, plan), Answer[GiveData])
        payload = told.product_update
        if payload is None or payload.user_errors:
            reason = said(payload.user_errors) if payload else "The shop took no image, and gave no reason."
            return Kept(fault=Outcome("rejected", reason))
        stand = [] if payload.product is None else [medium.id for medium in payload.product.media.nodes]
        plan = plan.made(stand)
    return await _mended(api, product, plan, stand, known)


async def _there(api: AdminApi, product: str) -> list[str]:
    data, _throttle = await api.read(THERE, {"product": product}, Answer[ThereData])
    return [] if data.product is None else [medium.id for medium in data.product.media.nodes]


async def _mended(api: AdminApi, product: str, plan: Arranged, stand: Sequence[str], known: GivenImages | None) -> Kept:
    """Images that are there, `stand` in their order, are renamed, taken off and sorted."""
    was = {image.id: image for image in known.ours if image.id} if known else {}
    calls: list[tuple[str, dict[str, object]]] = []
    if files := changes(product, plan, was):
        calls.append((MEND, {"files": files}))
    if [id_ for id_ in stand if id_ in plan.order] != plan.order:
        moves = [{"id": id_, "newPosition": str(place)} for place, id_ in enumerate(plan.order)]
        calls.append((SORT, {"product": product, "moves": moves}))
    # What is known if one of the calls fails: the images as they are, so that the next push finds them out of step.
    now = {**{image.id: image for image in plan.ours if image.id}, **was}
    noted = [image for image in plan.ours if not image.id]
    as_they_are = GivenImages(product, (*(now[id_] for id_ in stand if id_ in now), *noted), plan.others)
    for document, variables in calls:
        try:
            told, _throttle = await api.write(document, variables, Answer[MendData])
        except ChannelDown as down:
            return Kept(as_they_are, Outcome("later", str(down)))
        except InDoubt as doubt:
            return Kept(as_they_are, Outcome("unknown", str(doubt)))
        done = told.file_update or told.product_reorder_media
        if done is None:
            return Kept(as_they_are, Outcome("later", "The shop did not change the images, and gave no reason."))
        if wrong := [*done.user_errors, *done.media_user_errors]:
            passing = all(error.code in PASSING for error in wrong)
            return Kept(as_they_are, Outcome("later" if passing else "rejected", said(wrong)))
    return Kept(GivenImages(product, plan.ours, plan.others))


def give_variables(product: str, plan: Arranged) -> dict[str, object]:
    """The variables of GIVE."""
    making = [plan.ours[place] for place in plan.making]
    media = [{"originalSource": image.url, "alt": image.alt, "mediaContentType": "IMAGE"} for image in making]
    return {"product": {"id": product}, "media": media}


def changes(product: str, plan: Arranged, was: Mapping[str, GivenImage]) -> list[dict[str, Any]]:
    """What MEND is to do: other words, and which images the product no longer has."""
    words = [
        {"id": image.id, "alt": image.alt} for image in plan.ours if image.id in was and was[image.id].alt != image.alt
    ]
    return [*words, *({"id": id_, "referencesToRemove": [product]} for id_ in plan.dropped)]
