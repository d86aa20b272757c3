"""An order's id: the same from (channel, reference) for ever, and near the ids of the orders before it."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from truestock.core.identity import PARTS, order_identity


def number_of(ref: str) -> int:
    """The number that the id of an order of channel 1 holds."""
    return int(order_identity(1, ref).id[4:14], 16)


def test_an_id_never_changes() -> None:
    assert order_identity(3, "bench-hot-123456") == (101, "6503000001e2402385a79dd396a074e0")
    assert order_identity(259, "#1001-EU") == (98, "620300000003e91b20211e1e1befcde4")


@given(st.integers(1, 2**31 - 1), st.text(max_size=300))
@example(300, "")
@example(1, "9" * 5_000)
@example(1, "\u0663\u0664\u0665-\u00b2-\U0001d7d8")
def test_any_reference_has_an_id_of_its_part_and_channel(channel: int, ref: str) -> None:
    part, order_id = order_identity(channel, ref)
    whole = bytes.fromhex(order_id)
    assert (len(whole), whole[0], whole[1]) == (16, part, channel % 256)
    assert order_identity(channel, ref) == (part, order_id)


@pytest.mark.parametrize("form", ["{}", "#{}", "web-{}", "2026-W-{:08}", "#{}-EU", "\u8a02\u55ae{}\u865f"])
def test_references_that_count_up_have_ids_in_their_order_within_a_part(form: str) -> None:
    ids = [order_identity(7, form.format(n)) for n in range(90_000, 110_000)]
    for part in range(PARTS):
        of_part = [found.id for found in ids if found.part == part]
        assert all(before < after for before, after in pairwise(of_part))


def test_parts_are_spread_evenly_over_references_that_count_up() -> None:
    sizes = Counter(order_identity(1, f"order-{n}").part for n in range(256 * 400))
    assert len(sizes) == PARTS
    assert 300 < min(sizes.values()) <= max(sizes.values()) < 500


@pytest.mark.parametrize(
    ("ref", "number"),
    [
        ("order", 0),
        ("", 0),
        ("12-34", 34),
        ("12-34-x", 34),
        ("007", 7),
        (str(2**40 - 1), 2**40 - 1),
        (str(2**40 + 5), 5),
        ("9" * 200, (10**200 - 1) % 2**40),
        ("12\u0663\u0664", 12),
        ("\u00b2\u2462", 0),
    ],
)
def test_the_last_ascii_digits_are_the_number(ref: str, number: int) -> None:
    assert number_of(ref) == number


def test_another_channel_prefix_or_tail_is_another_id() -> None:
    orders = [(1, "a-100"), (2, "a-100"), (257, "a-100"), (1, "b-100"), (1, "a-0100"), (1, "a-100 "), (1, "a-101")]
    assert len({order_identity(*order).id for order in orders}) == len(orders)


def test_equal_trailing_digits_alone_leave_ids_random() -> None:
    ids = [order_identity(1, f"{n:x}-1").id for n in range(50_000)]
    assert len(set(ids)) == len(ids)
    assert max(Counter(order_id[14:16] for order_id in ids).values()) < 300
