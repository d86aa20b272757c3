"""The laws of decisions on any state: nothing beyond what is there, nothing out of nothing, nothing half done."""

from collections import Counter
from copy import deepcopy
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.books import (
    B2B,
    DAY,
    DC,
    FAR,
    MARKET,
    NETWORK,
    NOW,
    RETAIL,
    STORE,
    WEB,
    RowKey,
    books,
    listing,
    naive_atp,
    rows_of,
)
from truestock.core.book import ItemBook, Promise, Stock
from truestock.core.book.view import view_of
from truestock.core.decide import facts
from truestock.core.decide.facts import Change, Count, counted_change
from truestock.core.decide.promises import Shipment, confirm, open_units, release, ship
from truestock.core.decide.reserve import Line, Mode, Request, reserve
from truestock.core.decide.ring_fence import Refence, refence
from truestock.core.decide.settle import expire, settle
from truestock.core.network import ItemRules, Listing
from truestock.core.words import Kind, Place, Status

laws = settings(max_examples=120, deadline=None, derandomize=True)
ITEM = 7
channels = st.sampled_from([RETAIL, WEB, MARKET, B2B])
places = st.sampled_from([DC, STORE, FAR])
modes: st.SearchStrategy[Mode] = st.sampled_from(["all_or_nothing", "partial", "sold"])


def request(n: int, channel: int, qty: int, mode: Mode = "all_or_nothing", units: int = 1, **more: Any) -> Request:
    return Request(f"{n + 100:032x}", channel, (Line(listing(channel, (ITEM, units)), qty),), mode, **more)


def owed(book: ItemBook) -> int:
    return sum(short.open for short in book.shorts)


def sums(book: ItemBook, *names: str) -> Counter[tuple[int, ...]]:
    """Units on hand by some of a row's attributes."""
    found: Counter[tuple[int, ...]] = Counter()
    for row in rows_of(book).values():
        found[tuple(getattr(row, name) for name in names)] += row.on_hand
    return Counter({key: units for key, units in found.items() if units})


def prove(book: ItemBook, before: ItemBook) -> None:
    """What holds after any decision."""
    open_by_row: Counter[tuple[int, int, int]] = Counter()
    for promise in book.promises.values():
        assert 0 <= promise.posted + promise.voided <= promise.qty
        open_by_row[promise.loc, promise.lot, promise.owner] += promise.open
    for fresh in book.fresh:
        if (fresh.buyer.order_id, fresh.buyer.line, fresh.n) not in book.promises:
            open_by_row[fresh.row.loc, fresh.row.lot, fresh.row.owner] += fresh.qty
    moved: Counter[RowKey] = Counter()
    booked: Counter[RowKey] = Counter()
    for (*_, loc, lot, status, owner), (d_on_hand, d_reserved, _) in book.entries.items():
        moved[RowKey(loc, lot, status, owner)] += d_on_hand
        booked[RowKey(loc, lot, status, owner)] += d_reserved
    for key, row in rows_of(book).items():
        assert 0 <= row.reserved <= max(row.on_hand, 0), row
        assert row.on_hand >= 0 or row.owner == 0, row
        assert not row.reserved or row.status == Status.SELLABLE
        assert row.reserved == open_by_row[row.loc, row.lot, row.owner] or row.status, row
        was = rows_of(before).get(key)
        assert row.on_hand - (was.on_hand if was else 0) == moved[key] == row.d_on_hand
        assert row.reserved - (was.reserved if was else 0) == booked[key] == row.d_reserved
    assert sum(deltas[0] for deltas in book.entries.values()) == 0, "units come from somewhere"
    assert owed(book) - owed(before) == sum(deltas[2] for deltas in book.entries.values())


@laws
@given(book=books(), channel=channels, qty=st.integers(1, 30), units=st.integers(1, 3), mode=modes)
def test_an_order_is_promised_what_the_formula_says_and_no_more(
    book: ItemBook, channel: int, qty: int, units: int, mode: Mode
) -> None:
    before, atp = deepcopy(book), naive_atp(book, channel)
    decision = reserve({ITEM: book}, request(1, channel, qty, mode, units))
    (line,) = decision.lines
    taken = sum(fresh.qty for fresh in book.fresh)
    prove(book, before)
    assert sums(book, "loc", "owner") == sums(before, "loc", "owner"), "every owner keeps its quantity"
    assert sums(book, "loc", "lot") == sums(before, "loc", "lot"), "and no lot moves"
    if mode == "sold":
        assert taken + owed(book) - owed(before) == qty * units
        assert all(fresh.row.owner in (0, channel) for fresh in book.fresh)
        return
    assert line.available == max(0, atp) // units
    assert line.granted == (qty if qty <= line.available else line.available if mode == "partial" else 0)
    assert taken == line.granted * units
    assert decision.granted or (rows_of(book) == rows_of(before) and not book.entries), "a refusal leaves all as it was"


