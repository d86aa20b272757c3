"""The way of a message: leased, written out from the order as it is at that moment, sent, marked with how that ended.

Who bought is read when it is sent and copied nowhere; what is no longer true is not said."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from truestock.connections.seal import Seal, SealBroken
from truestock.connectors.contract.orders import Buyer
from truestock.core.problems import Invalid
from truestock.store.database import Connection, Database
from truestock.store.upkeep.retention import Trim
from truestock.sync.messages import queries
from truestock.sync.messages.cases import Case, read_cases, titles
from truestock.sync.messages.decide import Kind, verdict
from truestock.sync.messages.names import Key, name_of
from truestock.sync.messages.rules import bound_name
from truestock.sync.messages.sending.outcome import Leased, Mark, Next, Outgoing, Ready, Sent
from truestock.sync.messages.sending.posted import body_of
from truestock.sync.messages.templates import template_for
from truestock.sync.messages.writing.render import Letter, render
from truestock.sync.messages.writing.said import Said, said_of

ERROR_MAX: Final = 500
# What is not true now, and may become so, is tried again after this.
UNTRUE_FOR: Final = timedelta(minutes=1)


def lease(db: Database, now: datetime, until: datetime, limit: int, *, no_mail: bool) -> list[Leased[Key]]:
    """Take what is due, mail only where a server takes it. Nobody else sends it until the lease ends."""
    parameters = {"now": now, "until": until, "limit": limit, "no_mail": no_mail}
    with db.transaction() as conn:
        rows = conn.execute(queries.lock_and_lease, parameters, prepare=True).fetchall()
    return [Leased(Key(*key), tries, ends) for *key, tries, ends in rows]


def write_out(db: Database, seal: Seal, leased: Leased[Key], now: datetime) -> Ready | Mark | Sent:
    """The message as it is true now; or what becomes of it instead, or how trying it ended."""
    key, tries = leased.key, leased.tries
    with db.transaction() as conn:
        case = read_cases(conn, [key.id]).get(key.id)
        if case is None:
            return Mark(Next("dropped", now, tries), "the order is not there")
        if case.erased:
            return Mark(Next("dropped", now, tries), "the buyer has been erased")
        match verdict(key.kind, key.n, case.facts):
            case "drop":
                return Mark(Next("dropped", now, tries), "it was no longer so")
            case "wait":
                return Mark(Next("waiting", now + UNTRUE_FOR, tries - 1), "the order is short, or not settled")
        row = conn.execute(queries.rule_of, {"channel": case.channel, "kind": key.kind}, prepare=True).fetchone()
        # One that was made while it was switched off waits for nobody.
        if row is None or case.placed_at < row[5]:
            return Mark(Next("dropped", now, tries), "the message was switched off")
        rule, via, target, language, sealed, _ = row
        try:
            secrets = seal.open(bound_name(rule), sealed) if sealed else {}
            letter, said = compose(conn, case, key.kind, language)
        except (SealBroken, Invalid) as fault:
            return Sent("later", str(fault))
    to = case.buyer or Buyer()
    if via == "email" and not (target or to.email):
        return Mark(Next("dropped", now, tries), "the channel has told no address of mail")
    name = name_of(key)
    out = Outgoing(name, rule, target, secrets, to, letter, body_of(name, letter, to, said))
    return Ready(via, out, case.facts.expected if key.kind == "delayed" else None)


def compose(conn: Connection, case: Case, kind: Kind, language: str) -> tuple[Letter, Said]:
    """A message of an order, and the fields that it was made of. Raises Invalid for a template."""
    buyers = case.buyer.language if case.buyer else ""
    chosen, template = template_for(conn, case.code, kind, language, buyers)
    said = said_of(case, kind, titles(conn, case))
    return render(template, kind, chosen, said), said


def mark(db: Database, marks: Sequence[tuple[Leased[Key], Mark]], now: datetime) -> None:
    """Write down what becomes of messages; one whose lease has ended is somebody else's."""
    with db.transaction() as conn:
        for (key, _, ends), (then, error, expected) in sorted(marks, key=lambda pair: pair[0].key):
            parameters = {
                "part": key.part,
                "id": key.id,
                "kind": key.kind,
                "n": key.n,
                "lease": ends,
                "now": now,
                "state": then.state,
                "tries": then.tries,
                "next_try_at": then.at,
                "expected": expected,
                "error": error[:ERROR_MAX],
            }
            conn.execute(queries.mark, parameters, prepare=True)


def _trim(conn: Connection, before: datetime, part: int) -> int:
    return conn.execute(queries.trim_messages, {"before": before, "part": part}).rowcount


TRIM: Final = Trim("messages to shoppers", _trim)
