"""What happened once and somebody should know of: shown until it is dealt with, or for so many days."""

from datetime import timedelta
from typing import NamedTuple

from truestock.core.reconcile.alerts.findings import Finding, command, counted, found
from truestock.core.reconcile.alerts.kinds import Name
from truestock.core.reconcile.alerts.rules import About, Rule, covers
from truestock.core.reconcile.alerts.worth import Worth


class Mishap(NamedTuple):
    """What a movement did, once under its id; `order` the channel's number of the cart that lost units."""

    id: int
    kind: Name
    about: About
    order: str
    units: int
    movement: int
    worth: Worth


def mishap_finding(rule: Rule, mishap: Mishap) -> Finding | None:
    """What a rule of its kind says of it; none where the rule does not cover it."""
    if rule.kind != mishap.kind or not covers(rule, mishap.about):
        return None
    sku = mishap.about.codes["item"]
    if mishap.kind == "displaced":
        channel = mishap.about.codes.get("channel", "")
        order = f"{channel} {mishap.order}"
        location = mishap.about.codes.get("location", "")
        return found(
            f"{order} {sku} {mishap.id}",
            f"A count or another fact took {counted(mishap.units)} of {sku} at {location} that the cart {order} held.",
            f"See whether other stock serves it: {command('orders', 'show', channel, mishap.order)}",
            mishap.about,
            mishap.units,
            "were held for a customer",
            mishap.worth,
        )
    return Finding(
        f"{sku} {mishap.id}",
        f"Stock rows of {sku} did not add up and were mended.",
        "Numbers told of it before may have been wrong; by how many units its movement says.",
        f"See what was mended, then prove the rest: truestock movements show {mishap.movement}",
        mishap.about,
    )


def shown_for(rule: Rule) -> timedelta:
    """How long an alert of an event is shown when nobody deals with it."""
    return timedelta(days=rule.threshold)
