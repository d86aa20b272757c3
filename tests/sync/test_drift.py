"""What a channel shows is compared with what it acknowledged, named, and sent again where that oversells nothing."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tests.sync.channels import QUICK, Shelf
from tests.sync.stage import Stage
from truestock.connections.reached import put_connection, set_drift
from truestock.connections.seal import Seal
from truestock.connectors.contract.answers import Spot
from truestock.connectors.contract.orders import SeenLine, SeenOrder
from truestock.core.problems import Invalid
from truestock.feeds.channel_orders.seen import keep
from truestock.sync import outbound
from truestock.sync.drift import PATIENCE, DriftManner, Known, compare
from truestock.sync.pusher import Pusher

NOW = datetime(2026, 11, 27, 8, tzinfo=UTC)
LATELY, LONG_AGO = NOW - timedelta(minutes=1), NOW - PATIENCE


@pytest.mark.parametrize(
    ("observed", "since", "decrements", "drift", "again"),
    [
        (10, None, True, "", False),
        (None, None, True, "missing", False),
        (8, None, True, "sold_there", False),
        (8, LATELY, True, "sold_there", False),
        (8, LONG_AGO, True, "edited", True),
        (8, None, False, "edited", True),
        (12, None, True, "edited", True),
        (0, None, True, "sold_there", False),
        (0, LONG_AGO, True, "phantom_stockout", True),
        (0, None, False, "phantom_stockout", True),
    ],
)
def test_each_difference_has_its_name(
    observed: int | None, since: datetime | None, decrements: bool, drift: str, again: bool
) -> None:
    found = compare(Known(1, 0, Spot("A"), 3, 10, 10, since), observed, NOW, decrements=decrements)
    assert (found.drift, found.again) == (drift, again)


@pytest.mark.parametrize(
    ("shown", "before", "observed", "drift", "again"),
    [
        (30, 40, 40, "ignored", True),
        (12_000, 40, 9_999, "truncated", False),
        (30, None, 180, "multiple", False),
        (180, 90, 30, "multiple", False),
        (2, None, 4, "edited", True),
        (30, 40, 41, "edited", True),
    ],
)
def test_an_edit_is_told_from_what_a_channel_does_by_itself(
    shown: int, before: int | None, observed: int, drift: str, again: bool
) -> None:
    known = Known(1, 0, Spot("A"), 3, shown, shown, None, before)
    found = compare(known, observed, NOW, decrements=False)
    assert (found.drift, found.again) == (drift, again)


def test_a_company_says_what_it_tolerates_and_whether_it_is_sent_again(stage: Stage) -> None:
    db = stage.shop.hub.db
    known = Known(1, 0, Spot("A"), 3, 30, 30, None)
    assert compare(known, 32, NOW, decrements=False, manner=DriftManner(2)).drift == ""
    assert compare(known, 33, NOW, decrements=False, manner=DriftManner(2, repush=False))[4:6] == ("edited", False)
    put_connection(db, Seal(b"k" * 32), "web", "generic", {}, {})
    set_drift(db, "web", tolerance=2)
    made = set_drift(db, "web", repush=False)
    assert (made.drift_tolerance, made.drift_repush) == (2, False)
    with pytest.raises(Invalid, match="tolerated"):
        set_drift(db, "web", tolerance=-1)


def test_a_phantom_stockout_says_what_it_has_cost(stage: Stage) -> None:
    db = stage.shop.hub.db
    shelf = Shelf()
    sku = stage.listing(30)[1]
    stage.keep(shelf)
    shelf.shown[sku] = 0
    pusher = Pusher(db, stage.channel, "web", shelf, inspect_every_s=0.0, drift=DriftManner(repush=False))
    asyncio.run(pusher.turn())
    with db.transaction() as conn:
        conn.execute("UPDATE outbound SET drift_since = drift_since - interval '2 days'")
    seen = SeenOrder("o1", NOW, NOW, [SeenLine("1", sku, 28)])
    keep(db, stage.channel, [seen], NOW)
    with db.transaction() as conn:
        conn.execute("UPDATE channel_order SET first_read_at = first_read_at - interval '10 days'")
    (found,) = outbound.drifted(db, stage.channel)
    assert (found.drift, found.lost_units) == ("phantom_stockout", 2.0)


def test_sold_out_on_purpose_is_no_phantom() -> None:
    assert compare(Known(1, 0, Spot("A"), 3, 0, 0, None), 0, NOW, decrements=False).drift == ""


def test_what_was_edited_there_is_found_and_sent_again(stage: Stage) -> None:
    shelf = Shelf()
    skus = [stage.listing(30)[1] for _ in range(12)]
    stage.keep(shelf)
    shelf.shown[skus[3]] = 99
    shelf.shown[skus[7]] = 0
    stage.keep(shelf, inspect=True)
    assert shelf.shown == dict.fromkeys(skus, 30)
    assert {(line.sku, line.was) for line in shelf.calls[-1]} == {(skus[3], 99), (skus[7], 0)}
    stage.keep(shelf, inspect=True)
    assert outbound.drifted(stage.shop.hub.db, stage.channel) == []


def test_units_sold_there_are_shown_and_not_sent_again_until_their_order_comes(stage: Stage) -> None:
    shelf = Shelf(msgspec.structs.replace(QUICK, decrements="at_once"))
    item, sku = stage.listing(30)
    stage.keep(shelf)
    shelf.shown[sku] = 28
    stage.keep(shelf, inspect=True)
    (drifted,) = outbound.drifted(stage.shop.hub.db, stage.channel)
    assert (drifted.sku, drifted.shown, drifted.observed, drifted.drift) == (sku, 30, 28, "sold_there")
    assert len(shelf.calls) == 1
    stage.shop.buy("web", {item: 2})
    stage.publish()
    stage.keep(shelf, inspect=True)
    stage.keep(shelf, inspect=True)
    assert shelf.shown == {sku: 28}
    assert outbound.drifted(stage.shop.hub.db, stage.channel) == []
    assert stage.shop.read("SELECT sum(on_hand), sum(reserved) FROM stock") == [(30, 2)]


def test_a_listing_that_is_gone_there_is_named(stage: Stage) -> None:
    shelf = Shelf()
    sku = stage.listing(30)[1]
    stage.keep(shelf)
    shelf.refuses.add(sku)
    stage.keep(shelf, inspect=True)
    (drifted,) = outbound.drifted(stage.shop.hub.db, stage.channel)
    assert (drifted.drift, drifted.observed) == ("missing", None)
