"""Mapping rules: what they make of a SKU, one after the other, and that none can take long or be half understood."""

import re
from random import Random
from time import thread_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truestock.core.problems import Invalid
from truestock.feeds.inbox.rules import REGEX_SKU_MAX, Mapped, Rule, check_rule, first_meant, steps

WEB = Rule(1, "prefix", "WEB-")
SIX = Rule(2, "suffix", "-6PK", units=6)
ANY_PACK = Rule(3, "suffix", "-{n}PK")
ITEMS = {"TEE", "TEA-16", "LAMP"}
BARCODES = {"04006381333931": ("TEE", 4)}
TABLE: list[tuple[list[Rule], str, str, Mapped | None]] = [
    ([WEB], "WEB-TEE", "", Mapped("TEE", 1, 1)),
    ([WEB], "web-TEE", "", None),
    ([WEB, SIX], "WEB-TEE-6PK", "", Mapped("TEE", 6, 2)),
    ([SIX, WEB], "WEB-TEE-6PK", "", Mapped("TEE", 6, 2)),
    ([WEB, ANY_PACK], "WEB-TEE-24PK", "", Mapped("TEE", 24, 3)),
    ([ANY_PACK], "TEE-0PK", "", None),
    ([ANY_PACK], "TEE-10001PK", "", None),
    ([Rule(1, "suffix", "{n}PK")], "TEE12345PK", "", None),
    ([Rule(1, "suffix", "-{n}PK", units=2)], "TEE-3PK", "", Mapped("TEE", 6, 1)),
    ([Rule(1, "sku")], "TEE", "", Mapped("TEE", 1, 1)),
    ([Rule(1, "sku")], "OTHER", "", None),
    ([Rule(1, "sku", "ODD", "LAMP", 2)], "ODD", "", Mapped("LAMP", 2, 1)),
    ([Rule(1, "sku", "ODD", "LAMP", 2)], "ODDER", "", None),
    ([Rule(1, "barcode")], "ODD", "4006381333931", Mapped("TEE", 4, 1)),
    ([Rule(1, "barcode")], "4006381333931", "", Mapped("TEE", 4, 1)),
    ([WEB, Rule(2, "barcode", units=2)], "WEB-4006381333931", "", Mapped("TEE", 8, 2)),
    ([Rule(1, "barcode"), Rule(2, "sku")], "LAMP", "123", Mapped("LAMP", 1, 2)),
    ([Rule(1, "regex", r"([A-Z]+)_(\d+)-{n}er", r"\1-\2")], "TEA_16-6er", "", Mapped("TEA-16", 6, 1)),
    ([Rule(1, "regex", r"{n}x(\w+)", r"\1")], "3xTEE", "", Mapped("TEE", 3, 1)),
    ([Rule(1, "regex", r"(TEE|LAMP)(-[A-Z]{2})?", r"\1")], "LAMP-DE", "", Mapped("LAMP", 1, 1)),
    ([Rule(1, "regex", "TEE.*", "TEE")], "TEE" + "x" * REGEX_SKU_MAX, "", None),
    ([Rule(1, "prefix", "WEB-TEE")], "WEB-TEE", "", None),
    ([Rule(1, "prefix", "a.c", "")], "abcTEE", "", None),
    ([], "TEE", "", None),
]


@pytest.mark.parametrize(("rules", "sku", "barcode", "mapped"), TABLE)
def test_rules_lead_to_one_item_or_to_none(rules: list[Rule], sku: str, barcode: str, mapped: Mapped | None) -> None:
    for rule in rules:
        check_rule(rule)
    assert first_meant(steps(rules, sku, barcode), ITEMS, BARCODES) == mapped


