"""Kill it between the call and what is written down of it: the delivery is made again, with the same id."""

import time

from tests.clocks import until
from tests.sync.webhooks.casualty import at_work
from tests.sync.webhooks.conftest import Post, running, shipped
from tests.sync.webhooks.receivers import Receiver, answering


def test_a_delivery_whose_sender_was_killed_is_made_again_with_the_same_id(post: Post, database_url: str) -> None:
    receiver = Receiver([204])
    with answering(receiver):
        added = post.add(receiver)
        post.tell(shipped("1"))
        with at_work(database_url, lease_s=600.0) as process:
            receiver.on_call = lambda _: process.kill()  # taken, and the sender never hears of it
            until(lambda: bool(receiver.seen))
            process.wait(60)
        assert post.states() == ["waiting"]
        receiver.on_call = lambda _: None
        with running(post.db):
            time.sleep(0.2)
            assert len(receiver.seen) == 1, "another sent it before its lease had ended"
            post.set("next_try_at = now(), leased_until = now()")
            until(lambda: post.states() == ["done"])
    assert len(receiver.seen) == 2
    assert len(set(receiver.ids)) == 1
    assert receiver.seen[0].body == receiver.seen[1].body
    for seen in receiver.seen:
        seen.verify(added.secret)
