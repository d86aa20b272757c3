"""Takes one channel's ATP of one item apart, down to stock rows, their last entries and promises, and the rules.

It reads the same book and view as the decision does, so that it cannot tell another story; what it says about a row's
past is handed in as evidence, of which there is a bounded amount."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

from truestock.core.available.guard import within
from truestock.core.available.node import Node, inner, leaf
from truestock.core.book import ItemBook, Row
from truestock.core.book.view import GUARDED_PERCENT_MOST, View, guard_of, view_of
from truestock.core.network.policy import Policy, PolicyKind
from truestock.core.words import POOL

Facts = Mapping[str, Any]


class Cell(NamedTuple):
    """A sellable stock row: location, lot, owner."""

    loc: int
    lot: int
    owner: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What lies behind a book: the last on-hand entries of rows as (units, facts), open promises as (units, facts), the
    orders that channels owe as (channel, units, facts), the codes of lots, and what computed guards were made of, by
    channel: percent, per_hour, lag_p95_s and whatever else is known."""

    entries: Mapping[Cell, Sequence[tuple[int, Facts]]] = field(default_factory=dict)
    promises: Mapping[Cell, Sequence[tuple[int, Facts]]] = field(default_factory=dict)
    owed: Sequence[tuple[int, int, Facts]] = ()
    lot_codes: Mapping[int, str] = field(default_factory=dict)
    guards: Mapping[int, Facts] = field(default_factory=dict)


def explain_item(book: ItemBook, channel: int, evidence: Evidence) -> Node:
    """The tree of ATP = min(cap, own + max(0, pool) - buffer - guard)."""
    return _Explanation(book, channel, evidence).atp()


