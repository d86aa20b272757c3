"""What channels sell, for alerts about a channel as a whole or about all of them: what is at risk there. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from math import ceil
from typing import Final, NamedTuple

from truestock.core.reconcile.alerts.worth import Money, rounded

HOUR: Final = timedelta(hours=1)
HOURS_MOST: Final = 24 * 365
NOT_KNOWN: Final = "no order of the last six hours is known"


class Sales(NamedTuple):
    """What a channel sold in one currency lately, by hour: units, and what was paid for them."""

    units: float
    value: Decimal
    currency: str


# By channel, one for each currency.
AllSales = Mapping[int, Sequence[Sales]]


class Meanwhile(NamedTuple):
    """What sells in a span at the pace of the last hours; `money` by currency, the most first."""

    units: int
    money: tuple[Money, ...]

    def __str__(self) -> str:
        return " and ".join(str(money) for money in self.money)


def at_average(units: int, sales: Sequence[Sales]) -> Money | None:
    """So many units of a channel, at what one sold for on average; none where it has sold nothing lately."""
    most = max(sales, key=lambda one: one.units, default=None)
    if most is None or most.units <= 0:
        return None
    each = most.value / Decimal(most.units)
    return Money(rounded(each * units), most.currency, "what it sells a unit for on average")


def meanwhile(sales: Iterable[Sales], span: timedelta) -> Meanwhile:
    """Of whole hours, begun ones too, so that the words of an alert stand for an hour."""
    hours = min(max(1, ceil(span / HOUR)), HOURS_MOST)
    units = 0.0
    values: dict[str, Decimal] = defaultdict(Decimal)
    for one in sales:
        units += one.units * hours
        values[one.currency] += one.value * hours
    money = [Money(rounded(value), currency, "the prices of the last hours") for currency, value in values.items()]
    return Meanwhile(round(units), tuple(sorted(money, key=lambda one: (-one.amount, one.currency))))
