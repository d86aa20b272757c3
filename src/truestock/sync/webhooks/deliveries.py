"""The way of an event: made into deliveries, leased for a call, marked with how that ended, thrown out in the end."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from truestock.availability.publishing.stream import Change, changes_since
from truestock.core.identity import part_of
from truestock.store.arrays import ints, nullable, texts, times, words
from truestock.store.database import Connection, Database
from truestock.store.events import first_id_at, take_event_ids
from truestock.sync.webhooks import queries
from truestock.sync.webhooks.answers import Answer, Next, Standing, next_of, room, standing_after
from truestock.sync.webhooks.envelope import AVAILABILITY, AvailabilityChanged, NewAvailability, enveloped

EVENTS_AT_ONCE: Final = 500
CHANGES_AT_ONCE: Final = 2_000
IN_FLIGHT_MOST: Final = 8
KEPT: Final = timedelta(days=30)
ERROR_MAX: Final = 500
Chance = Callable[[], float]


class Target(NamedTuple):
    """A webhook as it is called."""

    webhook: int
    url: str
    sealed: bytes
    old_until: datetime | None


class Due(NamedTuple):
    """A delivery that this process sends until its lease ends; `tries` counts this one."""

    event: int
    webhook: int
    kind: str
    body: str
    tries: int
    lease: datetime
    target: Target


class Ended(NamedTuple):
    """A call that has ended."""

    due: Due
    answer: Answer


class Made(NamedTuple):
    """A delivery to be."""

    event: int
    webhook: int
    kind: str
    body: str


class WebhookStanding(msgspec.Struct, frozen=True):
    """A webhook in figures: deliveries that wait, the seconds for which the oldest does, and those that are dead."""

    webhook: int
    paused: bool
    answers: bool
    waiting: int
    oldest_s: float
    dead: int


def fan_out(db: Database, now: datetime, limit: int = EVENTS_AT_ONCE) -> int:
    """Make events into deliveries, one for each webhook that wants them; how many events."""
    with db.transaction() as conn:
        events = conn.execute(queries.lock_events, {"limit": limit}, prepare=True).fetchall()
        if not events:
            return 0
        wanted = conn.execute(queries.wanted, prepare=True).fetchall()
        made = []
        for event, kind, subject, data, at in events:
            hooks = [hook for hook, kinds, channel in wanted if kind in kinds and channel in (None, data["channel"])]
            if hooks:
                body = enveloped(event, kind, subject, at, data)
                made += [Made(event, hook, kind, body) for hook in hooks]
        _add(conn, made, now)
        ids = sorted(event for event, *_ in events)
        conn.execute(queries.drop_events, {"parts": ints(map(part_of, ids)), "ids": ints(ids)}, prepare=True)
    return len(events)


def gather_availability(db: Database, now: datetime, limit: int = CHANGES_AT_ONCE) -> bool:
    """One delivery for each webhook that wants them and has none on its way, of what has changed since its last; how
    many changes that was does not matter to their number. Whether more waits."""
    more = False
    with db.transaction() as conn:
        listeners = [hook for (hook,) in conn.execute(queries.lock_listeners, prepare=True)]
        if not listeners:
            return False
        made, heard = [], {}
        for hook, channel, seq, dead in conn.execute(queries.heard, {"webhooks": listeners}, prepare=True).fetchall():
            found = changes_since(conn, seq, channel, limit)
            heard[hook] = found.cursor
            if found.changes or found.lost:
                (event,) = take_event_ids(1)
                data = AvailabilityChanged(newest(found.changes), found.lost or dead)
                made.append(Made(event, hook, AVAILABILITY, enveloped(event, AVAILABILITY, channel or "", now, data)))
            elif found.cursor > seq:
                more = True
        _add(conn, made, now)
        conn.execute(queries.set_heard, {"webhooks": ints(heard), "seqs": ints(heard.values())}, prepare=True)
    return more


def newest(changes: Iterable[Change]) -> list[NewAvailability]:
    """Each listing once, with its highest revision, in the order of the stream."""
    found: dict[tuple[str, str], NewAvailability] = {}
    for change in changes:
        key = (change.channel, change.sku)
        if key not in found or found[key].rev < change.rev:
            found.pop(key, None)
            found[key] = NewAvailability(change.channel, change.sku, change.atp, change.rev)
    return list(found.values())


def lease(db: Database, now: datetime, until: datetime, most: int = IN_FLIGHT_MOST) -> list[Due]:
    """Take what is due, for each webhook at most so many at a time over all processes. Nobody else sends it until the
    lease ends."""
    with db.transaction() as conn:
        callable_now = [hook for (hook,) in conn.execute(queries.lock_callable, {"now": now}, prepare=True)]
        if not callable_now:
            return []
        found = conn.execute(queries.targets, {"webhooks": callable_now, "now": now}, prepare=True).fetchall()
        targets = {row[0]: Target(*row[:4]) for row in found}
        rooms = {row[0]: room(row[4], row[5], most) for row in found}
        parameters = {"webhooks": ints(rooms), "rooms": ints(rooms.values()), "now": now, "until": until}
        rows = conn.execute(queries.lease, parameters, prepare=True).fetchall()
    return [Due(event, hook, kind, body, tries, ends, targets[hook]) for event, hook, kind, body, tries, ends in rows]


def mark(db: Database, ended: Sequence[Ended], now: datetime, chance: Chance) -> None:
    """Write down how calls ended, in the order of their ends."""
    answers: defaultdict[int, list[Answer]] = defaultdict(list)
    for due, answer in ended:
        answers[due.webhook].append(answer)
    nexts = [next_of(due.tries, answer, now, chance()) for due, answer in ended]
    with db.transaction() as conn:
        rows = conn.execute(queries.lock_standings, {"webhooks": sorted(answers)}, prepare=True).fetchall()
        before = {hook: Standing(failures, None, paused, trouble) for hook, failures, paused, trouble in rows}
        after = {hook: standing_after(was, answers[hook], now, chance()) for hook, was in before.items()}
        _set_standings(conn, after, now)
        conn.execute(queries.lock_and_mark, _marks(ended, nexts) | {"now": now}, prepare=True)


def give_back(db: Database, dues: Sequence[Due], now: datetime) -> None:
    """End the leases of calls that were broken off: whether they came through is not known, and they are sent again."""
    nexts = [Next("waiting", now) for _ in dues]
    ended = [Ended(due, Answer("down", None, "broken off when the hub stopped")) for due in dues]
    with db.transaction() as conn:
        conn.execute(queries.lock_and_mark, _marks(ended, nexts) | {"now": now}, prepare=True)


def trim(db: Database, now: datetime, limit: int = 10_000) -> int:
    """Throw out deliveries of events older than is kept, at most `limit` of a webhook at once; how many."""
    with db.transaction() as conn:
        return conn.execute(queries.trim_deliveries, {"before": first_id_at(now - KEPT), "limit": limit}).rowcount


def standings(db: Database) -> list[WebhookStanding]:
    """All webhooks by id, cheap enough for a metric."""
    with db.transaction() as conn:
        return [WebhookStanding(*row) for row in conn.execute(queries.standings, prepare=True)]


def events_waiting(db: Database) -> int:
    """Events that are not made into deliveries yet."""
    with db.transaction() as conn:
        ((count,),) = conn.execute(queries.events_waiting, prepare=True).fetchall()
    return int(count)


def _add(conn: Connection, made: Sequence[Made], now: datetime) -> None:
    if not made:
        return
    parameters = {
        "parts": ints(part_of(m.event) for m in made),
        "ids": ints(m.event for m in made),
        "webhooks": ints(m.webhook for m in made),
        "kinds": words(m.kind for m in made),
        "bodies": texts(m.body for m in made),
        "now": now,
    }
    conn.execute(queries.add_deliveries, parameters, prepare=True)


def _set_standings(conn: Connection, after: Mapping[int, Standing], now: datetime) -> None:
    if not after:
        return
    parameters = {
        "webhooks": ints(after),
        "failures": ints(s.failures for s in after.values()),
        "not_before": times(s.not_before for s in after.values()),
        "paused": ints(s.paused for s in after.values()),
        "troubles": texts(s.trouble[:ERROR_MAX] for s in after.values()),
        "now": now,
    }
    conn.execute(queries.set_standings, parameters, prepare=True)


def _marks(ended: Sequence[Ended], nexts: Sequence[Next]) -> dict[str, object]:
    dues = [due for due, _ in ended]
    return {
        "parts": ints(part_of(due.event) for due in dues),
        "ids": ints(due.event for due in dues),
        "webhooks": ints(due.webhook for due in dues),
        "leases": times(due.lease for due in dues),
        "states": words(n.state for n in nexts),
        "next_try_at": times(n.at for n in nexts),
        "statuses": nullable(answer.status for _, answer in ended),
        "errors": texts(answer.error[:ERROR_MAX] for _, answer in ended),
    }
