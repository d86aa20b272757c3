"""Quantities go to the sources, and come back with what the shop would sell beyond them."""

import pytest

from tests.connectors.counterparts.magento import Shop
from tests.connectors.counterparts.vendor import Said
from tests.connectors.magento.conftest import Hub, line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Spot
from truestock.connectors.vendors.magento.connector import MagentoConnector
from truestock.connectors.vendors.magento.settings import MagentoSettings

SOURCE_ITEMS = "/V1/inventory/source-items"
WRITE = "POST /rest/default" + SOURCE_ITEMS


def test_a_quantity_is_set_at_the_one_source(shop: Shop, hub: Hub) -> None:
    shop.put("A", 3)
    shop.put("A", 8, "east")
    told = hub(lambda connector: connector.push([line("A", 5, was=3)]))
    assert told.by_sku == {"A": Outcome("applied")}
    assert (shop.quantity("A"), shop.quantity("A", "east")) == (5, 8)


def test_quantities_are_set_at_each_place(shop: Shop, hub: Hub) -> None:
    hub.settings["source"] = ""
    shop.put("A", 3)
    shop.put("A", 8, "east")
    told = hub(lambda connector: connector.push([line("A", 4, place="default"), line("A", 7, place="east")]))
    assert {outcome.kind for outcome in told.outcomes.values()} == {"applied"}
    assert (shop.quantity("A"), shop.quantity("A", "east")) == (4, 7)
    assert shop.calls.count(WRITE) == 1


def test_a_number_that_stands_there_is_not_written_again(shop: Shop, hub: Hub) -> None:
    shop.put("A", 5)
    assert hub(lambda connector: connector.push([line("A", 5)])).by_sku["A"].kind == "applied"
    assert WRITE not in shop.calls


def test_nothing_left_is_out_of_stock_and_something_is_in_stock_again(shop: Shop, hub: Hub) -> None:
    shop.put("A", 5)
    hub(lambda connector: connector.push([line("A", 0, was=5)]))
    assert shop.items["A", "default"]["status"] == 0
    hub(lambda connector: connector.push([line("A", 2, was=0)]))
    assert shop.items["A", "default"]["status"] == 1


def test_a_quantity_that_fell_by_a_shipment_nobody_told_of_is_not_overwritten(shop: Shop, hub: Hub) -> None:
    shop.put("A", 10)
    order = shop.order(("A", 4))
    shop.ship(order, {order["items"][0]["item_id"]: 4})
    told = hub(lambda connector: connector.push([line("A", 9, was=10)]))
    assert (told.by_sku["A"].kind, told.by_sku["A"].observed) == ("stale", 6)
    assert shop.quantity("A") == 6


def test_skus_that_the_shop_does_not_keep_are_told_with_what_to_do(shop: Shop, hub: Hub) -> None:
    shop.put("A", 1, "east")
    shop.put("a2", 1)
    told = hub(lambda connector: connector.push([line("A", 5), line("A2", 5), line("B", 5)])).by_sku
    assert {outcome.kind for outcome in told.values()} == {"rejected"}
    assert "not assigned to the source default, only to east" in told["A"].reason
    assert "give a product that SKU" in told["A2"].reason
    assert "give a product that SKU" in told["B"].reason


def test_without_a_source_and_without_places_nothing_is_guessed(shop: Shop, hub: Hub) -> None:
    hub.settings["source"] = ""
    shop.put("A", 1)
    told = hub(lambda connector: connector.push([line("A", 5)])).by_sku["A"]
    assert told.kind == "rejected"
    assert "set one, or give the channel places" in told.reason


def test_one_line_that_is_refused_stops_no_other(shop: Shop, hub: Hub) -> None:
    skus = [f"S{number}" for number in range(7)]
    for sku in skus:
        shop.put(sku)
    shop.refuses = {"S4"}
    told = hub(lambda connector: connector.push([line(sku, 3) for sku in skus])).by_sku
    assert {sku for sku, outcome in told.items() if outcome.kind == "applied"} == set(skus) - {"S4"}
    assert told["S4"] == Outcome("rejected", 'Source item "S4" is not valid')


def test_skus_with_commas_and_slashes_are_found(shop: Shop, hub: Hub) -> None:
    for sku in ("1,5 L", "M/L", "plain"):
        shop.put(sku, 2)
    shown = hub(lambda connector: connector.read_back([Spot("1,5 L"), Spot("M/L"), Spot("plain")]))
    assert shown.by_sku == {"1,5 L": 2, "M/L": 2, "plain": 2}


