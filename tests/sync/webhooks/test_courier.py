"""What has happened is told: at least once, with the same id each time, and nobody waits for another's receiver."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.clocks import until
from tests.sync.webhooks.conftest import SEAL, Post, running, shipped
from tests.sync.webhooks.receivers import Receiver, answering
from truestock.connections.seal import Seal
from truestock.store.events import ChannelDown
from truestock.sync.webhooks import deliveries, manage
from truestock.sync.webhooks.answers import FAILURES, Answer
from truestock.sync.webhooks.courier import Courier
from truestock.sync.webhooks.deliveries import IN_FLIGHT_MOST
from truestock.sync.webhooks.sender import Sender


def test_an_event_reaches_every_receiver_that_wants_it_signed_and_once(post: Post) -> None:
    first, second, other = Receiver(), Receiver(), Receiver()
    with answering(first, second, other), running(post.db) as courier:
        secrets = [post.add(receiver).secret for receiver in (first, second)]
        post.add(other, "channel.down")
        post.tell(shipped("1001"))
        until(lambda: post.states() == ["done", "done"])
        time.sleep(0.2)
    assert (len(first.seen), len(second.seen), len(other.seen)) == (1, 1, 0)
    for receiver, secret in zip((first, second), secrets, strict=True):
        receiver.seen[0].verify(secret)
    assert first.ids == second.ids == [first.seen[0].event["id"]]
    assert first.seen[0].event["subject"] == "web/1001"
    assert courier.results == {"done": 2}
    assert post.events() == 0


def test_a_webhook_of_one_channel_hears_of_no_other(post: Post) -> None:
    receiver = Receiver()
    with answering(receiver), running(post.db):
        post.add(receiver, "order.shipped", "channel.down", channel="market")
        post.tell(shipped("1"), shipped("2", "market"), ChannelDown("web", "x"), ChannelDown("market", "y"))
        until(lambda: len(receiver.seen) == 2 and post.events() == 0)
    assert {seen.event["data"]["channel"] for seen in receiver.seen} == {"market"}


def test_what_was_not_taken_is_sent_again_with_the_same_id_and_signed_anew(post: Post) -> None:
    receiver = Receiver([500, "break", 400, 204])
    with answering(receiver), running(post.db):
        secret = post.add(receiver).secret
        post.tell(shipped("1"))
        for tries in (1, 2, 3):
            until(lambda tries=tries: post.rows("tries", "leased_until IS NULL") == [(tries,)])  # type: ignore[misc]
            assert post.states() == ["waiting"]
            post.set("next_try_at = now()")
        until(lambda: post.states() == ["done"])
    assert len(set(receiver.ids)) == 1
    assert len(receiver.seen) == 4
    for seen in receiver.seen:
        seen.verify(secret)
    assert post.rows("tries, last_status, last_error") == [(4, 204, "")]


def test_one_receiver_that_hangs_delays_no_other_and_has_a_few_calls_at_a_time(post: Post) -> None:
    slow, quick = Receiver(["hang"]), Receiver()
    with answering(slow, quick), running(post.db, timeout_s=600):
        post.add(slow)
        post.add(quick, "channel.down")
        post.tell(*(shipped(str(n)) for n in range(50)))
        until(lambda: slow.flying == IN_FLIGHT_MOST)
        post.tell(*(ChannelDown("web", str(n)) for n in range(50)))
        until(lambda: len(quick.seen) == 50)
        assert slow.flying == slow.most == len(slow.seen) == IN_FLIGHT_MOST
    # Broken off with the end of the courier, and given back: they are due again.
    assert post.rows("count(*)", "leased_until IS NULL AND state = 'waiting' AND kind = 'order.shipped'") == [(50,)]


def test_any_number_of_processes_share_the_work_and_keep_to_a_webhooks_room(post: Post) -> None:
    receiver = Receiver(slow_s=0.01)
    with answering(receiver), running(post.db), running(post.db), running(post.db):
        post.add(receiver)
        for n in range(10):
            post.tell(*(shipped(f"{n}-{m}") for m in range(20)))
        until(lambda: len(receiver.seen) >= 200 and set(post.states()) == {"done"})
    assert sorted(seen.event["subject"] for seen in receiver.seen) == sorted(
        f"web/{n}-{m}" for n in range(10) for m in range(20)
    )
    assert 1 < receiver.most <= IN_FLIGHT_MOST


def test_a_receiver_that_does_not_answer_gets_single_calls_until_it_does(post: Post) -> None:
    receiver = Receiver([503])
    with answering(receiver), running(post.db):
        post.add(receiver)
        post.tell(*(shipped(str(n)) for n in range(FAILURES)))
        until(lambda: post.rows("sum(tries)", "leased_until IS NULL") == [(FAILURES,)])
        (webhook,) = manage.webhooks(post.db)
        assert webhook.trouble.startswith("503")
        post.tell(*(shipped(f"more {n}") for n in range(20)))
        until(lambda: post.events() == 0)
        time.sleep(0.2)
        assert len(receiver.seen) == FAILURES
        receiver.answers = [204]
        post.set("not_before = now(), failures = 3", "webhook")
        post.set("next_try_at = now()")
        until(lambda: set(post.states()) == {"done"})
        until(lambda: manage.webhooks(post.db)[0].trouble == "")


def test_a_receiver_that_says_when_is_left_alone_until_then(post: Post) -> None:
    receiver = Receiver([b"HTTP/1.1 429 Slow\r\nretry-after: 2\r\ncontent-length: 0\r\n\r\n", 204])
    with answering(receiver), running(post.db):
        post.add(receiver)
        began = time.monotonic()
        post.tell(shipped("1"))
        until(lambda: post.rows("last_status") == [(429,)])
        post.tell(shipped("2"))
        until(lambda: len(receiver.seen) == 2)
        assert time.monotonic() - began > 1.8


def test_gone_pauses_the_webhook_and_what_waits_is_told_when_it_is_resumed(post: Post) -> None:
    receiver = Receiver([410, 204])
    with answering(receiver), running(post.db):
        added = post.add(receiver)
        post.tell(shipped("1"))
        until(lambda: manage.read(post.db, added.webhook.id).paused)
        assert "410" in manage.read(post.db, added.webhook.id).trouble
        post.tell(shipped("2"))
        until(lambda: post.states() == ["waiting", "waiting"])
        time.sleep(0.2)
        assert len(receiver.seen) == 1
        manage.resume(post.db, added.webhook.id)
        until(lambda: post.states() == ["done", "done"])


def test_after_the_last_try_a_delivery_is_dead_and_can_be_replayed(post: Post) -> None:
    receiver = Receiver([500])
    with answering(receiver), running(post.db):
        added = post.add(receiver)
        post.tell(shipped("1"))
        until(lambda: post.rows("tries", "leased_until IS NULL") == [(1,)])
        post.set("tries = 12, next_try_at = now()")
        until(lambda: post.states() == ["dead"])
        (dead,) = manage.deliveries(post.db, added.webhook.id, "dead").rows
        assert (dead.tries, dead.last_status, dead.next_try_at) == (13, 500, None)
        receiver.answers = [204]
        assert manage.replay(post.db, added.webhook.id, dead.id) == 1
        until(lambda: post.states() == ["done"])
        assert manage.replay(post.db, added.webhook.id, dead.id) == 1
        until(lambda: len(receiver.seen) == 4 and post.states() == ["done"])
    assert set(receiver.ids) == {dead.id}


def test_all_that_happened_since_an_instant_is_replayed_and_nothing_before(post: Post) -> None:
    receiver = Receiver()
    with answering(receiver), running(post.db):
        added = post.add(receiver)
        post.tell(shipped("1"))
        until(lambda: post.states() == ["done"])
        time.sleep(0.01)
        since = datetime.now(UTC)
        post.tell(shipped("2"), shipped("3"))
        until(lambda: post.states() == ["done"] * 3)
        assert manage.replay(post.db, added.webhook.id, since=since) == 2
        until(lambda: len(receiver.seen) == 5)
    assert sorted(seen.event["subject"] for seen in receiver.seen[3:]) == ["web/2", "web/3"]


def test_an_answer_after_its_lease_has_ended_changes_nothing(post: Post) -> None:
    post.add(Receiver(port=9_999))
    post.tell(shipped("1"))
    now = datetime.now(UTC)
    assert deliveries.fan_out(post.db, now) == 1
    (mine,) = deliveries.lease(post.db, now, now + timedelta(seconds=10))
    assert deliveries.lease(post.db, now, now + timedelta(seconds=10)) == []
    later = now + timedelta(seconds=11)
    (theirs,) = deliveries.lease(post.db, later, later + timedelta(seconds=10))
    assert (mine.event, mine.tries, theirs.tries) == (theirs.event, 1, 2)
    down, done = Answer("down", 500, "x"), Answer("done", 200)
    deliveries.mark(post.db, [deliveries.Ended(theirs, done)], later, lambda: 0.5)
    deliveries.mark(post.db, [deliveries.Ended(mine, down)], later, lambda: 0.5)
    assert post.states() == ["done"]


def test_deliveries_are_kept_for_a_month(post: Post) -> None:
    post.add(Receiver(port=9_999))
    post.tell(shipped("1"), shipped("2"))
    now = datetime.now(UTC)
    deliveries.fan_out(post.db, now)
    assert deliveries.trim(post.db, now + timedelta(days=29)) == 0
    assert deliveries.trim(post.db, now + timedelta(days=31), limit=1) == 1
    assert deliveries.trim(post.db, now + timedelta(days=31)) == 1
    assert post.states() == []


def test_secrets_that_cannot_be_opened_are_told_and_nothing_goes_out_unsigned(post: Post) -> None:
    receiver = Receiver()
    broken = Courier(post.db, lambda: Seal(b"x" * 32), lambda: Sender(to_lan=True), look_every_s=0.02)
    with answering(receiver):
        added = post.add(receiver)
        post.tell(shipped("1"))
        broken.start()
        until(lambda: "cannot be signed" in manage.read(post.db, added.webhook.id).trouble)
        broken.stop()
        assert receiver.seen == []
        made = manage.rotate(post.db, Seal(b"x" * 32), added.webhook.id)
        assert made.webhook.old_until is None
        assert made.secret != added.secret


def test_a_webhook_that_was_removed_hears_nothing_more(post: Post) -> None:
    receiver = Receiver()
    with answering(receiver), running(post.db) as courier:
        added = post.add(receiver)
        receiver.on_call = lambda _: manage.remove(post.db, added.webhook.id)
        post.tell(shipped("1"))
        until(lambda: bool(receiver.seen))
        post.tell(shipped("2"))
        until(lambda: courier.results["done"] == 1)
        time.sleep(0.1)
    assert len(receiver.seen) == 1
    assert post.states() == []


@pytest.mark.parametrize("paused", [True, False])
def test_while_it_is_paused_what_happens_waits(post: Post, paused: bool) -> None:
    receiver = Receiver()
    with answering(receiver), running(post.db):
        added = post.add(receiver)
        if paused:
            manage.pause(post.db, added.webhook.id)
        post.tell(shipped("1"))
        until(lambda: len(post.states()) == 1)
        time.sleep(0.2)
        assert len(receiver.seen) == (0 if paused else 1)
        if paused:
            manage.resume(post.db, added.webhook.id)
        until(lambda: post.states() == ["done"])


def test_while_a_secret_is_changed_the_old_one_verifies_too_for_a_day(post: Post) -> None:
    receiver = Receiver()
    with answering(receiver), running(post.db):
        old = post.add(receiver)
        new = manage.rotate(post.db, SEAL, old.webhook.id)
        assert new.webhook.old_until is not None
        assert timedelta(hours=23) < new.webhook.old_until - datetime.now(UTC) <= timedelta(hours=24)
        post.tell(shipped("1"))
        until(lambda: len(receiver.seen) == 1)
        for secret in (old.secret, new.secret):
            receiver.seen[0].verify(secret)
        post.set("old_until = now()", "webhook")
        post.tell(shipped("2"))
        until(lambda: len(receiver.seen) == 2)
    receiver.seen[1].verify(new.secret)
    assert len(receiver.seen[1].headers["webhook-signature"].split()) == 1


def test_a_receiver_that_repeats_the_secret_is_not_repeated(post: Post) -> None:
    receiver = Receiver()
    with answering(receiver), running(post.db):
        added = post.add(receiver)
        said = f'{{"detail": "not {added.secret}"}}'.encode()
        receiver.answers = [b"HTTP/1.1 401 No\r\ncontent-length: %d\r\n\r\n%s" % (len(said), said)]
        post.tell(shipped("1"))
        until(lambda: post.rows("last_status") == [(401,)])
    ((error,),) = post.rows("last_error")
    assert error == manage.read(post.db, added.webhook.id).trouble == "401 not [secret]"
