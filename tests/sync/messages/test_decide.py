"""Which messages are due: never confirmed or shipped while a line is short, and each once, whatever happens when."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truestock.sync.messages.decide import (
    KINDS,
    LATER,
    SOON,
    SOON_MOST,
    Due,
    Facts,
    Kind,
    Rule,
    Told,
    due,
    look_again,
    verdict,
)

T = datetime(2026, 11, 27, 12, tzinfo=UTC)
DAY = timedelta(hours=24)
RULES = [Rule(kind, T - timedelta(days=1), DAY) for kind in KINDS]
FRIDAY, MONDAY = date(2026, 12, 4), date(2026, 12, 7)


def facts(open: int = 0, shipped: int = 0, cancelled: int = 0, **more: object) -> Facts:  # noqa: A002  as Facts says it
    return Facts(T, open, shipped, cancelled, **more)  # type: ignore[arg-type]


def kinds(found: Facts, told: list[Told] | None = None, now: datetime = T) -> list[Kind]:
    return [one.kind for one in due(found, RULES, told or [], now)]


@pytest.mark.parametrize(
    ("stands", "said"),
    [
        (facts(open=2), ["confirmed"]),
        (facts(open=2, short_since=T), []),
        (facts(open=2, short_since=T - 2 * DAY), ["delayed"]),
        (facts(open=2, pending=True), []),
        (facts(open=2, settled=False), []),
        (facts(open=2, held=True), []),
        (facts(open=2, cancelled=1), ["confirmed", "cancelled"]),
        (facts(open=1, shipped=1), ["split"]),
        (facts(open=1, shipped=1, short_since=T), ["split"]),
        (facts(shipped=2), ["shipped"]),
        (facts(shipped=2, settled=False), []),
        (facts(shipped=1, cancelled=1), ["shipped", "cancelled"]),
        (facts(cancelled=2), ["cancelled"]),
        (facts(), []),
    ],
)
def test_what_is_due_of_an_order_of_which_nothing_was_told(stands: Facts, said: list[Kind]) -> None:
    assert kinds(stands) == said


def test_nothing_is_told_of_orders_from_before_the_rule() -> None:
    late = [Rule(kind, T + timedelta(seconds=1), DAY) for kind in KINDS]
    assert due(facts(open=2), late, [], T) == []
    assert due(facts(open=2), [], [], T) == []


def told(kind: Kind, n: int = 0, *, state: str = "done", day: date | None = None, at: datetime = T) -> Told:
    return Told(kind, n, state, day, at)  # type: ignore[arg-type]


def test_more_that_will_not_come_is_told_and_less_is_not() -> None:
    before = [told("confirmed"), told("cancelled", 2)]
    assert due(facts(open=1, cancelled=3), RULES, before, T) == [Due("cancelled", 3)]
    assert kinds(facts(open=2, cancelled=1), before) == []


def test_an_order_that_grew_after_all_of_it_had_left_is_told_again_when_that_has_left_too() -> None:
    before = [told("shipped", 2), told("split")]
    assert kinds(facts(open=1, shipped=2), before) == []
    assert due(facts(shipped=3), RULES, before, T) == [Due("shipped", 3)]


@pytest.mark.parametrize(
    ("last", "expected", "now", "number"),
    [
        (None, None, T + DAY, 1),
        (None, None, T + DAY - timedelta(seconds=1), None),
        (told("delayed", 1, day=FRIDAY), FRIDAY, T + 9 * DAY, None),
        (told("delayed", 1, day=FRIDAY), MONDAY, T + 2 * DAY, 2),
        (told("delayed", 1, day=FRIDAY, at=T + DAY), MONDAY, T + 2 * DAY - timedelta(hours=1), None),
        (told("delayed", 1, day=None), FRIDAY, T + 2 * DAY, 2),
        (told("delayed", 1, day=FRIDAY), None, T + 9 * DAY, None),
        (told("delayed", 1, state="waiting", day=FRIDAY), MONDAY, T + 2 * DAY, None),
        (told("delayed", 1, state="dropped", day=FRIDAY), FRIDAY, T + 2 * DAY, 2),
        (told("delayed", 3, day=FRIDAY, at=T - timedelta(days=5)), FRIDAY, T + 2 * DAY, 4),
    ],
    ids=[
        "late",
        "not yet",
        "same day",
        "moved",
        "moved too soon",
        "known now",
        "unknown now",
        "waits",
        "not said",
        "anew",
    ],
)
def test_a_delay_is_told_again_when_its_day_has_moved(
    last: Told | None, expected: date | None, now: datetime, number: int | None
) -> None:
    stands = facts(open=1, short_since=T, expected=expected)
    found = due(stands, RULES, [told("confirmed"), *([last] if last else [])], now)
    assert found == ([] if number is None else [Due("delayed", number, expected)])


@pytest.mark.parametrize(
    ("kind", "n", "stands", "what"),
    [
        ("confirmed", 0, facts(open=1), "say"),
        ("confirmed", 0, facts(open=1, short_since=T), "wait"),
        ("confirmed", 0, facts(open=1, shipped=1), "drop"),
        ("confirmed", 0, facts(cancelled=1), "drop"),
        ("shipped", 2, facts(shipped=2), "say"),
        ("shipped", 2, facts(shipped=2, open=1), "wait"),
        ("shipped", 2, facts(shipped=3), "drop"),
        ("shipped", 2, facts(shipped=2, short_since=T), "wait"),
        ("split", 0, facts(shipped=1, open=1), "say"),
        ("split", 0, facts(shipped=2), "drop"),
        ("delayed", 1, facts(open=1, short_since=T), "say"),
        ("delayed", 1, facts(open=1), "drop"),
        ("cancelled", 1, facts(cancelled=1), "say"),
        ("cancelled", 1, facts(cancelled=2), "drop"),
    ],
)
def test_a_message_that_waited_is_said_only_while_it_is_true(kind: Kind, n: int, stands: Facts, what: str) -> None:
    assert verdict(kind, n, stands) == what


def test_what_may_change_unseen_is_looked_at_soon_and_what_is_over_never() -> None:
    assert look_again(facts(open=1), None) == LATER
    assert look_again(facts(open=1, short_since=T), None) == SOON
    assert look_again(facts(open=1, short_since=T), DAY) == SOON_MOST
    assert look_again(facts(pending=True), timedelta(minutes=1)) == timedelta(minutes=2)
    assert look_again(facts(shipped=1, cancelled=1), None) is None


class Order:
    """An order that lives: units that are backed, short, shipped, cancelled. Short ones are shipped by nobody."""

    def __init__(self, backed: int, short: int) -> None:
        self.backed, self.short, self.shipped, self.cancelled = backed, short, 0, 0
        self.told: list[Told] = []
        self.now = T

    def happen(self, what: str) -> None:
        if what == "fill" and self.short:
            self.short, self.backed = self.short - 1, self.backed + 1
        elif what == "displace" and self.backed:
            self.backed, self.short = self.backed - 1, self.short + 1
        elif what == "ship" and self.backed:
            self.backed, self.shipped = self.backed - 1, self.shipped + 1
        elif what == "cancel" and self.backed:
            self.backed, self.cancelled = self.backed - 1, self.cancelled + 1
        elif what == "cancel" and self.short:
            self.short, self.cancelled = self.short - 1, self.cancelled + 1
        elif what == "wait":
            self.now += DAY

    @property
    def facts(self) -> Facts:
        since = T if self.short else None
        return Facts(T, self.backed + self.short, self.shipped, self.cancelled, short_since=since)

    def look(self) -> list[Due]:
        found = due(self.facts, RULES, self.told, self.now)
        self.told += [Told(one.kind, one.n, "done", one.expected, self.now) for one in found]
        return found


EVENTS = st.lists(st.sampled_from(["fill", "displace", "ship", "ship", "cancel", "wait", "look", "look"]), max_size=40)


@given(st.integers(1, 5), st.integers(0, 5), EVENTS)
def test_never_confirmed_or_shipped_while_short_and_each_once(backed: int, short: int, events: list[str]) -> None:
    order = Order(backed, short)
    for event in [*events, "look"]:
        order.happen(event)
        for _ in range(2):  # looking twice tells nothing twice
            said = order.look() if event == "look" else []
            for one in said:
                assert not (order.short and one.kind in ("confirmed", "shipped"))
                assert verdict(one.kind, one.n, order.facts) == "say"
    keys = [(one.kind, one.n) for one in order.told]
    assert len(keys) == len(set(keys))
    assert [key for key, _ in keys].count("confirmed") <= 1
    assert [key for key, _ in keys].count("split") <= 1
    confirmed = [at for at, (kind, _) in enumerate(keys) if kind == "confirmed"]
    whole = [at for at, (kind, _) in enumerate(keys) if kind == "shipped"]
    assert not (confirmed and whole and whole[0] < confirmed[0])


@given(st.data(), st.integers(0, 3), st.integers(0, 3))
def test_the_order_of_events_does_not_matter_to_what_is_told(data: st.DataObject, backed: int, short: int) -> None:
    """Enough is backed for all that happens, so that every order of events ends alike."""
    events = data.draw(st.lists(st.sampled_from(["fill", "ship", "cancel", "wait"]), max_size=12))
    moved, filled = sum(event in ("ship", "cancel") for event in events), events.count("fill")
    ends = []
    for run in (events, data.draw(st.permutations(events))):
        order = Order(backed + moved, short + filled)
        for event in run:
            order.happen(event)
        ends.append((order.facts, order.look()))
    assert ends[0] == ends[1]


@given(st.integers(1, 4), st.integers(0, 4), EVENTS)
def test_however_often_it_is_looked_at_the_end_is_told(backed: int, short: int, events: list[str]) -> None:
    """What is true at the end was said, by the last look or before it."""
    often, once = Order(backed, short), Order(backed, short)
    for event in events:
        for order in (often, once):
            order.happen(event)
        often.look()
    often.look()
    last = {(o.kind, o.n) for o in once.look()} - {("confirmed", 0)}
    assert not last - {(one.kind, one.n) for one in often.told}
