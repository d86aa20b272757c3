"""What the hub knows of the images that channels have of its pages: handed out before a call, taken down after it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from truestock.catalog.listings.content import Kind
from truestock.connectors.contract.pages import GivenImage, GivenImages, Page, PagesPushed
from truestock.store.arrays import texts
from truestock.store.database import Database
from truestock.sync.telling.pages import queries

Shared = tuple[Kind, str]
WRITTEN: Final = frozenset({"applied", "accepted"})
SURE: Final = WRITTEN | {"rejected"}
_OURS: Final = msgspec.json.Decoder(tuple[GivenImage, ...])


def shared(page: Page) -> Shared:
    """Whose images they are: all pages of a product have the same."""
    return ("product", page.product) if page.product else ("variant", page.sku)


def handed(db: Database, channel: int, pages: Sequence[Page]) -> dict[str, list[GivenImages]]:
    """By SKU what is known of the images of a page, and from now on is unsure until `keep`."""
    concerned = {page.sku: shared(page) for page in pages if page.images is not None}
    if not concerned:
        return {}
    parameters = _parameters(channel, set(concerned.values()))
    found: dict[Shared, list[GivenImages]] = {}
    with db.transaction() as conn:
        for kind, code, page, ours, others, unsure in conn.execute(queries.lock_page_images, parameters):
            known = GivenImages(page, _OURS.decode(ours), tuple(others), unsure)
            found.setdefault((kind, code), []).append(known)
        conn.execute(queries.doubt_page_images, parameters)
    return {sku: found[whose] for sku, whose in concerned.items() if whose in found}


def keep(
    db: Database, channel: int, pages: Sequence[Page], given: Mapping[str, Sequence[GivenImages]], told: PagesPushed
) -> None:
    """Take down what a call has told of images; `given` is what it was handed."""
    by_sku = {page.sku: shared(page) for page in pages if page.images is not None}
    sure = still_sure(pages, given, told)
    known = {(by_sku[sku], one.page): one for sku, one in told.given.items() if sku in by_sku}
    if not sure and not known:
        return
    parameters = {
        **_parameters(channel, [whose for whose, _ in known]),
        "pages": texts(page for _, page in known),
        "ours": texts(msgspec.json.encode(one.ours).decode() for one in known.values()),
        "others": texts(msgspec.json.encode(one.others).decode() for one in known.values()),
    }
    trusted = {**_parameters(channel, [whose for whose, _ in sure]), "pages": texts(page for _, page in sure)}
    with db.transaction() as conn:
        conn.execute(queries.trust_page_images, trusted)
        conn.execute(queries.keep_page_images, parameters)


def still_sure(
    pages: Sequence[Page], given: Mapping[str, Sequence[GivenImages]], told: PagesPushed
) -> set[tuple[Shared, str]]:
    """The pages of the channel, and whose they are, of which a call that tells nothing of their images leaves nothing
    unsure.

    What an earlier call left unsure stays so when this one was refused, perhaps before it looked at the images, and
    where what was written stands on one of several pages: it may have been another."""
    kinds: dict[Shared, set[str]] = {}
    for page in pages:
        outcome = told.outcomes.get(page.sku)
        kinds.setdefault(shared(page), set()).add(outcome.kind if outcome else "later")
    found: set[tuple[Shared, str]] = set()
    for page in pages:
        whose, known = shared(page), given.get(page.sku, ())
        if kinds[whose] <= SURE:
            written = len(known) == 1 and kinds[whose] <= WRITTEN
            found |= {(whose, one.page) for one in known if written or not one.unsure}
    return found


def _parameters(channel: int, concerned: Iterable[Shared]) -> dict[str, Any]:
    wanted = list(concerned)
    return {"channel": channel, "kinds": texts(kind for kind, _ in wanted), "codes": texts(code for _, code in wanted)}
