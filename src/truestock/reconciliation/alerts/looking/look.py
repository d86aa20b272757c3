"""One look at what may not be well, in one transaction: at items that have changed, at what movements did, at what time
brings when it is due, at alerts that were snoozed or that nobody acknowledged."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from truestock.catalog.rules import RuleBook, Snapshot
from truestock.core.reconcile.alerts.findings import Finding
from truestock.core.reconcile.alerts.happened import mishap_finding, shown_for
from truestock.core.reconcile.alerts.rules import Rule
from truestock.core.reconcile.alerts.sales import AllSales
from truestock.core.reconcile.alerts.state import Alert, Changed, change_of
from truestock.core.reconcile.alerts.stock import Pace, item_findings
from truestock.core.reconcile.alerts.watched import watched_finding
from truestock.reconciliation import alerts
from truestock.reconciliation.alerts.active import SWEPT, ActiveRules, active_rules
from truestock.reconciliation.alerts.looking import mishaps, paces, queries
from truestock.reconciliation.alerts.looking.items import ListingKey, read_items
from truestock.reconciliation.alerts.looking.waking import wake
from truestock.reconciliation.alerts.looking.watching import EVERY, OF_CHANNELS, Seen, watch
from truestock.reconciliation.alerts.writing import part_of_subject, write
from truestock.store.arrays import ints, texts, times
from truestock.store.database import Connection, Database, Row

LIMIT: Final = 500
# Besides the kinds that time brings: what has been shown for long enough is put away.
_EVENTS_EVERY: Final = {"events": timedelta(minutes=1)}
PACES_EVERY: Final = timedelta(minutes=1)
FORGOTTEN_AFTER: Final = timedelta(days=1)
# By rule and subject.
Newest = dict[tuple[int, str], Alert]


class Looked(NamedTuple):
    """What a look came to; `more` waits."""

    items: int = 0
    opened: int = 0
    resolved: int = 0
    more: bool = False


class Looker:
    """One a process; only one of all processes looks at a time."""

    def __init__(self, db: Database, rules: RuleBook, limit: int = LIMIT) -> None:
        self._db = db
        self._rules = rules
        self._limit = limit
        self._paces: dict[ListingKey, Pace] = {}
        self._paced_at: datetime | None = None
        self._sales: AllSales = {}
        self._also: set[int] = set()

    def look(self) -> Looked:
        """Look once, at a bounded part of what waits; nothing while another process does. Raises StoreError."""
        snapshot = self._rules.refresh()
        with self._db.transaction() as conn:
            lane = conn.execute(queries.lock_lane, prepare=True).fetchall()
            if not lane:
                return Looked()
            ((now, epoch),) = conn.execute(queries.clock, prepare=True).fetchall()
            looks = conn.execute(queries.looks, {"limit": self._limit}, prepare=True).fetchall()
            # The plans of all other reads: one made while tables were empty must not scan.
            conn.execute("SET LOCAL enable_seqscan = off")
            rules = active_rules(conn)
            self._measure(conn, rules, now)
            changes = self._happened(conn, rules, now)
            changes += self._watched(conn, rules, now)
            found, items = self._items(conn, snapshot, rules, looks, now)
            written = write(conn, changes + found, now)
            wake(conn, rules, now, self._limit)
            _sweep_again(conn, rules, lane[0][0], epoch)
        return Looked(items, *written, more=len(looks) == self._limit)

    def _measure(self, conn: Connection, rules: ActiveRules, now: datetime) -> None:
        """How fast channels sell, for what, and which items that makes worth a look although they have not changed."""
        if self._paced_at is not None and now - self._paced_at < PACES_EVERY:
            return
        of_pace = [rule.id for rule in rules.all if rule.kind == "oversell_risk"]
        self._paced_at = now
        if any(rule.kind in OF_CHANNELS for rule in rules.all):
            self._sales = paces.sales(conn, now)
        if of_pace:
            self._paces = paces.measure(conn, now)
            self._also |= paces.at_risk(conn, self._paces, of_pace)

    def _items(
        self, conn: Connection, snapshot: Snapshot, rules: ActiveRules, looks: Sequence[Row], now: datetime
    ) -> tuple[list[Changed], int]:
        """Items that have changed, that sell fast, and the next of those not looked at since a rule was changed; how
        many they were."""
        if looks:
            parts, changed, ats = zip(*looks, strict=True)
            keys = {"parts": ints(parts), "items": ints(changed), "ats": times(ats)}
            conn.execute(queries.drop_looks, keys, prepare=True)
        of_items = rules.of("item")
        chosen = {item for _, item, _ in looks}
        chosen |= set(sorted(self._also)[: self._limit])
        self._also -= chosen
        chosen |= self._swept(conn, of_items, rules.swept_to)
        if not chosen or not of_items:
            return [], 0
        ordered = sorted(chosen)
        states = read_items(conn, snapshot, ordered, {rule.kind for rule in of_items}, self._paces, now)
        findings = {
            rule.id: {finding.subject: finding for state in states for finding in item_findings(rule, state)}
            for rule in of_items
        }
        newest = _newest_of_items(conn, of_items, ordered, findings, now)
        return _changes(of_items, findings, newest, now), len(ordered)

    def _swept(self, conn: Connection, rules: Sequence[Rule], swept_to: dict[int, int]) -> set[int]:
        """The next items of those that some rule has not looked at since it was changed."""
        behind = [rule.id for rule in rules if swept_to[rule.id] != SWEPT]
        if not behind:
            return set()
        after = min(swept_to[rule] for rule in behind)
        parameters = {"after": after, "limit": self._limit}
        items = [item for (item,) in conn.execute(queries.items_after, parameters, prepare=True)]
        to = items[-1] if len(items) == self._limit else SWEPT
        here = [rule for rule in behind if swept_to[rule] == after]
        conn.execute(alerts.queries.set_swept, {"ids": ints(here), "to": to}, prepare=True)
        return set(items)

    def _watched(self, conn: Connection, rules: ActiveRules, now: datetime) -> list[Changed]:
        """What time brings, of the kinds that are due."""
        every = {**{str(kind): often for kind, often in EVERY.items()}, **_EVENTS_EVERY}
        conn.execute(queries.add_due, {"kinds": texts(every), "now": now}, prepare=True)
        due = {kind: after for kind, after in conn.execute(queries.due, {"now": now}, prepare=True) if kind in every}
        if not due:
            return []
        changes = _put_away(conn, rules.of("event"), now, self._limit) if "events" in due else []
        behind: dict[str, int] = {}
        for kind in EVERY.keys() & due.keys():
            of_kind = [rule for rule in rules.all if rule.kind == kind]
            if of_kind:
                seen = watch(conn, kind, of_kind, now, due[kind], self._limit)
                changes += _time_brings(conn, of_kind, seen, self._sales, now)
                if seen.more and seen.items:
                    behind[kind] = seen.items[-1]
        # What is not read to its end is due again at once.
        ats = times(now if kind in behind else now + every[kind] for kind in due)
        afters = ints(behind.get(kind, 0) for kind in due)
        conn.execute(queries.set_due, {"kinds": texts(due), "ats": ats, "afters": afters}, prepare=True)
        conn.execute(queries.forget_beats, {"before": now - FORGOTTEN_AFTER}, prepare=True)
        return changes

    def _happened(self, conn: Connection, rules: ActiveRules, now: datetime) -> list[Changed]:
        """What movements did, each looked at once."""
        of_events = rules.of("event")
        taken = mishaps.take(conn, now, self._limit)
        return [
            Changed(rule, "opened", None, found)
            for mishap in taken
            for rule in of_events
            if (found := mishap_finding(rule, mishap)) is not None
        ]


def _time_brings(conn: Connection, rules: list[Rule], seen: Seen, sales: AllSales, now: datetime) -> list[Changed]:
    """What there is of one kind. When there is more than a look takes, nothing is said to be well again."""
    findings: dict[int, dict[str, Finding]] = {}
    for rule in rules:
        found = (watched_finding(rule, state, now, sales) for state in seen.states)
        findings[rule.id] = {one.subject: one for one in found if one is not None}
    newest = (
        _newest_of_items(conn, rules, seen.items, findings, now)
        if seen.items is not None
        else _newest_of_rules(conn, rules, now)
    )
    changes = _changes(rules, findings, newest, now)
    return changes if seen.all else [change for change in changes if change.finding is not None]


def _put_away(conn: Connection, rules: list[Rule], now: datetime, limit: int) -> list[Changed]:
    """What happened so long ago that it need not be shown any more."""
    by_id = {rule.id: rule for rule in rules}
    parameters = {"rules": ints(by_id), "before": times(now - shown_for(rule) for rule in rules), "limit": limit}
    rows = conn.execute(alerts.queries.shown_too_long, parameters, prepare=True).fetchall()
    return [Changed(by_id[alert.rule], "resolved", alert, None) for alert in map(_alert, rows)]


def _changes(
    rules: Iterable[Rule], findings: dict[int, dict[str, Finding]], newest: Newest, now: datetime
) -> list[Changed]:
    changes = []
    for rule in rules:
        found = findings[rule.id]
        subjects = sorted({*found, *(subject for of, subject in newest if of == rule.id)})
        made = (change_of(rule, newest.get((rule.id, subject)), found.get(subject), now) for subject in subjects)
        changes += [change for change in made if change is not None]
    return changes


def _sweep_again(conn: Connection, rules: ActiveRules, seen: int, epoch: int) -> None:
    """Safety stock and listings are of the catalog; their change moves no item, so all are looked at, one sweep at a
    time."""
    of_catalog = [rule.id for rule in rules.all if rule.kind in ("stock_low", "atp_low")]
    if epoch != seen and all(rules.swept_to[rule] == SWEPT for rule in of_catalog):
        conn.execute(alerts.queries.set_swept, {"ids": ints(of_catalog), "to": 0}, prepare=True)
        conn.execute(queries.set_epoch, {"epoch": epoch}, prepare=True)


def _newest_of_items(
    conn: Connection,
    rules: Sequence[Rule],
    items: Sequence[int],
    findings: Mapping[int, Mapping[str, Finding]],
    now: datetime,
) -> Newest:
    found = [(rule, subject) for rule, by_subject in findings.items() for subject in by_subject]
    parameters = {
        "items": ints(items),
        "rules": ints(rule.id for rule in rules),
        "since": now - max(rule.reopen_within for rule in rules),
        "parts": ints(part_of_subject(subject) for _, subject in found),
        "found_by": ints(rule for rule, _ in found),
        "subjects": texts(subject for _, subject in found),
    }
    return _newest(conn.execute(alerts.queries.newest_of_items, parameters, prepare=True).fetchall())


def _newest_of_rules(conn: Connection, rules: Sequence[Rule], now: datetime) -> Newest:
    since = now - max(rule.reopen_within for rule in rules)
    parameters = {"rules": ints(rule.id for rule in rules), "since": since}
    return _newest(conn.execute(alerts.queries.newest_of_rules, parameters, prepare=True).fetchall())


def _newest(rows: Iterable[Row]) -> Newest:
    return {(alert.rule, alert.subject): alert for alert in map(_alert, rows)}


def _alert(row: Row) -> Alert:
    id_, rule, subject, state, gravity, count, happened, risk, remedy, resolved_at, group = row
    words = (happened, risk, remedy)
    return Alert(id_, rule, subject, state, gravity, count, words, resolved_at, group)
