"""Hard allocation and cancellation: whole, in part, from elsewhere, of what was lost, and told twice."""

import msgspec
import pytest

from tests.factories import Shop, ago, ahead
from truestock.ledger.values import Adjust
from truestock.orders.actions import Release, ReleaseLine, Ship, ShipLine


def test_a_whole_order_ships_from_where_it_was_promised(shop: Shop) -> None:
    sku = shop.item(dc=5, store=5)
    order = shop.buy("web", {sku: 8})
    done = shop.do(Ship("web", order.ref))
    assert (done.units, done.state) == (8, "shipped")
    assert shop.shelf(sku) == {"store": (2, 0)}
    assert shop.refused(Ship("web", order.ref)) == "nothing-open"


def test_an_order_ships_in_parts(shop: Shop) -> None:
    sku = shop.item(dc=5)
    order = shop.buy("web", {sku: 4})
    assert shop.do(Ship("web", order.ref, [ShipLine(0, 1)])).state == "open"
    assert shop.shelf(sku) == {"dc": (4, 3)}
    assert shop.refused(Ship("web", order.ref, [ShipLine(0, 4)])) == "too-many"
    assert shop.refused(Ship("web", order.ref, [ShipLine(0, 2), ShipLine(0, 2)])) == "too-many"
    assert shop.refused(Ship("web", order.ref, [ShipLine(1, 1)])) == "not-found"
    assert shop.do(Ship("web", order.ref, [ShipLine(0, 2), ShipLine(0, 1)])).state == "shipped"
    assert shop.shelf(sku) == {"dc": (1, 0)}


def test_listing_units_ship_as_base_units(shop: Shop) -> None:
    one, two = shop.item(dc=10), shop.item(dc=10)
    kit = shop.listing("web", {one: 2, two: 3})
    order = shop.buy("web", {kit: 2})
    assert shop.do(Ship("web", order.ref, [ShipLine(0, 1)])).units == 5
    assert (shop.shelf(one), shop.shelf(two)) == ({"dc": (8, 2)}, {"dc": (7, 3)})


def test_it_may_leave_from_another_place_than_promised(shop: Shop) -> None:
    sku = shop.item(dc=5, store=5)
    order = shop.buy("web", {sku: 3})
    shop.do(Ship("web", order.ref, location="store"))
    assert shop.shelf(sku) == {"dc": (5, 0), "store": (2, 0)}


def test_leaving_from_a_place_where_all_is_promised_displaces_as_any_fact_does(shop: Shop) -> None:
    sku = shop.item(dc=3, far=2)
    theirs = shop.buy("web", {sku: 2})
    other = shop.buy("web", {sku: 1}, priority=5)
    mine = shop.buy("web", {sku: 2})
    assert shop.promised(mine.id) == {("far", "", ""): 2}
    shop.do(Ship("web", mine.ref, location="dc"))
    assert shop.promised(other.id) == {("dc", "", ""): 1}, "the lower priority goes first"
    assert shop.promised(theirs.id) == {("far", "", ""): 2}, "and is served from what came free"
    assert shop.shelf(sku) == {"dc": (1, 1), "far": (2, 2)}


def test_an_order_that_lies_there_and_elsewhere_may_leave_from_there_alone(shop: Shop) -> None:
    sku = shop.item(dc=4, store=2)
    mine = shop.buy("web", {sku: 5}, priority=0)
    other = shop.buy("retail", {sku: 1}, priority=1)
    assert shop.promised(mine.id) == {("dc", "", ""): 4, ("store", "", ""): 1}
    shop.do(Ship("web", mine.ref, location="store"))
    assert shop.shelf(sku) == {"dc": (4, 1), "store": (-3, 0)}
    assert shop.promised(other.id) == {("dc", "", ""): 1}


def test_leaving_more_than_lies_there_makes_the_pool_negative(shop: Shop) -> None:
    sku = shop.item(dc=3)
    order = shop.buy("web", {sku: 3})
    shop.do(Ship("web", order.ref, location="store"))
    assert shop.shelf(sku) == {"dc": (3, 0), "store": (-3, 0)}
    assert shop.mishaps(sku) == [("negative", 3)]


def test_a_displaced_order_ships_where_it_is_told_to_have_left(shop: Shop) -> None:
    sku = shop.item(dc=3)
    order = shop.buy("web", {sku: 3})
    shop.book(Adjust(sku=sku, location="dc", qty=-2, reason="not found"))
    assert shop.owed(sku) == {order.ref: 2}
    assert shop.refused(Ship("web", order.ref)) == "location-needed"
    assert shop.refused(Ship("web", order.ref, [ShipLine(0, 1), ShipLine(0, 1)])) == "location-needed"
    done = shop.do(Ship("web", order.ref, location="dc"))
    assert (done.units, done.state) == (3, "shipped")
    assert shop.owed(sku) == {}
    assert shop.shelf(sku) == {"dc": (-2, 0)}


