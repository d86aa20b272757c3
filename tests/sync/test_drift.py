"""What a channel shows is compared with what it acknowledged, named, and sent again where that oversells nothing."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tests.sync.channels import QUICK, Shelf
from tests.sync.stage import Stage
from truestock.connectors.contract.answers import Spot
from truestock.sync import outbound
from truestock.sync.drift import PATIENCE, Known, compare

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
