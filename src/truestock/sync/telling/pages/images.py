"""What the hub knows of the images that channels have of its pages: handed out before a call, taken down after it."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from truestock.catalog.listings.content import Kind
from truestock.connectors.contract.pages import GivenImage, GivenImages, Page, PagesPushed
from truestock.store.arrays import texts
from truestock.store.database import Database
from truestock.sync.telling.pages import queries

Shared = tuple[Kind, str]
SURE: Final = frozenset({"applied", "accepted", "rejected"})
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


def keep(db: Database, channel: int, pages: Sequence[Page], told: PagesPushed) -> None:
    """Take down what a call has told of images; where its outcome is known, nothing is unsure any more."""
    by_sku = {page.sku: shared(page) for page in pages if page.images is not None}
    sure = {by_sku[sku] for sku, outcome in told.outcomes.items() if outcome.kind in SURE and sku in by_sku}
    known = {(by_sku[sku], given.page): given for sku, given in told.given.items() if sku in by_sku}
    if not sure and not known:
        return
    parameters = {
        **_parameters(channel, [whose for whose, _ in known]),
        "pages": texts(page for _, page in known),
        "ours": texts(msgspec.json.encode(given.ours).decode() for given in known.values()),
        "others": texts(msgspec.json.encode(given.others).decode() for given in known.values()),
    }
    with db.transaction() as conn:
        conn.execute(queries.trust_page_images, _parameters(channel, sure))
        conn.execute(queries.keep_page_images, parameters)


def _parameters(channel: int, concerned: Iterable[Shared]) -> dict[str, Any]:
    wanted = list(concerned)
    return {"channel": channel, "kinds": texts(kind for kind, _ in wanted), "codes": texts(code for _, code in wanted)}
