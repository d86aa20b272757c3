"""A count that is reversed leaves the ledger as if it had never been: what was stated before stands again."""

from datetime import timedelta
from operator import itemgetter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import Shop, accept, ago
from truestock.catalog.locations import BinDraft, put_bins
from truestock.core.problems import Conflict, Invalid
from truestock.ledger.desk import Desk
from truestock.ledger.reverse import reverse
from truestock.ledger.values import BinCount, Count, CountBins, Receive, RowChange, Sale


@pytest.fixture(autouse=True, scope="module")
def bins(shop: Shop) -> None:
    accept(put_bins(shop.hub.db, [BinDraft("dc", "P1", "pick"), BinDraft("dc", "B1", "bulk")]))


def count(shop: Shop, sku: str, qty: int, hours: float) -> int:
    """The movement of a count of the whole dc, some hours ago."""
    (done,) = shop.book(Count(sku=sku, location="dc", qty=qty, effective_at=ago(hours=hours), reason="counted"))
    return done.movement


def count_bins(shop: Shop, sku: str, hours: float, **bins: int) -> int:
    """The same of some of its bins."""
    said = [BinCount(code, qty) for code, qty in bins.items()]
    booking = CountBins(sku=sku, location="dc", bins=said, effective_at=ago(hours=hours), reason="counted")
    return shop.book(booking)[0].movement


def sell(shop: Shop, sku: str, qty: int, hours: float) -> None:
    shop.book(Sale(sku=sku, location="dc", qty=qty, effective_at=ago(hours=hours)))


def undo(shop: Shop, movement: int) -> list[RowChange]:
    """Reverse after a look, which changes nothing; answers what the look showed."""
    with shop.hub.db.connect() as conn:
        shown = reverse(Desk(conn, shop.hub.rules), movement, "test", "a mistake", preview=True).changes
        done = reverse(Desk(conn, shop.hub.rules), movement, "test", "a mistake", preview=False).changes
    assert shown == done
    return done


def laid(shop: Shop, **bins: int) -> str:
    """An item that lies in bins of the dc, and nowhere else."""
    sku = shop.item()
    for code, qty in bins.items():
        shop.book(Receive(sku=sku, location="dc", qty=qty, bin=code, effective_at=ago(hours=24)))
    return sku


def on_hand(shop: Shop, sku: str) -> int:
    return shop.shelf(sku).get("dc", (0, 0))[0]


def test_a_fact_told_after_the_reversal_counts(shop: Shop) -> None:
    sku = shop.item(dc=10)
    undo(shop, count(shop, sku, 7, hours=2))
    sell(shop, sku, 3, hours=3)
    assert on_hand(shop, sku) == 7


def test_a_fact_told_before_the_reversal_and_seen_by_the_count_alone_counts(shop: Shop) -> None:
    sku = shop.item(dc=10)
    made = count(shop, sku, 7, hours=2)
    sell(shop, sku, 3, hours=3)
    assert on_hand(shop, sku) == 7
    undo(shop, made)
    assert on_hand(shop, sku) == 7


def test_the_count_before_it_stands_again(shop: Shop) -> None:
    sku = shop.item(dc=10)
    count(shop, sku, 8, hours=4)
    second = count(shop, sku, 5, hours=2)
    sell(shop, sku, 2, hours=5)
    sell(shop, sku, 1, hours=3)
    undo(shop, second)
    assert on_hand(shop, sku) == 7
    sell(shop, sku, 4, hours=5)
    assert on_hand(shop, sku) == 7
    sell(shop, sku, 4, hours=3)
    assert on_hand(shop, sku) == 3


def test_counts_are_taken_back_one_after_the_other(shop: Shop) -> None:
    sku = shop.item(dc=10)
    first, second = count(shop, sku, 8, hours=4), count(shop, sku, 5, hours=2)
    sell(shop, sku, 2, hours=5)
    undo(shop, second)
    assert on_hand(shop, sku) == 8
    undo(shop, first)
    assert on_hand(shop, sku) == 8
    sell(shop, sku, 1, hours=6)
    assert on_hand(shop, sku) == 7


def test_counts_of_one_transaction_are_kept_each(shop: Shop) -> None:
    sku = shop.item(dc=10)
    one, two = (Count(sku=sku, location="dc", qty=qty, effective_at=ago(hours=h)) for qty, h in ((8, 4), (5, 2)))
    _, second = shop.book(one, two)
    undo(shop, second.movement)
    sell(shop, sku, 1, hours=5)
    assert on_hand(shop, sku) == 8


def test_an_older_count_that_is_reversed_changes_nothing_where_a_newer_one_stands(shop: Shop) -> None:
    sku = shop.item(dc=10)
    first, second = count(shop, sku, 7, hours=4), count(shop, sku, 7, hours=2)
    undo(shop, first)
    assert on_hand(shop, sku) == 7
    undo(shop, second)
    assert on_hand(shop, sku) == 10


def test_a_count_scanned_before_the_reversal_does_not_take_it_for_a_movement(shop: Shop) -> None:
    sku = shop.item(dc=10)
    undo(shop, count(shop, sku, 7, hours=4))
    count(shop, sku, 10, hours=2)
    assert on_hand(shop, sku) == 10


def test_the_count_of_a_bin_before_it_stands_again(shop: Shop) -> None:
    sku = laid(shop, P1=5, B1=5)
    count_bins(shop, sku, 4, P1=4)
    second = count_bins(shop, sku, 2, P1=1)
    undo(shop, second)
    assert (on_hand(shop, sku), shop.in_bins(sku)) == (9, {"P1": 4, "B1": 5})
    sell(shop, sku, 1, hours=5)
    assert (on_hand(shop, sku), shop.in_bins(sku)) == (9, {"P1": 4, "B1": 5})
    sell(shop, sku, 1, hours=3)
    assert (on_hand(shop, sku), shop.in_bins(sku)) == (8, {"P1": 3, "B1": 5})


