"""A channel is kept in step whatever happens to its calls, and is never told an older number after a newer one."""

from random import Random

import msgspec
import pytest

from tests.sync.channels import QUICK, Shelf
from tests.sync.stage import Stage
from truestock.connections.reached import put_connection
from truestock.connections.seal import Seal
from truestock.connectors.contract.answers import Outcome
from truestock.connectors.contract.traits import Traits
from truestock.sync import outbound
from truestock.sync.marks import answered


def test_each_listing_is_sent_once_and_only_when_it_has_changed(stage: Stage) -> None:
    shelf = Shelf()
    (first, a), (_, b) = stage.listing(5), stage.listing(7)
    stage.keep(shelf)
    assert shelf.shown == {a: 5, b: 7}
    stage.shop.buy("web", {first: 2})
    stage.publish()
    stage.keep(shelf)
    assert shelf.shown == {a: 3, b: 7}
    assert [[line.sku for line in call] for call in shelf.calls[1:]] == [[a]]
    assert stage.state(a, ("acked_rev", "acked", "shown", "in_flight_since")) == (2, 3, 3, None)


def test_many_changes_are_one_push_of_the_newest_number(stage: Stage) -> None:
    shelf = Shelf()
    item, sku = stage.listing(50)
    for _ in range(5):
        stage.shop.buy("web", {item: 1})
        stage.publish()
    stage.keep(shelf)
    assert [[(line.sku, line.quantity, line.rev) for line in call] for call in shelf.calls] == [[(sku, 45, 6)]]


def test_what_goes_out_of_stock_is_sent_first_then_what_is_shown_beyond_its_number(stage: Stage) -> None:
    shelf = Shelf(replace_traits(batch_max=1))
    listings = [stage.listing(20) for _ in range(4)]
    stage.keep(shelf, turns=50)
    shelf.calls.clear()
    (up, a), (little, b), (much, c), (out, d) = listings
    stage.shop.stock(up, dc=5)
    for item, units in ((little, 1), (much, 9), (out, 20)):
        stage.shop.buy("web", {item: units})
    stage.publish()
    stage.keep(shelf, turns=50)
    assert [call[0].sku for call in shelf.calls] == [d, c, b, a]


@pytest.mark.parametrize("fault", ["down", "throttled", "lost", "hung"])
def test_a_call_that_fails_is_made_again_and_counts_once(stage: Stage, fault: str) -> None:
    shelf = Shelf(faults=[fault])
    _, sku = stage.listing(5)
    stage.keep(shelf)
    assert shelf.shown == {sku: 5}
    assert stage.state(sku, ("acked", "in_flight_since", "tries")) == (5, None, 0)
    # After its effect nothing is sent again: it was read back.
    assert len(shelf.calls) == (1 if fault == "hung" else 2)


def test_a_listing_that_the_channel_will_not_have_does_not_block_its_neighbours(stage: Stage) -> None:
    (_, good), (_, bad) = stage.listing(5), stage.listing(6)
    shelf = Shelf(refuses={bad})
    stage.keep(shelf)
    assert shelf.shown == {good: 5}
    (trouble,) = outbound.troubles(stage.shop.hub.db, stage.channel)
    assert (trouble.sku, trouble.desired, trouble.shown, trouble.tries) == (bad, 6, None, 1)
    assert trouble.reason == f"no listing {bad}"
    assert len(shelf.calls) == 1


def test_a_listing_that_the_answer_does_not_name_is_not_taken_for_done(stage: Stage) -> None:
    _, sku = stage.listing(5)
    shelf = Shelf(silent={sku})
    stage.keep(shelf)
    assert stage.state(sku, ("acked_rev", "in_flight_since")) == (0, None)
    assert "says nothing" in stage.state(sku, ("trouble",))[0]


def test_a_new_and_lower_number_does_not_wait_until_a_refused_one_is_tried_again(stage: Stage) -> None:
    item, sku = stage.listing(6)
    shelf = Shelf(refuses={sku})
    stage.keep(shelf)
    shelf.refuses.clear()
    stage.shop.stock(item, dc=4)
    stage.shop.buy("web", {item: 10})
    stage.publish()
    stage.keep(shelf)
    assert shelf.shown == {sku: 0}


def test_an_order_that_we_have_not_seen_is_found_by_comparing(stage: Stage) -> None:
    shelf = Shelf(replace_traits(compare="value"))
    item, sku = stage.listing(10)
    stage.keep(shelf)
    shelf.shown[sku] = 8  # sold there; the order has not come yet
    stage.shop.buy("web", {item: 1})
    stage.publish()
    stage.keep(shelf)
    assert [(line.was, line.quantity) for call in shelf.calls for line in call] == [(None, 10), (10, 9), (8, 9)]
    assert stage.state(sku, ("shown", "observed", "acked")) == (9, 8, 9)


