"""Policies as data, and the deterministic precedence by which one of them wins."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

PolicyKind = Literal[
    "safety_stock",
    "buffer",
    "cap",
    "protection",
    "sell_out_at",
    "min_shelf_life",
    "ring_target",
    "ring_share",
    "guard",
    "guard_service",
]
# These beat each other as if they were of one kind.
GUARDS: Final = ("guard", "guard_service")
FAR_FUTURE = datetime.max.replace(tzinfo=UTC)
FAR_PAST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Policy:
    """One rule: a value with a scope; None in the scope means any.

    `unit` is units, percent (caps, guard_service) or days."""

    id: int
    kind: PolicyKind
    value: int
    recorded_from: datetime
    unit: str = "units"
    channel: int | None = None
    item: int | None = None
    category: str | None = None
    loc: int | None = None
    tier: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    recorded_to: datetime | None = None

    @property
    def specificity(self) -> int:
        """Item, then location, channel, category, tier; the same figure as the table's generated column."""
        return (
            16 * (self.item is not None)
            + 8 * (self.loc is not None)
            + 4 * (self.channel is not None)
            + 2 * (self.category is not None)
            + (self.tier is not None)
        )

    def in_force(self, at: datetime) -> bool:
        """Whether its dates cover the instant: from starts_at up to, not including, ends_at."""
        return (self.starts_at is None or self.starts_at <= at) and (self.ends_at is None or at < self.ends_at)


def by_precedence(policy: Policy) -> tuple[int, datetime, float, int]:
    """Sort key, the winner first: most specific, then the earliest to end, then the newest."""
    return (-policy.specificity, policy.ends_at or FAR_FUTURE, -policy.recorded_from.timestamp(), -policy.id)


def ranked(policies: Iterable[Policy], at: datetime) -> list[Policy]:
    """The policies in force at the instant, the winner first, then the ones it beat."""
    return sorted((p for p in policies if p.in_force(at)), key=by_precedence)
