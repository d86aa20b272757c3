"""Which rule wins: small tables, and the laws of precedence."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from truestock.core.network.policy import Policy, by_precedence, ranked

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
DATES = st.none() | st.integers(-3, 3).map(lambda days: NOW + days * DAY)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    return Policy(
        id=draw(st.integers(1, 1_000_000)),
        kind="buffer",
        value=draw(st.integers(0, 9)),
        recorded_from=NOW - draw(st.integers(0, 5)) * DAY,
        channel=draw(st.sampled_from([None, 1])),
        item=draw(st.sampled_from([None, 1])),
        category=draw(st.sampled_from([None, "toys"])),
        loc=draw(st.sampled_from([None, 1])),
        tier=draw(st.sampled_from([None, "primary"])),
        starts_at=draw(DATES),
        ends_at=draw(DATES),
    )


DISTINCT = st.lists(policies(), max_size=8, unique_by=lambda policy: policy.id)


@given(DISTINCT.flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))))
def test_the_order_of_arrival_never_matters(orders: tuple[list[Policy], list[Policy]]) -> None:
    assert ranked(orders[0], NOW) == ranked(orders[1], NOW)


@given(DISTINCT)
def test_only_rules_in_force_are_ranked_and_each_of_them_once(found: list[Policy]) -> None:
    assert sorted(p.id for p in ranked(found, NOW)) == sorted(p.id for p in found if p.in_force(NOW))


@given(policies(), policies())
def test_a_more_specific_rule_wins_whatever_its_dates(one: Policy, other: Policy) -> None:
    if one.specificity > other.specificity:
        assert by_precedence(one) < by_precedence(other)


@given(policies())
def test_item_outweighs_all_else_together_and_so_on_down(rule: Policy) -> None:
    weights = [rule.item, rule.loc, rule.channel, rule.category, rule.tier]
    assert rule.specificity == int("".join("0" if part is None else "1" for part in weights), 2)


def test_among_equals_the_earliest_to_end_wins_then_the_newest() -> None:
    def rule(number: int, ends: int | None, age: int) -> Policy:
        return Policy(number, "buffer", 1, NOW - age * DAY, ends_at=None if ends is None else NOW + ends * DAY)

    lasting_new, lasting_old, short, shorter = rule(1, None, 1), rule(2, None, 9), rule(3, 5, 9), rule(4, 2, 9)
    assert ranked([lasting_old, lasting_new, short, shorter], NOW) == [shorter, short, lasting_new, lasting_old]


def test_a_rule_holds_from_its_start_up_to_but_not_at_its_end() -> None:
    rule = Policy(1, "buffer", 1, NOW, starts_at=NOW, ends_at=NOW + DAY)
    second = timedelta(seconds=1)
    assert [rule.in_force(at) for at in (NOW - second, NOW, NOW + DAY - second, NOW + DAY)] == [
        False,
        True,
        True,
        False,
    ]
