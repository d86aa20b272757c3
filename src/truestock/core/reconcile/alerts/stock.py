"""What of an item's state is not well, by the kinds of alerts that are looked at whenever an item changes."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from math import ceil
from typing import NamedTuple

from truestock.core.reconcile.alerts.findings import Finding, command, counted, found, instant
from truestock.core.reconcile.alerts.rules import About, Rule, covers
from truestock.core.reconcile.alerts.worth import UNKNOWN, Worth


class Code(NamedTuple):
    """A channel or a location, and how people call it."""

    id: int
    code: str


class Owed(NamedTuple):
    """Units that a channel has sold and no stock backs; `sold_for` is the price of one on its own orders."""

    channel: Code
    units: int
    orders: int
    since: datetime
    sold_for: Worth = UNKNOWN


class Shown(NamedTuple):
    """A listing that takes `each` units of the item: `atp`, None while it is unknown, and what its channel shows, both
    in listing units."""

    channel: Code
    sku: str
    atp: int | None
    shown: int | None
    each: int = 1


class Pace(NamedTuple):
    """Listing units that a channel sells an hour, and within how many seconds 95 % of its orders are known here."""

    per_hour: float
    lag_s: float

    @property
    def unheard(self) -> int:
        """Units that it may have sold and the hub has not heard of."""
        return ceil(self.per_hour * self.lag_s / 3600)


class ItemState(NamedTuple):
    """An item as it stands: units below zero, available in the pool and kept as safety stock, each by location; those
    that came and wait there, by what they wait for: receiving (to be put away), inspection or approval."""

    item: int
    sku: str
    category: str = ""
    worth: Worth = UNKNOWN
    below: Mapping[Code, int] = {}
    waiting: Mapping[Code, Mapping[str, int]] = {}
    pool: Mapping[Code, int] = {}
    safety: Mapping[Code, int] = {}
    owed: Sequence[Owed] = ()
    listings: Sequence[Shown] = ()
    paces: Mapping[tuple[int, str], Pace] = {}  # by channel and listing

    def about(self, channel: Code | None = None, location: Code | None = None) -> About:
        """What a finding of it is about."""
        codes = {"item": self.sku}
        if channel:
            codes["channel"] = channel.code
        if location:
            codes["location"] = location.code
        return About(
            channel.id if channel else None, self.item, self.category, location.id if location else None, codes
        )


def item_findings(rule: Rule, state: ItemState) -> list[Finding]:
    """What of the item is not well by a rule of an item's kind, within its scope."""
    if rule.item not in (None, state.item) or rule.category not in (None, state.category):
        return []
    return [finding for finding in _LOOKS[rule.kind](rule, state) if covers(rule, finding.about)]


def _negative(rule: Rule, state: ItemState) -> Iterator[Finding]:
    for location, units in state.below.items():
        if units >= max(rule.threshold, 1):
            yield found(
                f"{state.sku} at {location.code}",
                f"{state.sku} is {counted(units)} below zero at {location.code}: more has left than was on the books.",
                _raised(state.sku, location.code, state.waiting.get(location, {})),
                state.about(location=location),
                units,
                "left that the books do not know of",
                state.worth,
                gravity=units,
            )


def _raised(sku: str, place: str, waiting: Mapping[str, int]) -> str:
    """What brings an item back to zero: to sell what came and waits there, the least to be done for it first."""
    if units := waiting.get("receiving"):
        return f"Put away what waits there: {command('receiving', 'put-away', sku, place, units)}"
    if units := waiting.get("inspection"):
        return f"Inspect the {counted(units)} that wait there: {command('receiving', 'pass', sku, place)}"
    if units := waiting.get("approval"):
        return f"Approve the {counted(units)} that wait there: {command('receiving', 'approve', sku, place)}"
    return f"Count it and book what lies there: {command('book', 'count', sku, place, 'QTY')}"


def _short(rule: Rule, state: ItemState) -> Iterator[Finding]:
    for owed in state.owed:
        if owed.units >= max(rule.threshold, 1):
            yield found(
                f"{state.sku} on {owed.channel.code}",
                f"{owed.channel.code} has sold {counted(owed.units)} of {state.sku} that no stock backs, in "
                f"{counted(owed.orders, 'order')} since {instant(owed.since)}.",
                "Bring units in, the oldest order is served first: "
                + command("book", "receive", state.sku, "LOCATION", owed.units),
                state.about(owed.channel),
                owed.units,
                "owed to customers",
                state.worth if owed.sold_for.price is None else owed.sold_for,
                gravity=owed.units,
            )


def _atp_low(rule: Rule, state: ItemState) -> Iterator[Finding]:
    for shown in state.listings:
        if shown.atp is not None and shown.atp < rule.threshold:
            yield found(
                f"{shown.channel.code}/{shown.sku}",
                f"{shown.channel.code} may promise {shown.atp:,} of {shown.sku}, fewer than {rule.threshold:,}.",
                f"See what holds it down: {command('explain', shown.sku, shown.channel.code)}",
                state.about(shown.channel),
                (rule.threshold - shown.atp) * shown.each,
                "fewer than wanted",
                state.worth,
                gravity=rule.threshold - shown.atp,
            )


def _stock_low(rule: Rule, state: ItemState) -> Iterator[Finding]:
    kept = {place: units for place, units in state.safety.items() if rule.loc in (None, place.id) and units}
    if not kept:
        return
    where = next(iter(kept)) if rule.loc is not None else None
    wanted = ceil(sum(kept.values()) * rule.threshold / 100)
    there = sum(max(0, units) for place, units in state.pool.items() if rule.loc in (None, place.id))
    if there < wanted:
        place = where.code if where else "the network"
        to = where.code if where else "LOCATION"
        yield found(
            f"{state.sku} at {where.code}" if where else state.sku,
            f"{place} has {counted(there)} of {state.sku} left to promise, below {wanted:,}: {rule.threshold} % of "
            "its safety stock.",
            f"Order {wanted - there:,} or more: "
            + command("expected", "add", state.sku, to, wanted - there, "REF", options={"due-at": "DAY"}),
            state.about(location=where),
            wanted - there,
            "missing for safety",
            state.worth,
            gravity=wanted - there,
        )


def _oversell_risk(rule: Rule, state: ItemState) -> Iterator[Finding]:
    for shown in state.listings:
        pace = state.paces.get((shown.channel.id, shown.sku))
        if pace is None or shown.atp is None or not shown.shown:
            continue
        beyond = ceil(pace.unheard * rule.threshold / 100) - max(shown.atp, 0)
        if beyond > 0:
            kept = command(
                *("policies", "put", "guard", pace.unheard * shown.each),
                options={"channel": shown.channel.code, "item": state.sku},
            )
            yield found(
                f"{shown.channel.code}/{shown.sku}",
                f"{shown.channel.code} sells {pace.per_hour:,.1f} of {shown.sku} an hour and its orders take up to "
                f"{pace.lag_s:,.0f} s to come: it may have sold {counted(pace.unheard)} that are not known here, and "
                f"may promise {shown.atp:,}.",
                f"Keep units back there: {kept}",
                state.about(shown.channel),
                beyond * shown.each,
                "may be sold beyond the stock",
                state.worth,
                gravity=beyond,
            )


_LOOKS = {
    "negative": _negative,
    "short": _short,
    "atp_low": _atp_low,
    "stock_low": _stock_low,
    "oversell_risk": _oversell_risk,
}
