"""What a channel may promise, asked for one SKU and for many at once."""

import pytest

from tests.factories import Shop
from truestock.availability.read import Reader
from truestock.availability.values import Answer, Available, Unknown
from truestock.core.words import Status
from truestock.ledger.values import Adjust, ChangeStatus


def known(answer: Answer) -> Available:
    assert isinstance(answer, Available)
    return answer


def atp(reader: Reader, channel: str, sku: str) -> int:
    """Asked alone and in a set, which must say the same."""
    alone = known(reader.available(channel, sku))
    (together,) = reader.many([(channel, sku)])
    assert known(together).items == alone.items
    assert known(together).published == alone.published
    return alone.atp


def test_a_buffer_per_location_and_one_per_channel(shop: Shop, reader: Reader) -> None:
    """(100 - 10) + (100 - 10) + (50 - 10) - 10 = 210."""
    sku = shop.item(dc=100, store=100, far=50)
    shop.rule("safety_stock", 10, item=sku)
    shop.rule("buffer", 10, item=sku, channel="web")
    assert atp(reader, "web", sku) == 210


def test_a_negative_location_does_not_hide_good_stock_elsewhere(shop: Shop, reader: Reader) -> None:
    sku = shop.item(dc=5, store=8)
    shop.book(Adjust(sku=sku, location="dc", qty=-9, reason="never there"))
    assert shop.shelf(sku)["dc"] == (-4, 0)
    assert atp(reader, "web", sku) == 8


def test_orders_that_are_accepted_and_not_yet_brokered_count(shop: Shop, reader: Reader) -> None:
    sku = shop.item(dc=10)
    before = known(reader.available("web", sku))
    shop.buy("retail", {sku: 4})
    after = known(reader.available("web", sku))
    assert (before.atp, after.atp) == (10, 6)
    assert after.items[0].version > before.items[0].version


def test_virtual_units_count_only_where_they_are_listed(shop: Shop, reader: Reader) -> None:
    sku = shop.item(dc=2, vendor=100)
    assert atp(reader, "b2b", sku) == 102
    assert atp(reader, "web", sku) == 2


def test_units_that_are_not_sellable_do_not_count(shop: Shop, reader: Reader) -> None:
    sku = shop.item(dc=10)
    shop.book(ChangeStatus(sku=sku, location="dc", qty=3, from_status="sellable", to_status="damaged"))
    assert atp(reader, "web", sku) == 7
    assert shop.cells(sku)["dc", "", Status.DAMAGED.name.lower(), ""] == (3, 0)


def test_a_ring_is_for_its_channel_alone(shop: Shop, reader: Reader) -> None:
    sku = shop.item(dc=10)
    shop.ring(sku, "dc", 6, to="retail")
    assert (atp(reader, "retail", sku), atp(reader, "web", sku)) == (10, 4)
    assert known(reader.available("retail", sku)).own == 6


def test_an_expired_cart_is_given_back_before_anybody_voids_it(shop: Shop, reader: Reader) -> None:
    sku = shop.item(dc=10)
    shop.rule("protection", 8, item=sku, channel="retail")
    shop.buy("retail", {sku: 3}, hold=60)
    assert (atp(reader, "retail", sku), atp(reader, "web", sku)) == (7, 2)
    # Its time is moved instead of waited for; the version says so, as the booking of a movement would.
    of_item = "WHERE item = (SELECT id FROM item WHERE sku = %s) RETURNING 1"
    shop.read(f"UPDATE hold SET expires_at = now() {of_item}", sku)
    shop.read(f"UPDATE head SET version = version + 1 {of_item}", sku)
    assert (atp(reader, "retail", sku), atp(reader, "web", sku)) == (10, 2)


def test_a_cart_that_runs_out_is_noticed_though_nothing_moved(shop: Shop, reader: Reader) -> None:
    sku = shop.item(dc=10)
    cart = shop.buy("web", {sku: 3}, hold=3)
    assert atp(reader, "web", sku) == 7
    shop.outlast(cart.expires_at)
    assert atp(reader, "web", sku) == 10


@pytest.mark.parametrize(("units", "shown"), [(9, 0), (10, 10)])
def test_below_the_sell_out_threshold_nothing_is_published(shop: Shop, reader: Reader, units: int, shown: int) -> None:
    sku = shop.item(dc=units)
    shop.rule("sell_out_at", 10, item=sku, channel="web")
    answer = known(reader.available("web", sku))
    assert (answer.atp, answer.published) == (units, shown)


def test_the_truth_below_zero_is_told_and_nothing_below_zero_is_published(shop: Shop, reader: Reader) -> None:
    sku = shop.item(dc=2)
    shop.buy("web", {sku: 5}, mode="sold")
    answer = known(reader.available("web", sku))
    assert (answer.atp, answer.published, answer.pool) == (0, 0, -3)
    shop.rule("buffer", 4, item=sku)
    answer = known(reader.available("web", sku))
    assert (answer.atp, answer.published) == (-4, 0)


def test_a_pack_is_the_whole_packs_that_its_items_make(shop: Shop, reader: Reader) -> None:
    big, small = shop.item(dc=20), shop.item(dc=7)
    pack = shop.listing("web", together=False, **{big: 6, small: 1})
    answer = known(reader.available("web", pack))
    assert (answer.atp, [i.atp for i in answer.items], answer.own, answer.pool) == (3, [20, 7], 0, 20)


def test_what_is_sold_together_must_lie_together(shop: Shop, reader: Reader) -> None:
    table, chair = shop.item(dc=5, store=1), shop.item(dc=8, store=12)
    suite = shop.listing("web", together=True, **{table: 1, chair: 4})
    assert atp(reader, "web", suite) == 3
    assert [(p.location, p.units) for p in reader.places("web", suite)] == [("dc", 2), ("store", 1), ("far", 0)]  # type: ignore[union-attr]


def test_each_store_says_what_it_can_hand_over(shop: Shop, reader: Reader) -> None:
    sku = shop.item(dc=5, store=9)
    shop.rule("safety_stock", 2, item=sku, location="store")
    places = reader.places("retail", sku)
    assert not isinstance(places, Unknown)
    assert [(p.location, p.units) for p in places] == [("store", 7), ("dc", 5)]


def test_the_unknown_is_said_and_not_guessed(shop: Shop, reader: Reader) -> None:
    sku = shop.item(dc=5)
    assert reader.available("web", "ghost") == Unknown("web", "ghost", "sku")
    assert reader.available("moon", sku) == Unknown("moon", sku, "channel")
    assert reader.places("web", "ghost") == Unknown("web", "ghost", "sku")
    first, second, third = reader.many([("web", "ghost"), ("web", sku), ("moon", sku)])
    assert (first, third) == (Unknown("web", "ghost", "sku"), Unknown("moon", sku, "channel"))
    assert known(second).atp == 5


def test_a_changed_rule_holds_for_the_next_read(shop: Shop, reader: Reader) -> None:
    sku = shop.item(dc=10)
    assert atp(reader, "web", sku) == 10
    shop.rule("cap", 40, item=sku, channel="web", unit="percent")
    assert atp(reader, "web", sku) == 4
