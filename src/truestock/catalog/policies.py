"""Policies: rules as data. Decides which scope is legal for which kind; which rule wins is core's.

A rule is never updated: it is closed, and another one takes its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, cast

from truestock.catalog import queries
from truestock.catalog.changes import PUT, How, Lines, Result, Work, Written, changing, columns, take_ids
from truestock.catalog.items import StoredItem, stored_items
from truestock.catalog.locations import TIERS
from truestock.core.available.guard import LEVEL_MOST
from truestock.core.checks import BIGINT_MAX, check_choice, check_number, check_text, check_zone
from truestock.core.identity import part_of
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.store.database import Connection, Database
from truestock.store.paging import Page, page_of

SCOPE = ("channel", "item", "category", "location", "tier")
LEGAL: dict[str, frozenset[str]] = {
    "safety_stock": frozenset({"item", "category", "location", "tier"}),
    "buffer": frozenset({"channel", "item", "category"}),
    "cap": frozenset({"channel", "item", "category"}),
    "sell_out_at": frozenset({"channel", "item", "category"}),
    "min_shelf_life": frozenset({"channel", "item", "category"}),
    "protection": frozenset({"channel", "item"}),
    "ring_target": frozenset({"channel", "item", "category", "location"}),
    "ring_share": frozenset({"channel", "item", "category", "location"}),
    "guard": frozenset({"channel", "item", "category"}),
    "guard_service": frozenset({"channel", "item", "category"}),
}
UNITS: dict[str, tuple[str, ...]] = {
    "cap": ("units", "percent"),
    "min_shelf_life": ("days",),
    "guard_service": ("percent",),
    "ring_share": ("percent",),
}
PERCENT_MOST = {"cap": 100, "ring_share": 100, "guard_service": LEVEL_MOST}
NEEDED: dict[str, frozenset[str]] = {
    "protection": frozenset({"channel", "item"}),
    "ring_target": frozenset({"channel", "location"}),
    "ring_share": frozenset({"channel", "location"}),
}
CLASHING = (("item", "category"), ("location", "tier"))


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """A rule as a caller wants it. Its scope is in codes and SKUs; None there means any.

    `value` is in units, or by `unit` in percent (a cap; guard_service, always) or days (min_shelf_life, always). The
    rule holds from `starts_at` up to, not including, `ends_at`; both have a time zone. Kind, scope and dates tell rules
    apart."""

    kind: str
    value: int
    channel: str | None = None
    item: str | None = None
    category: str | None = None
    location: str | None = None
    tier: str | None = None
    unit: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """A rule as it is, or was while recorded_to is set."""

    id: int
    kind: str
    value: int
    unit: str
    channel: str | None
    item: str | None
    category: str | None
    location: str | None
    tier: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    reason: str
    recorded_from: datetime
    recorded_to: datetime | None
    specificity: int


def put_policies(db: Database, drafts: Sequence[PolicyDraft], how: How = PUT) -> list[Result]:
    """Add rules, or replace those of the same kind, scope and dates; one result per line with the new rule's id.

    A protection that is put again starts anew: what is kept for the channel is its whole value."""
    lines = Lines(drafts, _key, _check)
    fresh = take_ids(db, "policy", len(lines.open()))
    with changing(db, how, lines) as work:
        at = work.lock_rules()
        items = stored_items(work.conn, {d.item for _, d in lines.open() if d.item is not None})
        _refuse_unknown(work.conn, lines, items)
        stored = _open(work.conn, [item.id for item in items.values()])
        rows: list[StoredPolicy] = []
        closed: list[int] = []
        for n, draft in lines.open():
            old = stored.get(_key(draft))
            if (result := _verdict(how, draft, old)) is not None:
                lines.settle(n, result)
                continue
            rows.append(_built(draft, next(fresh), at))
            closed += [old.id] if old else []
            lines.settle(n, Written(rows[-1].id, "changed" if old else "created"))
        _write(work, rows, closed, at)
        _keep(work, {items[r.item].id: items[r.item] for r in rows if r.kind == "protection" and r.item}, rows)
    return lines.answers(how)


def end_policies(db: Database, ids: Sequence[int], how: How = PUT) -> list[Result]:
    """Close rules by id, one result per line; ending a protection frees what was kept."""
    lines = Lines(ids, lambda n: n, lambda n: check_number("id", n, low=1, high=BIGINT_MAX))
    with changing(db, how, lines) as work:
        at = work.lock_rules()
        wanted = [policy for _, policy in lines.open()]
        rows = work.conn.execute(queries.open_protections, {"ids": wanted}).fetchall()
        found = {policy for policy, _, _, _ in rows}
        for n, policy in lines.open():
            lines.settle(n, Written(policy, "ended") if policy in found else NotFound("open policy", policy, "id"))
        _write(work, [], list(found), at)
        kept = [(item, channel) for _, kind, item, channel in rows if kind == "protection"]
        work.touch(item for item, _ in kept)
        arrays = {
            "parts": [part_of(item) for item, _ in kept],
            "items": [item for item, _ in kept],
            "channels": [channel for _, channel in kept],
        }
        work.conn.execute(queries.delete_kept, arrays)
    return lines.answers(how)


def list_policies(
    db: Database,
    kind: str | None = None,
    channel: str | None = None,
    item: str | None = None,
    category: str | None = None,
    location: str | None = None,
    ended: bool = False,
    after: str | None = None,
    limit: int = 100,
) -> Page[StoredPolicy]:
    """Rules by id, a page at a time, whose scope names what is asked for; `ended` shows the closed ones too. Raises
    Invalid."""
    check_choice("kind", kind, list(LEGAL))
    parameters = {
        "kind": kind,
        "channel": channel,
        "item": item,
        "category": category,
        "location": location,
        "ended": ended,
        "after": int(after or 0),
        "limit": limit + 1,
    }
    with db.transaction() as conn:
        rows = [StoredPolicy(*row) for row in conn.execute(queries.search_policies, parameters)]
    return page_of(rows, limit, lambda row: row.id)


def _verdict(how: How, draft: PolicyDraft, old: StoredPolicy | None) -> Result | None:
    """The answer to a line that writes nothing."""
    if old is None:
        return NotFound("policy", " ".join(filter(None, _key(draft)[:6]))) if how.mode == "change" else None
    if how.mode == "create":
        return Conflict(f"policy {old.id} has the same kind, scope and dates; replace or end it", "kind")
    same = (old.value, old.unit, old.reason) == (draft.value, _unit(draft), draft.reason)
    return Written(old.id, "unchanged") if same and draft.kind != "protection" else None


def _write(work: Work, rows: list[StoredPolicy], closed: list[int], at: datetime) -> None:
    if closed:
        work.conn.execute(queries.close_policies, {"ids": closed, "at": at})
    if rows:
        work.conn.execute(queries.insert_policies, {**columns(rows), "at": at})
    work.rules_changed |= bool(rows or closed)


def _keep(work: Work, items: dict[int, StoredItem], rows: list[StoredPolicy]) -> None:
    """Set what is kept for the channels under the items' locks: the ledger counts their promises against it."""
    if not items:
        return
    set_at = work.touch(items)
    ids = {item.sku: item.id for item in items.values()}
    protections = [(ids[row.item], row) for row in rows if row.kind == "protection" and row.item]
    arrays = {
        "parts": [part_of(item) for item, _ in protections],
        "items": [item for item, _ in protections],
        "channels": [row.channel for _, row in protections],
        "targets": [row.value for _, row in protections],
        "set_at": [set_at[item] for item, _ in protections],
    }
    work.conn.execute(queries.set_kept, arrays)


