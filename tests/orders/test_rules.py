"""Who may have how much: buffers, caps, safety, protection, places of one channel, virtual stock, kits and packs."""

from tests.factories import Shop
from truestock.orders.actions import Release


def test_two_buffers_not_one(shop: Shop) -> None:
    sku = shop.item(dc=100, store=100, far=50)
    for code in ("dc", "store", "far"):
        shop.rule("safety_stock", 10, location=code, item=sku)
    shop.rule("buffer", 10, channel="web", item=sku)
    assert shop.atp("web", sku) == 210


def test_a_place_below_its_safety_does_not_lower_the_others(shop: Shop) -> None:
    sku = shop.item(dc=3, store=5)
    shop.rule("safety_stock", 10, location="dc", item=sku)
    assert shop.atp("web", sku) == 5


def test_caps_limit_what_is_promised_at_once(shop: Shop) -> None:
    units, percent = shop.item(dc=11), shop.item(dc=11)
    shop.rule("cap", 3, channel="web", item=units)
    shop.rule("cap", 50, channel="web", item=percent, unit="percent")
    assert (shop.atp("web", units), shop.atp("web", percent)) == (3, 5)
    assert shop.buy("web", {units: 3}).granted
    assert shop.atp("web", units) == 3, "sales in total are not limited"


def test_the_sell_out_threshold_does_not_refuse_what_is_there(shop: Shop) -> None:
    sku = shop.item(dc=2)
    shop.rule("sell_out_at", 5, channel="web", item=sku)
    assert shop.buy("web", {sku: 2}).granted


def test_protection_keeps_units_for_the_better_channel_until_it_has_sold_them(shop: Shop) -> None:
    sku = shop.item(dc=10)
    shop.rule("protection", 6, channel="retail", item=sku)
    assert (shop.atp("retail", sku), shop.atp("web", sku)) == (10, 4)
    first = shop.buy("retail", {sku: 4})
    assert shop.atp("web", sku) == 4, "what retail has bought is no longer kept for it"
    shop.do(Release("retail", first.ref))
    assert shop.atp("web", sku) == 4
    shop.buy("retail", {sku: 8})
    assert shop.atp("web", sku) == 2


def test_protection_is_nested(shop: Shop) -> None:
    sku = shop.item(dc=10)
    shop.rule("protection", 3, channel="retail", item=sku)
    shop.rule("protection", 4, channel="web", item=sku)
    assert [shop.atp(c, sku) for c in ("retail", "web", "market", "b2b")] == [10, 7, 3, 3]


def test_protection_holds_only_where_both_draw(shop: Shop) -> None:
    sku = shop.item(store=5, far=3)
    shop.rule("protection", 9, channel="retail", item=sku)
    assert shop.atp("web", sku) == 3


def test_a_ring_and_the_pool_are_one_offer_to_its_channel(shop: Shop) -> None:
    sku = shop.item(dc=10)
    shop.ring(sku, "dc", 4, to="web")
    shop.rule("buffer", 1, channel="web", item=sku)
    assert shop.atp("web", sku) == 9
    order = shop.buy("web", {sku: 6})
    assert shop.promised(order.id) == {("dc", "", "web"): 4, ("dc", "", ""): 2}
    assert shop.atp("market", sku) == 4


def test_what_the_marketplace_holds_is_sold_on_the_marketplace_alone(shop: Shop) -> None:
    sku = shop.item(fba=5, dc=1)
    assert (shop.atp("market", sku), shop.atp("web", sku)) == (6, 1)
    sold = shop.buy("web", {sku: 3}, mode="sold")
    assert (sold.lines[0].granted, sold.lines[0].short_by) == (1, 2)
    assert shop.promised(shop.buy("market", {sku: 2}).id) == {("fba", "", ""): 2}


def test_virtual_stock_counts_only_where_a_channel_lists_it(shop: Shop) -> None:
    sku = shop.item(vendor=5)
    assert (shop.atp("b2b", sku), shop.atp("web", sku)) == (5, 0)


def test_packs_kits_and_their_parts_share_one_stock(shop: Shop) -> None:
    cup, saucer = shop.item(dc=11), shop.item(dc=4)
    pack, set_ = shop.listing("web", {cup: 3}), shop.listing("web", {cup: 2, saucer: 1})
    assert (shop.atp("web", pack), shop.atp("web", set_)) == (3, 4)
    shop.buy("web", {pack: 1, set_: 2})
    assert (shop.shelf(cup), shop.shelf(saucer)) == ({"dc": (11, 7)}, {"dc": (4, 2)})
    assert (shop.atp("web", pack), shop.atp("web", set_), shop.atp("web", cup)) == (1, 2, 4)


def test_a_kit_is_sold_by_its_components(shop: Shop) -> None:
    cup, saucer = shop.item(dc=4), shop.item(store=6)
    kit = shop.kit({cup: 1, saucer: 2})
    order = shop.buy("web", {kit: 2})
    assert order.lines[0].available == 3
    assert shop.promised(order.id) == {("dc", "", ""): 2, ("store", "", ""): 4}


def test_listings_sold_together_find_all_components_at_one_place(shop: Shop) -> None:
    table, chair = shop.item(dc=2, store=3), shop.item(dc=1, store=9)
    apart = shop.listing("web", {table: 1, chair: 2})
    together = shop.listing("web", {table: 1, chair: 2}, together=True)
    assert (shop.atp("web", apart), shop.atp("web", together)) == (5, 3)
    order = shop.buy("web", {together: 2})
    assert shop.promised(order.id) == {("store", "", ""): 6}
    assert shop.atp("web", together) == 1


def test_lines_of_one_order_that_want_one_place_do_not_take_it_twice(shop: Shop) -> None:
    table, chair = shop.item(dc=2), shop.item(dc=4)
    one, two = (shop.listing("web", {table: 1, chair: 2}, together=True) for _ in range(2))
    assert not shop.buy("web", {one: 2, two: 1}).granted
    assert shop.buy("web", {one: 1, two: 1}).granted


def test_a_units_release_and_resale_in_one_place_leaves_an_earlier_place_open(shop: Shop) -> None:
    sku = shop.item(dc=1, store=5)
    held = shop.buy("web", {sku: 1}, hold=3)
    shop.buy("web", {sku: 1})
    shop.outlast(held.expires_at)
    retail, web = shop.place(shop.order("retail", {sku: 2}), shop.order("web", {sku: 3}))
    assert (retail.granted, web.granted) == (True, True)
    assert shop.promised(web.id) == {("dc", "", ""): 1, ("store", "", ""): 2}
