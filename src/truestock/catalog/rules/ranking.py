"""Why a rule holds: the rules of a kind that can apply to a scope, the one that holds first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar, cast

from truestock.catalog import queries
from truestock.catalog.policies import LEGAL, StoredPolicy
from truestock.catalog.rules.book import RuleBook
from truestock.catalog.rules.snapshot import Snapshot
from truestock.core.checks import check_choice, check_zone
from truestock.core.network.policy import GUARDS, Policy, PolicyKind, ranked
from truestock.core.problems import Invalid, NotFound
from truestock.store.database import Database

T = TypeVar("T")
Standing = Literal["holds", "beaten", "out of date"]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A rule and how it stands: `beaten` by one above it, or `out of date`, as its dates do not cover the instant."""

    standing: Standing
    policy: StoredPolicy


def rank_policies(
    db: Database,
    rules: RuleBook,
    kind: str,
    item: str,
    at: datetime,
    channel: str | None = None,
    location: str | None = None,
) -> list[Ranked]:
    """The rules of a kind for an item (by SKU), on a channel or at a location, at an instant: the strongest first,
    those out of date last. A guard and a computed one are ranked together.

    Raises Invalid and NotFound naming the field, Busy."""
    check_choice("kind", kind, list(LEGAL), required=True)
    for name, given in (("channel", channel), ("location", location)):
        if given is not None and name not in LEGAL[kind]:
            raise Invalid(name, f"a {kind} rule cannot name a {name}; leave it out")
    check_zone("at", at)
    rules.refresh()
    ordered = rules.read(lambda snapshot: _ordered(snapshot, cast(PolicyKind, kind), item, at, channel, location))
    with db.transaction() as conn:
        rows = conn.execute(queries.policies_by_id, {"ids": [policy.id for _, policy in ordered]})
        stored = {row[0]: StoredPolicy(*row) for row in rows}
    return [Ranked(standing, stored[policy.id]) for standing, policy in ordered]


def _ordered(
    snapshot: Snapshot, kind: PolicyKind, sku: str, at: datetime, channel: str | None, location: str | None
) -> list[tuple[Standing, Policy]]:
    found = list(snapshot.items(snapshot.item_ids([sku]).values()).values())
    if not found:
        raise NotFound("item", sku)
    on = None if channel is None else _known("channel", channel, snapshot.channel(channel)).id
    place = None if location is None else _known("location", location, snapshot.location(location)).id
    applying = found[0].applying(GUARDS if kind in GUARDS else (kind,), on, place)
    standing: list[tuple[Standing, Policy]] = [
        ("beaten" if n else "holds", policy) for n, policy in enumerate(ranked(applying, at))
    ]
    return [*standing, *(("out of date", policy) for policy in applying if not policy.in_force(at))]


def _known(what: str, code: str, found: T | None) -> T:
    if found is None:
        raise NotFound(what, code)
    return found
