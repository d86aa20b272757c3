"""Tells of channels that do not answer, and of those that do again; a call that fails now and then is no outage."""

from datetime import datetime, timedelta
from typing import Final

from truestock.store.database import Database
from truestock.store.events import ChannelDown, ChannelRecovered, announce
from truestock.sync.webhooks import queries

DOWN_AFTER: Final = timedelta(minutes=1)


def tell_outages(db: Database, now: datetime) -> int:
    """Announce what has changed since the last look, once over all processes; how many channels."""
    with db.transaction() as conn:
        rows = conn.execute(queries.note_outages, {"before": now - DOWN_AFTER}, prepare=True).fetchall()
        announce(conn, [ChannelDown(code, trouble) if down else ChannelRecovered(code) for code, trouble, down in rows])
    return len(rows)
