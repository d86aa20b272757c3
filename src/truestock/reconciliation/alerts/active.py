"""The rules that are looked by, as the decisions read them."""

from datetime import time, timedelta
from typing import Any, Final, NamedTuple

from truestock.core.reconcile.alerts.kinds import KINDS
from truestock.core.reconcile.alerts.rules import Quiet, Rule
from truestock.reconciliation.alerts import queries
from truestock.store.database import Connection

SWEPT: Final = -1


class ActiveRules(NamedTuple):
    """The rules that are not paused, and up to which item each has looked at all of them since it was changed: SWEPT at
    their end."""

    all: list[Rule]
    swept_to: dict[int, int]

    def of(self, family: str) -> list[Rule]:
        """Those of the kinds of a family."""
        return [rule for rule in self.all if KINDS[rule.kind].family == family]


def active_rules(conn: Connection) -> ActiveRules:
    """All that are not paused."""
    rows = conn.execute(queries.active_rules, prepare=True).fetchall()
    return ActiveRules([_rule(*row[:-1]) for row in rows], {row[0]: row[-1] for row in rows})


def _rule(*row: Any) -> Rule:
    targets, quiet_from, quiet_to, zone, escalate_after_s, escalate_to, reopen_within_s = row[11:]
    return Rule(*row[:11])._replace(
        targets=tuple(targets),
        quiet=Quiet(quiet_from, quiet_to, zone) if isinstance(quiet_from, time) else None,
        escalate_after=timedelta(seconds=escalate_after_s) if escalate_after_s else None,
        escalate_to=tuple(escalate_to),
        reopen_within=timedelta(seconds=reopen_within_s),
    )