class _Explanation:
    def __init__(self, book: ItemBook, channel: int, evidence: Evidence) -> None:
        self._book = book
        self._view: View = view_of(book, channel)
        self._evidence = evidence
        self._network = book.rules.network
        self._channel = self._network.channels[channel]
        self._locs = [loc for loc in self._view.locs if book.shelf(loc)]

    def atp(self) -> Node:
        own = inner(
            "own", "sum", *[self._at(loc, self._channel.id) for loc in self._locs if self._rows(loc, self._channel.id)]
        )
        common = inner("common", "sum", *[self._usable(loc) for loc in self._locs], **self._others())
        pool = inner("pool", "minus", common, self._protected(), self._short())
        both = inner("own and pool", "sum", own, inner("pool, if there is any", "at_least_0", pool))
        buffer = leaf("buffer", self._book.terms.buffer.get(self._channel.id, 0), **self._rule("buffer"))
        guard = self._guard(both.value)
        net = inner("after the buffer", "minus", both, buffer)
        if guard is not None:
            net = inner("after buffer and guard", "minus", both, buffer, guard)
        cap = self._cap(both)
        label = f"ATP of {self._book.rules.sku} on {self._channel.code}"
        return inner(label, "min", *([net] if cap is None else [cap, net]), version=self._book.version)

    def _usable(self, loc: int) -> Node:
        safety = leaf("safety stock", self._book.terms.safety.get(loc, 0), **self._rule("safety_stock", loc))
        code = self._network.locations[loc].code
        return inner(code, "at_least_0", inner(f"{code} after safety", "minus", self._at(loc, POOL), safety))

    def _at(self, loc: int, owner: int) -> Node:
        code = self._network.locations[loc].code
        whose = "of the pool" if owner == POOL else f"ring-fenced for {self._channel.code}"
        return inner(f"{code}, {whose}", "sum", *[self._row(row) for row in self._rows(loc, owner)])

    def _rows(self, loc: int, owner: int) -> list[Row]:
        return [row for row in self._book.shelf(loc) if row.owner == owner]

    def _row(self, row: Row) -> Node:
        lot = self._evidence.lot_codes.get(row.lot, str(row.lot)) if row.lot else None
        label = f"lot {lot}" if lot else "stock"
        cell = Cell(row.loc, row.lot, row.owner)
        if row.lot in self._view.barred and not (row.owner == POOL and row.free < 0):
            return leaf(label, 0, left_out=self._why_barred(row.lot), units=row.free)
        entries = self._evidence.entries.get(cell, ())
        promises = self._evidence.promises.get(cell, ())
        on_hand = self._parts("on hand", row.on_hand, [("entry", *entry) for entry in entries], "earlier entries")
        reserved = self._parts("reserved", row.reserved, [("promise", *p) for p in promises], "promises not shown")
        return inner(label, "minus", on_hand, reserved)

    def _parts(self, label: str, value: int, parts: list[tuple[str, int, Facts]], rest: str) -> Node:
        """The parts that are known, and what else there must be."""
        if not parts:
            return leaf(label, value)
        shown = [leaf(what, units, **facts) for what, units, facts in parts]
        left = value - sum(node.value for node in shown)
        return inner(label, "sum", *([leaf(rest, left)] if left else []), *shown, shown=len(shown))

    def _why_barred(self, lot: int) -> str:
        found = self._book.lots[lot]
        if found.held:
            return "held"
        days = self._book.terms.min_shelf_life_days.get(self._channel.id, 0)
        if found.expires_at is not None and found.expires_at <= self._book.now:
            return f"expired {found.expires_at:%Y-%m-%d}"
        until = self._book.now + timedelta(days=days)
        return f"expires {found.expires_at:%Y-%m-%d}; this channel takes lots that last beyond {until:%Y-%m-%d}"

    def _others(self) -> dict[str, Any]:
        """Units at these locations that are ring-fenced for other channels."""
        found: dict[str, int] = {}
        for loc in self._locs:
            for row in self._book.shelf(loc):
                if row.owner not in (POOL, self._channel.id) and row.free:
                    code = self._network.channels[row.owner].code
                    found[code] = found.get(code, 0) + row.free
        return {"ring_fenced_for_others": found} if found else {}

    def _protected(self) -> Node:
        better = self._network.reach(self._channel.id).better
        nodes = []
        for channel, kept in sorted(self._book.kept.items()):
            if channel in better and kept.remaining:
                code = self._network.channels[channel].code
                shared = [
                    leaf(self._network.locations[loc].code, self._view.free.at(loc))
                    for loc in self._locs
                    if loc in better[channel]
                ]
                left = leaf("still kept", kept.remaining, target=kept.target, used=kept.used)
                nodes.append(inner(f"kept for {code}", "min", left, inner("common where both draw", "sum", *shared)))
        return inner("protected", "sum", *nodes)

    def _short(self) -> Node:
        neighbours = self._network.reach(self._channel.id).neighbours
        units: dict[int, int] = {}
        for short in self._book.shorts:
            if short.channel in neighbours:
                units[short.channel] = units.get(short.channel, 0) + short.open
        nodes = []
        for channel, owed in sorted(units.items()):
            parts = [("order", open_, facts) for c, open_, facts in self._evidence.owed if c == channel]
            code = self._network.channels[channel].code
            nodes.append(self._parts(f"owed by {code}", owed, parts, "orders not shown"))
        return inner("short", "sum", *nodes)

    def _guard(self, both: int) -> Node | None:
        """What is kept back for sales that the hub has not heard of; None where no rule says anything."""
        found = self._book.rules.guard_rules(self._book.now, self._channel.id)
        if not found:
            return None
        guard = guard_of(self._book.terms, self._book.guards, self._channel.id)
        if not guard.computed:
            return leaf("in-flight guard", guard.units, **_ruled(found))
        made = self._evidence.guards.get(self._channel.id, {})
        what = "computed"
        if made:
            lag = within(made["lag_p95_s"])
            what = f"{made['percent']} % of demand at {made['per_hour']:.3g}/h within {lag}"
        most = inner(
            "so that it hides no last units", "percent", leaf("own and pool", both), percent=GUARDED_PERCENT_MOST
        )
        return inner("in-flight guard", "min", leaf(what, guard.units, **made), most, **_ruled(found))

    def _cap(self, both: Node) -> Node | None:
        cap = self._book.terms.cap.get(self._channel.id)
        if cap is None:
            return None
        value, percent = cap
        rule = self._rule("cap")
        return inner("cap", "percent", both, percent=value, **rule) if percent else leaf("cap", value, **rule)

    def _rule(self, kind: PolicyKind, loc: int | None = None) -> dict[str, Any]:
        """The winning rule and those it beat."""
        channel = None if kind == "safety_stock" else self._channel.id
        return _ruled(self._book.rules.candidates(kind, self._book.now, channel, loc))


def _ruled(found: Sequence[Policy]) -> dict[str, Any]:
    if not found:
        return {}
    winner, *beaten = [_told(policy) for policy in found]
    return {"rule": winner, "beat": beaten} if beaten else {"rule": winner}


def _told(policy: Policy) -> dict[str, Any]:
    scope = ("item", "loc", "channel", "category", "tier", "starts_at", "ends_at")
    named = {name: getattr(policy, name) for name in scope if getattr(policy, name) is not None}
    return {"policy": policy.id, "value": policy.value, "unit": policy.unit, "since": policy.recorded_from, **named}


def explain_listing(
    label: str, components: Sequence[tuple[Node, int]], places: Mapping[str, Sequence[tuple[str, int, int]]] | None
) -> Node:
    """The tree of a listing from its items' trees, each with the units one listing unit takes.

    `places` (for components sold together) is location -> (item's SKU, units there, units per listing unit)."""
    if len(components) == 1 and components[0][1] == 1:
        return components[0][0]
    each = [inner(f"{node.label}, {units} a unit", "per", node, units=units) for node, units in components]
    if places is not None:
        here = [
            inner(code, "min", *[inner(sku, "per", leaf("units here", free), units=units) for sku, free, units in rows])
            for code, rows in places.items()
        ]
        each.append(inner("all at one location", "sum", *here))
    return inner(label, "min", *each)