def test_many_skus_are_read_in_parts(shop: Shop, hub: Hub) -> None:
    skus = [f"SKU-{number:04}" for number in range(120)]
    for sku in skus:
        shop.put(sku, 1)
    told = hub(lambda connector: connector.push([line(sku, 2, was=1) for sku in skus]))
    assert {outcome.kind for outcome in told.outcomes.values()} == {"applied"}


def test_an_open_order_changes_nothing_of_what_a_source_has(shop: Shop, hub: Hub) -> None:
    shop.put("A", 10)
    shop.order(("A", 4))
    shown = hub(lambda connector: connector.read_back([Spot("A"), Spot("gone")]))
    assert shop.salable("A") == 6
    assert shown.by_sku == {"A": 10}
    assert shown.points == 1.0


def test_what_would_be_sold_beyond_the_sources_is_seen(shop: Shop, hub: Hub) -> None:
    shop.put("A", 10)
    shop.threshold["A"] = -50  # backorders down to 50 below nothing
    assert hub(lambda connector: connector.read_back([Spot("A")])).by_sku == {"A": 60}


def test_what_people_set_out_of_stock_counts_as_nothing(shop: Shop, hub: Hub) -> None:
    shop.put("A", 10, status=0)
    shop.threshold["A"] = 10
    assert hub(lambda connector: connector.read_back([Spot("A")])).by_sku == {"A": 0}


def test_a_source_that_sells_nothing_is_read_all_the_same(shop: Shop, hub: Hub) -> None:
    hub.settings["source"] = ""
    shop.put("A", 10, "workshop")
    shown = hub(lambda connector: connector.read_back([Spot("A", "workshop"), Spot("A", "east")]))
    assert shown.numbers == {Spot("A", "workshop"): 10}


def test_a_lost_answer_leaves_the_lines_in_doubt(shop: Shop, hub: Hub) -> None:
    hub.settings["timeout_s"] = 1.0
    shop.put("A", 3)
    shop.faults.of, shop.faults.hang_after_effect = WRITE, True
    with pytest.raises(InDoubt):
        hub(lambda connector: connector.push([line("A", 5, was=3)]))
    assert shop.quantity("A") == 5


def test_what_fails_behind_lines_that_went_through_leaves_those_alone(shop: Shop, hub: Hub) -> None:
    for sku in ("A", "B"):
        shop.put(sku)
    shop.refuses = {"A", "B"}
    shop.faults.of, shop.faults.spare = WRITE, 2
    shop.faults.said = Said(503, {"message": "maintenance"}, {"retry-after": "7"})
    told = hub(lambda connector: connector.push([line("A", 5), line("B", 5)]))
    assert sorted(outcome.kind for outcome in told.outcomes.values()) == ["later", "rejected"]
    assert told.throttle.retry_after_s == 7


def test_the_check_names_the_sources(shop: Shop, hub: Hub) -> None:
    assert hub(lambda connector: connector.check()) == (
        "Magento, source default of the website base; the token reads stock and orders"
    )
    hub.settings["source"] = ""
    assert "sources default, east" in hub(lambda connector: connector.check())


@pytest.mark.parametrize(
    ("settings", "secret", "words"),
    [
        ({"source": "north"}, "", "no source north; it has Default Source (default)"),
        ({"source": "workshop"}, "", "sells from the sources default, east, not from workshop"),
        ({"website": "uk"}, "", "No linked stock found for website uk"),
        ({}, "other", "Allow OAuth Access Tokens to be used as standalone Bearer tokens"),
    ],
)
def test_the_check_says_what_to_do(shop: Shop, hub: Hub, settings: dict[str, str], secret: str, words: str) -> None:
    hub.settings |= settings
    if secret:
        hub.secrets["access_token"] = secret
    with pytest.raises(ChannelDown) as down:
        hub(lambda connector: connector.check())
    assert words in str(down.value)


def test_what_is_no_shop_is_told(shop: Shop, hub: Hub) -> None:
    shop.faults.said = Said(404, {"message": "Request does not match any route."})
    with pytest.raises(ChannelDown, match="no Magento REST API at this URL"):
        hub(lambda connector: connector.check())


@pytest.mark.parametrize(("source", "by_place"), [("default", False), ("", True)])
def test_a_source_keeps_units_until_they_ship(shop: Shop, hub: Hub, source: str, by_place: bool) -> None:
    hub.settings["source"] = source

    async def told(connector: MagentoConnector) -> tuple[str, str, bool]:
        traits = connector.traits
        return traits.decrements, traits.compare, traits.by_place

    assert hub(told) == ("when_shipped", "value", by_place)


def test_a_key_does_not_cross_the_network_in_the_clear() -> None:
    with pytest.raises(ValueError, match="give https"):
        MagentoSettings("http://shop.example")
