"""The kinds of alerts: what each looks for, in which unit its threshold is, and by what it can be narrowed down."""

from typing import Final, Literal, NamedTuple, get_args

Name = Literal[
    "atp_low",
    "stock_low",
    "negative",
    "short",
    "oversell_risk",
    "discrepancy",
    "displaced",
    "repaired",
    "feed_late",
    "backlog",
    "drift",
    "phantom_stockout",
    "expected_overdue",
    "lot_expiring",
    "worker_silent",
]
Severity = Literal["info", "warning", "critical"]
State = Literal["open", "acknowledged", "snoozed", "resolved"]
# The worst last.
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
STATES: Final[tuple[State, ...]] = get_args(State)
Scope = Literal["channel", "item", "category", "location"]


class Kind(NamedTuple):
    """`family`: an item's are looked at whenever the item changes, those of time every so often, and those of events
    once, when it happens. `unit` is the threshold's. A rule may name what is in `scope`."""

    family: Literal["item", "time", "event"]
    unit: Literal["units", "percent", "seconds", "minutes", "days"]
    threshold: int
    severity: Severity
    scope: frozenset[Scope]
    meaning: str


_ITEMS: Final[frozenset[Scope]] = frozenset(("item", "category"))
_SOLD: Final[frozenset[Scope]] = _ITEMS | {"channel"}
_HELD: Final[frozenset[Scope]] = _ITEMS | {"location"}
_CHANNEL: Final[frozenset[Scope]] = frozenset(("channel",))
_NONE: Final[frozenset[Scope]] = frozenset()

KINDS: Final[dict[Name, Kind]] = {
    "atp_low": Kind("item", "units", 5, "info", _SOLD, "a channel may promise fewer units of a listing"),
    "stock_low": Kind("item", "percent", 100, "warning", _HELD, "the network has less than this of the safety stock"),
    "negative": Kind("item", "units", 1, "critical", _HELD, "at least so many units below zero at a location"),
    "short": Kind("item", "units", 1, "critical", _SOLD, "at least so many units sold that no stock backs"),
    "oversell_risk": Kind(
        "item", "percent", 100, "warning", _SOLD, "this of what a channel sells within its lag is more than its ATP"
    ),
    "discrepancy": Kind(
        "time", "units", 1, "warning", _HELD, "a source counts otherwise, past the tolerance, by at least so many units"
    ),
    "displaced": Kind(
        "event", "days", 3, "warning", _SOLD | _HELD, "a fact took units that a cart held; shown for so many days"
    ),
    "repaired": Kind("event", "days", 7, "warning", _ITEMS, "stock rows had to be mended; shown for so many days"),
    "feed_late": Kind("time", "minutes", 0, "warning", _NONE, "a feed is late by so much, or fails"),
    "backlog": Kind("time", "seconds", 300, "critical", _CHANNEL, "a channel has waited so long for a number"),
    "drift": Kind("time", "minutes", 60, "warning", _CHANNEL, "a channel has shown other numbers for so long"),
    "phantom_stockout": Kind(
        "time", "minutes", 10, "warning", _CHANNEL, "a channel has shown as sold out, for so long, what may be sold"
    ),
    "expected_overdue": Kind("time", "days", 1, "warning", _HELD, "units should have come so many days ago"),
    "lot_expiring": Kind("time", "days", 14, "warning", _HELD, "units of a lot expire within so many days"),
    "worker_silent": Kind("time", "seconds", 60, "critical", _NONE, "a server, or work that one does, has been silent"),
}
