"""Which messages are due of an order as it stands, and whether a message that waits is still true. Pure.

It compares the order with what was told and knows no events: however often and late it looks, each is told once."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple, get_args

Kind = Literal["confirmed", "delayed", "split", "shipped", "cancelled"]
State = Literal["waiting", "done", "dead", "dropped"]
Verdict = Literal["say", "wait", "drop"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

SOON: Final = timedelta(seconds=2)
SOON_MOST: Final = timedelta(minutes=5)
LATER: Final = timedelta(hours=1)


class Facts(NamedTuple):
    """An order as it stands, in listing units. `settled`: it stands here as on its channel; `pending`: not paid there;
    `held`: a cart. `short_since`: since when a line is short; `expected`: when the last short one can be backed."""

    placed_at: datetime
    open: int
    shipped: int
    cancelled: int
    settled: bool = True
    pending: bool = False
    held: bool = False
    short_since: datetime | None = None
    expected: date | None = None


class Rule(NamedTuple):
    """A kind that is told of orders placed since; `after`: how long a line is short before that is a delay."""

    kind: Kind
    since: datetime
    after: timedelta


class Told(NamedTuple):
    """A message that was made. `n` tells those of a kind apart: a delay's number; how many units were shipped or
    cancelled by then; else 0. `expected`: the day that a delay named."""

    kind: Kind
    n: int
    state: State
    expected: date | None
    at: datetime


class Due(NamedTuple):
    """A message to be made."""

    kind: Kind
    n: int
    expected: date | None = None


def due(facts: Facts, rules: Iterable[Rule], told: Sequence[Told], now: datetime) -> list[Due]:
    """The messages that are due and were not made."""
    found: list[Due] = []
    for rule in rules:
        mine = [t for t in told if t.kind == rule.kind]
        n = _number(rule, facts, mine, now)
        if n is not None and facts.placed_at >= rule.since and verdict(rule.kind, n, facts) == "say":
            found.append(Due(rule.kind, n, facts.expected if rule.kind == "delayed" else None))
    return found


def verdict(kind: Kind, n: int, facts: Facts) -> Verdict:
    """Whether a message is true now, may become so, or will not any more."""
    short = facts.short_since is not None
    if facts.held:
        return "wait"
    match kind:
        case "confirmed":
            # Once a parcel has left, the shopper hears of that instead.
            if facts.shipped or (not facts.open and facts.settled):
                return "drop"
            return "say" if facts.open and facts.settled and not (short or facts.pending) else "wait"
        case "shipped":
            if not facts.shipped or facts.shipped > n:
                return "drop"
            return "wait" if facts.open or short or not facts.settled else "say"
        case "split":
            return "say" if facts.shipped and facts.open else "drop"
        case "delayed":
            return "say" if short else "drop"
        case "cancelled":
            return "say" if facts.cancelled == n else "drop"


def look_again(facts: Facts, last: timedelta | None) -> timedelta | None:
    """How long until something can have changed that nobody tells of, twice as long as since the last look; none when
    the order is over."""
    if facts.held or facts.pending or not facts.settled or facts.short_since is not None:
        return SOON if last is None else min(max(SOON, last * 2), SOON_MOST)
    return LATER if facts.open else None


def _number(rule: Rule, facts: Facts, mine: Sequence[Told], now: datetime) -> int | None:
    """The number of the next message of the kind; none when there is nothing new to tell."""
    match rule.kind:
        case "confirmed" | "split":
            return None if mine else 0
        case "shipped" | "cancelled":
            units = facts.shipped if rule.kind == "shipped" else facts.cancelled
            return units if units > max((t.n for t in mine), default=0) else None
        case "delayed":
            return _delay(rule, facts, mine, now)


def _delay(rule: Rule, facts: Facts, mine: Sequence[Told], now: datetime) -> int | None:
    if facts.short_since is None or now - facts.short_since < rule.after:
        return None
    last = max(mine, key=lambda t: t.n, default=None)
    if last is None:
        return 1
    if last.state == "waiting":
        return None
    moved = facts.expected is not None and facts.expected != last.expected and now - last.at >= rule.after
    return last.n + 1 if last.state == "dropped" or facts.short_since > last.at or moved else None
