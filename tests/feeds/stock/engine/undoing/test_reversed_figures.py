"""A figure whose movement is reversed by hand leaves the ledger as if its file had not said it: no mark of it stays,
what the file before said stands again, and the run may be undone after it."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import ago
from tests.feeds.stock.engine.conftest import Feeds
from truestock.feeds.stock.engine.mending import Mending
from truestock.ledger.desk import Desk
from truestock.ledger.reverse import reverse
from truestock.ledger.values import Adjust, Count, Receive, Sale
from truestock.orders.actions import Ship
from truestock.store.jobs.kinds import Interrupted


@pytest.fixture(scope="module")
def mending(feeds: Feeds) -> Mending:
    return Mending(feeds.shop.hub.db, feeds.shop.hub.rules)


def said(feeds: Feeds, code: str, text: str, hours: float) -> int:
    """The run of a file as of some hours ago."""
    return feeds.send(code, f"sku location qty | {text}", ago(hours=hours)).id


def booked_by(feeds: Feeds, run: int) -> list[int]:
    """Movements of a run's figures that were not reversed."""
    rows = feeds.shop.read(
        "SELECT m.id FROM movement m WHERE m.ref = %s AND m.kind = 5 "
        "AND NOT EXISTS (SELECT FROM movement x WHERE x.reverses = m.id)",
        str(run),
    )
    return [movement for (movement,) in rows]


def take_back(feeds: Feeds, run: int) -> None:
    """Reverse by hand what a run has booked."""
    (movement,) = booked_by(feeds, run)
    reverse_by_hand(feeds, movement)


def reverse_by_hand(feeds: Feeds, movement: int) -> None:
    """After a look, which shows the same."""
    with feeds.shop.hub.db.connect() as conn:
        desk = Desk(conn, feeds.shop.hub.rules)
        shown = reverse(desk, movement, "maria", "a mistake", preview=True).changes
        done = reverse(desk, movement, "maria", "a mistake", preview=False).changes
    assert shown == done


def found(feeds: Feeds, sku: str, qty: int, hours: float, lot: str | None = None) -> None:
    """Units that came or went so long ago, told now."""
    booking = Adjust(sku=sku, location="dc", qty=qty, lot=lot, reason="found", effective_at=ago(hours=hours))
    feeds.shop.book(booking)


def on_hand(feeds: Feeds, sku: str) -> int:
    return feeds.shop.shelf(sku).get("dc", (0, 0))[0]


def test_a_fact_told_after_the_reversal_counts(feeds: Feeds) -> None:
    erp, sku, other = feeds.add("on_hand"), feeds.shop.item(dc=10), feeds.shop.item(dc=10)
    run = said(feeds, erp, f"{sku} dc 4 | {other} dc 10", hours=1)
    take_back(feeds, run)
    assert on_hand(feeds, sku) == 10
    found(feeds, sku, 2, hours=2)
    assert on_hand(feeds, sku) == 12
    found(feeds, other, 2, hours=2)
    assert on_hand(feeds, other) == 10, "its figure stands, since it moved nothing"


def test_a_fact_that_the_figure_alone_had_seen_counts(feeds: Feeds, mending: Mending) -> None:
    erp, sku = feeds.add("on_hand"), feeds.shop.item(dc=10)
    run = said(feeds, erp, f"{sku} dc 4", hours=1)
    found(feeds, sku, 2, hours=2)
    assert on_hand(feeds, sku) == 4
    take_back(feeds, run)
    assert on_hand(feeds, sku) == 12
    mending.undo(run, "maria", "", preview=False)
    assert on_hand(feeds, sku) == 12


def test_a_shipment_that_its_source_had_booked_counts(feeds: Feeds) -> None:
    """What is told of our own is held against the time up to which the source had booked it."""
    shop, erp = feeds.shop, feeds.add("on_hand")
    sku, ref = shop.item(dc=10), shop.new_ref()
    sent = feeds.send(erp, f"sku location qty | {sku} dc 4", ago(hours=1), booked_until=ago(hours=2))
    shop.buy("web", {sku: 3}, ref)
    shop.do(Ship("web", ref, shipped_at=ago(hours=3)))
    assert on_hand(feeds, sku) == 4
    take_back(feeds, sent.id)
    assert on_hand(feeds, sku) == 7


