"""What a call's end makes of a delivery and of its webhook, in simulated time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truestock.connectors.generic.refusals import Reply
from truestock.sync.webhooks.answers import (
    FAILURES,
    TRIES_MAX,
    Answer,
    Standing,
    answer_of,
    next_of,
    room,
    standing_after,
)

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
DOWN, DONE, REFUSED = Answer("down", 503, "busy"), Answer("done", 200), Answer("refused", 400, "no")


@given(st.lists(st.floats(0, 1), min_size=TRIES_MAX, max_size=TRIES_MAX))
def test_a_delivery_that_nobody_takes_is_dead_after_about_three_days(chances: list[float]) -> None:
    at, waits, state = NOW, [], "waiting"
    for tries in range(1, TRIES_MAX + 1):
        state, then = next_of(tries, DOWN, at, chances[tries - 1])
        waits.append(then - at)
        at = then
        assert (state == "dead") is (tries == TRIES_MAX)
    assert timedelta(days=2.6) < at - NOW < timedelta(days=3.4)
    assert waits[0] < timedelta(seconds=6)


def test_each_wait_is_longer_than_the_one_before() -> None:
    waits = [next_of(tries, DOWN, NOW, 0.5).at for tries in range(1, TRIES_MAX)]
    assert all(before < after for before, after in pairwise(waits))


def test_the_wait_differs_by_chance_so_that_not_all_come_back_together() -> None:
    waits = {next_of(4, DOWN, NOW, chance / 10).at for chance in range(11)}
    assert len(waits) == 11
    assert max(waits) - min(waits) == timedelta(minutes=10) * 0.2


@pytest.mark.parametrize(("wait_s", "expected"), [(1.0, 5.0), (600.0, 600.0), (86_400.0, 86_400.0)])
def test_a_receiver_that_says_when_is_not_asked_before(wait_s: float, expected: float) -> None:
    found = next_of(1, Answer("down", 429, "", wait_s), NOW, 0.5)
    assert found.at - NOW == timedelta(seconds=expected)
    assert standing_after(Standing(), [Answer("down", 429, "", wait_s)], NOW, 0.5).not_before == NOW + timedelta(
        seconds=min(wait_s, 3_600)
    )


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((200, "done"), (202, "done"), (204, "done")),
        *((301, "refused"), (307, "refused"), (400, "refused"), (401, "refused"), (404, "refused"), (413, "refused")),
        *((408, "down"), (429, "down"), (500, "down"), (503, "down"), (410, "gone")),
    ],
)
def test_a_status_is_taken_for_what_it_means(status: int, kind: str) -> None:
    assert answer_of(Reply(status, b'{"detail": "words"}'), 0.0).kind == kind


def test_the_words_of_a_refusal_are_kept_in_one_line_and_a_redirect_says_where_it_points() -> None:
    assert answer_of(Reply(400, b'{"detail": "no\\nsuch\\u0000 SKU"}'), 0.0).error == "400 no such SKU"
    assert "http://elsewhere" in answer_of(Reply(302, b"", location="http://elsewhere"), 0.0).error
    assert answer_of(Reply(503, b"", retry_after="7"), 0.0).retry_after_s == 7.0
    assert answer_of(Reply(503, b"", retry_after="soon"), 0.0).retry_after_s == 0.0


def test_a_webhook_that_nobody_answers_gets_one_call_at_a_time_and_longer_and_longer_waits() -> None:
    assert standing_after(Standing(), [DOWN] * (FAILURES - 1), NOW, 0).not_before is None
    waits = []
    for failures in range(FAILURES, FAILURES + 10):
        at = standing_after(Standing(), [DOWN] * failures, NOW, 0).not_before
        assert at is not None
        waits.append((at - NOW).total_seconds())
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300, 300, 300]
    assert [room(failures, 0, 8) for failures in (0, FAILURES - 1, FAILURES)] == [8, 8, 1]
    assert [room(0, flying, 8) for flying in (5, 8, 9)] == [3, 0, 0]
    assert room(FAILURES, 1, 8) == 0


def test_one_answer_makes_it_a_webhook_like_any_other_again() -> None:
    assert standing_after(Standing(), [DOWN] * 9 + [DONE], NOW, 0) == Standing()
    assert standing_after(Standing(), [DOWN] * 9 + [REFUSED], NOW, 0) == Standing(trouble="no")
    assert standing_after(Standing(7, None, False, "busy"), [DONE, DOWN], NOW, 0).failures == 1


def test_a_receiver_that_is_gone_pauses_the_webhook_and_its_delivery_waits() -> None:
    gone = answer_of(Reply(410, b""), 0.0)
    standing = standing_after(Standing(), [gone, DOWN, DONE], NOW, 0)
    assert standing.paused
    assert "410" in standing.trouble
    assert next_of(3, gone, NOW, 0.5).state == "waiting"
    assert standing_after(Standing(paused=True), [DONE], NOW, 0).paused
