"""What holds whatever comes: rates are kept, rubbish is refused, and the order of what is told is no matter."""

import copy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connectors.amazon.orders import item, money, number, order, package
from truestock.connectors.amazon.calls.pace import Pace
from truestock.connectors.amazon.mapping import orders
from truestock.connectors.amazon.mapping.cursors import Cursor
from truestock.connectors.amazon.mapping.listings import parts
from truestock.connectors.amazon.mapping.money import Breakdown, Money, sums_of
from truestock.connectors.amazon.mapping.notices import notice
from truestock.connectors.amazon.mapping.reading import NotAsAgreed, decoded, words
from truestock.connectors.amazon.mapping.tickets import Sales, Ticket, read
from truestock.connectors.contract.orders import SeenLine, SeenOrder

OURS = ("ATVPDKIKX0DER", "MERCHANT")
SECONDS = st.floats(min_value=0, max_value=100)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
WHOLE = order(
    number(1),
    [item("11", "MUG", 3, 2, proceeds={"breakdowns": [{"type": "TAX", "subtotal": money("1.00")}]})],
    "PARTIALLY_SHIPPED",
    packages=[package("1", {"11": 2})],
    buyer={"buyerName": "Ann"},
)


@given(st.floats(min_value=0.01, max_value=10), st.integers(1, 30), st.lists(SECONDS, min_size=1, max_size=60))
def test_no_stretch_of_time_has_more_calls_than_its_rate_and_burst(
    per_s: float, burst: int, pauses: list[float]
) -> None:
    now, pace, calls = 0.0, Pace(per_s, burst, 0.0), []
    for pause in pauses:
        now += pause
        now += pace.wait(now)
        assert pace.wait(now) < 1e-6
        pace.take(now)
        calls.append(now)
    for first in range(len(calls)):
        for last in range(first, len(calls)):
            assert last - first + 1 <= burst + (calls[last] - calls[first]) * per_s + 1e-6


def test_a_refusal_empties_the_bucket_and_a_told_rate_fills_it() -> None:
    pace = Pace(1.0, 10, 0.0)
    assert pace.wait(0.0) == 0
    assert pace.refused(0.0) == 1.0
    pace.told(4.0, 0.0)
    assert pace.wait(0.0) == 0.25


@st.composite
def spoiled(draw: st.DrawFn) -> Any:
    """A whole order with something else in one place."""
    told = copy.deepcopy(WHOLE)
    at: Any = told
    while True:
        key = draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        if not at[key] or not isinstance(at[key], dict | list) or draw(st.booleans()):
            at[key] = draw(JSON)
            return told
        at = at[key]


@given(spoiled())
def test_an_order_with_rubbish_in_it_is_read_left_out_or_named(told: Any) -> None:
    try:
        found, unread = orders.read([msgspec.Raw(msgspec.json.encode(told))], OURS)
    except NotAsAgreed:
        assert not isinstance(told["orderId"], str)
        return
    assert len(found) + len(unread) <= 1
    assert all(line.qty >= 0 for one in found for line in one.lines)


@given(st.permutations(["ITEM", "TAX", "DISCOUNT", "SHIPPING", "SHIPPING", "GIFT_WRAP"]))
def test_sums_hang_on_no_order(kinds: list[str]) -> None:
    told = [Breakdown(kind, Money(Decimal(len(kind)), "USD")) for kind in kinds]
    assert sums_of(told) == sums_of(sorted(told, key=lambda part: part.type))
    assert sums_of(told).shipping == 16


@given(JSON)
def test_no_message_in_a_queue_does_harm(told: Any) -> None:
    for body in (told, {"NotificationType": "ORDER_CHANGE", "Payload": told}):
        assert notice(msgspec.json.encode(body).decode(), "A", "M", "merchant") is None
    assert isinstance(words(msgspec.json.encode({"errors": told})), str)


@given(st.lists(st.text(min_size=1, max_size=5), unique=True, max_size=60))
def test_every_sku_is_asked_for_once_and_one_with_a_comma_by_itself(skus: list[str]) -> None:
    asked = parts(skus)
    assert sorted(sku for part in asked for sku in part) == sorted(skus)
    assert all(len(part) <= 20 and (len(part) == 1 or not any("," in sku for sku in part)) for part in asked)


@given(st.text(max_size=40), st.integers(), st.none() | st.integers(-(2**31), 2**31))
def test_a_ticket_comes_back_as_it_was(id_: str, quantity: int, was: int | None) -> None:
    ticket = Ticket("feed", id_, 3, quantity % 2**40, 1_700_000_000, was)
    assert read(ticket.text()) == ticket


@given(st.text(max_size=200))
def test_what_is_no_ticket_is_none(text: str) -> None:
    assert read(text) is None


AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
PICTURES = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 60), st.integers(0, 5)), max_size=12)


def pictured(id_: str, placed_s: int, changed_s: int, units: int) -> SeenOrder:
    """An order as it is after so many seconds."""
    placed, changed = AT + timedelta(seconds=placed_s), AT + timedelta(seconds=changed_s)
    return SeenOrder(id_, changed, placed, [SeenLine("1", "MUG", units)])


@given(PICTURES, PICTURES)
def test_what_orders_took_off_is_as_they_are_now_however_often_and_late_they_are_read(
    told: list[tuple[str, int, int]], again: list[tuple[str, int, int]]
) -> None:
    sales, now = Sales(timedelta(hours=1)), dict[str, int]()
    for after_s, (id_, units) in enumerate((id_, units) for id_, _, units in told):
        sales.note([pictured(id_, 0, after_s, units)])
        sales.note([pictured(old, 0, -1, units) for old, _, _ in again if old in now])
        now[id_] = units
        assert sales.since("MUG", AT) == sum(now.values())
    assert (sales.since("MUG", AT + timedelta(minutes=2)), sales.since("JAR", AT)) == (0, 0)


def test_what_an_order_gave_back_counts_when_it_did_and_what_is_long_over_is_forgotten() -> None:
    sales = Sales(timedelta(minutes=15))
    sales.note([pictured("A", 0, 0, 5)])
    sales.note([pictured("A", 0, 60, 2)])
    assert sales.since("MUG", AT) == 2
    assert sales.since("MUG", AT + timedelta(seconds=1)) == -3
    sales.note([pictured("B", 1000, 1000, 1)])
    assert sales.since("MUG", AT) == 1


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=40).map(str.strip))
def test_a_cursor_comes_back_as_it_was(token: str) -> None:
    for cursor in (
        Cursor("2026-11-01T00:00:00Z", "", token),
        Cursor("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", token),
    ):
        assert Cursor.read(cursor.text()) == cursor


def test_the_next_window_opens_before_the_first_page_of_this_one_was_read() -> None:
    first, last = datetime(2026, 11, 1, 12, tzinfo=UTC), datetime(2026, 11, 1, 15, tzinfo=UTC)
    walk = Cursor("2026-11-01T00:00:00Z").following("token", first)
    assert walk == ("2026-11-01T00:00:00Z", "2026-11-01T11:58:00Z", "token")
    assert walk.following("", last) == ("2026-11-01T11:58:00Z", "", "")
    assert Cursor("2026-11-01T12:30:00Z").following("", first).after == "2026-11-01T12:30:00Z"


def test_an_answer_too_deep_to_read_is_refused() -> None:
    with pytest.raises(NotAsAgreed):
        decoded(b"[" * 100_000, list[Any])
