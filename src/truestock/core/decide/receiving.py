"""What a receipt means: which expected units it brings, how many beyond them, and where all of them go."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from truestock.core.network.policy import FAR_PAST

Lands = Literal["sellable", "receiving", "inspection", "approval"]
LandsThen = Literal["sellable", "receiving", "inspection"]
Unexpected = Literal["accept", "approval"]
Outcome = Literal["expected", "over", "unknown"]


@dataclass(frozen=True, slots=True)
class ReceivingRule:
    """One rule: where units land, how many percent more than ordered are taken, what becomes of the unexpected, and
    whether who received units may approve them too.

    None in the scope means any, None in an answer that the rule says nothing of it."""

    id: int
    recorded_from: datetime
    loc: int | None = None
    item: int | None = None
    category: str | None = None
    supplier: str | None = None
    lands: Lands | None = None
    over_percent: int | None = None
    unexpected: Unexpected | None = None
    own_approval: bool | None = None

    @property
    def specificity(self) -> int:
        """Item, then location, supplier, category."""
        return (
            8 * (self.item is not None)
            + 4 * (self.loc is not None)
            + 2 * (self.supplier is not None)
            + (self.category is not None)
        )


SILENT = ReceivingRule(0, FAR_PAST)


class Ruling(NamedTuple):
    """What holds for some units: each answer is the most specific rule's that gives one; `rules` are their ids."""

    lands: Lands = "sellable"
    over_percent: int | None = None
    unexpected: Unexpected = "accept"
    rules: tuple[int, ...] = ()


@dataclass(slots=True)
class ExpectedLine:
    """A line of a document for one item; `open` says whether more of it may come."""

    id: int
    qty: int
    received: int
    due_at: datetime
    open: bool = True

    @property
    def missing(self) -> int:
        """Units that are still to come."""
        return max(0, self.qty - self.received) if self.open else 0


class Portion(NamedTuple):
    """Units of one receipt line that are treated alike; those that wait for approval go to `lands_then` after it."""

    qty: int
    outcome: Outcome
    lands: Lands
    lands_then: LandsThen


class Matched(NamedTuple):
    """`taken`: units by document line; `short`: units still to come; `late_days`: below zero it came early."""

    taken: tuple[tuple[int, int], ...]
    portions: tuple[Portion, ...]
    short: int
    over: int
    late_days: int | None


def due_order(line: ExpectedLine) -> tuple[datetime, int]:
    """What is due earlier comes first."""
    return (line.due_at, line.id)


def bring(lines: Sequence[ExpectedLine], qty: int) -> list[tuple[int, int]]:
    """(line, units) of `qty` units that came, which the lines have from then on: what is missing of the earliest due
    first, and what is more than all of them with the last."""
    due = sorted(lines, key=due_order)
    taken = dict(_taken(due, qty))
    if due and (over := qty - sum(taken.values())):
        taken[due[-1].id] = taken.get(due[-1].id, 0) + over
    for line in due:
        line.received += taken.get(line.id, 0)
    return list(taken.items())


def _taken(due: Sequence[ExpectedLine], qty: int) -> list[tuple[int, int]]:
    taken = []
    left = qty
    for line in due:
        units = min(left, line.missing)
        if units:
            taken.append((line.id, units))
            left -= units
    return taken


def ruling_of(rules: Iterable[ReceivingRule], loc: int, item: int, category: str, supplier: str) -> Ruling:
    """The answers for an item that a supplier brings to a location."""
    holding = _holding(rules, loc, item, category, supplier)
    lands = next((rule for rule in holding if rule.lands is not None), SILENT)
    over = next((rule for rule in holding if rule.over_percent is not None), SILENT)
    unexpected = next((rule for rule in holding if rule.unexpected is not None), SILENT)
    named = tuple(dict.fromkeys(rule.id for rule in (lands, over, unexpected) if rule is not SILENT))
    return Ruling(lands.lands or "sellable", over.over_percent, unexpected.unexpected or "accept", named)


def own_approval(rules: Iterable[ReceivingRule], loc: int, item: int, category: str, supplier: str) -> bool:
    """Whether who received units of an item may approve them too."""
    holding = _holding(rules, loc, item, category, supplier)
    return next((rule.own_approval for rule in holding if rule.own_approval is not None), False)


def _holding(rules: Iterable[ReceivingRule], loc: int, item: int, category: str, supplier: str) -> list[ReceivingRule]:
    """The rules that say something of this, the most specific first, then the newest."""
    return sorted(
        (
            rule
            for rule in rules
            if rule.loc in (None, loc)
            and rule.item in (None, item)
            and rule.category in (None, category)
            and rule.supplier in (None, supplier)
        ),
        key=lambda rule: (-rule.specificity, -rule.recorded_from.timestamp(), -rule.id),
    )


def match(lines: Sequence[ExpectedLine], qty: int, at: datetime, ruling: Ruling) -> Matched:
    """Bring `qty` units against the lines that a document has for their item, the earliest due first.

    No lines: nobody said that they would come."""
    if not lines:
        lands: Lands = ruling.lands if ruling.unexpected == "accept" else "approval"
        return Matched((), (Portion(qty, "unknown", lands, _then(ruling)),), 0, 0, None)
    due = sorted(lines, key=due_order)
    taken = _taken(due, qty)
    left = qty - sum(units for _, units in taken)
    accepted = min(left, _allowance(lines, left, ruling))
    found = [
        Portion(qty - left, "expected", ruling.lands, _then(ruling)),
        Portion(accepted, "over", ruling.lands, _then(ruling)),
        Portion(left - accepted, "over", "approval", _then(ruling)),
    ]
    first = next((line for line in due if line.missing), due[-1])
    return Matched(
        tuple(taken),
        tuple(portion for portion in found if portion.qty),
        sum(line.missing for line in lines) - (qty - left),
        left,
        (at.astimezone(UTC).date() - first.due_at.astimezone(UTC).date()).days,
    )


def _allowance(lines: Sequence[ExpectedLine], over: int, ruling: Ruling) -> int:
    """How many units beyond the ordered ones are still taken as they come."""
    if ruling.over_percent is None:
        return over
    ordered = sum(line.qty for line in lines)
    already = sum(max(0, line.received - line.qty) for line in lines)
    return max(0, ordered * ruling.over_percent // 100 - already)


def _then(ruling: Ruling) -> LandsThen:
    return "sellable" if ruling.lands == "approval" else ruling.lands
