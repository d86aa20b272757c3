"""Pushing to a shop: what is shown afterwards, whom a refusal stops, and what a second try does."""

import pytest

from tests.connectors.counterparts.shopify import LOCATION, Shop
from tests.connectors.counterparts.shopify_http import ServedShop
from tests.connectors.shopify.conftest import Hub
from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import InDoubt, Outcome, Pushed
from truestock.connectors.shopify.connector import ShopifyConnector
from truestock.connectors.shopify.mapping import Write, call_key

APPLIED = Outcome("applied")


def line(sku: str, quantity: int, was: int | None = None, *, rev: int = 1) -> Line:
    return Line(sku, quantity, rev, f"{sku}:{rev}", was)


def pushed(hub: Hub, *lines: Line) -> Pushed:
    return hub(lambda connector: connector.push(lines))


def kinds(answer: Pushed) -> dict[str, str]:
    return {sku: outcome.kind for sku, outcome in answer.by_sku.items()}


def test_what_was_pushed_is_available_and_the_bucket_is_told(shop: Shop, hub: Hub) -> None:
    shop.put("MUG", 3)
    shop.put("JAR", 0)
    answer = pushed(hub, line("MUG", 5, 3), line("JAR", 9))
    assert answer.by_sku == {"MUG": APPLIED, "JAR": APPLIED}
    assert (shop.available("MUG"), shop.available("JAR")) == (5, 9)
    assert (answer.throttle.burst, answer.throttle.per_s) == (2000, 100)
    assert answer.throttle.left is not None
    assert 1950 < answer.throttle.left < 2000


def test_a_write_says_whence_it_comes_and_what_it_thought_was_there(shop: Shop, hub: Hub) -> None:
    mug, jar = shop.put("MUG", 3), shop.put("JAR", 7)
    pushed(hub, line("MUG", 5, 3), line("JAR", 9))
    (write,) = shop.writes
    assert (write["name"], write["reason"]) == ("available", "correction")
    assert write["referenceDocumentUri"].startswith("gid://truestock/StockPush/")
    assert write["quantities"] == [
        {"inventoryItemId": mug, "locationId": LOCATION, "quantity": 5, "changeFromQuantity": 3},
        {"inventoryItemId": jar, "locationId": LOCATION, "quantity": 9, "changeFromQuantity": None},
    ]


def test_an_unseen_order_makes_its_line_stale_and_stops_no_other(shop: Shop, hub: Hub) -> None:
    for sku in ("MUG", "JAR", "CUP"):
        shop.put(sku, 10)
    shop.order("JAR", 2)
    answer = pushed(hub, *(line(sku, 4, 10) for sku in ("MUG", "JAR", "CUP")))
    assert kinds(answer) == {"MUG": "applied", "JAR": "stale", "CUP": "applied"}
    assert "changeFromQuantity" in answer.by_sku["JAR"].reason
    assert [shop.available(sku) for sku in ("MUG", "JAR", "CUP")] == [4, 8, 4]


def test_what_the_shop_will_not_have_is_rejected_with_what_to_do(shop: Shop, hub: Hub) -> None:
    shop.put("MUG", 1)
    shop.put("UNSTOCKED", None)
    shop.put("BUNDLE", 1, fixed=True)
    twins = [shop.put("TWIN", 1), shop.put("TWIN", 1)]
    skus = ("MUG", "UNSTOCKED", "BUNDLE", "TWIN", "NOWHERE")
    answer = pushed(hub, *(line(sku, 2) for sku in skus), line("HUGE", 2_000_000_000))
    assert kinds(answer) == {sku: "applied" if sku == "MUG" else "rejected" for sku in (*skus, "HUGE")}
    reasons = {sku: outcome.reason for sku, outcome in answer.by_sku.items()}
    assert "inventoryActivate" in reasons["UNSTOCKED"]
    assert "take the listing off" in reasons["BUNDLE"]
    assert all(twin in reasons["TWIN"] for twin in twins)
    assert reasons["NOWHERE"] == "the shop has no variant with this SKU"
    assert "1,000,000,000" in reasons["HUGE"]
    assert shop.available("UNSTOCKED") is None


def test_a_location_that_the_shop_does_not_have_finds_nothing_stocked_there(shop: Shop, hub: Hub) -> None:
    shop.put("MUG", 1)
    hub.settings["location"] = "999"
    assert "not stocked at the location" in pushed(hub, line("MUG", 2)).by_sku["MUG"].reason


