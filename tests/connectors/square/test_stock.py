"""Counts go to the locations as of when they were true, and nothing that a till sells meanwhile is lost."""

import time

import pytest

from tests.connectors.counterparts.square import EAST, WEST, Seller
from tests.connectors.counterparts.vendor import Said
from tests.connectors.square.conftest import Hub, line
from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Spot
from truestock.connectors.vendors.square.connector import SquareConnector

WRITE = "POST /v2/inventory/changes/batch-create"


def test_what_is_in_stock_is_counted(seller: Seller, hub: Hub) -> None:
    seller.put("A", 3)
    seller.put("B", None)
    told = hub(lambda connector: connector.push([line("A", 5, was=3), line("B", 2)]))
    assert told.by_sku == {"A": Outcome("applied"), "B": Outcome("applied")}
    assert (seller.shown("A"), seller.shown("B")) == (5, 2)


def test_each_place_has_its_count(seller: Seller, hub: Hub) -> None:
    hub.settings["location"] = ""
    seller.put("A", 3)
    told = hub(lambda connector: connector.push([line("A", 4, place=WEST), line("A", 7, place=EAST)]))
    assert {outcome.kind for outcome in told.outcomes.values()} == {"applied"}
    assert (seller.shown("A"), seller.shown("A", EAST)) == (4, 7)
    back = hub(lambda connector: connector.read_back([Spot("A", WEST), Spot("A", EAST), Spot("Z", EAST)]))
    assert back.numbers == {Spot("A", WEST): 4, Spot("A", EAST): 7}


def test_what_a_till_sold_before_is_not_overwritten(seller: Seller, hub: Hub) -> None:
    seller.put("A", 10)
    seller.later()
    seller.order([seller.line("A", 2)])
    told = hub(lambda connector: connector.push([line("A", 9, was=10)]))
    assert (told.by_sku["A"].kind, told.by_sku["A"].observed) == ("stale", 8)
    assert WRITE not in seller.calls


def test_what_a_till_sells_between_looking_and_counting_is_not_lost(seller: Seller, hub: Hub) -> None:
    seller.put("A", 10)
    seller.later()

    def sells() -> None:
        seller.later(1)
        seller.order([seller.line("A", 2)])
        seller.later(1)

    seller.on_read.append(sells)
    told = hub(lambda connector: connector.push([line("A", 12, was=10)]))
    assert told.by_sku["A"].kind == "applied"
    assert seller.shown("A") == 10


def test_a_number_that_stands_there_is_not_counted_again(seller: Seller, hub: Hub) -> None:
    seller.put("A", 5)
    assert hub(lambda connector: connector.push([line("A", 5)])).by_sku["A"].kind == "applied"
    assert WRITE not in seller.calls


def test_the_same_number_may_be_counted_again_later(seller: Seller, hub: Hub) -> None:
    seller.put("A", 5)
    hub(lambda connector: connector.push([line("A", 7, was=5)]))
    seller.later()
    seller.order([seller.line("A", 1)])
    seller.later()
    again = hub(lambda connector: connector.push([line("A", 7, was=6)]))
    assert again.by_sku["A"].kind == "applied"
    assert seller.shown("A") == 7


def test_two_counts_of_one_second_both_count(seller: Seller, hub: Hub) -> None:
    seller.put("A", 5)

    async def twice(connector: SquareConnector) -> None:
        await connector.push([line("A", 7, was=5)])
        seller.on_read.append(lambda: time.sleep(0.1))  # so that it is asked for longer, and as of earlier
        await connector.push([Line("A", 6, 2, "A:2", 7)])

    hub(twice)
    assert seller.shown("A") == 6


def test_what_cannot_be_counted_is_told_with_what_to_do(seller: Seller, hub: Hub) -> None:
    seller.put("a", 1)
    seller.put("LOOSE", 1, tracked=False)
    twin = seller.put("TWIN", 1)
    seller.variations["V99"] = {**seller.variations[twin], "id": "V99"}
    told = hub(lambda connector: connector.push([line("A", 5), line("LOOSE", 5), line("TWIN", 5)])).by_sku
    assert {outcome.kind for outcome in told.values()} == {"rejected"}
    assert "give one that SKU, in the same case" in told["A"].reason
    assert "turn on stock tracking" in told["LOOSE"].reason
    assert f"variations {twin}, V99 have the same SKU" in told["TWIN"].reason
    hub.settings["location"] = ""
    told = hub(lambda connector: connector.push([line("a", 5)])).by_sku
    assert "set one, or give the channel places" in told["a"].reason