def _refuse_unknown(conn: Connection, lines: Lines[PolicyDraft], items: dict[str, StoredItem]) -> None:
    channels = {code for (code,) in conn.execute(queries.channel_codes)}
    places = {code for code, _ in conn.execute(queries.only_channels)}
    lines.require("item", "item", items, lambda draft: draft.item)
    lines.require("channel", "channel", channels, lambda draft: draft.channel)
    lines.require("location", "location", places, lambda draft: draft.location)
    for n, draft in lines.open():
        if draft.item is not None and items[draft.item].kit:
            lines.settle(n, Conflict(f"{draft.item!r} is a kit without stock; set the rule on its components", "item"))


def _open(conn: Connection, items: list[int]) -> dict[tuple[Any, ...], StoredPolicy]:
    """The open rules of these items, and those that name no item."""
    rows = (StoredPolicy(*row) for row in conn.execute(queries.open_policies, {"items": items}))
    return {_key(row): row for row in rows}


def _built(draft: PolicyDraft, policy: int, at: datetime) -> StoredPolicy:
    given = {field.name: getattr(draft, field.name) for field in fields(draft)}
    given["unit"] = _unit(draft)
    return StoredPolicy(id=policy, recorded_from=at, recorded_to=None, specificity=0, **given)


def _unit(draft: PolicyDraft) -> str:
    return draft.unit or UNITS.get(draft.kind, ("units",))[0]


def _key(rule: PolicyDraft | StoredPolicy) -> tuple[Any, ...]:
    return (rule.kind, *(getattr(rule, name) for name in SCOPE), rule.starts_at, rule.ends_at)


def _check(draft: PolicyDraft) -> None:
    check_choice("kind", draft.kind, list(LEGAL), required=True)
    check_number("value", draft.value, high=BIGINT_MAX)
    for name in ("item", "channel", "category", "location"):
        check_text(name, getattr(draft, name), required=getattr(draft, name) == "")
    check_text("reason", draft.reason, at_most=500)
    check_choice("tier", draft.tier, TIERS)
    _check_scope(draft)
    _check_unit(draft)
    _check_dates(draft)


def _check_scope(draft: PolicyDraft) -> None:
    given = {name for name in SCOPE if getattr(draft, name) is not None}
    for name in SCOPE:
        if name in given - LEGAL[draft.kind]:
            allowed = ", ".join(part for part in SCOPE if part in LEGAL[draft.kind])
            raise Invalid(name, f"a {draft.kind} rule cannot name a {name}; its scope is made of {allowed}")
        if name in NEEDED.get(draft.kind, frozenset()) - given:
            raise Invalid(name, f"a {draft.kind} rule must name a {name}; add it")
    for one, other in CLASHING:
        if {one, other} <= given:
            raise Invalid(other, f"a rule names either a {one} or a {other}; leave one out")
    if draft.kind == "ring_target" and not given & {"item", "category"}:
        raise Invalid("item", "a ring_target rule must name an item or a category; add one")


def _check_unit(draft: PolicyDraft) -> None:
    check_choice("unit", draft.unit, UNITS.get(draft.kind, ("units",)))
    if _unit(draft) == "percent":
        check_number("value", draft.value, high=PERCENT_MOST[draft.kind])


def _check_dates(draft: PolicyDraft) -> None:
    for name in ("starts_at", "ends_at"):
        date = cast(datetime | None, getattr(draft, name))
        check_zone(name, date)
        if date is not None and draft.kind == "protection":
            raise Invalid(name, "a protection holds until it is put again or ended; leave the dates out")
    if draft.starts_at is not None and draft.ends_at is not None and draft.starts_at >= draft.ends_at:
        raise Invalid("ends_at", "ends_at must be later than starts_at; the rule would never hold")
