"""What a line was sold for, without tax and to the last digit: `price * qty - discount` is what was paid. Pure."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, NamedTuple

DIGITS: Final = Decimal("0.0001")
ZERO: Final = Decimal(0)
DIGITS_MAX: Final = 40


class Sold(NamedTuple):
    """`price` of one unit before discounts; `discount` and `tax` of the whole line."""

    price: Decimal
    discount: Decimal
    tax: Decimal


def sold(listed: Decimal, paid: Decimal, tax: Decimal, units: int, qty: int) -> Sold:
    """For `qty` of the `units` of a line; `listed` before discounts and `paid` after them, both without tax."""
    if units <= 0:
        return Sold(ZERO, ZERO, ZERO)
    price = rounded(listed / units)
    return Sold(price, plain(price * qty - share(paid, qty, units)), share(tax, qty, units))


def without_tax(listed: Decimal, paid: Decimal, tax: Decimal) -> tuple[Decimal, Decimal]:
    """`listed` and `paid` less the tax that is in them; `tax` is what was charged on `paid`."""
    net = paid - tax
    return (rounded(listed * net / paid) if paid else listed), net


def share(amount: Decimal, qty: int, units: int) -> Decimal:
    """The part of an amount that falls to `qty` of so many units; the amount itself for all of them."""
    return plain(amount) if qty == units else rounded(amount * qty / units)


def rounded(amount: Decimal) -> Decimal:
    """At most four digits behind the point, and no zeros that say nothing."""
    return plain(amount.quantize(DIGITS, ROUND_HALF_EVEN))


def plain(amount: Decimal) -> Decimal:
    """The same amount written in one way only: 5.50 and 5.5 are one content. Raises ArithmeticError for one of which no
    order is, as 1e999999, which would fill the memory when it is written out."""
    if amount and abs(amount.adjusted()) > DIGITS_MAX:
        raise ArithmeticError(f"the amount {amount} is none")
    return ZERO if not amount else Decimal(f"{amount.normalize():f}")
