"""The pushes of a simulation are those of the pusher: what is due and in which order, and after a call that failed."""

from datetime import UTC, datetime, timedelta
from random import Random

from tests.sync.stage import Stage
from truestock.connections import turns
from truestock.core.replay.simulate.clock import Clock
from truestock.core.replay.simulate.world import ChannelLife
from truestock.sync import outbound
from truestock.sync.simulate import pushes
from truestock.sync.simulate.pushes import Pushes, Row

START = datetime(2026, 3, 2, tzinfo=UTC)
LISTINGS = 24
SET = (
    "UPDATE outbound SET rev = %s, desired = %s, sent_rev = %s, acked_rev = %s, shown = %s, next_try_at = %s, "
    "in_flight_since = NULL WHERE listing = %s"
)


def test_what_is_due_and_its_order_are_those_of_the_database(stage: Stage) -> None:
    for _ in range(LISTINGS):
        stage.listing(5)
    ids = [listing for (listing,) in stage.shop.read("SELECT listing FROM outbound")]
    now, chance = datetime.now(UTC), Random(7)
    for _ in range(5):
        rows = [row_of(listing, chance) for listing in ids]
        for row in rows:
            at = None if row.next_try_s is None else now + timedelta(seconds=row.next_try_s)
            with stage.shop.hub.db.transaction() as conn:
                conn.execute(SET, (row.rev, row.desired, row.sent_rev, row.acked_rev, row.shown, at, row.listing))
        expected = [row.listing for row in sorted((r for r in rows if r.due(0.0)), key=lambda row: row.urgency)]
        taken: list[int] = []
        while sent := outbound.take(stage.shop.hub.db, stage.channel, now, 1):
            taken.append(sent[0].listing)
        assert taken == expected


def row_of(listing: int, chance: Random) -> Row:
    """A listing in any state."""
    rev = chance.randint(2, 5)
    sent_rev = chance.randint(1, rev)
    return Row(
        listing=listing,
        item=0,
        atp=0,
        desired=chance.choice([0, 0, 3, 7]),
        shown=chance.choice([None, 0, 3, 9]),
        rev=rev,
        sent_rev=sent_rev,
        acked_rev=chance.randint(1, sent_rev),
        next_try_s=chance.choice([None, None, -5.0, 5.0]),
    )


def test_a_failed_call_is_tried_again_after_as_long_as_the_pusher_waits() -> None:
    assert pushes.AFTER_FAULT_S == turns.AFTER_FAULT_S


def pushed(fails: list[float]) -> tuple[Clock, Pushes, list[tuple[float, int]]]:
    """Pushes of one listing; `fails` are the numbers of chance, below 0.5 for a call that fails."""
    clock, shown = Clock(), list[tuple[float, int]]()
    life = ChannelLife(push_lag_s=0, push_loss_percent=50, calls_per_s=1000, burst=1000)
    chances = iter(fails)
    made = Pushes(life, clock, START, lambda: next(chances, 0.9), lambda _, number: shown.append((clock.now, number)))
    made.begin(Row(1, 0, 9, 9, 9))
    return clock, made, shown


def test_a_call_that_failed_comes_again_with_the_newest_number() -> None:
    clock, made, shown = pushed([0.1, 0.9])
    made.want(0, 5, 5)
    made.wake()
    clock.run_to(0.5)
    made.want(0, 4, 4)
    made.wake()
    clock.run_to(60)
    assert [number for _, number in shown] == [4]
    assert made.rows[0].acked_rev == made.rows[0].rev == 3


def test_a_channel_that_does_not_answer_is_left_alone_for_longer_and_longer() -> None:
    clock, made, shown = pushed([0.1, 0.9, 0.0] * 6)
    made.want(0, 5, 5)
    made.wake()
    clock.run_to(3600)
    ((at, number),) = shown
    assert number == 5
    assert at > 30, "the breaker opens after three failures, for five seconds and then twice as long"


def test_a_number_that_changes_while_it_waits_is_sent_once() -> None:
    clock, made, shown = pushed([])
    for number in (8, 7, 6):
        made.want(0, number, number)
    made.wake()
    clock.run_to(1)
    assert [number for _, number in shown] == [6]


def test_nothing_is_sent_after_the_end() -> None:
    clock, made, shown = pushed([])
    made.want(0, 5, 5)
    made.wake()
    made.stop()
    clock.run_to(10)
    assert not shown
