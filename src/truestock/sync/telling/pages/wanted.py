"""What a page shall show, put together from content, and what an answer makes of it. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from truestock.catalog.listings.content import OF_A_PRODUCT, Key, Kind, Pairs, StoredContent, own
from truestock.connectors.contract.answers import Outcome
from truestock.connectors.contract.pages import Page, Picture
from truestock.connectors.contract.veil import veiled
from truestock.sync.marks import AGAIN, REJECTED, REJECTED_AT_MOST, TROUBLE_MAX, wait_for

# Nothing is oversold by a page that comes late.
AGAIN_AT_MOST: Final = timedelta(minutes=10)
NOT_ANSWERED: Final = Outcome("later", "the channel's answer says nothing of this page")


class Due(NamedTuple):
    """A listing that may have to be shown otherwise; `item` only where it sells one by the unit.

    `seen` stands for the state of its content, `pushed` for the page that the channel took last, empty for none."""

    listing: int
    sku: str
    product: str
    item: str | None
    seen: str
    pushed: str
    tries: int


class Mark(NamedTuple):
    """What to remember of a page: `digest` of what the channel has taken, empty to leave it as it was."""

    listing: int
    seen: str
    digest: str = ""
    tries: int = 0
    next_try_at: datetime | None = None
    trouble: str = ""


def keys_of(due: Due, channel: str) -> list[Key]:
    """All content that its page is made of."""
    keys: list[Key] = [(channel, "variant", due.sku)]
    if due.item:
        keys.append((None, "variant", due.item))
    if due.product:
        keys += [(channel, "product", due.product), (None, "product", due.product)]
    return keys


def page_of(due: Due, channel: str, content: Mapping[Key, StoredContent], names: Mapping[str, str]) -> Page:
    """The page as the channel shall show it; `names` are its own names of attributes, by ours in small letters.

    What is said of a whole page is its product's alone, so that variants do not say it against one another."""

    def both(kind: Kind, code: str, everywhere: str | None) -> StoredContent | None:
        return own(content.get((channel, kind, code)), content.get((None, kind, everywhere)) if everywhere else None)

    mine = both("variant", due.sku, due.item)
    of_page = both("product", due.product, due.product) if due.product else mine
    said = {} if of_page is None else {name: getattr(of_page, name) for name in OF_A_PRODUCT}
    images = said.pop("images", None)
    attributes = said.pop("attributes", None)
    return Page(
        due.sku,
        due.product,
        options=_renamed(mine.options if mine else None, names),
        images=None if images is None else tuple(Picture(image.url, image.alt) for image in images),
        attributes=_renamed(attributes, names),
        price=mine.price if mine else None,
        compare_at_price=mine.compare_at_price if mine else None,
        currency=mine.currency if mine else None,
        **said,
    )


def digest_of(page: Page) -> str:
    """What tells one state of a page from another."""
    return sha256(msgspec.json.encode(page)).hexdigest()[:32]


def answered(due: Due, page: Page, outcome: Outcome, now: datetime, chance: float, pending_s: float) -> Mark:
    """What an answer makes of a page. What is refused is tried again by and by: somebody may have mended it there."""
    if outcome.kind in ("applied", "accepted"):
        return Mark(due.listing, due.seen, digest_of(page))
    if outcome.kind == "rejected":
        wait = wait_for(due.tries, REJECTED, REJECTED_AT_MOST, chance)
    elif outcome.kind == "unknown":
        wait = timedelta(seconds=pending_s)
    else:
        wait = wait_for(due.tries, AGAIN, AGAIN_AT_MOST, chance)
    reason = veiled(outcome.reason)[:TROUBLE_MAX] or "the channel gave no reason"
    return Mark(due.listing, due.seen, "", due.tries + 1, now + wait, reason)


def _renamed(pairs: Pairs | None, names: Mapping[str, str]) -> Pairs | None:
    return None if pairs is None else tuple((names.get(name.casefold(), name), value) for name, value in pairs)
