"""The account of one side of a simulation: units, cancelled orders, lost sales and their money, by channel and in time.

Both sides keep the same account, so that their columns can stand side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from truestock.core.replay.simulate.world import ChannelLife, Costs

PERIODS = 120


@dataclass(frozen=True, slots=True)
class Money:
    """What went wrong in the currency's smallest unit; `lost_sales` stands beside the cost of cancelled orders."""

    fees: int = 0
    service: int = 0
    lost_customers: int = 0
    lost_margin: int = 0
    lost_sales: int = 0

    @property
    def oversold(self) -> int:
        """The cost of what was sold without a unit behind it."""
        return self.fees + self.service + self.lost_customers + self.lost_margin

    def __add__(self, other: "Money") -> "Money":
        return Money(
            self.fees + other.fees,
            self.service + other.service,
            self.lost_customers + other.lost_customers,
            self.lost_margin + other.lost_margin,
            self.lost_sales + other.lost_sales,
        )


@dataclass(slots=True)
class Tally:
    """A channel's figures while they grow. `orders` are those in which a unit was sold, `cancelled` those of them in
    which one was oversold; a lost unit was refused though one could have been delivered."""

    asked: int = 0
    sold: int = 0
    lost: int = 0
    oversold: int = 0
    orders: int = 0
    cancelled: int = 0
    given_back: int = 0
    lost_earnings: int = 0
    oversold_earnings: int = 0
    first_oversell_s: float | None = None

    def __add__(self, other: "Tally") -> "Tally":
        first = [at for at in (self.first_oversell_s, other.first_oversell_s) if at is not None]
        return Tally(
            self.asked + other.asked,
            self.sold + other.sold,
            self.lost + other.lost,
            self.oversold + other.oversold,
            self.orders + other.orders,
            self.cancelled + other.cancelled,
            self.given_back + other.given_back,
            self.lost_earnings + other.lost_earnings,
            self.oversold_earnings + other.oversold_earnings,
            min(first, default=None),
        )


def earnings(costs: Sequence[Costs], prices: Sequence[tuple[int, int]]) -> list[list[int]]:
    """What a unit earns, by channel and item, in cents; `prices` are (cost, price) of each item."""
    return [
        [
            cents(terms.margin_per_unit) if terms.margin_per_unit is not None else max(0, price - cost)
            for cost, price in prices
        ]
        for terms in costs
    ]


def cents(money: float) -> int:
    """Whole smallest units of an amount."""
    return round(money * 100)


def money_of(tally: Tally, costs: Costs) -> Money:
    """What a channel's cancelled orders and lost sales cost."""
    customer = round(costs.customer_value * costs.customer_lost_percent)  # percent of units are hundredths
    return Money(
        fees=tally.cancelled * cents(costs.fee_per_order) + tally.oversold * cents(costs.fee_per_unit),
        service=tally.cancelled * cents(costs.service_per_order),
        lost_customers=tally.cancelled * customer,
        lost_margin=tally.oversold_earnings,
        lost_sales=tally.lost_earnings,
    )


class Score:
    """One side's account; channels and items by their number, `earns` in cents by channel and item."""

    def __init__(self, lives: Sequence[ChannelLife], earns: Sequence[Sequence[int]], end_s: float) -> None:
        self.tallies = [Tally() for _ in lives]
        self.oversold_in = [0] * PERIODS
        self.lost_in = [0] * PERIODS
        self._earns = earns
        self._period_s = end_s / PERIODS or 1.0

    def line(self, channel: int, at: float, item: int, asked: int, sold: int, lost: int) -> None:
        """An order line was answered: so many units sold, so many of the refused ones lost."""
        if not 0 <= sold <= asked or not 0 <= lost <= asked - sold:
            raise ValueError(f"{sold} sold and {lost} lost of {asked} asked do not add up")
        tally = self.tallies[channel]
        tally.asked += asked
        tally.sold += sold
        if lost:
            tally.lost += lost
            tally.lost_earnings += lost * self._earns[channel][item]
            self.lost_in[self._period(at)] += lost

    def sold_order(self, channel: int) -> None:
        """An order in which a unit was sold."""
        self.tallies[channel].orders += 1

    def oversell(self, channel: int, at: float, units: Sequence[tuple[int, int]]) -> None:
        """An order sold at an instant had no unit behind so many of an item (item, units): it is cancelled."""
        tally = self.tallies[channel]
        tally.cancelled += 1
        if tally.first_oversell_s is None or at < tally.first_oversell_s:
            tally.first_oversell_s = at
        for item, missing in units:
            tally.oversold += missing
            tally.oversold_earnings += missing * self._earns[channel][item]
            self.oversold_in[self._period(at)] += missing

    def given_back(self, channel: int, units: int) -> None:
        """Units came back from customers, or were never sent."""
        self.tallies[channel].given_back += units

    def _period(self, at: float) -> int:
        return min(PERIODS - 1, int(at / self._period_s))
