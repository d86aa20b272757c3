"""Alerts that were snoozed until now, and those that nobody has acknowledged for as long as their rule allows."""

from collections.abc import Sequence
from datetime import datetime

from truestock.reconciliation import alerts
from truestock.reconciliation.alerts.active import ActiveRules
from truestock.reconciliation.alerts.telling import News, tell
from truestock.reconciliation.alerts.writing import add_steps
from truestock.store.arrays import ints, times
from truestock.store.database import Connection, Row


def wake(conn: Connection, rules: ActiveRules, now: datetime, limit: int) -> None:
    """Open the ones again and have them told anew; escalate the others."""
    rows = conn.execute(alerts.queries.lock_woken, {"now": now, "limit": limit}, prepare=True).fetchall()
    by_id = {rule.id: rule for rule in rules.all}
    snoozed = [row for row in rows if row[4] == "snoozed"]
    late = [row for row in rows if row[4] == "open"]
    if snoozed:
        afters = [rule.escalate_after if (rule := by_id.get(row[2])) else None for row in snoozed]
        ats = times(now + after if after else None for after in afters)
        conn.execute(alerts.queries.wake, {**_keys(snoozed), "escalate_at": ats}, prepare=True)
        add_steps(conn, [(part, alert, "woken") for part, alert, *_ in snoozed], now)
    if late:
        conn.execute(alerts.queries.escalate, {**_keys(late), "now": now}, prepare=True)
        add_steps(conn, [(part, alert, "escalated") for part, alert, *_ in late], now)
    news = [News(row[1], by_id[row[2]], row[3], "opened") for row in snoozed if row[2] in by_id]
    news += [News(row[1], by_id[row[2]], row[3], "escalated") for row in late if row[2] in by_id]
    tell(conn, news, now)


def _keys(rows: Sequence[Row]) -> dict[str, str]:
    return {"parts": ints(row[0] for row in rows), "ids": ints(row[1] for row in rows)}
