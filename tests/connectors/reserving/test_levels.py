"""What is written to a shop that reserves: laws over every order of what can happen between reading and writing."""

from hypothesis import given
from hypothesis import strategies as st

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import Outcome, Spot
from truestock.connectors.reserving.levels import Level, decided, judged, still_shown

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


SPOT = Spot("MUG", "1")


@given(UNITS, st.integers(0, 20), st.integers(1, 20), st.integers(0, 20))
def test_what_is_called_off_is_not_shown_and_what_is_sold_meanwhile_is_not_lost(
    free: int, others: int, called_off: int, meanwhile: int
) -> None:
    before = Level(free + others + called_off, others + called_off)
    after = Level(before.on_hand, others + meanwhile)
    assert still_shown({SPOT: before}, {SPOT: after}, {"MUG": called_off}) == {SPOT: max(0, free - meanwhile)}


def test_a_shop_that_puts_on_the_shelf_what_it_gives_back_is_not_followed() -> None:
    assert still_shown({SPOT: Level(23, 1)}, {SPOT: Level(24, 0)}, {"MUG": 1}) == {SPOT: 22}


def test_units_are_taken_from_where_they_were_reserved() -> None:
    here, there, other = Spot("MUG", "1"), Spot("MUG", "2"), Spot("CUP", "1")
    before = {here: Level(9, 0), there: Level(9, 4), other: Level(9, 9)}
    after = {here: Level(9, 0), there: Level(9, 1), other: Level(9, 0)}
    assert still_shown(before, after, {"MUG": 3, "JUG": 1}) == {there: 5}
