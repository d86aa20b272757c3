"""Quantities go to the offers, one SKU a call unless told otherwise, within what eBay leaves of the day."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.connectors.counterparts.ebay import Account, written
from tests.connectors.counterparts.vendor import Said
from tests.connectors.ebay.conftest import Hub, line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Spot, Throttle
from truestock.connectors.vendors.ebay.calls.limits import ApiLimits, Limits, Rate, Resource, throttle_of

WRITE = "POST /sell/inventory/v1/bulk_update_price_quantity"
TOKEN = "POST /identity/v1/oauth2/token"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_quantities_are_set_one_sku_a_call(account: Account, hub: Hub) -> None:
    for sku in "AB":
        account.put(sku, 3)
    told = hub(lambda connector: connector.push([line("A", 5, was=3), line("B", 0, was=3)]))
    assert told.by_sku == {"A": Outcome("applied"), "B": Outcome("applied")}
    assert (account.shown("A"), account.shown("B"), account.calls.count(WRITE)) == (5, 0, 2)


def test_several_skus_go_in_one_call_where_the_account_takes_them(account: Account, hub: Hub) -> None:
    hub.settings["skus_per_call"] = 25
    account.one_sku_a_call = False
    for sku in "ABC":
        account.put(sku, 3)
    account.refuses = {"B": 25003}
    told = hub(lambda connector: connector.push([line(sku, 5) for sku in "ABC"])).by_sku
    assert [told[sku].kind for sku in "ABC"] == ["applied", "rejected", "applied"]
    assert told["B"].reason == "25003 refused"
    assert account.calls.count(WRITE) == 1


def test_every_published_offer_of_a_sku_gets_the_number(account: Account, hub: Hub) -> None:
    account.put("A", 3)
    account.put("A", 4, marketplaceId="EBAY_DE")
    draft = account.put("A", 9, status="UNPUBLISHED")
    auction = account.put("A", 1, format="AUCTION")
    hub(lambda connector: connector.push([line("A", 5)]))
    assert [one["availableQuantity"] for one in account.offers.values()] == [5, 5, 9, 1]
    assert (account.offers[draft]["status"], account.offers[auction]["format"]) == ("UNPUBLISHED", "AUCTION")


def test_what_ebay_sold_is_not_overwritten(account: Account, hub: Hub) -> None:
    account.put("A", 10)
    account.sell("A", 2)
    told = hub(lambda connector: connector.push([line("A", 9, was=10)]))
    assert (told.by_sku["A"].kind, told.by_sku["A"].observed, account.shown("A")) == ("stale", 8, 8)


def test_a_number_that_stands_there_costs_no_revision(account: Account, hub: Hub) -> None:
    account.put("A", 5)
    assert hub(lambda connector: connector.push([line("A", 5)])).by_sku["A"].kind == "applied"
    assert WRITE not in account.calls


def test_a_sku_without_an_offer_is_told_with_what_to_do(account: Account, hub: Hub) -> None:
    account.put("D", 5, status="UNPUBLISHED")
    told = hub(lambda connector: connector.push([line("A b/c", 5), line("D", 5)])).by_sku
    assert {outcome.kind for outcome in told.values()} == {"rejected"}
    assert "publish one by the Inventory API" in told["A b/c"].reason


def test_what_others_are_writing_passes(account: Account, hub: Hub) -> None:
    account.put("A", 5)
    account.refuses = {"A": 25025}
    assert hub(lambda connector: connector.push([line("A", 6)])).by_sku["A"].kind == "later"


def test_the_quantities_are_read_back(account: Account, hub: Hub) -> None:
    account.put("A", 5)
    account.put("A", 4)
    account.put("B", 7)
    shown = hub(lambda connector: connector.read_back([Spot("A"), Spot("B"), Spot("C")]))
    assert (shown.by_sku, shown.points) == ({"A": 4, "B": 7}, 2.0)


def test_a_lost_answer_leaves_its_line_in_doubt_and_the_others_for_later(account: Account, hub: Hub) -> None:
    hub.settings["timeout_s"] = 1.0
    for sku in "ABC":
        account.put(sku, 3)
    account.faults.of, account.faults.spare, account.faults.hang_after_effect = WRITE, 1, True
    told = hub(lambda connector: connector.push([line(sku, 5) for sku in "ABC"])).by_sku
    assert [told[sku].kind for sku in "ABC"] == ["applied", "unknown", "later"]
    account.faults.of, account.faults.hang_after_effect = WRITE, True
    with pytest.raises(InDoubt):
        hub(lambda connector: connector.push([line("C", 5)]))


def test_what_had_no_effect_leaves_the_lines_before_it_alone(account: Account, hub: Hub) -> None:
    for sku in "ABC":
        account.put(sku, 3)
    account.faults.of, account.faults.spare = WRITE, 1
    account.faults.said = Said(429, headers={"retry-after": "9"})
    told = hub(lambda connector: connector.push([line(sku, 5) for sku in "ABC"]))
    assert [told.by_sku[sku].kind for sku in "ABC"] == ["applied", "later", "later"]
    assert told.throttle.retry_after_s == 9


def test_a_token_is_fetched_once_and_anew_when_it_is_called_back(account: Account, hub: Hub) -> None:
    account.put("A", 5)

    async def steps(connector: Any) -> None:
        await connector.read_back([Spot("A")])
        await connector.read_back([Spot("A")])
        assert account.calls.count(TOKEN) == 1
        account.tokens.append("another")
        assert (await connector.read_back([Spot("A")])).by_sku == {"A": 5}

    hub(steps)
    assert account.calls.count(TOKEN) == 2


@pytest.mark.parametrize(
    ("secret", "value", "words"),
    [
        ("refresh_token", "old", "let the seller consent to the application again"),
        ("client_secret", "other", "check client_id and client_secret"),
    ],
)
def test_without_a_token_it_is_told_what_to_do(account: Account, hub: Hub, secret: str, value: str, words: str) -> None:
    hub.secrets[secret] = value
    with pytest.raises(ChannelDown, match=words):
        hub(lambda connector: connector.check())


def test_the_check_looks_at_inventory_and_orders(account: Account, hub: Hub) -> None:
    assert hub(lambda connector: connector.check()) == "eBay; the seller's consent opens inventory and orders"
    hub.secrets.pop("verification_token")
    assert "no messages are taken" in hub(lambda connector: connector.check())


def test_what_is_left_of_the_day_slows_the_pushes(account: Account, hub: Hub) -> None:
    account.put("A", 5)
    account.rates = [
        {"limit": 5000, "remaining": 360, "reset": written(datetime.now(UTC) + timedelta(hours=1)), "timeWindow": 86400}
    ]

    async def steps(connector: Any) -> list[float | None]:
        return [(await connector.push([line("A", number)])).throttle.per_s for number in (6, 7)]

    assert hub(steps) == [pytest.approx(0.1, abs=0.001)] * 2
    assert account.calls.count("GET /developer/analytics/v1_beta/rate_limit/") == 1


@pytest.mark.parametrize(
    ("remaining", "throttle"),
    [
        ([1_000_000], Throttle(per_s=5.0)),
        ([7200, 3600], Throttle(per_s=1.0)),
        ([7200, 0], Throttle(retry_after_s=3600.0, per_s=5.0)),
        ([], Throttle(per_s=5.0)),
    ],
)
def test_the_tightest_rate_counts(remaining: list[int], throttle: Throttle) -> None:
    rates = [Rate(1_000_000, left, NOON + timedelta(hours=1)) for left in remaining]
    assert throttle_of(Limits([ApiLimits([Resource(rates)])]), 5.0, NOON) == throttle


def test_a_listing_is_revised_250_times_a_day(account: Account, hub: Hub) -> None:
    async def traits(connector: Any) -> Any:
        return connector.traits

    told = hub(traits)
    assert (told.daily_per_spot, told.decrements, told.by_place) == (250, "at_once", False)
