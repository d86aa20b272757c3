"""Looks at orders and writes down which messages are due; any number of processes may look at the same time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from truestock.store.arrays import ints, times, words
from truestock.store.database import Connection, Database
from truestock.sync.messages import queries
from truestock.sync.messages.cases import Case, read_cases
from truestock.sync.messages.decide import Due, Rule, Told, due, look_again

AT_ONCE: Final = 200
# What was recorded in a transaction that committed late is read again for so long.
OVERLAP: Final = timedelta(seconds=15)


def gather(db: Database) -> None:
    """Find new orders, and those of which something has left or was given back. What is missed is seen by and by."""
    with db.transaction() as conn:
        rules = conn.execute(queries.lock_rules, prepare=True).fetchall()
        if not rules:
            return
        now = rules[0][4]
        since: dict[int, datetime] = {}
        for _, channel, begun, _, _ in rules:
            since[channel] = min(begun, since.get(channel, begun))
        after = min(read_to for _, _, _, read_to, _ in rules) - OVERLAP
        parameters = {"channels": ints(since), "now": now, "after": after}
        conn.execute(queries.add_watches, {**parameters, "since": times(since.values())}, prepare=True)
        conn.execute(queries.lock_and_wake, {**parameters, "overlap": OVERLAP}, prepare=True)
        conn.execute(queries.set_read_to, {"now": now, "ids": ints(rule for rule, *_ in rules)}, prepare=True)


def look(db: Database, limit: int = AT_ONCE) -> bool:
    """Look at the orders whose time has come, and make what is due; whether more may wait."""
    with db.transaction() as conn:
        looked: dict[str, datetime | None] = dict(
            conn.execute(queries.lock_watches, {"limit": limit}, prepare=True).fetchall()
        )
        ids = list(looked)
        if not ids:
            return False
        ((now,),) = conn.execute(queries.clock, prepare=True).fetchall()
        cases = read_cases(conn, ids)
        rules = _rules(conn)
        told = _told(conn, ids)
        found = {one: due(case.facts, rules[case.channel], told[one], now) for one, case in cases.items()}
        _add(conn, cases, found, now)
        _set_looks(conn, looked, {one: case for one, case in cases.items() if rules[case.channel]}, now)
    return len(ids) == limit


def _rules(conn: Connection) -> Mapping[int, list[Rule]]:
    rules: defaultdict[int, list[Rule]] = defaultdict(list)
    for channel, *rule in conn.execute(queries.rules_told, prepare=True):
        rules[channel].append(Rule(*rule))
    return rules


def _told(conn: Connection, ids: Sequence[str]) -> Mapping[str, list[Told]]:
    told: defaultdict[str, list[Told]] = defaultdict(list)
    for order_id, *message in conn.execute(queries.told, _keys(ids), prepare=True):
        told[order_id].append(Told(*message))
    return told


def _add(conn: Connection, cases: Mapping[str, Case], found: Mapping[str, Sequence[Due]], now: datetime) -> None:
    rows = [(one, message) for one in sorted(found) for message in found[one]]
    if not rows:
        return
    parameters = {
        **_keys([one for one, _ in rows]),
        "kinds": words(message.kind for _, message in rows),
        "ns": ints(message.n for _, message in rows),
        "channels": ints(cases[one].channel for one, _ in rows),
        "expected": words("NULL" if m.expected is None else m.expected.isoformat() for _, m in rows),
        "now": now,
    }
    conn.execute(queries.add_messages, parameters, prepare=True)


def _set_looks(
    conn: Connection, looked: Mapping[str, datetime | None], cases: Mapping[str, Case], now: datetime
) -> None:
    """When to look again; at what is over, or is told of no more, nobody does."""
    last = {one: None if at is None else now - at for one, at in looked.items()}
    waits = {one: look_again(case.facts, last[one]) for one, case in cases.items()}
    again = {one: now + wait for one, wait in waits.items() if wait is not None}
    if again:
        conn.execute(
            queries.set_looked, {**_keys(list(again)), "look_at": times(again.values()), "now": now}, prepare=True
        )
    if over := [one for one in looked if one not in again]:
        conn.execute(queries.drop_watches, _keys(over), prepare=True)


def _keys(ids: Sequence[str]) -> dict[str, str]:
    return {"parts": ints(int(one[:2], 16) for one in ids), "ids": words(ids)}