def test_tracking_may_be_on_at_one_location_alone(seller: Seller, hub: Hub) -> None:
    number = seller.put("A", 1, tracked=False)
    overrides = [{"location_id": WEST, "track_inventory": True}, {"location_id": EAST, "track_inventory": False}]
    seller.variations[number]["item_variation_data"]["location_overrides"] = overrides
    told = hub(lambda connector: connector.push([line("A", 5), line("A", 6, place=EAST)])).outcomes
    assert [told[spot].kind for spot in (Spot("A"), Spot("A", EAST))] == ["applied", "rejected"]


def test_one_line_that_is_refused_stops_no_other(seller: Seller, hub: Hub) -> None:
    numbers = {sku: seller.put(sku) for sku in (f"S{one}" for one in range(7))}
    seller.refuses = {numbers["S4"]}
    told = hub(lambda connector: connector.push([line(sku, 3) for sku in numbers])).by_sku
    assert {sku for sku, outcome in told.items() if outcome.kind == "applied"} == set(numbers) - {"S4"}
    assert told["S4"] == Outcome("rejected", "INVALID_VALUE not tracked changes[0]")


def test_long_answers_are_read_whole(seller: Seller, hub: Hub) -> None:
    skus = [f"S{number:03}" for number in range(90)]
    for sku in skus:
        seller.put(sku, 4)
    seller.page = 40
    shown = hub(lambda connector: connector.read_back([Spot(sku) for sku in skus]))
    assert shown.by_sku == dict.fromkeys(skus, 4)
    assert shown.points == 5.0


def test_nothing_known_is_nothing_shown(seller: Seller, hub: Hub) -> None:
    assert hub(lambda connector: connector.read_back([Spot("A")])).numbers == {}


def test_a_lost_answer_leaves_the_lines_in_doubt(seller: Seller, hub: Hub) -> None:
    hub.settings["timeout_s"] = 1.0
    seller.put("A", 3)
    seller.faults.of, seller.faults.hang_after_effect = WRITE, True
    with pytest.raises(InDoubt):
        hub(lambda connector: connector.push([line("A", 5, was=3)]))
    assert seller.shown("A") == 5


def test_an_answer_lost_behind_others_leaves_only_its_own_in_doubt(seller: Seller, hub: Hub) -> None:
    hub.settings["timeout_s"] = 1.0
    numbers = [seller.put(sku) for sku in "ABCD"]
    seller.refuses = {numbers[0]}
    seller.faults.of, seller.faults.spare, seller.faults.hang_after_effect = WRITE, 1, True
    told = hub(lambda connector: connector.push([line(sku, 5) for sku in "ABCD"])).by_sku
    assert sorted(outcome.kind for outcome in told.values()) == ["later", "later", "unknown", "unknown"]


def test_the_check_names_the_locations(seller: Seller, hub: Hub) -> None:
    assert hub(lambda connector: connector.check()) == "Square, location West"
    hub.settings["location"] = ""
    hub.secrets["signature_key"] = ""
    told = hub(lambda connector: connector.check())
    assert told == (
        "Square, locations East (LEAST), West (LWEST); without the signature key no messages are taken, and sales are "
        "polled"
    )


@pytest.mark.parametrize(
    ("location", "token", "words"),
    [
        ("LNORTH", "", "no location LNORTH; it has East (LEAST), West (LWEST)"),
        (WEST, "other", "check the access token"),
    ],
)
def test_the_check_says_what_to_do(seller: Seller, hub: Hub, location: str, token: str, words: str) -> None:
    hub.settings["location"] = location
    if token:
        hub.secrets["access_token"] = token
    with pytest.raises(ChannelDown) as down:
        hub(lambda connector: connector.check())
    assert words in str(down.value)


def test_too_often_has_no_effect(seller: Seller, hub: Hub) -> None:
    seller.faults.said = Said(429, {"errors": [{"category": "RATE_LIMIT_ERROR", "code": "RATE_LIMITED"}]})
    with pytest.raises(ChannelDown, match="429 RATE_LIMITED"):
        hub(lambda connector: connector.push([line("A", 1)]))