@pytest.mark.parametrize("at_once", [False, True])
def test_the_rest_of_a_partly_shipped_order_is_released_and_it_counts_as_shipped(shop: Shop, at_once: bool) -> None:
    sku = shop.item(dc=5)
    order = shop.buy("web", {sku: 4})
    ship, release = Ship("web", order.ref, [ShipLine(0, 1)]), Release("web", order.ref)
    if not at_once:
        shop.do(ship)
    done = shop.do(ship, release) if at_once else shop.do(release)
    assert (done.units, done.state) == (3, "shipped")
    assert shop.shelf(sku) == {"dc": (4, 0)}


def test_releasing_everything_cancels_and_releasing_again_does_nothing(shop: Shop) -> None:
    sku = shop.item(dc=5)
    order = shop.buy("web", {sku: 4})
    assert shop.do(Release("web", order.ref, [ReleaseLine(0, 1)])).state == "open"
    assert shop.do(Release("web", order.ref)).state == "cancelled"
    assert shop.refused(Release("web", order.ref)) == "nothing-open"
    assert shop.refused(Ship("web", order.ref)) == "nothing-open"
    assert shop.shelf(sku) == {"dc": (5, 0)}


def test_releasing_gives_back_what_is_owed_first(shop: Shop) -> None:
    sku = shop.item(dc=2)
    order = shop.buy("web", {sku: 5}, mode="sold")
    shop.do(Release("web", order.ref, [ReleaseLine(0, 4)]))
    assert shop.owed(sku) == {}
    assert shop.shelf(sku) == {"dc": (2, 1)}


def test_a_key_does_it_once(shop: Shop) -> None:
    sku = shop.item(dc=5)
    order = shop.buy("web", {sku: 4})
    one = Ship("web", order.ref, [ShipLine(0, 1)])
    first = shop.do(one, key="ship" + sku)
    assert shop.do(one, key="ship" + sku) == msgspec.structs.replace(first, replay=True)
    assert [a.replay for a in shop.try_do(one, one, key="again" + sku) if hasattr(a, "replay")] == [False, True]
    (other,) = shop.try_do(Ship("web", order.ref, [ShipLine(0, 2)]), key="ship" + sku)
    assert getattr(other, "type", "") == "idempotency-key-reused"
    assert shop.shelf(sku) == {"dc": (3, 2)}


def test_a_replay_tells_the_present_state(shop: Shop) -> None:
    sku = shop.item(dc=5)
    order = shop.order("web", {sku: 2})
    (placed,) = shop.place(order)
    first = shop.do(Ship("web", placed.ref, [ShipLine(0, 1)]), key="state" + sku)
    shop.do(Release("web", placed.ref))
    again = shop.do(Ship("web", placed.ref, [ShipLine(0, 1)]), key="state" + sku)
    assert (first.state, again.state, again.units) == ("open", "shipped", 1)
    assert shop.place(order)[0].state == "shipped"


def test_what_shipped_before_a_count_was_not_there_to_be_counted(shop: Shop) -> None:
    sku = shop.item(dc=10)
    order = shop.buy("web", {sku: 3})
    shop.count(sku, "dc", 7, at=ago(hours=1))
    shop.do(Ship("web", order.ref, shipped_at=ago(hours=2)))
    assert shop.shelf(sku) == {"dc": (7, 0)}


def test_what_left_elsewhere_before_a_count_there_was_not_counted_either(shop: Shop) -> None:
    sku = shop.item(dc=10, store=10)
    order = shop.buy("web", {sku: 3})
    shop.count(sku, "store", 7, at=ago(hours=1))
    shop.do(Ship("web", order.ref, location="store", shipped_at=ago(hours=2)))
    assert shop.shelf(sku) == {"dc": (10, 0), "store": (7, 0)}


def test_nothing_ships_in_the_future(shop: Shop) -> None:
    sku = shop.item(dc=1)
    order = shop.buy("web", {sku: 1})
    assert shop.refused(Ship("web", order.ref, shipped_at=ahead(hours=1))) == "invalid"


def test_what_is_released_goes_to_who_is_owed(shop: Shop) -> None:
    sku = shop.item(dc=2)
    first = shop.buy("web", {sku: 2})
    owed = shop.buy("market", {sku: 2}, mode="sold")
    shop.do(Release("web", first.ref))
    assert shop.promised(owed.id) == {("dc", "", ""): 2}
    assert shop.owed(sku) == {}


def test_an_order_part_of_which_left_while_it_was_owed_ends_as_shipped(shop: Shop) -> None:
    sku = shop.item(dc=2)
    order = shop.buy("web", {sku: 2})
    shop.book(Adjust(sku=sku, location="dc", qty=-2, reason="lost"))
    shop.do(Ship("web", order.ref, [ShipLine(0, 1, "store")]))
    assert shop.do(Release("web", order.ref)).state == "shipped"
    left = "SELECT loc.code, qty::int, posted::int FROM promise p JOIN location loc ON loc.id = p.loc WHERE posted > 0"
    assert shop.read(f"{left} AND order_id = %s::uuid", order.id) == [("store", 1, 1)]
