"""Reads the inbox: what is in it over all channels, what each may mean, and how much it is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec

from truestock.core.checks import check_choice
from truestock.core.problems import Invalid, NotFound
from truestock.feeds.inbox import queries
from truestock.feeds.inbox.suggest import Candidate, Candidates, Match, Unknown
from truestock.store.database import Connection, Database
from truestock.store.paging import Page

Kind = Literal["unmapped_sku", "unread_order", "order_trouble", "unmapped_listing", "missing_listing"]
# In the order in which they stand in the list: what holds up orders comes first.
KINDS: Final[tuple[Kind, ...]] = (
    "unmapped_sku",
    "unread_order",
    "order_trouble",
    "unmapped_listing",
    "missing_listing",
)
MEANINGS: Final[dict[Kind, str]] = {
    "unmapped_sku": "orders wait for it",
    "unread_order": "cannot be understood",
    "order_trouble": "did not come through",
    "unmapped_listing": "listed there, unknown here",
    "missing_listing": "listed here, not there",
}
SUGGESTED_AT_ONCE: Final = 100


class Entry(msgspec.Struct, frozen=True):
    """One thing to see to. `key` is the SKU, or of an order its reference on the channel; `title` the order's name.

    Of an unmapped SKU: how many `orders` wait for it, for how many `units` of the channel's, since when the `oldest`.
    `shown`: what the channel shows. `matches`: what it may mean, of a missing listing under which SKU it may stand."""

    kind: Kind
    channel: str
    key: str
    title: str
    barcode: str
    orders: int
    units: int | None
    oldest: datetime | None
    shown: int | None
    reason: str
    matches: list[Match] = []


class Size(msgspec.Struct, frozen=True):
    """How many entries of a kind a channel has in the inbox."""

    channel: str
    kind: Kind
    entries: int


def list_inbox(
    db: Database,
    channel: str | None = None,
    kind: str | None = None,
    after: str | None = None,
    limit: int = 100,
    *,
    suggest: bool = True,
) -> Page[Entry]:
    """A page of the inbox, with what each entry may mean: what holds up orders first, then by channel and SKU.

    Raises Invalid, and NotFound for a channel."""
    check_choice("kind", kind, KINDS)
    if suggest and limit > SUGGESTED_AT_ONCE:
        raise Invalid("limit", f"at most {SUGGESTED_AT_ONCE} entries come with suggestions; ask for more without them")
    after_kind, after_channel, after_key = _opened(after)
    parameters = {
        "channel": channel,
        "kind": kind,
        "kinds": list(KINDS),
        "after_kind": after_kind,
        "after_channel": after_channel,
        "after_key": after_key,
        "limit": limit + 1,
    }
    with db.transaction() as conn:
        if channel is not None:
            channel_id(conn, channel)
        rows = [Entry(*row) for row in conn.execute(queries.page, parameters)]
        shown = rows[:limit]
        found = _with_matches(conn, shown) if suggest else shown
    return Page(tuple(found), _sealed(shown[-1]) if len(rows) > limit else None)


def sizes(db: Database) -> list[Size]:
    """How many entries of each kind each channel has; kinds without any are left out."""
    with db.transaction() as conn:
        return [Size(*row) for row in conn.execute(queries.sizes)]


def channel_id(conn: Connection, code: str) -> int:
    """The id of a channel. Raises NotFound."""
    found = dict[str, int](conn.execute(queries.channel_ids, {"codes": [code]}).fetchall())
    if code not in found:
        raise NotFound("channel", code, "channel")
    return found[code]


def _with_matches(conn: Connection, entries: Sequence[Entry]) -> list[Entry]:
    items = Candidates([])
    if any(entry.kind in ("unmapped_sku", "unmapped_listing") for entry in entries):
        barcodes = {gtin: (sku, units) for gtin, sku, units in conn.execute(queries.barcodes)}
        items = Candidates((Candidate(*row) for row in conn.execute(queries.candidates)), barcodes)
    there: dict[str, Candidates] = {}
    for code in {entry.channel for entry in entries if entry.kind == "missing_listing"}:
        unmapped = conn.execute(queries.unmapped_listings, {"channel": channel_id(conn, code)})
        there[code] = Candidates(Candidate(sku, title) for sku, title, _ in unmapped)
    return [_with(entry, items, there) for entry in entries]


def _with(entry: Entry, items: Candidates, there: dict[str, Candidates]) -> Entry:
    if entry.kind == "missing_listing":
        matches = [m for m in there[entry.channel].suggest(Unknown(entry.key, entry.title)) if m.units == 1]
    elif entry.kind in ("unmapped_sku", "unmapped_listing"):
        matches = items.suggest(Unknown(entry.key, entry.title, entry.barcode))
    else:
        return entry
    return msgspec.structs.replace(entry, matches=matches)


def _sealed(last: Entry) -> str:
    return msgspec.json.encode([KINDS.index(last.kind) + 1, last.channel, last.key]).decode()


def _opened(after: str | None) -> tuple[int, str, str]:
    """The place after which to go on. Raises Invalid."""
    try:
        return msgspec.json.decode(after, type=tuple[int, str, str]) if after else (0, "", "")
    except msgspec.MsgspecError:
        raise Invalid("after", "this is no cursor of this list; take the one that its last page gave") from None
