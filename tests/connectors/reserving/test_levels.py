"""What is written to a shop that reserves: laws over every order of what can happen between reading and writing."""

from hypothesis import given
from hypothesis import strategies as st

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import Outcome
from truestock.connectors.reserving.levels import Level, decided, judged

UNITS = st.integers(0, 50)


def line(quantity: int, was: int | None = None) -> Line:
    return Line("MUG", quantity, 1, "k", was)


@given(UNITS, UNITS, UNITS)
def test_a_number_that_is_shown_already_is_not_written(on_hand: int, reserved: int, was: int) -> None:
    level = Level(on_hand, reserved)
    assert decided(line(level.shown, was), level) == Outcome("applied")


@given(UNITS, UNITS, UNITS, st.none() | UNITS)
def test_only_what_is_thought_to_be_shown_is_written_over(
    on_hand: int, reserved: int, quantity: int, was: int | None
) -> None:
    level = Level(on_hand, reserved)
    outcome = decided(line(quantity, was), level)
    if level.shown != quantity and was not in (None, level.shown):
        assert outcome is not None
        assert (outcome.kind, outcome.observed) == ("stale", level.shown)
    else:
        assert outcome is None or level.shown == quantity


@given(UNITS, UNITS, UNITS, st.integers(-50, 50))
def test_what_is_said_to_be_applied_never_shows_more(
    on_hand: int, reserved: int, quantity: int, meanwhile: int
) -> None:
    """`meanwhile`: units reserved (above 0) or released between reading and writing."""
    before = Level(on_hand, reserved)
    after = Level(quantity + before.reserved, max(0, reserved + meanwhile))
    outcome = judged(line(quantity), before, after)
    if outcome.kind == "applied":
        assert after.shown <= quantity
        assert after.shown == quantity - max(0, meanwhile)
    else:
        assert outcome.observed == after.shown != quantity


def test_somebody_who_wrote_after_us_is_noticed() -> None:
    assert judged(line(7), Level(10, 3), Level(11, 3)) == Outcome("stale", "told 7, it shows 8", 8)
