"""What is not well by the kinds of alerts that time alone may bring: looked at every so often."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from truestock.core.reconcile.alerts.findings import MOST_MONEY, MOST_UNITS, Finding, command, counted, found, instant
from truestock.core.reconcile.alerts.kinds import KINDS
from truestock.core.reconcile.alerts.rules import ANYWHERE, About, Rule, covers
from truestock.core.reconcile.alerts.sales import NOT_KNOWN, AllSales, Meanwhile, Sales, at_average, meanwhile
from truestock.core.reconcile.alerts.worth import Money, Worth

OVERSOLD: Final = "may be sold twice while an old number is shown"
WORTH_UNKNOWN: Final = f"what they are worth is not known: {NOT_KNOWN}"


class Backlog(NamedTuple):
    """Listings of a channel that wait for their number, the oldest since then, and the units by which it shows more
    than it may."""

    about: About
    listings: int
    since: datetime
    units: int
    trouble: str


class Drifted(NamedTuple):
    """Listings of a channel with a kind of drift, the oldest since then. `units` by which its numbers differ."""

    about: About
    drift: str
    listings: int
    since: datetime
    units: int


class Overdue(NamedTuple):
    """Units that should have come, of a purchase or a `transfer`."""

    about: About
    ref: str
    units: int
    due_at: datetime
    worth: Worth
    transfer: bool = False


class Expiring(NamedTuple):
    """Units of a lot on hand at a location."""

    about: About
    lot: str
    units: int
    expires_at: datetime
    worth: Worth


class Silent(NamedTuple):
    """A server, or work that waits: nothing was heard of it since then. `does` is what nobody does meanwhile."""

    name: str
    since: datetime
    does: str


class Failing(NamedTuple):
    """A feed that has not come, or fails, since then; `remedy` is the command that shows it."""

    code: str
    since: datetime
    why: str
    remedy: str


class Differing(NamedTuple):
    """A source's count and the ledger's, past the tolerance."""

    about: About
    id: int
    source: str
    stated: int
    expected: int
    cause: str
    worth: Worth


Watched = Backlog | Drifted | Overdue | Expiring | Silent | Failing | Differing


def watched_finding(rule: Rule, state: Watched, now: datetime, sales: AllSales | None = None) -> Finding | None:
    """What of a state is not well by a rule of its kind; none where it is, or the rule does not cover it.

    `sales` say what is at risk where it is about whole channels."""
    about = ANYWHERE if isinstance(state, Silent | Failing) else state.about
    if not covers(rule, about):
        return None
    bound = _span(rule)
    match state:
        case Backlog():
            return _backlog(state, _of_channel(sales, state.about)) if now - state.since > bound else None
        case Drifted():
            return _drifted(state, _of_channel(sales, state.about)) if now - state.since > bound else None
        case Overdue():
            return _overdue(state) if now - state.due_at > bound else None
        case Expiring():
            return _expiring(state, now) if state.expires_at - now < bound else None
        case Silent():
            return _silent(state, _since(sales, state.since, now)) if now - state.since > bound else None
        case Failing():
            return _failing(state, _since(sales, state.since, now)) if now - state.since >= bound else None
        case Differing():
            return _differing(state) if abs(state.stated - state.expected) >= rule.threshold else None


def _span(rule: Rule) -> timedelta:
    spans: dict[str, Callable[[int], timedelta]] = {
        "seconds": lambda n: timedelta(seconds=n),
        "minutes": lambda n: timedelta(minutes=n),
        "days": lambda n: timedelta(days=n),
    }
    make = spans.get(KINDS[rule.kind].unit)
    return make(rule.threshold) if make else timedelta(0)


def _of_channel(sales: AllSales | None, about: About) -> Sequence[Sales]:
    return (sales or {}).get(about.channel or 0, ())


def _since(sales: AllSales | None, since: datetime, now: datetime) -> Meanwhile:
    return meanwhile((one for of_channel in (sales or {}).values() for one in of_channel), now - since)


def _with_money(finding: Finding, money: Money | None) -> Finding:
    return finding if money is None else finding._replace(money=min(money.amount, MOST_MONEY), currency=money.currency)


def _backlog(state: Backlog, sales: Sequence[Sales]) -> Finding:
    channel = state.about.codes["channel"]
    why = f" It said: {state.trouble}" if state.trouble else ""
    money = at_average(state.units, sales)
    finding = Finding(
        channel,
        f"{channel} has waited for {counted(state.listings, 'number')} since {instant(state.since)}.{why}",
        f"{counted(state.units)} {OVERSOLD}; {money or WORTH_UNKNOWN}.",
        f"See why it is not reached: {command('channel', 'test', channel)}",
        state.about,
        units=min(state.units, MOST_UNITS),
    )
    return _with_money(finding, money)


def _drifted(state: Drifted, sales: Sequence[Sales]) -> Finding:
    channel = state.about.codes["channel"]
    if state.drift == "phantom_stockout":
        happened = f"{channel} shows {counted(state.listings, 'listing')} as sold out that may be sold"
        risk = "cannot be bought there"
        remedy = f"Have its numbers sent anew: {command('channel', 'reset', channel)}"
    else:
        happened = f"{channel} shows {counted(state.listings, 'listing')} with another number than it took"
        risk = "by which its numbers differ"
        remedy = f"See which and why: {command('channel', 'drift', channel)}"
    money = at_average(state.units, sales)
    finding = Finding(
        f"{channel} {state.drift}",
        f"{happened} ({state.drift}), since {instant(state.since)}.",
        f"{counted(state.units)} {risk}; {money or WORTH_UNKNOWN}.",
        remedy,
        state.about,
        gravity=state.listings,
        units=min(state.units, MOST_UNITS),
    )
    return _with_money(finding, money)


def _overdue(state: Overdue) -> Finding:
    sku, location = state.about.codes["item"], state.about.codes["location"]
    lost = command("transfers", "lost", state.ref, options={"sku": sku, "reason": "never came"})
    given_up = (
        f"say that they are lost: {lost}"
        if state.transfer
        else f"give them up: {command('expected', 'cancel', sku, state.ref)}"
    )
    return found(
        f"{sku} {state.ref} at {location}",
        f"{counted(state.units)} of {sku} of {state.ref} were due at {location} on {state.due_at:%Y-%m-%d} and have "
        "not come.",
        f"Book them if they are there, or {given_up}",
        state.about,
        state.units,
        "are no longer counted on for days to come",
        state.worth,
    )


def _expiring(state: Expiring, now: datetime) -> Finding:
    sku, location = state.about.codes["item"], state.about.codes["location"]
    gone = state.expires_at <= now
    off_the_shelf = command(
        *("book", "status", sku, location, state.units), options={"lot": state.lot, "from": "sellable", "to": "damaged"}
    )
    held = command("lots", "hold", sku, state.lot, options={"reason": "expiry"})
    return found(
        f"{sku} lot {state.lot} at {location}",
        f"Lot {state.lot} of {sku} at {location} {'expired' if gone else 'expires'} on {state.expires_at:%Y-%m-%d}.",
        f"Take them off the shelf: {off_the_shelf}" if gone else f"Mark them down, or stop selling them: {held}",
        state.about,
        state.units,
        "can no longer be sold" if gone else "can no longer be sold then",
        state.worth,
    )


def _silent(state: Silent, sold: Meanwhile) -> Finding:
    finding = Finding(
        state.name,
        f"{state.name} has been silent since {instant(state.since)}: {state.does}.",
        f"All channels sell about {counted(sold.units)} in these hours, {sold}, and any of them may be sold twice."
        if sold.units
        else f"Every unit that sells meanwhile may be sold twice; how many is not known: {NOT_KNOWN}.",
        "Look at the server and start it again: truestock doctor, then truestock serve",
        units=min(sold.units, MOST_UNITS),
    )
    return _with_money(finding, sold.money[0] if sold.units else None)


def _failing(state: Failing, sold: Meanwhile) -> Finding:
    finding = Finding(
        state.code,
        f"The feed {state.code} is not well since {instant(state.since)}: {state.why}",
        f"All channels sell about {counted(sold.units)} in these hours, {sold}, by figures that it may correct."
        if sold.units
        else f"Every unit that it tells of may be another number by now; how many is not known: {NOT_KNOWN}.",
        state.remedy,
        units=min(sold.units, MOST_UNITS),
    )
    return _with_money(finding, sold.money[0] if sold.units else None)


def _differing(state: Differing) -> Finding:
    sku, location = state.about.codes["item"], state.about.codes["location"]
    units = state.stated - state.expected
    return found(
        f"{sku} at {location} by {state.source} {state.id}",
        f"{state.source} counts {state.stated:,} of {sku} at {location}, the ledger {state.expected:,}; likely cause: "
        f"{state.cause.replace('_', ' ')}. Of units moved by hand the other location has the opposite difference.",
        f"Count there, or decide it: truestock discrepancies show {state.id}",
        state.about,
        abs(units),
        "are there and not sold" if units > 0 else "may be sold and are not there",
        state.worth,
        gravity=abs(units),
    )
