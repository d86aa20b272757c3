"""The way of a message about alerts: leased, written out from the alerts as they are at that moment, sent, marked."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from truestock.connections.seal import Seal, SealBroken
from truestock.connectors.contract.orders import Buyer
from truestock.store.database import Database
from truestock.sync.messages.alerts import queries
from truestock.sync.messages.alerts.letters import Told, letter_of
from truestock.sync.messages.alerts.targets import bound_name
from truestock.sync.messages.outbox import ERROR_MAX
from truestock.sync.messages.sending.outcome import Leased, Mark, Next, Outgoing, Ready, Sent


class Key(NamedTuple):
    """Of a message about alerts."""

    part: int
    id: int


class Alerts:
    """Messages about alerts; making them is left to who looks for alerts."""

    name = "messages about alerts"

    def look(self, _: Database) -> bool:
        """Nothing is made here."""
        return False

    def lease(self, db: Database, now: datetime, until: datetime, limit: int, *, no_mail: bool) -> list[Leased[Key]]:
        """Take what is due, mail only where a server takes it. Nobody else sends it until the lease ends."""
        parameters = {"now": now, "until": until, "limit": limit, "no_mail": no_mail}
        with db.transaction() as conn:
            rows = conn.execute(queries.lock_and_lease, parameters, prepare=True).fetchall()
        return [Leased(Key(part, message), tries, ends) for part, message, tries, ends in rows]

    def write_out(self, db: Database, seal: Seal, leased: Leased[Key], now: datetime) -> Ready | Mark | Sent:
        """The message as it is true now; or what becomes of it instead, or how trying it ended."""
        key = leased.key._asdict()
        with db.transaction() as conn:
            row = conn.execute(queries.message, key, prepare=True).fetchone()
            alerts = [Told(*found) for found in conn.execute(queries.alerts_told, key, prepare=True).fetchall()]
        if row is None or not alerts:
            return Mark(Next("dropped", now, leased.tries), "it was no longer so, or somebody had taken it on")
        what, _, target, via, address, sealed, rule = row
        try:
            secrets = seal.open(bound_name(target), sealed) if sealed else {}
        except SealBroken as fault:
            return Sent("later", str(fault))
        letter = letter_of(what, rule, alerts)
        out = Outgoing(f"alert-{leased.key.id:x}", target, address, secrets, Buyer(), letter, b"")
        return Ready(via, out)

    def mark(self, db: Database, marks: Sequence[tuple[Leased[Key], Mark]], now: datetime) -> None:
        """Write down what becomes of messages; one whose lease has ended is somebody else's."""
        with db.transaction() as conn:
            for (key, _, ends), (then, error, _) in sorted(marks, key=lambda pair: pair[0].key):
                parameters = {
                    **key._asdict(),
                    "lease": ends,
                    "now": now,
                    "state": then.state,
                    "tries": then.tries,
                    "next_try_at": then.at,
                    "error": error[:ERROR_MAX],
                }
                conn.execute(queries.mark, parameters, prepare=True)