def test_a_fact_told_before_the_figure_was_booked_counts(feeds: Feeds) -> None:
    """It stands from when the run begins."""
    erp, sku = feeds.add("on_hand"), feeds.shop.item(dc=10)
    text, as_of = f"sku location qty | {sku} dc 4", ago(hours=1)
    stands = "SELECT FROM stated s JOIN item i ON i.id = s.item WHERE i.sku = %s"
    with pytest.raises(Interrupted):
        feeds.send(erp, text, as_of, stopping=lambda: bool(feeds.shop.read(stands, sku)))
    found(feeds, sku, 2, hours=2)
    assert on_hand(feeds, sku) == 10
    run = feeds.send(erp, text, as_of).id
    assert on_hand(feeds, sku) == 4
    take_back(feeds, run)
    assert on_hand(feeds, sku) == 12


def test_the_file_before_stands_again(feeds: Feeds, mending: Mending) -> None:
    erp, sku = feeds.add("on_hand"), feeds.shop.item(dc=10)
    first = said(feeds, erp, f"{sku} dc 8", hours=4)
    second = said(feeds, erp, f"{sku} dc 5", hours=2)
    found(feeds, sku, -2, hours=5)
    found(feeds, sku, -1, hours=3)
    assert on_hand(feeds, sku) == 5
    take_back(feeds, second)
    assert on_hand(feeds, sku) == 7
    found(feeds, sku, -4, hours=5)
    assert on_hand(feeds, sku) == 7
    found(feeds, sku, -4, hours=3)
    assert on_hand(feeds, sku) == 3
    mending.undo(second, "maria", "", preview=False)
    assert on_hand(feeds, sku) == 3
    mending.undo(first, "maria", "", preview=False)
    assert on_hand(feeds, sku) == -1


def test_what_it_said_again_stands_as_of_the_file_before(feeds: Feeds) -> None:
    erp, sku = feeds.add("on_hand"), feeds.shop.item(dc=10)
    said(feeds, erp, f"{sku} dc 8", hours=4)
    feeds.shop.book(Adjust(sku=sku, location="dc", qty=-1, reason="broken", effective_at=ago(hours=3)))
    again = said(feeds, erp, f"{sku} dc 8", hours=2)
    assert on_hand(feeds, sku) == 8
    take_back(feeds, again)
    assert on_hand(feeds, sku) == 7
    found(feeds, sku, -1, hours=2.5)
    assert on_hand(feeds, sku) == 6
    found(feeds, sku, -1, hours=5)
    assert on_hand(feeds, sku) == 6


def test_an_older_figure_does_not_stand_up_when_a_newer_file_is_undone(feeds: Feeds, mending: Mending) -> None:
    erp, sku = feeds.add("on_hand"), feeds.shop.item(dc=10)
    older = said(feeds, erp, f"{sku} dc 4", hours=4)
    found(feeds, sku, -1, hours=5)
    newer = said(feeds, erp, f"{sku} dc 6", hours=2)
    take_back(feeds, older)
    assert on_hand(feeds, sku) == 6
    mending.undo(newer, "maria", "", preview=False)
    assert on_hand(feeds, sku) == 9
    found(feeds, sku, -1, hours=5)
    assert on_hand(feeds, sku) == 8


def test_a_file_that_said_the_same_since_is_the_first_to_say_it(feeds: Feeds, mending: Mending) -> None:
    erp, sku = feeds.add("on_hand"), feeds.shop.item(dc=10)
    first = said(feeds, erp, f"{sku} dc 4", hours=4)
    second, third = (said(feeds, erp, f"{sku} dc 4", hours=hours) for hours in (3, 2))
    take_back(feeds, first)
    assert on_hand(feeds, sku) == 4
    mending.undo(third, "maria", "", preview=False)
    found(feeds, sku, -1, hours=3.5)
    assert on_hand(feeds, sku) == 4
    found(feeds, sku, -1, hours=2.5)
    assert on_hand(feeds, sku) == 3
    mending.undo(second, "maria", "", preview=False)
    assert on_hand(feeds, sku) == 8


