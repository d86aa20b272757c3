"""What a count says against the ledger: tolerance, the better of two instants, and units in doubt."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truestock.reconciliation.counts.rules.judge import Compared, Shelf, compare, judge, resolve, size

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
LATER = AT + timedelta(minutes=10)


def lot(counted: int, sellable: int, in_doubt: int = 0, code: str = "") -> Compared:
    return Compared(code, counted, Shelf(AT, sellable, in_doubt))


@pytest.mark.parametrize(
    ("counted", "number", "outcome"),
    [
        (100, 1, "right"),
        (99, 1, "within_tolerance"),
        (98, 1, "within_tolerance"),
        (97, 1, "recount"),
        (97, 2, "review"),
    ],
)
def test_past_both_tolerances_somebody_else_counts_and_then_somebody_approves(
    counted: int, number: int, outcome: str
) -> None:
    assert judge([lot(counted, 100)], 1, 2, number) == outcome


def test_one_lot_too_many_does_not_make_up_for_another_too_few() -> None:
    lots = [lot(0, 10, code="A"), lot(20, 10, code="B")]
    assert size(lots) == 20
    assert judge(lots, 1, 2, 1) == "recount"


def test_a_count_is_held_against_the_end_that_it_agrees_with() -> None:
    first, last = Shelf(AT, 10, 0), Shelf(LATER, 6, 0)
    assert compare("", 10, first, last).shelf == first
    assert compare("", 6, first, last).shelf == last
    assert compare("", 8, first, last).shelf == last


@given(st.integers(0, 100), st.integers(-20, 100), st.integers(0, 100))
def test_no_unit_in_doubt_is_found_twice_or_forgotten(counted: int, sellable: int, in_doubt: int) -> None:
    found, lost = resolve(lot(counted, sellable, in_doubt))
    assert found + lost == in_doubt
    assert found >= 0
    assert lost >= 0
    assert not found or counted - found >= sellable
