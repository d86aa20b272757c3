"""A company whose alerts are looked for by hand: what has changed is published, then looked at, all of it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from tests.factories import Shop
from truestock.availability.publishing.publish import publish_once
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.core.problems import Problem
from truestock.reconciliation.alerts.looking.look import Looker
from truestock.reconciliation.alerts.manage import Alert, Wanted, list_alerts, read_alert
from truestock.reconciliation.alerts.rules import AlertRule, RuleDraft, list_rules, put_rule, remove_rule
from truestock.store.database import Database


class Guardroom:
    """The shop, and somebody who looks."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.db = shop.hub.db
        self.looker = Looker(self.db, shop.hub.rules)
        # Nobody does jobs here, and the template they have been due since may be minutes old.
        self.hurry("schedule SET next_run = clock_timestamp() + interval '1 day'")

    def rule(self, kind: str, **more: Any) -> AlertRule:
        """A rule, named by its kind unless it is named otherwise."""
        return put_rule(self.db, RuleDraft(**{"name": kind, "kind": kind, **more}))

    def alone(self, kind: str, **more: Any) -> AlertRule:
        """The only rule there is."""
        for rule in list_rules(self.db):
            remove_rule(self.db, rule.name)
        return self.rule(kind, **more)

    def look(self) -> None:
        """Publish and look until nothing waits; whatever time brings is due."""
        self.hurry("alert_due SET at = clock_timestamp()")
        while publish_once(self.db, self.shop.hub.rules).more:
            pass
        while True:
            self.looker.look()
            with self.db.transaction() as conn:
                (left,) = conn.execute(
                    "SELECT (SELECT count(*) FROM alert_look) + "
                    "(SELECT count(*) FROM alert_rule WHERE swept_to <> -1 AND NOT paused AND kind IN "
                    "('atp_low', 'stock_low', 'negative', 'short', 'oversell_risk'))"
                ).fetchone() or (0,)
            if not left:
                return

    def hurry(self, change: str, **values: Any) -> None:
        """Change what is stored, as time would."""
        with self.db.transaction() as conn:
            conn.execute(f"UPDATE {change}", values)

    def past(self, column: str, **span: float) -> None:
        """All alerts' instant of a column lies so much earlier."""
        self.hurry(f"alert SET {column} = {column} - %(span)s::interval", span=timedelta(**span))

    def alerts(self, **wanted: Any) -> list[Alert]:
        """Those that are asked for, the first made first."""
        return list(list_alerts(self.db, Wanted(**wanted)).rows)[::-1]

    def one(self, **wanted: Any) -> Alert:
        """The only one."""
        (found,) = self.alerts(**wanted)
        return found

    def steps(self, alert: Alert) -> list[tuple[str, str]]:
        """What was done to it, and by whom."""
        return [(step.what, step.actor) for step in read_alert(self.db, alert.id).steps]

    def refused(self, problem: type[Problem], **draft: Any) -> str:
        """The field for which a rule is refused."""
        with pytest.raises(problem) as refused:
            put_rule(self.db, RuleDraft(**{"name": "r", "kind": "short", **draft}))
        return refused.value.field or ""


@pytest.fixture
def room(db: Database) -> Iterator[Guardroom]:
    with open_hub(Settings(database_url=SecretStr(db.url))) as hub:
        made = Guardroom(Shop(hub))
        yield made
        made.shop.proven()
