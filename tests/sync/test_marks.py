"""What each answer makes of a listing."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from truestock.connectors.contract.answers import Outcome, Spot
from truestock.sync.marks import (
    AGAIN,
    AGAIN_AT_MOST,
    REJECTED,
    TROUBLE_MAX,
    Mark,
    Sent,
    answered,
    came_back,
    key_of,
    read_back,
    unread,
    wait_for,
)

NOW = datetime(2026, 11, 27, 8, tzinfo=UTC)
SENT = Sent(7, 0, Spot("A-1"), 4, 30, 35, 0)


def test_what_is_applied_is_acknowledged_and_shown() -> None:
    mark = answered(SENT._replace(tries=5), Outcome("applied"), NOW, 0.0)
    assert mark == Mark(7, 0, 4, in_flight=False, acked=True, shown=30)


def test_what_is_only_accepted_stays_on_its_way() -> None:
    mark = answered(SENT, Outcome("accepted", ticket="f-1"), NOW, 0.0)
    assert (mark.in_flight, mark.acked, mark.shown, mark.ticket) == (True, False, 35, "f-1")


def test_a_stale_write_is_tried_at_once_from_what_is_shown_now_and_then_later() -> None:
    first = answered(SENT, Outcome("stale", observed=33), NOW, 0.0)
    assert (first.acked, first.shown, first.observed, first.tries, first.next_try_at) == (False, 33, 33, 1, NOW)
    again = answered(SENT._replace(tries=1), Outcome("stale", observed=33), NOW, 0.0)
    assert again.next_try_at == NOW + AGAIN * 2


def test_a_channel_that_does_not_say_what_it_shows_is_not_overwritten_blindly() -> None:
    assert answered(SENT, Outcome("stale"), NOW, 0.0).shown == SENT.shown


@pytest.mark.parametrize(("kind", "first"), [("rejected", REJECTED), ("later", AGAIN)])
def test_what_is_refused_waits_and_says_why_in_the_channels_words(kind: str, first: timedelta) -> None:
    mark = answered(SENT, Outcome(kind, "x" * 10_000), NOW, 0.0)  # type: ignore[arg-type]
    assert (mark.in_flight, mark.acked, mark.tries, mark.next_try_at) == (False, False, 1, NOW + first)
    assert len(mark.trouble) == TROUBLE_MAX


def test_a_call_without_effect_leaves_the_listing_as_it_was() -> None:
    mark = came_back(SENT._replace(tries=2), NOW)
    assert (mark.in_flight, mark.acked, mark.tries, mark.trouble) == (False, False, 2, "")


def test_reading_back_tells_what_became_of_a_call() -> None:
    assert read_back(SENT, {Spot("A-1"): 30}, NOW, 0.0) == Mark(7, 0, 4, False, True, 30, 30)
    other = read_back(SENT, {Spot("A-1"): 35}, NOW, 0.0)
    assert (other.acked, other.shown, other.observed, other.next_try_at) == (False, 35, 35, NOW)
    gone = read_back(SENT, {}, NOW, 0.0)
    assert gone.next_try_at == NOW + REJECTED
    assert "does not have" in gone.trouble


def test_without_reading_back_the_number_is_sent_again_from_the_unknown() -> None:
    assert unread(SENT, NOW) == Mark(7, 0, 4, False, False, None, None, 0, NOW)


def test_waits_double_up_to_a_bound_and_chance_spreads_them() -> None:
    waits = [wait_for(tries, AGAIN, AGAIN_AT_MOST, 0.0) for tries in range(40)]
    assert waits[:3] == [AGAIN, AGAIN * 2, AGAIN * 4]
    assert waits[-1] == AGAIN_AT_MOST
    assert wait_for(3, AGAIN, AGAIN_AT_MOST, 1.0) == AGAIN * 4


def test_every_try_of_a_write_has_the_same_key_and_no_other_write_has_it() -> None:
    keys = [key_of(SENT._replace(listing=a, place=b, rev=c, tries=d)) for a, b, c, d in product(range(9), repeat=4)]
    assert len(set(keys)) == 9**3
