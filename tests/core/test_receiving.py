"""Receipts, splits and bins, decided without a database: small tables, and laws that hold for all of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truestock.core.decide.bins import ZONES, Held, Zone, giving_order, take
from truestock.core.decide.receiving import ExpectedLine, ReceivingRule, Ruling, bring, match, ruling_of
from truestock.core.decide.ring_shares import RingShare, ring_shares
from truestock.core.decide.supply import Amended, There, Wanted, amend
from truestock.core.words import Status

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
few = st.integers(0, 60)


def day(n: int) -> datetime:
    return NOW + timedelta(days=n)


def rule(number: int, **said: Any) -> ReceivingRule:
    return ReceivingRule(number, day(number - 50), **said)


@pytest.mark.parametrize(
    ("rules", "ruling"),
    [
        ([], Ruling()),
        ([rule(1, lands="receiving"), rule(2, loc=7, lands="approval")], Ruling("approval", rules=(2,))),
        ([rule(1, loc=7, lands="receiving"), rule(2, item=5, lands="inspection")], Ruling("inspection", rules=(2,))),
        (
            [rule(1, supplier="a", lands="approval"), rule(2, category="c", lands="receiving")],
            Ruling("approval", rules=(1,)),
        ),
        ([rule(1, loc=8, lands="receiving"), rule(2, supplier="b", lands="inspection")], Ruling()),
        ([rule(1, lands="receiving"), rule(2, lands="inspection")], Ruling("inspection", rules=(2,))),
        (
            [rule(1, over_percent=10, unexpected="approval"), rule(2, item=5, lands="inspection")],
            Ruling("inspection", 10, "approval", (2, 1)),
        ),
    ],
)  # fmt: skip
def test_each_question_is_answered_by_its_most_specific_rule(rules: list[ReceivingRule], ruling: Ruling) -> None:
    assert ruling_of(rules, 7, 5, "c", "a") == ruling


lines = st.lists(
    st.builds(
        ExpectedLine, id=st.integers(1, 9), qty=st.integers(1, 40), received=few, due_at=st.integers(-3, 3).map(day),
        open=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda line: line.id,
)  # fmt: skip
rulings = st.builds(
    Ruling,
    lands=st.sampled_from(["sellable", "receiving", "inspection", "approval"]),
    over_percent=st.none() | st.integers(0, 50),
    unexpected=st.sampled_from(["accept", "approval"]),
)


@given(lines, st.integers(1, 99), rulings)
def test_no_unit_of_a_receipt_is_lost_or_brought_twice(known: list[ExpectedLine], qty: int, ruling: Ruling) -> None:
    missing = sum(line.missing for line in known)
    found = match(known, qty, NOW, ruling)
    taken = sum(units for _, units in found.taken)
    assert sum(portion.qty for portion in found.portions) == qty
    assert all(portion.qty > 0 for portion in found.portions)
    if known:
        assert taken == min(qty, missing)
        assert (found.over, found.short) == (qty - taken, missing - taken)
        missed = {line.id: line.missing for line in known}
        assert all(0 < units <= missed[number] for number, units in found.taken)
    over = [portion for portion in found.portions if portion.outcome == "over"]
    if ruling.over_percent is not None and ruling.lands != "approval":
        allowed = sum(line.qty for line in known) * ruling.over_percent // 100
        assert sum(portion.qty for portion in over if portion.lands != "approval") <= allowed


shares = st.lists(
    st.builds(
        RingShare, channel=st.integers(1, 9), rank=st.integers(1, 4), percent=st.none() | st.integers(0, 100),
        target=st.none() | few, has=few,
    ),
    max_size=4,
    unique_by=lambda share: share.channel,
)  # fmt: skip


@given(st.integers(0, 200), shares)
def test_a_split_gives_out_no_more_than_came_and_no_ring_more_than_its_target(
    qty: int, given_: list[RingShare]
) -> None:
    found = ring_shares(qty, given_)
    assert sum(found.values()) <= qty
    assert ring_shares(qty, given_[::-1]) == found, "the order in which rules are told does not matter"
    for share in given_:
        units = found.get(share.channel, 0)
        assert units >= 0
        if share.target is not None:
            assert units <= max(0, share.target - share.has)
        if share.percent:
            assert units <= -(-qty * share.percent // 100)


@pytest.mark.parametrize(
    ("qty", "given_", "found"),
    [
        (10, [RingShare(1, 1, 60, None, 0)], {1: 6}),
        (10, [RingShare(1, 1, 60, 4, 0)], {1: 4}),
        (10, [RingShare(1, 1, 60, 4, 3)], {1: 1}),
        (10, [RingShare(1, 1, None, 4, 1)], {1: 3}),
        (10, [RingShare(1, 1, 50, None, 0), RingShare(2, 2, None, 20, 0)], {1: 5, 2: 5}),
        (1, [RingShare(1, 1, 50, None, 0), RingShare(2, 2, 50, None, 0)], {1: 1}),
        (1, [RingShare(1, 2, 50, None, 0), RingShare(2, 1, 50, None, 0)], {2: 1}),
        (1, [RingShare(1, 1, 49, None, 0)], {}),
        (3, [RingShare(number, 1, 100, None, 0) for number in (1, 2, 3)], {1: 1, 2: 1, 3: 1}),
    ],
)  # fmt: skip
def test_whole_units_by_largest_remainder(qty: int, given_: list[RingShare], found: dict[int, int]) -> None:
    assert ring_shares(qty, given_) == found


@given(st.lists(st.tuples(st.sampled_from(ZONES), few), max_size=6), st.integers(0, 200), st.sampled_from(list(Status)))
def test_bins_give_what_is_asked_as_far_as_it_goes_zone_by_zone(
    bins: list[tuple[Zone, int]], units: int, status: Status
) -> None:
    held = [Held(n, zone, f"B{n}", qty) for n, (zone, qty) in enumerate(bins, 1)]
    before = {one.bin: one.qty for one in held}
    order = giving_order(status)
    gave = take(held, units, order)
    assert sum(taken.qty for taken in gave) == min(units, sum(before.values()))
    assert all(one.qty == before[one.bin] - sum(t.qty for t in gave if t.bin == one.bin) for one in held)
    emptied = [order.index(one.zone) for one in held if one.qty]
    touched = [order.index(one.zone) for one in held if any(t.bin == one.bin for t in gave)]
    assert not touched or not emptied or max(touched) <= min(emptied), "a later zone gives when the earlier is empty"


there = st.lists(
    st.builds(There, id=st.integers(1, 9), qty=st.integers(1, 9), received=few, due_at=st.integers(0, 5).map(day)),
    max_size=4,
    unique_by=lambda line: line.id,
)
wanted = st.lists(st.builds(Wanted, qty=st.integers(1, 9), due_at=st.integers(0, 5).map(day)), max_size=4)


@given(there, wanted)
def test_a_document_told_again_says_what_it_says_and_the_second_time_changes_nothing(
    known: list[There], told: list[Wanted]
) -> None:
    change = amend(known, told)
    changed = dict(change.changed)
    after = [line for line in known if line.id not in change.gone]
    stands = [changed.get(line.id, Wanted(line.qty, line.due_at)) for line in after] + list(change.added)
    assert sorted(stands) == sorted(told)
    kept = [There(line.id, *_of(changed, line)[:1], line.received, _of(changed, line)[1]) for line in after]
    kept += [There(100 + n, new.qty, 0, new.due_at) for n, new in enumerate(change.added)]
    again = amend(kept, told)
    assert again == Amended((), (), ()), "told once more as it is, it changes nothing"


@given(there)
def test_a_document_told_as_it_stands_opens_what_was_off_whatever_has_come_of_it(known: list[There]) -> None:
    changed, *others = amend(known, [Wanted(line.qty, line.due_at) for line in known])
    assert sorted(changed) == sorted((line.id, Wanted(line.qty, line.due_at)) for line in known if line.off)
    assert others == [(), ()]


def test_lines_that_move_keep_what_has_come_of_them() -> None:
    known = [There(1, 1, 1, day(1)), There(2, 5, 3, day(2))]
    moved = amend(known, [Wanted(2, day(1)), Wanted(5, day(3))])
    assert moved == Amended(((1, Wanted(2, day(1))), (2, Wanted(5, day(3)))), (), ())


def _of(changed: dict[int, Wanted], line: There) -> Wanted:
    return changed.get(line.id, Wanted(line.qty, line.due_at))


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 12), st.booleans()), max_size=4), st.integers(1, 40))
def test_what_is_brought_by_reference_is_all_there_is_and_fills_the_earliest_first(
    told: list[tuple[int, int, bool]], qty: int
) -> None:
    lines = [
        ExpectedLine(n, units, min(came, units), day(n), is_open) for n, (units, came, is_open) in enumerate(told, 1)
    ]
    missing = {line.id: line.missing for line in lines}
    before = {line.id: line.received for line in lines}
    found = bring(lines, qty)
    assert sum(units for _, units in found) == (qty if lines else 0)
    assert {line.id: line.received - before[line.id] for line in lines if line.received > before[line.id]} == dict(
        found
    )
    left = qty
    for line in lines[:-1]:
        assert dict(found).get(line.id, 0) == min(left, missing[line.id])
        left -= min(left, missing[line.id])
