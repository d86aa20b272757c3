"""A rule: what is looked for and where, how bad it is, and when somebody is told."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Final, Literal, NamedTuple

from truestock.core.reconcile.alerts.kinds import Name, Severity

GroupBy = Literal["rule", "channel", "item", "category", "location", "subject"]


class Quiet(NamedTuple):
    """From and to by the clocks of a zone, over midnight where `to` is the earlier one."""

    start: time
    end: time
    zone: str


class Rule(NamedTuple):
    """What is not named in the scope may be anything; `threshold` is in the unit of the kind."""

    id: int
    name: str
    kind: Name
    threshold: int
    severity: Severity
    channel: int | None = None
    item: int | None = None
    category: str | None = None
    loc: int | None = None
    owner: str = ""
    group_by: GroupBy = "rule"
    targets: tuple[str, ...] = ()
    quiet: Quiet | None = None
    escalate_after: timedelta | None = None
    escalate_to: tuple[str, ...] = ()
    reopen_within: timedelta = timedelta(hours=1)


class About(NamedTuple):
    """What is not well is about these; each of them may not matter. `codes` are how people call them."""

    channel: int | None = None
    item: int | None = None
    category: str = ""
    loc: int | None = None
    codes: Mapping[str, str] = {}


ANYWHERE: Final = About()


def covers(rule: Rule, about: About) -> bool:
    """Whether this is in the rule's scope."""
    return (
        rule.channel in (None, about.channel)
        and rule.item in (None, about.item)
        and rule.category in (None, about.category)
        and rule.loc in (None, about.loc)
    )


def group_of(rule: Rule, about: About, subject: str) -> str:
    """Alerts of a rule with the same group are told together; empty where all of the rule's are."""
    match rule.group_by:
        case "rule":
            return ""
        case "subject":
            return subject
        case "category":
            return about.category
        case _:
            return about.codes.get(rule.group_by, "")
