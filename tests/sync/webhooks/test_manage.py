"""What people do with webhooks, and what they are told when it cannot be done."""

from datetime import UTC, datetime

import pytest

from tests.clocks import until
from tests.entrypoints.shops import everything_stored
from tests.sync.webhooks.conftest import SEAL, Post, running, shipped
from tests.sync.webhooks.receivers import Receiver, answering
from truestock.connections.seal import Seal
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.sync.webhooks import manage

URL = "https://shop.example/hooks"


def test_a_webhook_is_added_with_a_secret_that_nobody_sees_again(post: Post) -> None:
    made = manage.add(post.db, SEAL, URL, ["order.shipped", "order.short", "order.shipped"], "web")
    assert made.secret.startswith("whsec_")
    assert (made.webhook.kinds, made.webhook.channel) == (["order.shipped", "order.short"], "web")
    assert manage.webhooks(post.db) == [made.webhook]
    other = manage.add(post.db, SEAL, URL, ["order.shipped"])
    assert other.secret != made.secret
    stored = everything_stored(post.db)
    assert URL in stored
    for secret in (made.secret, other.secret):
        assert secret.removeprefix("whsec_") not in stored


@pytest.mark.parametrize(
    ("url", "kinds", "channel", "field"),
    [
        ("http://shop.example/", ["order.shipped"], None, "url"),
        ("https://127.0.0.1/", ["order.shipped"], None, "url"),
        (URL, [], None, "kinds"),
        (URL, ["order.lost"], None, "kinds"),
        (URL, ["order.shipped"], "nowhere", "channel"),
    ],
)
def test_what_is_wrong_with_a_webhook_is_named(
    post: Post, url: str, kinds: list[str], channel: str | None, field: str
) -> None:
    with pytest.raises((Invalid, NotFound)) as found:
        manage.add(post.db, SEAL, url, kinds, channel)
    assert found.value.field == field
    assert manage.webhooks(post.db) == []


def test_there_is_a_bound(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manage, "WEBHOOKS_MAX", 1)
    manage.add(post.db, SEAL, URL, ["order.shipped"])
    with pytest.raises(Conflict, match="takes no more"):
        manage.add(post.db, SEAL, URL, ["order.shipped"])


@pytest.mark.parametrize("webhook", [7, 0, -1, 2**40])
def test_one_that_is_not_there_is_not_found(post: Post, webhook: int) -> None:
    for act in (manage.read, manage.pause, manage.resume, manage.remove, manage.deliveries):
        with pytest.raises(NotFound):
            act(post.db, webhook)
    with pytest.raises(NotFound):
        manage.rotate(post.db, SEAL, webhook)
    with pytest.raises(NotFound):
        manage.try_webhook(post.db, SEAL, webhook)
    with pytest.raises(NotFound):
        manage.replay(post.db, webhook, since=datetime.now(UTC))


def test_paused_and_resumed_it_is_only_once(post: Post) -> None:
    webhook = manage.add(post.db, SEAL, URL, ["order.shipped"]).webhook.id
    assert manage.pause(post.db, webhook).paused
    with pytest.raises(Invalid, match="paused already"):
        manage.pause(post.db, webhook)
    assert not manage.resume(post.db, webhook).paused
    with pytest.raises(Invalid, match="not paused already"):
        manage.resume(post.db, webhook)


def test_a_test_is_taken_or_says_why_not(post: Post) -> None:
    receiver = Receiver()
    with answering(receiver):
        added = post.add(receiver)
        tried = manage.try_webhook(post.db, SEAL, added.webhook.id, to_lan=True)
        assert (tried.status, tried.id) == (204, receiver.ids[0])
        receiver.seen[0].verify(added.secret)
        assert receiver.events == ["webhook.test"]
        receiver.answers = [500]
        with pytest.raises(Conflict, match="500"):
            manage.try_webhook(post.db, SEAL, added.webhook.id, to_lan=True)
        with pytest.raises(Conflict, match="begins with https"):
            manage.try_webhook(post.db, SEAL, added.webhook.id)
        with pytest.raises(Conflict, match="cannot be opened"):
            manage.try_webhook(post.db, Seal(b"x" * 32), added.webhook.id, to_lan=True)
    assert len(receiver.seen) == 2
    assert post.states() == []


def test_deliveries_come_in_pages_the_newest_first(post: Post) -> None:
    receiver = Receiver()
    with answering(receiver), running(post.db):
        webhook = post.add(receiver).webhook.id
        for ref in "123":
            post.tell(shipped(ref))
        until(lambda: post.states() == ["done"] * 3)
    first = manage.deliveries(post.db, webhook, limit=2)
    second = manage.deliveries(post.db, webhook, after=first.next, limit=2)
    assert [len(page.rows) for page in (first, second)] == [2, 1]
    assert second.next is None
    ids = [row.id for row in (*first.rows, *second.rows)]
    assert ids == sorted(receiver.ids, reverse=True)
    assert manage.body(post.db, webhook, ids[0]).encode() in [seen.body for seen in receiver.seen]
    assert manage.deliveries(post.db, webhook, "dead").rows == ()
    with pytest.raises(Invalid):
        manage.deliveries(post.db, webhook, "lost")


def test_what_is_to_be_replayed_must_be_said_and_be_there(post: Post) -> None:
    webhook = manage.add(post.db, SEAL, URL, ["order.shipped"]).webhook.id
    now = datetime.now(UTC)
    for wrong in ({}, {"delivery": "evt_1", "since": now}, {"since": now.replace(tzinfo=None)}):
        with pytest.raises(Invalid):
            manage.replay(post.db, webhook, **wrong)
    with pytest.raises(NotFound):
        manage.replay(post.db, webhook, delivery="evt_0000000000000001")
    assert manage.replay(post.db, webhook, since=now) == 0