def test_a_reset_sends_every_listing_again_and_nothing_twice(stage: Stage) -> None:
    shelf = Shelf()
    skus = {stage.listing(n)[1]: n for n in (3, 4, 5)}
    stage.keep(shelf)
    shelf.shown.clear()  # the channel has forgotten everything
    assert outbound.reset(stage.shop.hub.db, stage.channel) == 3
    stage.keep(shelf)
    assert shelf.shown == skus
    assert sorted(line.sku for call in shelf.calls[1:] for line in call) == sorted(skus)


def test_nothing_is_lost_by_an_outage_and_the_backlog_drains_once_a_listing(stage: Stage) -> None:
    shelf = Shelf(faults=["down"])
    listings = [stage.listing(20) for _ in range(5)]
    stage.keep(shelf, turns=1)
    assert stage.state(listings[0][1], ("tries", "in_flight_since")) == (0, None)
    for _ in range(3):
        for item, _sku in listings:
            stage.shop.buy("web", {item: 1})
        stage.publish()
    stage.later()
    stage.keep(shelf)
    assert shelf.shown == {sku: 17 for _, sku in listings}
    assert sorted(line.sku for call in shelf.calls[1:] for line in call) == sorted(sku for _, sku in listings)


def test_the_budget_is_kept_under_a_storm_of_throttling(stage: Stage) -> None:
    shelf = Shelf(replace_traits(batch_max=1), faults=["throttled"] * 3)
    for n in range(12):
        stage.listing(n + 1)
    stage.keep(shelf, turns=200)
    assert len(shelf.shown) == 12
    assert len(shelf.calls) == 12 + 3


def test_an_answer_that_comes_after_the_listing_was_given_up_changes_nothing(stage: Stage) -> None:
    item, sku = stage.listing(5)
    db, now = stage.shop.hub.db, stage.shop.read("SELECT clock_timestamp()")[0][0]
    (old,) = outbound.take(db, stage.channel, now, 10)
    stage.keep(Shelf())  # finds it in doubt and sends it itself
    stage.shop.buy("web", {item: 1})
    stage.publish()
    (new,) = outbound.take(db, stage.channel, now, 10)
    outbound.write(db, [answered(old, Outcome("rejected", "late"), now, 0.0)], now)
    assert stage.state(sku, ("sent_rev", "acked_rev", "trouble")) == (new.rev, old.rev, "")


@pytest.mark.parametrize("seed", range(6))
def test_whatever_goes_wrong_the_channel_ends_up_showing_what_it_shall(stage: Stage, seed: int) -> None:
    """Random sales, receipts, faults and edits by hand, with pushers that are killed and started anew in between."""
    chance = Random(seed)
    shelf = Shelf(replace_traits(compare=chance.choice(["no", "value"]), batch_max=chance.choice([1, 3, 10])))
    listings = [stage.listing(chance.randrange(1, 40)) for _ in range(6)]
    for _ in range(12):
        for item, _sku in chance.sample(listings, 3):
            if chance.random() < 0.7:
                stage.shop.buy("web", {item: 1})
            else:
                stage.shop.stock(item, dc=chance.randrange(1, 5))
        stage.publish()
        shelf.faults += chance.choices(["", "lost", "hung", "throttled"], k=3)
        stage.keep(shelf, turns=chance.randrange(1, 4))
    shelf.faults.clear()
    for _ in range(3):
        stage.later()
        stage.keep(shelf, turns=100)
    assert shelf.shown == stage.desired()
    backlog = outbound.backlog(stage.shop.hub.db, stage.channel)
    assert (backlog.waiting, backlog.in_flight, backlog.in_trouble) == (0, 0, 0)


def test_a_connection_keeps_its_secrets_to_itself(stage: Stage) -> None:
    db, seal = stage.shop.hub.db, Seal(b"k" * 32)
    put_connection(db, seal, "web", "generic", {"url": "https://shop.example"}, {"signing": "whsec_canary"})
    told = stage.shop.read("SELECT n::text FROM connection n")[0][0]
    assert "canary" not in told
    assert b"canary" not in bytes.fromhex(told.split("\\x")[1].split('"')[0].split(",")[0])


def replace_traits(**changes: object) -> Traits:
    return msgspec.structs.replace(QUICK, **changes)
