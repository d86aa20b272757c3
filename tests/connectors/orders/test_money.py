"""Laws of what a line was sold for."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truestock.connectors.orders.money import Sold, plain, share, sold, without_tax

AMOUNTS = st.decimals(0, 100_000, places=2)


@given(AMOUNTS, AMOUNTS, AMOUNTS, st.integers(1, 1000), st.data())
def test_price_times_units_less_discount_is_what_was_paid_for_them(
    listed: Decimal, paid: Decimal, tax: Decimal, units: int, data: st.DataObject
) -> None:
    whole = sold(listed, paid, tax, units, units)
    assert whole.price * units - whole.discount == paid
    assert whole.tax == tax
    qty = data.draw(st.integers(0, units))
    part = sold(listed, paid, tax, units, qty)
    assert part.price * qty - part.discount == share(paid, qty, units)
    assert abs(part.tax - tax * qty / units) <= Decimal("0.00005")
    assert part.price == whole.price


@given(AMOUNTS, AMOUNTS, st.decimals(0, 1, places=2))
def test_less_its_tax_what_was_paid_is_exact(listed: Decimal, paid: Decimal, rate: Decimal) -> None:
    tax = (paid * rate).quantize(Decimal("0.01"))
    net_listed, net_paid = without_tax(listed, paid, tax)
    assert net_paid + tax == paid
    assert 0 <= net_listed <= listed + Decimal("0.0001")


@pytest.mark.parametrize(
    ("amount", "written"), [("5.50", "5.5"), ("100", "100"), ("0.00", "0"), ("-0.0", "0"), ("1E+3", "1000")]
)
def test_an_amount_is_written_in_one_way(amount: str, written: str) -> None:
    assert str(plain(Decimal(amount))) == written


def test_a_line_of_no_units_costs_nothing() -> None:
    assert sold(Decimal(5), Decimal(5), Decimal(1), 0, 0) == Sold(Decimal(0), Decimal(0), Decimal(0))


@pytest.mark.parametrize("amount", ["1E+999999", "-1E+999999999", "1E-999999"])
def test_an_amount_of_which_no_order_is_is_not_written_out(amount: str) -> None:
    with pytest.raises(ArithmeticError, match=r"the amount .* is none"):
        plain(Decimal(amount))