def test_the_next_file_says_it_anew_though_its_line_is_the_same(feeds: Feeds) -> None:
    erp, sku = feeds.add("on_hand"), feeds.shop.item(dc=10)
    others = " | ".join(f"{feeds.shop.item(dc=1)} dc 1" for _ in range(8))
    said(feeds, erp, f"{sku} dc 8 | {others}", hours=5)
    take_back(feeds, said(feeds, erp, f"{sku} dc 4 | {others}", hours=3))
    assert on_hand(feeds, sku) == 8
    said(feeds, erp, f"{sku} dc 4 | {others}", hours=1)
    assert on_hand(feeds, sku) == 4
    found(feeds, sku, 2, hours=2)
    assert on_hand(feeds, sku) == 4


def test_figures_of_all_lots_and_of_one(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    whole, one = shop.item(lots=True), shop.item(lots=True)
    for sku in (whole, one):
        for lot in ("a", "b"):
            shop.book(Receive(sku=sku, location="dc", qty=5, lot=shop.lot(sku, lot), effective_at=ago(hours=9)))
    text = f"sku location lot qty | {one} dc a 2"
    for run in (said(feeds, erp, f"{whole} dc 4", hours=1), feeds.send(erp, text, ago(hours=0.9)).id):
        take_back(feeds, run)
    for sku in (whole, one):
        assert on_hand(feeds, sku) == 10
        found(feeds, sku, 2, hours=2, lot="a")
        assert on_hand(feeds, sku) == 12


STEP = st.one_of(
    st.tuples(st.sampled_from(["file", "count"]), st.integers(1, 6), st.integers(0, 9)),
    st.tuples(st.just("sale"), st.integers(1, 6), st.integers(1, 4)),
    st.tuples(st.sampled_from(["back", "undo"]), st.integers(0, 5), st.just(0)),
)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(STEP, min_size=3, max_size=10))
def test_stock_is_what_was_said_newest_that_was_not_taken_back(
    feeds: Feeds, mending: Mending, steps: list[tuple[str, int, int]]
) -> None:
    """Files and counts speak of the hour, each of one of which nothing newer was said; sales happen half an hour later
    and are told at any time. What they booked is reversed by hand, or a file undone, in any order."""
    erp, sku, opening, zero = feeds.add("on_hand"), feeds.shop.item(dc=20), 20, ago(hours=24)
    standing: dict[int, int] = {}
    booked: list[tuple[int, int]] = []
    runs: list[tuple[int, int]] = []
    sold: list[tuple[float, int]] = []
    for hour, (what, n, qty) in enumerate(steps, 1):
        if what == "sale":
            feeds.shop.book(Sale(sku=sku, location="dc", qty=qty, effective_at=zero + timedelta(hours=n, minutes=30)))
            sold.append((n + 0.5, qty))
        elif what == "count":
            (done,) = feeds.shop.book(Count(sku=sku, location="dc", qty=qty, effective_at=zero + timedelta(hours=hour)))
            booked.append((hour, done.movement))
            standing[hour] = qty
        elif what == "file":
            run = feeds.send(erp, f"sku location qty | {sku} dc {qty}", zero + timedelta(hours=hour)).id
            booked += [(hour, movement) for movement in booked_by(feeds, run)]
            runs.append((hour, run))
            standing[hour] = qty
        elif what == "back" and n < len(booked):
            said_at, movement = booked.pop(n)
            if said_at in standing:
                reverse_by_hand(feeds, movement)
                del standing[said_at]
        elif what == "undo" and n < len(runs):
            said_at, run = runs.pop(n)
            shown = mending.undo(run, "maria", "", preview=True)
            assert mending.undo(run, "maria", "", preview=False) == shown
            standing.pop(said_at, None)
        at = max(standing, default=0)
        assert on_hand(feeds, sku) == standing.get(at, opening) - sum(units for told, units in sold if told > at)
