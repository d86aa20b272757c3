"""Random books of one item for the laws of decisions, and DESIGN's formula for ATP written out naively."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hypothesis import strategies as st

from truestock.core.book import Cell, ItemBook, Kept, Lot, Promise, Row, Short, Stock
from truestock.core.network import Channel, ItemRules, Listing, Location, Network
from truestock.core.network.policy import Policy
from truestock.core.words import Status

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
DC, STORE, FAR, VENDOR = 1, 2, 3, 4
RETAIL, WEB, MARKET, B2B = 1, 2, 3, 4
NETWORK = Network(
    1,
    {
        DC: Location(DC, "dc", "dc"),
        STORE: Location(STORE, "store", "store"),
        FAR: Location(FAR, "far", "dc", "secondary"),
        VENDOR: Location(VENDOR, "vendor", "supplier", "virtual"),
    },
    {
        RETAIL: Channel(RETAIL, "retail", "retail", 1, "live", (STORE, DC)),
        WEB: Channel(WEB, "web", "ecommerce", 2, "live", (DC, STORE, FAR)),
        MARKET: Channel(MARKET, "market", "ecommerce", 3, "live", (DC,)),
        B2B: Channel(B2B, "b2b", "wholesale", 4, "live", (DC, VENDOR)),
    },
)
LOTS = {1: Lot(1, NOW + 2 * DAY, NOW - DAY), 2: Lot(2, NOW + 30 * DAY, NOW - 3 * DAY), 3: Lot(3, None, NOW - 2 * DAY)}
GUARDS = ("guard", "guard_service")
small = st.integers(0, 9)


class RowKey(NamedTuple):
    """Names a stock row of an item."""

    loc: int
    lot: int
    status: int
    owner: int


@st.composite
def rules_of(draw: st.DrawFn, item: int) -> ItemRules:
    """Safety, buffers, caps, shelf lives and guards, each there or not."""
    policies = []
    scopes = [("safety_stock", {"loc": loc}) for loc in (DC, STORE)]
    scopes += [(kind, {"channel": c}) for kind in ("buffer", "cap", "min_shelf_life", *GUARDS) for c in (WEB, MARKET)]
    for n, (kind, scope) in enumerate(scopes):
        if draw(st.integers(0, 3)) == 0:
            units = {"cap": ["units", "percent"], "guard_service": ["percent"]}.get(kind, ["units"])
            unit = draw(st.sampled_from(units))
            policies.append(Policy(n, kind, draw(small), NOW - DAY, unit, **scope))  # type: ignore[arg-type]
    tracked = draw(st.booleans())
    rotation = draw(st.sampled_from(["fefo", "fifo"]))
    return ItemRules(item, 0, f"S{item}", NETWORK, tuple(policies), lot_tracked=tracked, rotation=rotation)


@st.composite
def books(draw: st.DrawFn, item: int = 7, tidy: bool = False) -> ItemBook:
    """A legal state: rows with their promises, shorts and protection. A `tidy` one has no debts and no barred lots."""
    rules = draw(rules_of(item))
    lots = {
        n: Lot(n, lot.expires_at, lot.received_at, not tidy and draw(st.integers(0, 5)) == 0) for n, lot in LOTS.items()
    }
    cells: dict[RowKey, Cell] = {}
    promises: dict[tuple[str, int, int], Promise] = {}
    for n in range(draw(st.integers(1, 8))):
        loc = draw(st.sampled_from([DC, DC, STORE, FAR, VENDOR]))
        lot = draw(st.sampled_from([0, 1, 2, 3])) if rules.lot_tracked else 0
        owner = draw(st.sampled_from([0, 0, 0, RETAIL, WEB, MARKET]))
        on_hand = draw(small)
        reserved = draw(st.integers(0, on_hand))
        if not tidy and owner == 0 and lot == 0 and draw(st.integers(0, 6)) == 0:
            on_hand, reserved = -draw(st.integers(1, 3)), 0
        key = RowKey(loc, lot, Status.SELLABLE, owner)
        if key in cells:
            continue
        cells[key] = (loc, lot, Status.SELLABLE, owner, on_hand, reserved)
        if reserved:
            expires = NOW + DAY if draw(st.booleans()) else None
            made = NOW - draw(st.integers(1, 9)) * DAY
            promise = Promise(f"{n:032x}", 0, n, owner or WEB, draw(st.integers(0, 2)), loc, lot, owner, reserved, made)
            promise.expires_at = expires
            promises[promise.order_id, 0, n] = promise
    kept = {c: Kept(c, draw(small), 0) for c in (RETAIL, WEB) if draw(st.booleans())}
    book = ItemBook(rules, 1, NOW, Stock.of(cells.values()), lots if rules.lot_tracked else {}, kept=kept)
    book.promises = promises
    book.guards = {c: draw(st.integers(1, 9)) for c in (WEB, MARKET) if draw(st.booleans())}
    if not tidy and draw(st.integers(0, 3)) == 0:
        channel, units = draw(st.sampled_from([WEB, MARKET])), draw(st.integers(1, 9))
        book.shorts = (Short("f" * 32, 0, channel, 0, NOW - DAY, units),)
    return book


def rows_of(book: ItemBook) -> dict[RowKey, Row]:
    """Every row of a book."""
    rows = [row for loc in book.stock.locs() for row in book.stock.at(loc)]
    return {RowKey(row.loc, row.lot, row.status, row.owner): row for row in rows}


def listing(channel: int, *components: tuple[int, int]) -> Listing:
    """A listing of (item, units)."""
    return Listing(1, channel, components)


def naive_atp(book: ItemBook, channel: int) -> int:
    """ATP(c,i) = min(cap, own + max(0, pool) - buffer - guard), term by term; of two guards of the same scope the newer
    holds, and a computed one hides at most half."""
    me = NETWORK.channels[channel]

    def rules(kind: str, **scope: int) -> Policy | None:
        found = [p for p in book.rules.policies if p.kind == kind and all(getattr(p, k) == v for k, v in scope.items())]
        return found[0] if found else None

    life = rules("min_shelf_life", channel=channel)
    until = NOW + timedelta(days=life.value if life else 0)

    def barred(lot: int) -> bool:
        known = book.lots.get(lot)
        return known is not None and (known.held or (known.expires_at is not None and known.expires_at <= until))

    own, common = 0, dict.fromkeys(me.locations, 0)
    for row in rows_of(book).values():
        free = row.on_hand - row.reserved
        if row.loc not in common or row.status != Status.SELLABLE:
            continue
        if row.owner == channel and not barred(row.lot):
            own += free
        if row.owner == 0 and (free < 0 or not barred(row.lot)):
            common[row.loc] += free
    for loc in common:
        safety = rules("safety_stock", loc=loc)
        common[loc] = max(0, common[loc] - (safety.value if safety else 0))
    protected = 0
    for other, kept in book.kept.items():
        if NETWORK.channels[other].rank < me.rank:
            both = [loc for loc in me.locations if loc in NETWORK.channels[other].locations]
            protected += min(max(0, kept.target - kept.used), sum(common[loc] for loc in both))
    shared = {c.id for c in NETWORK.channels.values() if set(c.locations) & set(me.locations)}
    short = sum(s.qty - s.filled - s.cancelled for s in book.shorts if s.channel in shared)
    both_kinds = own + max(0, sum(common.values()) - protected - short)
    buffer, cap = rules("buffer", channel=channel), rules("cap", channel=channel)
    atp = both_kinds - (buffer.value if buffer else 0)
    guards = [rule for kind in GUARDS if (rule := rules(kind, channel=channel)) is not None]
    if guards:
        guard = max(guards, key=lambda rule: rule.id)
        computed = min(book.guards.get(channel, 0), both_kinds // 2) if guard.value else 0
        atp -= guard.value if guard.kind == "guard" else computed
    if cap is not None:
        atp = min(atp, both_kinds * cap.value // 100 if cap.unit == "percent" else cap.value)
    return atp
