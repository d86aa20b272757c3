"""How far a source may differ before somebody has to look, and what becomes of a difference. Pure."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from truestock.core.reconcile.values import Posture, Verdict


class Tolerance(NamedTuple):
    """A rule: every limit that it names has to be kept. Its scope: None, or an empty source, means any.

    `percent` is of the units expected, `value` in the currency of items' costs."""

    id: int
    source: str
    item: int | None
    category: str | None
    loc: int | None
    units: int | None
    percent: Decimal | None
    value: Decimal | None

    @property
    def precedence(self) -> tuple[int, int]:
        """Sort key, the winner first: item, then location, source, category; then the newest."""
        specificity = (
            8 * (self.item is not None)
            + 4 * (self.loc is not None)
            + 2 * bool(self.source)
            + (self.category is not None)
        )
        return (-specificity, -self.id)

    @property
    def said(self) -> str:
        """Its limits in words."""
        limits = [
            None if self.units is None else f"{self.units} units",
            None if self.percent is None else f"{self.percent.normalize():f} %",
            None if self.value is None else f"a value of {self.value.normalize():f}",
        ]
        return f"tolerance {self.id} ({' and '.join(filter(None, limits))})"


class Judged(NamedTuple):
    """What becomes of a difference, and why; `within` its tolerance or not, whatever the posture."""

    verdict: Verdict
    within: bool
    reason: str


def applying(rules: Iterable[Tolerance], source: str, item: int, category: str, loc: int) -> Tolerance | None:
    """The rule that holds for a cell; None where there is none, so that nothing is tolerated."""
    found = [
        rule
        for rule in rules
        if rule.source in ("", source)
        and rule.item in (None, item)
        and rule.category in (None, category)
        and rule.loc in (None, loc)
    ]
    return min(found, key=lambda rule: rule.precedence, default=None)


def within(rule: Tolerance, units: int, expected: int, cost: Decimal | None) -> bool:
    """Whether a difference keeps every limit; a limit of value is not kept where the item's cost is not known."""
    size = abs(units)
    if rule.units is not None and size > rule.units:
        return False
    if rule.percent is not None and size * 100 > rule.percent * abs(expected):
        return False
    return rule.value is None or (cost is not None and size * cost <= rule.value)


def judge(posture: Posture, rule: Tolerance | None, units: int, expected: int, cost: Decimal | None) -> Judged:
    """What becomes of a difference of `units` from `expected`, of an item of that cost."""
    kept = rule is not None and within(rule, units, expected, cost)
    said = "no tolerance is set" if rule is None else f"{'within' if kept else 'beyond'} {rule.said}"
    if posture == "compare":
        return Judged("leave", kept, said)
    if posture == "book":
        return Judged("book", kept, f"the source is the master here; {said}")
    return Judged("book" if kept else "review", kept, said)
