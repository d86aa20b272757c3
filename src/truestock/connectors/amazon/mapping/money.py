"""What was paid for an item, by kind."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

import msgspec

from truestock.connectors.contract.orders import ZERO


class NotOneCurrency(Exception):
    """An order whose amounts are not all of one currency."""


class Money(msgspec.Struct, frozen=True, rename="camel"):
    """An amount."""

    amount: Decimal
    currency_code: str


class Detail(msgspec.Struct, frozen=True, rename="camel"):
    """The part of a tax or a discount that is of the item, the shipping or something else."""

    subtype: str = ""
    value: Money | None = None


class Breakdown(msgspec.Struct, frozen=True, rename="camel"):
    """One kind of proceeds."""

    type: str
    subtotal: Money
    detailed_breakdowns: list[Detail] = []

    @property
    def of_shipping(self) -> Decimal:
        """The part of it that is of the shipping."""
        details = (detail for detail in self.detailed_breakdowns if detail.subtype == "SHIPPING" and detail.value)
        return sum((detail.value.amount for detail in details if detail.value), ZERO)


class Sums(NamedTuple):
    """Of one item: discount and tax of the goods, and its share of the shipping with that tax. None is below zero.

    Gift wrap, cash on delivery and what Amazon calls other are income that the hub keeps no figure for."""

    discount: Decimal
    tax: Decimal
    shipping: Decimal
    shipping_tax: Decimal


def sums_of(breakdowns: Iterable[Breakdown]) -> Sums:
    """The sums of one item. Amazon has published no sign for discounts, so both are taken."""
    discount = tax = shipping = shipping_tax = ZERO
    for part in breakdowns:
        whole, of_shipping = part.subtotal.amount, part.of_shipping
        if part.type == "TAX":
            tax += whole - of_shipping
            shipping_tax += of_shipping
        elif part.type == "DISCOUNT":
            discount += abs(whole - of_shipping)
            shipping -= abs(of_shipping)
        elif part.type == "SHIPPING":
            shipping += whole
    return Sums(discount, tax, max(ZERO, shipping), shipping_tax)


def currency_of(amounts: Iterable[Money | None], breakdowns: Iterable[Breakdown]) -> str:
    """The one currency of all amounts, empty where there are none. Raises NotOneCurrency."""
    codes = {money.currency_code for money in amounts if money} | {part.subtotal.currency_code for part in breakdowns}
    if len(codes) > 1:
        raise NotOneCurrency(f"amounts in {' and '.join(sorted(codes))}: not one currency")
    return next(iter(codes), "")
