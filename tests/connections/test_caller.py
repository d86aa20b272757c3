"""A channel that does not answer is left alone, found again soon, and its trouble told to whoever is to know."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.clocks import ByHand
from truestock.connections.caller import FAULTY, Caller, NoAnswer
from truestock.connections.outside.breaker import MOST_S
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Throttle
from truestock.connectors.contract.traits import Budget

AMPLE = Budget(per_s=1000.0, burst=1000.0)


class Channel:
    """Raises its faults one after the other, and then answers."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.calls = 0

    async def answer(self) -> str:
        self.calls += 1
        if self.faults:
            raise self.faults.pop(0)
        return "here"


def asked(caller: Caller, call: Callable[[], Awaitable[str]]) -> str | None:
    try:
        return asyncio.run(caller.ask(call))
    except (NoAnswer, InDoubt):
        return None


def test_however_long_it_was_away_a_channel_that_is_back_is_found_within_half_a_minute() -> None:
    clock, channel = ByHand(), Channel()
    caller = Caller("channel web", AMPLE, clock=clock)
    channel.faults = [ChannelDown("nobody there")] * 1000
    down_until = clock.at_s + 3600
    while clock.at_s < down_until:
        asked(caller, channel.answer)
        clock.at_s += caller.wait()
    # One call in 15 to 30 seconds is no burden on anybody.
    assert 3600 / MOST_S <= channel.calls <= 2 * 3600 / MOST_S + 6
    channel.faults.clear()
    asked(caller, channel.answer)
    assert caller.wait() == 0
    channel.faults = [ChannelDown("nobody there")] * 20
    for _ in range(20):
        asked(caller, channel.answer)
    assert 15 <= caller.wait() <= 30 == MOST_S


def test_the_pause_ends_by_the_clock_and_not_before() -> None:
    clock, channel = ByHand(), Channel(*[InDoubt("no answer")] * 3)
    caller = Caller("channel web", AMPLE, clock=clock)
    for _ in range(3):
        asked(caller, channel.answer)
    pause_s = caller.wait()
    assert 2.5 <= pause_s <= 5
    clock.at_s += pause_s / 2
    assert caller.wait() == pytest.approx(pause_s / 2)
    clock.at_s += pause_s / 2
    assert caller.wait() == pytest.approx(0)


def test_the_budget_fills_by_the_clock() -> None:
    clock, channel = ByHand(), Channel()
    caller = Caller("channel web", Budget(per_s=2.0, burst=1.0), clock=clock)
    assert asked(caller, channel.answer) == "here"
    assert (caller.wait(), caller.affordable(5)) == (0.5, 0)
    clock.at_s += 0.5
    assert (caller.wait(), caller.affordable(5)) == (0.0, 5)


def test_who_is_to_know_is_told_why_nothing_comes_back_and_when_it_does_again() -> None:
    told: list[str] = []
    faults = (ChannelDown("nobody there"), InDoubt("no answer"), KeyError("x"))
    caller, channel = Caller("channel web", AMPLE, told.append, ByHand()), Channel(*faults)
    for _ in range(5):
        asked(caller, channel.answer)
    assert told == ["nobody there", "no answer", FAULTY, ""]


def test_a_channel_that_only_wants_to_be_left_alone_for_a_while_is_not_in_trouble() -> None:
    told: list[str] = []
    clock = ByHand()
    caller, channel = Caller("channel web", AMPLE, told.append, clock), Channel(ChannelDown("later", Throttle(90.0)))
    with pytest.raises(NoAnswer) as none:
        asyncio.run(caller.ask(channel.answer))
    assert (none.value.again_s, caller.wait(), told) == (90.0, 90.0, [])
    clock.at_s += 90
    assert asked(caller, channel.answer) == "here"
    assert told == []