def test_the_order_is_that_of_ord_and_the_first_item_on_the_way_counts() -> None:
    rules = [Rule(9, "sku", "B", "C"), Rule(5, "sku", "A", "B", 2), Rule(7, "suffix", "!", "")]
    assert [(step.text, step.units) for step in steps(rules, "A")] == [("B", 2), ("C", 2)]
    assert first_meant(steps(rules, "A"), {"B", "C"}, {}) == Mapped("B", 2, 5)
    assert first_meant(steps(rules, "A"), {"C"}, {}) == Mapped("C", 2, 9)


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"ord": 0, "by": "sku"}, "ord"),
    ({"ord": 10_001, "by": "sku"}, "ord"),
    ({"ord": 1, "by": "title"}, "by"),
    ({"ord": 1, "by": "sku", "units": 0}, "units"),
    ({"ord": 1, "by": "sku", "units": 1_001}, "units"),
    ({"ord": 1, "by": "prefix"}, "pattern"),
    ({"ord": 1, "by": "suffix", "pattern": "x" * 101}, "pattern"),
    ({"ord": 1, "by": "suffix", "pattern": "a\tb"}, "pattern"),
    ({"ord": 1, "by": "prefix", "pattern": "a", "replace": "a\0b"}, "replace"),
    ({"ord": 1, "by": "barcode", "pattern": "4"}, "pattern"),
    ({"ord": 1, "by": "sku", "replace": "TEE"}, "pattern"),
    ({"ord": 1, "by": "suffix", "pattern": "{n}-{n}"}, "pattern"),
    ({"ord": 1, "by": "regex", "pattern": "(a)", "replace": r"\2"}, "replace"),
    ({"ord": 1, "by": "regex", "pattern": "(a)", "replace": r"\g<1>"}, "replace"),
    *(
        ({"ord": 1, "by": "regex", "pattern": pattern}, "pattern")
        for pattern in (
            *(
                "(a+)+",
                "(a|b)*",
                "a**",
                "a+?",
                "[a",
                "(a",
                "a)",
                "((a))",
                "a|b",
                r"\1",
                "^a",
                "a$",
                "(?P<x>a)",
                "(?i)a",
            ),
            *(
                "a{1,999}",
                "a{2}{3}",
                "{n}+",
                "[z-a]",
                ".*.*.*.*",
                "a?a?a?a?a?a?a?",
                "(a|b|c|d|e|f|g|h)",
                "a{5,2}",
                "\\",
            ),
        )
    ),
]


@pytest.mark.parametrize(("told", "field"), FAULTS)
def test_a_rule_that_cannot_be_meant_is_refused_by_its_field(told: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_rule(Rule(**told))
    assert refused.value.field == field
    assert len(refused.value.detail) < 300


@settings(deadline=None)
@given(
    st.text(st.sampled_from(r"ab.*+?()|[]{}12,\dn-"), min_size=1, max_size=24),
    st.text(st.sampled_from("ab12-"), max_size=64),
)
def test_whatever_pattern_is_taken_it_is_quick_and_has_no_say_in_the_language(pattern: str, sku: str) -> None:
    rule = Rule(1, "regex", pattern, "X")
    try:
        check_rule(rule)
    except Invalid:
        return
    re.compile(pattern.replace("{n}", "(?P<n>[0-9]+)"))
    began = thread_time()
    for text in (sku, "a" * REGEX_SKU_MAX, "ab" * (REGEX_SKU_MAX // 2), "a" * (REGEX_SKU_MAX - 1) + "-"):
        steps([rule], text)
    assert thread_time() - began < 1


@pytest.mark.parametrize(
    "pattern", ["a?a?a?a?a?a?aaaaaaaaaaaaaaaaaaaaaaaaaaaa", ".*.*.*b", "[ab]*[ab]*[ab]*c", ".*(a|aa)?(a|aa)?.*.*b"]
)
def test_the_worst_patterns_that_are_taken_are_quick(pattern: str) -> None:
    rule = Rule(1, "regex", pattern, "X")
    check_rule(rule)
    began = thread_time()
    assert steps([rule], "a" * REGEX_SKU_MAX) == []
    assert thread_time() - began < 1


names = st.text(st.sampled_from("AB-6PK"), min_size=1, max_size=8)
some_rules = st.lists(
    st.builds(Rule, st.integers(1, 99), st.sampled_from(("prefix", "suffix", "sku")), names, names, st.integers(1, 3)),
    max_size=4,
    unique_by=lambda rule: rule.ord,
)


@settings(deadline=None)
@given(some_rules, names, st.randoms(use_true_random=False))
def test_steps_hang_on_the_order_of_the_rules_and_not_of_the_list(rules: list[Rule], sku: str, chance: Random) -> None:
    mixed = list(rules)
    chance.shuffle(mixed)
    made = steps(rules, sku)
    assert made == steps(mixed, sku)
    assert [step.ord for step in made] == sorted(step.ord for step in made)
    assert all(step.text and step.units >= 1 for step in made)