@pytest.mark.parametrize("sku", ['5" PIPE', "A:B (C)", "BACK\\SLASH", "O'NEILL OR sku:X", "Größe 4*"])
def test_a_sku_is_found_whatever_is_in_it(shop: Shop, hub: Hub, sku: str) -> None:
    shop.put(sku, 1)
    shop.put(sku + "-XL", 1)
    shop.put(sku.lower(), 1)
    assert pushed(hub, line(sku, 2)).by_sku == {sku: APPLIED}
    assert shop.available(sku + "-XL") == 1


def test_a_full_call_of_250_lines_goes_in_one_write_and_a_search_goes_on_over_its_pages(shop: Shop, hub: Hub) -> None:
    skus = [f"S{number:03}" for number in range(250)]
    for sku in skus:
        shop.put(sku, 1)
    shop.page = 20
    assert set(kinds(pushed(hub, *(line(sku, 2) for sku in skus))).values()) == {"applied"}
    assert len(shop.writes) == 1


def test_an_item_is_looked_up_once(world: ServedShop, shop: Shop, hub: Hub) -> None:
    shop.put("MUG", 1)

    async def twice(connector: ShopifyConnector) -> None:
        await connector.push([line("MUG", 2, 1)])
        calls = world.calls
        await connector.push([line("MUG", 3, 2, rev=2)])
        assert world.calls == calls + 1

    hub(twice)
    assert shop.available("MUG") == 3


def test_a_variant_that_was_made_anew_is_looked_up_again(shop: Shop, hub: Hub) -> None:
    old = shop.put("MUG", 1)

    async def steps(connector: ShopifyConnector) -> list[str]:
        answers = [await connector.push([line("MUG", 2, 1)])]
        del shop.items[old]
        shop.put("MUG", 0)
        answers += [await connector.push([line("MUG", 3, rev=2)]), await connector.push([line("MUG", 3, rev=2)])]
        return [answer.by_sku["MUG"].kind for answer in answers]

    assert hub(steps) == ["applied", "later", "applied"]
    assert shop.available("MUG") == 3


def test_the_same_lines_are_applied_once_whatever_their_order_and_whoever_sends_them(shop: Shop, hub: Hub) -> None:
    shop.put("MUG", 1)
    shop.put("JAR", 1)
    lines = [line("MUG", 5), line("JAR", 5)]
    pushed(hub, *lines)
    shop.order("MUG", 2)
    assert kinds(pushed(hub, *reversed(lines))) == {"MUG": "applied", "JAR": "applied"}
    assert shop.available("MUG") == 3
    assert len(shop.writes) == 1


def test_other_content_under_the_same_line_key_is_another_call(shop: Shop, hub: Hub) -> None:
    shop.put("MUG", 1)
    assert kinds(pushed(hub, line("MUG", 5, 2))) == {"MUG": "stale"}
    assert kinds(pushed(hub, line("MUG", 5, 1))) == {"MUG": "applied"}


def test_a_call_that_failed_can_be_made_again_and_not_for_ever(shop: Shop, hub: Hub) -> None:
    shop.put("MUG", 1)
    answers = [pushed(hub, line("MUG", 5, 2)).by_sku["MUG"].kind for _ in range(6)]
    assert answers == ["stale"] * 5 + ["later"]
    shop.order("MUG", -1)
    shop.put("JAR", 1)
    assert kinds(pushed(hub, line("MUG", 5, 2), line("JAR", 2))) == {"MUG": "applied", "JAR": "applied"}


def test_a_fault_without_an_address_is_narrowed_down(shop: Shop, hub: Hub) -> None:
    skus = [f"S{number}" for number in range(16)]
    for sku in skus:
        shop.put(sku, 1, fixed=sku == "S11")
    shop.blank_errors = True
    answer = pushed(hub, *(line(sku, 2) for sku in skus))
    assert kinds(answer) == {sku: "rejected" if sku == "S11" else "applied" for sku in skus}
    assert len(shop.writes) == 9


def test_faults_without_an_address_end_in_later_not_in_hundreds_of_calls(world: ServedShop, hub: Hub) -> None:
    skus = [f"S{number}" for number in range(64)]
    for sku in skus:
        world.shop.put(sku, 1, fixed=True)
    world.shop.blank_errors = True
    answer = pushed(hub, *(line(sku, 2) for sku in skus))
    assert set(kinds(answer)) == set(skus)
    assert set(kinds(answer).values()) == {"rejected", "later"}
    assert len(world.shop.writes) == 20


def test_a_call_that_is_still_under_way_is_in_doubt(shop: Shop, hub: Hub) -> None:
    sent = Write(line("MUG", 5, 1), shop.put("MUG", 1), LOCATION)
    shop.busy_keys.add(call_key([sent], 0))
    with pytest.raises(InDoubt, match="in progress"):
        pushed(hub, sent.line)
