"""How far a source may differ: which rule holds, which limits it keeps, and what becomes of a difference."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truestock.core.reconcile import Posture, Tolerance, Verdict, applying, judge

COST = Decimal("2.50")


def rule(number: int = 1, **said: Any) -> Tolerance:
    fields: dict[str, Any] = dict.fromkeys(Tolerance._fields, None) | {"id": number, "source": ""}
    return Tolerance(**(fields | said))


@pytest.mark.parametrize(
    ("limits", "units", "kept"),
    [
        ({"units": 2}, 2, True),
        ({"units": 2}, -2, True),
        ({"units": 2}, 3, False),
        ({"units": 0}, 1, False),
        ({"percent": Decimal(5)}, -5, True),
        ({"percent": Decimal(5)}, 6, False),
        ({"percent": Decimal("0.5")}, 1, False),
        ({"value": Decimal(5)}, 2, True),
        ({"value": Decimal(5)}, 3, False),
        ({"units": 10, "percent": Decimal(1)}, 2, False),
        ({"units": 1, "percent": Decimal(50)}, 2, False),
        ({"units": 10, "percent": Decimal(10), "value": Decimal(25)}, -10, True),
    ],
)
def test_every_limit_that_is_named_has_to_be_kept(limits: dict[str, Any], units: int, kept: bool) -> None:
    judged = judge("reconcile", rule(**limits), units, 100, COST)
    assert (judged.within, judged.verdict) == (kept, "book" if kept else "review")


def test_a_limit_of_value_is_not_kept_where_the_cost_is_not_known() -> None:
    assert judge("reconcile", rule(value=Decimal(1_000_000)), 1, 100, None).verdict == "review"


def test_nothing_is_tolerated_of_what_was_not_expected_at_all() -> None:
    assert judge("reconcile", rule(percent=Decimal(50)), 1, 0, COST).verdict == "review"


@pytest.mark.parametrize(("posture", "verdict"), [("book", "book"), ("reconcile", "review"), ("compare", "leave")])
def test_what_becomes_of_a_difference_without_a_tolerance(posture: Posture, verdict: Verdict) -> None:
    judged = judge(posture, None, 1, 100, COST)
    assert (judged.verdict, judged.within) == (verdict, False)


def test_a_source_that_is_only_compared_books_nothing_within_tolerance_either() -> None:
    judged = judge("compare", rule(units=5), 1, 100, COST)
    assert (judged.verdict, judged.within) == ("leave", True)


def test_the_reason_names_the_rule_and_its_limits() -> None:
    judged = judge("reconcile", rule(7, units=3, percent=Decimal("2.50")), 2, 100, COST)
    assert judged.reason == "within tolerance 7 (3 units and 2.5 %)"
    assert judge("book", None, 2, 100, COST).reason == "the source is the master here; no tolerance is set"


SCOPES: dict[str, dict[str, Any]] = {
    "item": {"item": 5},
    "location": {"loc": 2},
    "source": {"source": "wms"},
    "category": {"category": "toys"},
    "none": {},
}


@pytest.mark.parametrize(
    ("stronger", "weaker"), [("item", "location"), ("location", "source"), ("source", "category"), ("category", "none")]
)
def test_the_most_specific_rule_wins(stronger: str, weaker: str) -> None:
    winner, beaten = rule(1, units=1, **SCOPES[stronger]), rule(2, units=9, **SCOPES[weaker])
    for rules in ([winner, beaten], [beaten, winner]):
        assert applying(rules, "wms", 5, "toys", 2) == winner


@pytest.mark.parametrize("scope", [{"item": 6}, {"loc": 3}, {"source": "pos"}, {"category": "tools"}])
def test_a_rule_for_something_else_does_not_hold(scope: dict[str, Any]) -> None:
    assert applying([rule(units=1, **scope)], "wms", 5, "toys", 2) is None


@given(st.integers(-1000, 1000), st.integers(-1000, 1000), st.integers(0, 50), st.integers(0, 50))
def test_a_wider_limit_never_tolerates_less(units: int, expected: int, limit: int, more: int) -> None:
    narrow = judge("reconcile", rule(units=limit), units, expected, COST)
    wide = judge("reconcile", rule(units=limit + more), units, expected, COST)
    assert wide.within or not narrow.within
