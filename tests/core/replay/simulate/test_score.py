"""The account: money of cancelled orders and lost sales, and what it refuses to add up."""

import pytest

from truestock.core.replay.simulate.score import Score, Tally, earnings, money_of
from truestock.core.replay.simulate.world import ChannelLife, Costs


def score(costs: Costs | None = None) -> Score:
    return Score([ChannelLife()], earnings([costs or Costs()], [(400, 900)]), 120.0)


def test_a_cancelled_order_costs_fees_service_customers_and_margin() -> None:
    costs = Costs(fee_per_order=2, fee_per_unit=0.5, service_per_order=6.5, customer_value=80, customer_lost_percent=30)
    told = score(costs)
    told.line(0, 1.0, 0, 5, 5, 0)
    told.sold_order(0)
    told.oversell(0, 1.0, [(0, 3)])
    money = money_of(told.tallies[0], costs)
    assert (money.fees, money.service, money.lost_customers, money.lost_margin) == (350, 650, 2400, 1500)
    assert money.oversold == 350 + 650 + 2400 + 1500
    assert money.lost_sales == 0


def test_a_lost_sale_costs_its_margin_and_stands_beside() -> None:
    told = score()
    told.line(0, 61.0, 0, 5, 2, 2)
    money = money_of(told.tallies[0], Costs())
    assert (money.lost_sales, money.oversold) == (1000, 0)
    assert (sum(told.lost_in), told.lost_in[61]) == (2, 2)


def test_a_stated_margin_stands_for_price_less_cost_and_a_loss_is_none() -> None:
    assert earnings([Costs(margin_per_unit=1.25), Costs()], [(400, 900), (500, 300)]) == [[125, 125], [500, 0]]


def test_the_first_oversell_is_the_earliest_whatever_is_told_first() -> None:
    told = score()
    told.oversell(0, 90.0, [(0, 1)])
    told.oversell(0, 30.0, [(0, 1)])
    assert told.tallies[0].first_oversell_s == 30.0
    assert sum([Tally(), told.tallies[0]], Tally()).first_oversell_s == 30.0


@pytest.mark.parametrize(("asked", "sold", "lost"), [(2, 3, 0), (2, 1, 2), (2, -1, 0), (2, 1, -1)])
def test_figures_that_cannot_be_are_refused(asked: int, sold: int, lost: int) -> None:
    with pytest.raises(ValueError, match="do not add up"):
        score().line(0, 1.0, 0, asked, sold, lost)