@laws
@given(book=books(), asked=st.lists(st.tuples(channels, st.integers(1, 6), modes), min_size=1, max_size=12))
def test_one_running_balance_serves_a_whole_batch(book: ItemBook, asked: list[tuple[int, int, Mode]]) -> None:
    before = deepcopy(book)
    for n, (channel, qty, mode) in enumerate(asked):
        atp = naive_atp(book, channel)
        assert view_of(book, channel).atp() == atp
        decision = reserve({ITEM: book}, request(n, channel, qty, mode))
        assert mode == "sold" or decision.lines[0].available == max(0, atp)
        prove(book, before)


@laws
@given(one=books(7), two=books(8), data=st.data())
def test_an_order_of_many_lines_is_atomic_over_its_items(one: ItemBook, two: ItemBook, data: st.DataObject) -> None:
    before = {7: deepcopy(one), 8: deepcopy(two)}
    mode: Mode = data.draw(st.sampled_from(["all_or_nothing", "partial"]))
    components = st.sampled_from([((7, 1),), ((8, 2),), ((7, 2), (8, 1))])
    listings = st.builds(Listing, st.just(1), st.just(WEB), components, st.booleans())
    lines = tuple(data.draw(st.lists(st.builds(Line, listings, st.integers(1, 4)), min_size=1, max_size=4)))
    books_of = {7: one, 8: two}
    limits = {item: max(0, naive_atp(book, WEB)) for item, book in books_of.items()}
    decision = reserve(books_of, Request("a" * 32, WEB, lines, mode))
    for item, book in books_of.items():
        prove(book, before[item])
        taken = sum(fresh.qty for fresh in book.fresh)
        wanted = sum(
            answer.granted * units
            for line, answer in zip(lines, decision.lines, strict=True)
            for part, units in line.listing.components
            if part == item
        )
        assert taken == wanted <= limits[item]
    if mode == "all_or_nothing":
        assert {answer.granted == answer.asked for answer in decision.lines} == {
            decision.granted
        } or not decision.granted
    if not decision.granted:
        assert all(rows_of(books_of[item]) == rows_of(before[item]) for item in books_of)


@laws
@given(book=books(tidy=True), qty=st.integers(1, 9))
def test_the_lot_that_must_leave_first_leaves_first_whoever_owns_it(book: ItemBook, qty: int) -> None:
    rows = [row for row in rows_of(book).values() if row.loc == DC]
    free = sorted((book.rotation(row), row.lot, row.free) for row in rows if row.free)
    if view_of(book, MARKET).atp() < qty or book.barred_lots(MARKET):
        return
    wanted: Counter[int] = Counter()
    left = qty
    for _, lot, units in free:
        wanted[lot] += min(left, units)
        left -= min(left, units)
    reserve({ITEM: book}, request(1, MARKET, qty))
    got: Counter[int] = Counter()
    for fresh in book.fresh:
        got[fresh.row.lot] += fresh.qty
    # Units whose owner may not sell the later lot in exchange stay where they are.
    if not any(book.barred_lots(channel) for channel in (RETAIL, WEB)):
        assert +got == +wanted


@laws
@given(units=st.integers(0, 9), buyers=st.lists(st.sampled_from([WEB, MARKET]), min_size=1, max_size=12))
def test_how_many_single_units_of_a_shared_pool_are_sold_does_not_hang_on_the_order(
    units: int, buyers: list[int]
) -> None:
    sold = []
    for order in (buyers, buyers[::-1]):
        book = ItemBook(ItemRules(ITEM, 0, "S", NETWORK), 1, NOW, Stock.of([(DC, 0, Status.SELLABLE, 0, units, 0)]))
        sold.append(sum(reserve({ITEM: book}, request(n, channel, 1)).granted for n, channel in enumerate(order)))
    assert sold == [min(len(buyers), units)] * 2


