"""Keeps, for every listed item, the next instant at which its ATP changes without a movement."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from truestock.availability.present import keys_of
from truestock.availability.publishing import queries
from truestock.availability.publishing.pending import parts_of
from truestock.core.available.due import next_change
from truestock.core.network import ItemRules
from truestock.core.network.policy import FAR_FUTURE
from truestock.store.arrays import ints, times
from truestock.store.database import Connection


def write_due(conn: Connection, rules: Mapping[int, ItemRules], items: Sequence[int], now: datetime) -> None:
    """Replace the rows of these items; those without rules have no such instant."""
    if not items:
        return
    ats: dict[int, datetime] = {}
    if rules:
        parameters = {**keys_of(rules.values()), "now": now}
        for item, hold, lots in conn.execute(queries.next_dates, parameters, prepare=True).fetchall():
            at = next_change(rules[item].terms(now), now, hold, lots or ())
            if at < FAR_FUTURE:
                ats[item] = at
    gone = [item for item in items if item not in ats]
    if gone:
        conn.execute(queries.drop_due, {"parts": parts_of(gone), "items": ints(gone)}, prepare=True)
    if ats:
        keys = {"parts": parts_of([*ats]), "items": ints(ats), "ats": times(ats.values())}
        conn.execute(queries.set_due, keys, prepare=True)
