"""Laws of reading on: whatever happens to orders meanwhile, none is lost, and a quiet channel is not read again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.orders import passes
from truestock.connectors.orders.passes import OVERLAP, QUIET_S, Pass

START = datetime(2026, 11, 22, 9, tzinfo=UTC)


def at(second: int) -> datetime:
    return START + timedelta(seconds=second)


class Channel:
    """Orders by id with their second of change; a page is of those from an instant on, and not of some."""

    def __init__(self, changed: dict[int, int]) -> None:
        self.changed = dict(changed)

    def page(self, now: Pass, size: int) -> tuple[list[int], bool]:
        skipped = {int(one) for one in now.at.split(",") if one}
        hits = [(second, one) for one, second in self.changed.items() if at(second) >= now.since and one not in skipped]
        part = [one for _, one in sorted(hits)[:size]]
        return part, len(hits) > size


def turn(now: Pass, channel: Channel, size: int, now_s: float) -> tuple[list[int], Pass, bool]:
    """One page, as a connector that leaves out what it has seen of the newest second."""
    part, more = channel.page(now, size)
    newest = max((at(channel.changed[one]) for one in part), default=None)
    if not more:
        return part, passes.ended(now, newest, now_s), False
    assert newest
    moved = ",".join(str(one) for one in part if at(channel.changed[one]) == newest)
    same = ",".join([*([now.at] if now.at else []), *map(str, part)])
    return part, passes.onward(now, newest, moved, same), True


@given(
    st.dictionaries(st.integers(1, 60), st.integers(0, 6), max_size=40),
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 2)), max_size=30),
    st.integers(1, 7),
)
def test_every_change_is_read_though_they_go_on_while_they_are_read(
    changed: dict[int, int], later: list[tuple[int, int]], size: int
) -> None:
    channel = Channel(changed)
    read: dict[int, int] = {}
    now, clock, more = passes.begun(START), 7, True
    todo = list(later)
    while more or todo:
        part, now, more = turn(passes.read(now.cursor), channel, size, float(clock))
        read |= {one: channel.changed[one] for one in part}
        if todo:
            one, seconds = todo.pop()
            clock += seconds
            channel.changed[one] = clock
    more = True
    while more:
        part, now, more = turn(now, channel, size, float(clock))
        read |= {one: channel.changed[one] for one in part}
    assert read == channel.changed


@given(st.integers(0, int(OVERLAP.total_seconds())))
def test_what_comes_to_light_within_the_overlap_is_read(late_s: int) -> None:
    channel = Channel({1: 100})
    _, now, _ = turn(passes.begun(START), channel, 10, 100.0)
    channel.changed[2] = 100 - late_s
    assert 2 in turn(now, channel, 10, 101.0)[0]


def test_a_quiet_channel_is_read_anew_for_a_while_and_then_no_more() -> None:
    channel = Channel(dict.fromkeys(range(1, 251), 100))
    now, more = passes.begun(START), True
    while more:
        _, now, more = turn(now, channel, 100, 1000.0)
    assert len(turn(now, channel, 1000, 1000.0 + QUIET_S - 1)[0]) == 250
    _, now, _ = turn(now, channel, 1000, 1000.0 + QUIET_S)
    assert turn(now, channel, 1000, 2000.0)[0] == []
    channel.changed[7] = 101
    part, now, _ = turn(now, channel, 1000, 2001.0)
    assert part == [7]
    assert now.since == at(101) - OVERLAP


def test_it_never_reads_from_before_the_instant_and_keeps_it_while_there_is_nothing() -> None:
    _, now, _ = turn(passes.begun(START + timedelta(microseconds=900)), Channel({}), 10, 1.0)
    assert now == Pass(START, START, START)
    _, now, _ = turn(now, Channel({1: 3}), 10, 2.0)
    assert now.since == START


def test_a_second_question_begins_where_the_first_did_and_both_count() -> None:
    now = passes.onward(passes.begun(START), at(400), "", "")
    second = passes.next_phase(now, at(500))
    assert (second.since, second.at, second.phase, second.met) == (START, "", 1, at(500))
    assert passes.ended(second, at(450), 0.0).since == at(500) - OVERLAP


@pytest.mark.parametrize("cursor", ["", "null", "{}", '{"start": "x"}'])
def test_a_cursor_of_somebody_else_is_refused_with_what_to_do(cursor: str) -> None:
    with pytest.raises(ChannelDown, match="reset the channel"):
        passes.read(cursor)