def happen(book: ItemBook, what: str, loc: int, qty: int, channel: int) -> None:
    """One thing that may happen in a transaction, followed by what every transaction settles."""
    displaced: list[tuple[ItemBook, tuple[Promise, ...]]] = []
    mine = sorted(book.promises.values(), key=lambda p: p.n)
    lot = 1 if book.rules.lot_tracked and qty % 2 else None if book.rules.lot_tracked else 0
    if what in ("more", "fewer"):
        sign = 1 if what == "more" else -1
        change = Change(ITEM, loc, sign * qty, Kind.ADJUST, Place.ADJUSTMENT, NOW, lot)
        displaced.append((book, facts.apply(book, change).displaced))
    elif what == "count":
        change_or_none = counted_change(book, Count(ITEM, loc, qty, NOW, lot), 0, Place.ADJUSTMENT)
        assert change_or_none is not None
        displaced.append((book, facts.apply(book, change_or_none).displaced))
        counted = [
            r for r in rows_of(book).values() if r.loc == loc and r.status == 0 and (lot is None or r.lot == lot)
        ]
        assert sum(row.on_hand for row in counted) == qty or lot, "a count of all lots is what lies there"
    elif what == "move":
        out = Change(ITEM, loc, -qty, Kind.TRANSFER_OUT, None, NOW, lot)
        displaced.append((book, facts.move(book, out, FAR, Status.IN_TRANSIT, Kind.TRANSFER_OUT).displaced))
    elif what == "ring":
        before = sums(book, "loc")
        refence(book, Refence(ITEM, loc, 0, channel, qty))
        assert sums(book, "loc") == before
    elif what == "unring":
        refence(book, Refence(ITEM, loc, channel, 0, qty))
    elif what == "sell":
        reserve({ITEM: book}, request(1_000 + len(book.promises), channel, qty, "sold"))
    elif mine:
        promise = mine[qty % len(mine)]
        if what == "release":
            release(book, promise.order_id, promise.line, qty)
        elif what == "confirm" and promise.expires_at:
            confirm(book, promise.order_id, promise.line)
            promise.expires_at = None
        elif what == "ship":
            units = min(qty, open_units(book, promise.order_id, promise.line))
            shipped = Shipment(ITEM, promise.order_id, promise.line, promise.channel, units, NOW, loc)
            displaced.append((book, ship(book, shipped)))
        elif what == "expire" and promise.expires_at:
            promise.expires_at = NOW
            expire({ITEM: book}, [(ITEM, promise)])
    settle([book], displaced)
    for (order_id, line, channel, priority, expires_at), n, row, units in book.fresh:
        # The next transaction reads what this one has promised.
        book.promises.setdefault(
            (order_id, line, n),
            Promise(
                order_id, line, n, channel, priority, row.loc, row.lot, row.owner, units, NOW, expires_at=expires_at
            ),
        )
    book.fresh.clear()


events = st.tuples(
    st.sampled_from(
        ["more", "fewer", "fewer", "count", "move", "ring", "unring", "sell", "release", "confirm", "ship", "expire"]
    ),
    places,
    st.integers(1, 12),
    st.sampled_from([RETAIL, WEB, MARKET]),
)


@settings(laws, max_examples=300)
@given(book=books(), story=st.lists(events, min_size=1, max_size=10))
def test_whatever_happens_the_books_balance_and_nobody_owed_waits_beside_free_units(
    book: ItemBook, story: list[tuple[str, int, int, int]]
) -> None:
    before = deepcopy(book)
    for event in story:
        happen(book, *event)
        prove(book, before)
        for short in book.shorts:
            assert short.open == 0 or view_of(book, short.channel, open_handed=True).atp() <= 0


@laws
@given(book=books(), qty=st.integers(1, 20))
def test_a_late_fact_changes_history_and_not_today(book: ItemBook, qty: int) -> None:
    book.marks = {(DC, lot, Status.SELLABLE): NOW - DAY for lot in (-1, 0)}
    before = deepcopy(book)
    for sign in (1, -1):
        facts.apply(book, Change(ITEM, DC, sign * qty, Kind.ADJUST, Place.ADJUSTMENT, NOW - 2 * DAY, 0))
    assert sums(book, "loc", "lot", "owner") == sums(before, "loc", "lot", "owner")
    assert sum(deltas[0] for deltas in book.entries.values()) == 0
    assert {key[2] for key in book.entries} == {NOW - 2 * DAY, NOW - DAY}


@laws
@given(book=books(tidy=True), lost=st.integers(1, 30))
def test_orders_lose_only_what_neither_free_units_nor_holds_could_give(book: ItemBook, lost: int) -> None:
    at_dc = [row for row in rows_of(book).values() if row.loc == DC]
    free = sum(row.free for row in at_dc)
    held = sum(p.open for p in book.promises.values() if p.loc == DC and p.expires_at is not None)
    promised = sum(p.open for p in book.promises.values() if p.loc == DC and p.expires_at is None)
    facts.apply(book, Change(ITEM, DC, -lost, Kind.ADJUST, Place.ADJUSTMENT, NOW, None if book.lots else 0))
    assert owed(book) == min(promised, max(0, lost - free - held))
    below = sum(row.on_hand for row in rows_of(book).values() if row.loc == DC)
    assert below == free + held + promised - lost


def test_expiry_is_exact() -> None:
    """Live means expires_at > now: at the very instant it is void, a microsecond before it is not."""
    for past, live in ((timedelta(0), False), (timedelta(microseconds=1), True)):
        promise = Promise("a" * 32, 0, 1, WEB, 0, DC, 0, 0, 2, NOW - DAY, expires_at=NOW + past)
        book = books_with(promise)
        expire({ITEM: book}, [(ITEM, promise)])
        assert (promise.open == 2) is live
        assert {key[2] for key in book.entries} == (set() if live else {NOW})


def books_with(promise: Promise) -> ItemBook:
    stock = Stock.of([(DC, 0, Status.SELLABLE, 0, promise.qty, promise.qty)])
    book = ItemBook(ItemRules(ITEM, 0, "S", NETWORK), 1, NOW, stock)
    book.promises[promise.order_id, promise.line, promise.n] = promise
    return book