def test_a_bin_that_was_counted_again_holds_what_was_counted_last(shop: Shop) -> None:
    sku = laid(shop, P1=5, B1=5)
    first = count(shop, sku, 7, hours=4)
    assert shop.in_bins(sku) == {"P1": 2, "B1": 5}
    count_bins(shop, sku, 2, P1=2)
    undo(shop, first)
    assert (on_hand(shop, sku), shop.in_bins(sku)) == (7, {"P1": 2, "B1": 5})


def test_a_count_that_was_taken_back_is_counted_anew(shop: Shop) -> None:
    sku = shop.item(dc=10)
    made = count(shop, sku, 7, hours=2)
    undo(shop, made)
    with pytest.raises(Conflict, match="reversed before"):
        undo(shop, made)
    rows = shop.read("SELECT id FROM movement WHERE reverses = %s", made)
    with pytest.raises(Invalid, match="counted anew"):
        undo(shop, rows[0][0])
    count(shop, sku, 7, hours=2)
    assert on_hand(shop, sku) == 7


def test_what_counts_had_seen_in_part_is_taken_back_from_who_was_promised_it(shop: Shop) -> None:
    sku, ref = laid(shop, P1=2), shop.new_ref()
    count_bins(shop, sku, 2, P1=4)
    (late,) = shop.book(Receive(sku=sku, location="dc", qty=5, effective_at=ago(hours=3)))
    shop.buy("market", {sku: 6}, ref)
    undo(shop, late.movement)
    assert (shop.shelf(sku), shop.owed(sku)) == ({"dc": (4, 4)}, {ref: 2})
    shop.proven()


def test_a_fact_that_counts_again_is_taken_back_itself(shop: Shop) -> None:
    sku = laid(shop, P1=10)
    made = count(shop, sku, 7, hours=2)
    (sale,) = shop.book(Sale(sku=sku, location="dc", qty=3, effective_at=ago(hours=3)))
    undo(shop, made)
    undo(shop, sale.movement)
    assert on_hand(shop, sku) == 10
    rows = shop.read("SELECT id FROM movement WHERE reverses = %s", sale.movement)
    undo(shop, rows[0][0])
    assert on_hand(shop, sku) == 7
    shop.proven()


def test_what_lets_a_fact_count_again_is_not_taken_back_beside_the_fact(shop: Shop) -> None:
    sku = shop.item(dc=10)
    made = count(shop, sku, 7, hours=2)
    sell(shop, sku, 3, hours=3)
    undo(shop, made)
    ((again,),) = shop.read(
        "SELECT id FROM movement WHERE source = 'reverse' AND ref = %s AND reverses IS NULL", str(made)
    )
    with pytest.raises(Invalid, match="reverse those"):
        undo(shop, again)


def test_a_fact_that_an_older_count_sees_since_is_taken_back_itself(shop: Shop) -> None:
    sku = shop.item(dc=10)
    first, second = count(shop, sku, 9, hours=4), count(shop, sku, 7, hours=2)
    (sale,) = shop.book(Sale(sku=sku, location="dc", qty=3, effective_at=ago(hours=5)))
    undo(shop, second)
    undo(shop, sale.movement)
    assert on_hand(shop, sku) == 9
    undo(shop, first)
    assert on_hand(shop, sku) == 10


def test_units_that_count_again_are_taken_back_from_who_was_promised_them(shop: Shop) -> None:
    sku, ref = shop.item(dc=10), shop.new_ref()
    made = count(shop, sku, 13, hours=2)
    (late,) = shop.book(Receive(sku=sku, location="dc", qty=3, effective_at=ago(hours=3)))
    undo(shop, made)
    shop.buy("market", {sku: 12}, ref)
    undo(shop, late.movement)
    assert (shop.shelf(sku), shop.owed(sku)) == ({"dc": (10, 10)}, {ref: 2})
    shop.proven()


STEP = st.one_of(
    st.tuples(st.just("count"), st.integers(1, 6), st.integers(0, 9)),
    st.tuples(st.just("sale"), st.integers(1, 6), st.integers(1, 4)),
    st.tuples(st.just("undo"), st.integers(0, 5), st.just(0)),
)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(STEP, min_size=3, max_size=9))
def test_stock_is_what_the_newest_count_says_that_was_not_taken_back(
    shop: Shop, steps: list[tuple[str, int, int]]
) -> None:
    """Counts are taken on the hour and sales happen half an hour later; each may be told at any time after."""
    sku, opening, zero = shop.item(dc=20), 20, ago(hours=24)
    counts: dict[int, tuple[int, int]] = {}
    sold: list[tuple[int, int]] = []
    for what, n, qty in steps:
        if what == "sale":
            at = zero + timedelta(hours=n, minutes=30)
            shop.book(Sale(sku=sku, location="dc", qty=qty, effective_at=at))
            sold.append((n, qty))
        elif what == "count":
            (done,) = shop.book(Count(sku=sku, location="dc", qty=qty, effective_at=zero + timedelta(hours=n)))
            if all(n >= hour for hour, _ in counts.values()):
                counts[done.movement] = (n, qty)
        elif n < len(counts):
            undo(shop, list(counts)[n])
            del counts[list(counts)[n]]
        hour, said = max(counts.values(), key=itemgetter(0), default=(-1, opening))
        if counts:
            said = [qty for at, qty in counts.values() if at == hour][-1]
        assert on_hand(shop, sku) == said - sum(qty for at, qty in sold if at >= hour)
