"""What the sync has to tell: a drift once, when it is found, and a channel that stops answering or does so again."""

from datetime import UTC, datetime, timedelta

from tests.sync.channels import Shelf
from tests.sync.stage import Stage
from tests.sync.webhooks.conftest import SEAL, Post
from tests.sync.webhooks.receivers import Receiver
from truestock.connections import reached
from truestock.sync.webhooks.outages import DOWN_AFTER, tell_outages


def told(post: Post) -> list[tuple[str, dict[str, object]]]:
    """The events that wait, as kind and data."""
    with post.db.transaction() as conn:
        return [tuple(row) for row in conn.execute("SELECT kind, data FROM event ORDER BY id")]


def test_a_drift_is_told_when_it_is_found_and_not_again_while_it_lasts(stage: Stage) -> None:
    post, shelf = Post(stage.shop.hub.db), Shelf()
    skus = [stage.listing(30)[1] for _ in range(3)]
    stage.keep(shelf)
    post.add(Receiver(port=9_999), "drift.found")
    stage.keep(shelf, inspect=True)
    assert told(post) == []
    shelf.refuses.add(skus[1])
    for _ in range(3):
        stage.keep(shelf, inspect=True)
    data = {"channel": "web", "sku": skus[1], "drift": "missing", "acknowledged": 30, "observed": None, "place": ""}
    assert told(post) == [("drift.found", data)]
    shelf.refuses.clear()
    stage.keep(shelf, inspect=True)
    shelf.refuses.add(skus[1])
    stage.keep(shelf, inspect=True)
    assert told(post) == [("drift.found", data)] * 2


def test_a_channel_that_stays_away_is_told_once_and_so_is_its_return(post: Post) -> None:
    db = post.db
    reached.put_connection(db, SEAL, "web", "generic", {}, {})
    channel = reached.connection(db, "web").id
    post.add(Receiver(port=9_999), "channel.down", "channel.recovered")

    def look(later: timedelta) -> None:
        for _ in range(2):
            tell_outages(db, datetime.now(UTC) + later)

    look(DOWN_AFTER)
    reached.set_trouble(db, channel, "nobody there")
    look(timedelta(0))
    reached.set_trouble(db, channel, "")
    look(DOWN_AFTER)
    assert told(post) == []

    reached.set_trouble(db, channel, "nobody there")
    look(DOWN_AFTER)
    reached.set_trouble(db, channel, "still nobody there")
    look(DOWN_AFTER)
    down = ("channel.down", {"channel": "web", "trouble": "nobody there"})
    assert told(post) == [down]

    reached.set_trouble(db, channel, "")
    look(timedelta(0))
    assert told(post) == [down, ("channel.recovered", {"channel": "web"})]
