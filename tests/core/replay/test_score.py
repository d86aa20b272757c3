"""The auditor believes no answer: it looks on the shelf."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.replay.worlds import event, flash_sale, two_shops
from truestock.core.replay.answer import LineAnswer, Sample
from truestock.core.replay.baseline import NEVER, Baseline
from truestock.core.replay.report import table
from truestock.core.replay.score import Score


def test_a_sold_unit_that_is_not_where_it_was_said_to_be_is_oversold() -> None:
    score = Score(flash_sale(), "hub")
    outcome = score.record(event("web", 0, MUG=130), (LineAnswer(130, (("DARK", 130),)),))
    assert (outcome.sold, outcome.oversold) == (130, 6)
    assert score.shelf.available("quick", "MUG") == 0
    assert score.shelf.available("web", "MUG") == 723


def test_a_sold_unit_without_a_location_behind_it_is_oversold() -> None:
    outcome = Score(flash_sale(), "hub").record(event("web", 0, MUG=5), (LineAnswer(5, (("DC", 3),)),))
    assert outcome.oversold == 2


def test_without_locations_the_channels_own_order_is_assumed() -> None:
    score = Score(flash_sale(), "hub")
    score.record(event("web", 0, MUG=730), (LineAnswer(730),))
    assert score.shelf.available("quick", "MUG") == 117


def test_a_refusal_is_a_lost_sale_only_as_far_as_units_were_left() -> None:
    score = Score(flash_sale(), "hub")
    score.record(event("web", 0, MUG=845), (LineAnswer(845),))
    outcome = score.record(event("marketplace", 1, MUG=9), (LineAnswer(0),))
    assert (outcome.refused, outcome.lost) == (9, 2)


def test_what_comes_back_goes_to_the_shelf_it_was_said_to_go_to() -> None:
    score = Score(flash_sale(), "hub")
    score.record(event("web", 0, MUG=10), (LineAnswer(10),))
    back = score.admit(event("web", 1, kind="return", MUG=99))
    assert back is not None
    assert back.lines[0].qty == 10
    score.record(back, (LineAnswer(10, (("DARK", 10),)),))
    assert score.shelf.available("quick", "MUG") == 134
    assert score.admit(event("web", 2, kind="return", MUG=1)) is None


@pytest.mark.parametrize("qty", [-1, 6])
def test_an_answer_outside_what_was_asked_is_an_error(qty: int) -> None:
    with pytest.raises(ValueError, match="cannot be sold"):
        Score(flash_sale(), "hub").record(event("web", 0, MUG=5), (LineAnswer(qty),))


def test_reports_stand_side_by_side_in_all_and_by_channel() -> None:
    order = event("left", 0, MUG=4)
    hub = Score(two_shops(), "hub")
    hub.record(order, (LineAnswer(4, (("DC", 4),), Sample(shown=10, true=10, stale_seconds=0.0)),))
    old = Baseline(two_shops(), NEVER)
    old.offer(order)
    both = [hub.report(), old.report()]
    assert table(both).head == ("", "hub", "never synchronised")
    assert table(both).rows[1] == ("units sold", "4", "4")
    assert table(both, "right").rows[1] == ("units sold", "0", "0")
    assert table(both, "elsewhere").rows[1] == ("units sold", "-", "-")


@given(st.lists(st.tuples(st.sampled_from(["web", "marketplace", "quick"]), st.booleans(), st.integers(1, 400))))
def test_units_on_the_shelf_and_with_customers_are_always_what_there_was(drawn: list[tuple[str, bool, int]]) -> None:
    score = Score(flash_sale(), "hub")
    for number, (channel, back, qty) in enumerate(drawn):
        admitted = score.admit(event(channel, number, kind="return" if back else "order", MUG=qty))
        if admitted is not None:
            score.record(admitted, tuple(LineAnswer(line.qty) for line in admitted.lines))
        total = score.report().total
        assert score.shelf.total() == 847 - (total.sold - total.oversold) + total.returned
