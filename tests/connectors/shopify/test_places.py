"""Several locations of one shop, each with a number of its own."""

from tests.connectors.counterparts.shopify import ELSEWHERE, LOCATION, Shop
from tests.connectors.counterparts.shopify_http import ServedShop
from tests.connectors.shopify.conftest import Hub
from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import Outcome, Spot
from truestock.connectors.shopify.connector import ShopifyConnector

APPLIED = Outcome("applied")


def line(sku: str, quantity: int, place: str = "", was: int | None = None) -> Line:
    return Line(sku, quantity, 1, f"{sku}@{place}", was, place)


def test_numbers_of_several_places_go_in_one_write_and_are_read_back_by_spot(
    world: ServedShop, shop: Shop, hub: Hub
) -> None:
    shop.put("MUG", 1, elsewhere=2)
    shop.put("JAR", 0, elsewhere=0)
    lines = [line("MUG", 5, "77", 1), line("MUG", 6, ELSEWHERE, 2), line("JAR", 7), line("JAR", 8, "78")]
    pushed = hub(lambda connector: connector.push(lines))
    assert pushed.outcomes == {one.spot: APPLIED for one in lines}
    assert len(shop.writes) == 1
    assert [shop.available(sku, at) for sku in ("MUG", "JAR") for at in (LOCATION, ELSEWHERE)] == [5, 6, 7, 8]
    spots = [one.spot for one in lines] + [Spot("NOWHERE", "78")]
    shown = hub(lambda connector: connector.read_back(spots))
    assert shown.numbers == {one.spot: one.quantity for one in lines}
    assert shown.points == 39


def test_a_line_that_is_stale_at_one_place_stops_none_at_another(shop: Shop, hub: Hub) -> None:
    shop.put("MUG", 4, elsewhere=4)
    lines = [line("MUG", 1, "77", 9), line("MUG", 2, "78", 4)]
    outcomes = hub(lambda connector: connector.push(lines)).outcomes
    assert [outcomes[one.spot].kind for one in lines] == ["stale", "applied"]
    assert (shop.available("MUG"), shop.available("MUG", ELSEWHERE)) == (4, 2)


def test_a_place_where_it_is_not_stocked_or_that_is_none_is_rejected(shop: Shop, hub: Hub) -> None:
    shop.put("MUG", 4)
    lines = [line("MUG", 1, "77"), line("MUG", 2, "78"), line("MUG", 3, "the cellar")]
    outcomes = hub(lambda connector: connector.push(lines)).outcomes
    assert [outcomes[one.spot].kind for one in lines] == ["applied", "rejected", "rejected"]
    assert "stock it there" in outcomes[Spot("MUG", "78")].reason
    assert outcomes[Spot("MUG", "the cellar")].reason == "'the cellar' is not a location of a shop; give its number"


def test_a_variant_that_moved_is_read_at_each_of_its_places(shop: Shop, hub: Hub) -> None:
    mug, jar = shop.put("MUG", 1, elsewhere=2), shop.put("JAR", 3, elsewhere=4)
    spots = [Spot(sku, place) for sku in ("MUG", "JAR") for place in ("", "78")]

    async def steps(connector: ShopifyConnector) -> None:
        read = await connector.read_back(spots)
        assert read.numbers == dict(zip(spots, [1, 2, 3, 4], strict=True))
        shop.items[mug]["sku"], shop.items[jar]["sku"] = "JAR", "MUG"
        read = await connector.read_back(spots)
        assert read.numbers == dict(zip(spots, [3, 4, 1, 2], strict=True))

    hub(steps)
